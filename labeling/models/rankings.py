"""Rankings: what an annotator decided. Rows are added and superseded, never changed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from labeling.models.assignments import HIDDEN_CHECKS, NOT_DATA, Assignment, AssignmentKind
from labeling.models.exclusions import Exclusion
from labeling.models.prompts import Prompt


class RankingQuerySet(models.QuerySet["Ranking"]):
    def current(self) -> "RankingQuerySet":
        return self.filter(superseded_at=None)

    def counting(self, *, judges: bool = False) -> "RankingQuerySet":
        """The ones that are data: current, no hidden check or repeat, and of nobody whose rankings are set aside.

        Of somebody who has also adjudicated the prompt, that decision alone: nobody is heard twice. (Statistics of
        agreement keep what they said before, which was an opinion of its own.) judges: those of LLMs too.
        """
        excluded = Exclusion.objects.active().filter(
            project=OuterRef("prompt__project"), annotator=OuterRef("annotator")
        )
        decided = Ranking.objects.current().filter(
            kind=AssignmentKind.ADJUDICATION, prompt=OuterRef("prompt"), annotator=OuterRef("annotator")
        )
        data = self.current().exclude(kind__in=HIDDEN_CHECKS if judges else NOT_DATA).filter(~Exists(excluded))
        return data.exclude(Q(kind=AssignmentKind.WORK) & Exists(decided))


class Ranking(models.Model):
    """Responses in tiers, best first; responses that share a tier are tied. All ids in it are response keys."""

    class Source(models.TextChoices):
        HUMAN = "human"
        DEMO = "demo", "demo data"
        IMPORT = "import", "imported"
        JUDGE = "judge", "LLM judge"

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="rankings")
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="rankings")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rankings")
    source = models.CharField(max_length=10, choices=Source, default=Source.HUMAN)
    # The assignment's, repeated here because everything that reads rankings asks for it.
    kind = models.CharField(max_length=12, choices=AssignmentKind, default=AssignmentKind.WORK)
    tiers = models.JSONField()
    display_order = models.JSONField()
    ratings = models.JSONField(default=dict, blank=True)
    acceptable = models.JSONField(null=True, blank=True, help_text="Null: not asked. []: none is acceptable.")
    flags = models.JSONField(default=dict, blank=True)
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rationale = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="How long the prompt was in view before submission.")
    active_seconds = models.FloatField(null=True, blank=True, help_text="The same without the time nothing was done.")
    first_touch_seconds = models.FloatField(
        null=True, blank=True, help_text="From the prompt in view to the first response ranked."
    )
    moves = models.PositiveIntegerField(null=True, blank=True, help_text="Steps that changed the order, undo included.")
    input_methods = models.JSONField(default=list, blank=True, help_text="Out of keyboard, mouse, touch and pen.")
    as_shown_confirmed = models.BooleanField(
        default=False, help_text="The annotator was asked whether the order shown is meant as theirs, and said yes."
    )
    guidelines_version = models.PositiveIntegerField(default=1)
    idempotency_key = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64, help_text="SHA-256 of the request, to know a replay from a reuse.")
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    superseded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # What is new is new by default, so that submitting writes nothing for the statistics' sake.
    tallied = models.BooleanField(default=False, editable=False, help_text="Whether the statistics know of it.")

    objects = RankingQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("assignment", "idempotency_key"), name="key_used_once_per_assignment"),
            models.UniqueConstraint(
                fields=("assignment",), condition=Q(superseded_at=None), name="one_current_ranking_per_assignment"
            ),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=1, confidence__lte=5),
                name="ranking_confidence_1_to_5",
            ),
        )
        indexes = (
            models.Index(fields=("annotator", "-id"), name="ranking_by_annotator"),
            models.Index(fields=("created_at",), name="ranking_by_time"),
            models.Index(fields=("prompt",), condition=Q(tallied=False), name="ranking_not_tallied"),
            models.Index(fields=("prompt",), condition=~Q(kind="work"), name="ranking_beside_work"),
        )

    def __str__(self) -> str:
        return f"ranking {self.pk}"

    @property
    def is_as_shown(self) -> bool:
        """Whether it is the very order in which the responses were shown, without a tie."""
        return bool(self.tiers == [[key] for key in self.display_order])
