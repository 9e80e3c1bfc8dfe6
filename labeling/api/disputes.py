"""Prompts on which annotators disagree, and deciding on them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.serializers import AssignmentSerializer, represent
from labeling.exceptions import InvalidInput
from labeling.models import Project, Prompt
from labeling.selectors.disputes import LARGEST_PAGE, PAGE, SHOWN, Dispute, dispute_page, place_of, wanted
from labeling.services.analysis import catch_up
from labeling.services.assignments import adjudicate_prompt


class DisputeSerializer(serializers.Serializer[Dispute]):
    """`id` is the prompt's. `consensus` holds tiers of response ids, null where there is none, and `abstained` why."""

    id = serializers.CharField(source="prompt.external_id")
    agreement = serializers.FloatField()
    kendalls_w = serializers.FloatField(allow_null=True)
    rankings = serializers.IntegerField()
    consensus = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    abstained = serializers.CharField(allow_blank=True)
    adjudicated = serializers.BooleanField()
    extra_annotators = serializers.IntegerField(source="extra")


class AdjudicationSerializer(serializers.Serializer[Any]):
    prompt = serializers.CharField(help_text="The id it was imported under.", trim_whitespace=False, max_length=255)


class PaginatedDisputes(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DisputeSerializer(many=True)


class Disputes(Call):
    @extend_schema(
        parameters=[
            OpenApiParameter("show", str, enum=SHOWN, description="`open` unless said otherwise."),
            OpenApiParameter(
                "below",
                int,
                description="Only prompts with an agreement of less than so many percent; for open ones the project's "
                "own limit unless said otherwise, and empty for any agreement.",
            ),
            OpenApiParameter("page_size", int, description=f"{PAGE}; {LARGEST_PAGE} at most."),
            OpenApiParameter("after", str, description="Where the page begins, as `next` names it."),
            OpenApiParameter("before", str, description="Where the page ends, as `previous` names it."),
        ],
        responses=PaginatedDisputes,
        operation_id="projects_disputes_list",
    )
    def get(self, request: Request, slug: str) -> Response:
        """Prompts that two annotators or more have ranked, those they agree on least first."""
        project = self.project(manage=True)
        catch_up(project=project)
        query = request.query_params
        which = wanted(project, show=query.get("show"), below=query.get("below"))
        before, after = (_place(request, name) for name in ("before", "after"))
        page = dispute_page(project, which, before=before, after=after, size=_size(request))
        answer = {
            "next": _address(request, after=page.after),
            "previous": _address(request, before=page.before),
            "results": page.disputes,
        }
        return Response(PaginatedDisputes(answer).data)


class Adjudications(Call):
    scopes = {"POST": "annotate"}

    @extend_schema(request=AdjudicationSerializer, responses=AssignmentSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Lend a prompt to a manager who decides on it; the one they have or had for it already, if any."""
        project = self.project(manage=True)
        prompt = _prompt(project, self.validated(AdjudicationSerializer)["prompt"])
        return Response(represent(AssignmentSerializer, adjudicate_prompt(prompt=prompt, manager=self.caller)))


def _prompt(project: Project, external_id: str) -> Prompt:
    # PostgreSQL fails on a NUL even where it is only looked for.
    known = project.prompts.filter(external_id=external_id) if "\0" not in external_id else project.prompts.none()
    prompt = known.select_related("project").first()
    if prompt is None:
        raise InvalidInput(f"{project.slug!r} has no prompt {external_id!r}")
    if hasattr(prompt, "gold"):
        raise InvalidInput(f"{external_id!r} is a practice prompt: its order is written down already")
    return prompt


def _place(request: Request, name: str) -> tuple[float, int] | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if (place := place_of(text)) is None:
        raise InvalidInput(f"{name} is not a place in this list; take it from `next` or `previous`")
    return place


def _size(request: Request) -> int:
    text = request.query_params.get("page_size", "")
    return min(max(1, int(text)), LARGEST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else PAGE


def _address(request: Request, **place: str | None) -> str | None:
    """This very list from another place on."""
    ((name, value),) = place.items()
    if value is None:
        return None
    query = request.query_params.copy()
    for other in ("after", "before"):
        query.pop(other, None)
    query[name] = value
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
