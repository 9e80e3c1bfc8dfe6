"""The shapes of DESIGN section 5. Text passes code point for code point: nothing is trimmed."""

from functools import cache
from typing import Any, TypeVar

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labeling.effort import INPUT_METHODS
from labeling.models import Assignment, Job, Membership, Project, Ranking
from labeling.selectors.assignments import shown_responses
from labeling.sources.rows import InvalidRow, check_characters

# A prompt has no more (`Project.overlap`), and a number without end could not even be named in a refusal.
MOST_ANNOTATORS = 50

Shape = TypeVar("Shape", bound=serializers.Serializer[Any])


def represent(shape: type[Shape], instance: Any) -> dict[str, Any]:
    """What `shape(instance).data` is, in a third of its time: the fields are copied once, not for each instance.

    For shapes that ask their context for nothing.
    """
    return dict(_bound(shape).to_representation(instance))


@cache
def _bound(shape: type[Shape]) -> Shape:
    return shape()


class QuotasField(serializers.DictField):
    """`{"tag": how many of a prompt's annotators carry it, at least}`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=1, max_value=MOST_ANNOTATORS), **options)

    def to_internal_value(self, data: Any) -> dict[str, int]:
        quotas: dict[str, int] = super().to_internal_value(data)
        try:
            # The framework checks the values alone; the keys are stored too.
            check_characters(quotas, self.field_name or "")
        except InvalidRow as error:
            raise serializers.ValidationError(str(error)) from None
        return quotas


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = (
            "slug",
            "name",
            "guidelines",
            "guidelines_version",
            "overlap",
            "lease_minutes",
            "allow_ties",
            "dimensions",
            "ask_ratings",
            "ask_confidence",
            "ask_rationale",
            "ask_flags",
            "allow_skip",
            "allow_better_response",
            "min_reading_seconds",
            "practice",
            "show_agreement",
            "order_policy",
            "cohort_quotas",
            "dispute_raters",
            "dispute_percent",
            "gold_percent",
            "repeat_percent",
            "qualification",
            "pass_percent",
            "weigh_by_reliability",
            "split_salt",
            "created_at",
        )
        read_only_fields = ("guidelines_version", "created_at")
        extra_kwargs = {
            "guidelines": {"trim_whitespace": False},
            "name": {"trim_whitespace": False},
            # Whether it is free is decided where it is taken: by the database, as a conflict.
            "slug": {"validators": []},
        }

    dimensions = serializers.ListField(
        child=serializers.CharField(max_length=60, trim_whitespace=False), required=False
    )
    cohort_quotas = QuotasField(required=False)
    slug = serializers.SlugField(max_length=64)


class UserName(serializers.SlugRelatedField[User]):
    """A user by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(slug_field="username", **options)

    def to_internal_value(self, data: Any) -> User:
        # PostgreSQL fails on a NUL even where it is only looked for.
        if not isinstance(data, str) or "\0" in data:
            self.fail("invalid")
        return super().to_internal_value(data)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    class Meta:
        model = Membership
        fields = ("user", "role", "cohort", "admitted")

    user = UserName(queryset=User.objects.filter(is_active=True))
    role = serializers.ChoiceField(Membership.Role.choices)
    cohort = serializers.ListField(child=serializers.CharField(max_length=60, trim_whitespace=False), required=False)


class MemberName(serializers.Serializer[Any]):
    user = UserName(queryset=User.objects.all())


class ImportReportSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    errors = serializers.ListField(child=serializers.DictField(), required=False)  # type: ignore[assignment]  # a field


class JobReference(serializers.Serializer[Any]):
    job = serializers.UUIDField()


class JobSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ("id", "kind", "status", "done", "total", "errors", "result")

    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]  # a field of that name
    result = serializers.DictField(allow_null=True)


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.CharField()


class ShownResponse(serializers.Serializer[Any]):
    id = serializers.CharField(source="key")
    content = serializers.CharField()


class AssignmentSerializer(serializers.Serializer[Assignment]):
    id = serializers.IntegerField()
    project = serializers.CharField(source="prompt.project.slug")
    prompt = MessageSerializer(source="prompt.messages", many=True)
    responses = serializers.SerializerMethodField()
    lease_expires_at = serializers.DateTimeField()
    guidelines_version = serializers.IntegerField(source="prompt.project.guidelines_version")

    @extend_schema_field(ShownResponse(many=True))
    def get_responses(self, assignment: Assignment) -> Any:
        return [represent(ShownResponse, response) for response in shown_responses(assignment)]


class NextAssignment(serializers.Serializer[Any]):
    after = serializers.IntegerField(required=False, help_text="Lends the one that follows this assignment.")


class SkipReason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, trim_whitespace=False)


class SeenVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)


class Lease(serializers.Serializer[Any]):
    lease_expires_at = serializers.DateTimeField()


class JudgementSerializer(serializers.Serializer[Any]):
    """The body of a ranking, for the schema; `labeling.judgements` checks it against the assignment."""

    tiers = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    ratings = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()), required=False)
    acceptable = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    flags = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    rationale = serializers.CharField(required=False, allow_blank=True)
    confidence = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    better_response = serializers.CharField(
        required=False, allow_blank=True, help_text="A response of the annotator's own; it goes above the tiers."
    )
    guidelines_version = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    seconds = serializers.FloatField(required=False, allow_null=True)
    active_seconds = serializers.FloatField(required=False, allow_null=True)
    first_touch_seconds = serializers.FloatField(required=False, allow_null=True)
    moves = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    input_methods = serializers.ListField(child=serializers.ChoiceField(INPUT_METHODS), required=False)
    as_shown_confirmed = serializers.BooleanField(required=False)


class RankingSerializer(serializers.Serializer[Ranking]):
    """Needs `pseudonym` on the ranking: its annotator's."""

    id = serializers.IntegerField()
    prompt_id = serializers.CharField(source="prompt.external_id")
    annotator = serializers.CharField(source="pseudonym")
    tiers = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    display_order = serializers.ListField(child=serializers.CharField())
    ratings = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    acceptable = serializers.ListField(child=serializers.CharField(), allow_null=True)
    flags = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    confidence = serializers.IntegerField(allow_null=True)
    rationale = serializers.CharField()
    guidelines_version = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True)
    active_seconds = serializers.FloatField(allow_null=True)
    first_touch_seconds = serializers.FloatField(allow_null=True)
    moves = serializers.IntegerField(allow_null=True)
    input_methods = serializers.ListField(child=serializers.CharField())
    as_shown_confirmed = serializers.BooleanField()
    supersedes = serializers.IntegerField(source="supersedes_id", allow_null=True)
    created_at = serializers.DateTimeField()
