"""What is ranked: a prompt and its K responses."""

import random
import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from labeling.models.projects import Project
from labeling.prepared import Prepared


def place_in_shuffle() -> float:
    return random.random()  # noqa: S311  an order to work in, not a secret


class PromptQuerySet(models.QuerySet["Prompt"]):
    def with_free_slot(self) -> "PromptQuerySet":
        return self.filter(slots_taken__lt=F("slots"))


class Prompt(models.Model):
    """A list of chat messages that several annotators, one per slot, rank the responses to."""

    class Split(models.TextChoices):
        TRAIN = "train"
        VALIDATION = "validation"
        TEST = "test"

    project = models.ForeignKey(Project, models.CASCADE, related_name="prompts")
    external_id = models.CharField(max_length=255, help_text="The id it was imported under.")
    messages = models.JSONField()
    metadata = models.JSONField(default=dict, blank=True)
    split_key = models.TextField(blank=True)
    split = models.CharField(max_length=10, choices=Split)
    digest = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the imported row.")
    slots = models.PositiveSmallIntegerField(default=1, help_text="How many annotators rank this prompt.")
    # Counted where assignments are lent and given back, so that finding work is one look into an index and not a
    # count over everybody's assignments.
    slots_taken = models.PositiveSmallIntegerField(default=0, editable=False)
    own_overlap = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="How many annotators rank this prompt, where it is not as many as the project says.",
    )
    extra_slots = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Those of its slots that were added because its rankings disagree."
    )
    awaits_responses = models.BooleanField(
        default=False, editable=False, help_text="It has too few responses to be ranked; until then it has no slots."
    )
    # A place of its own in the random order: drawing from it is one look into an index, and says nothing of the import.
    shuffle = models.FloatField(default=place_in_shuffle, editable=False)
    priority = models.FloatField(
        default=0.0, editable=False, help_text="How much a ranking of it would teach the reward model; 0 = not known."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("project", "external_id"), name="prompt_id_unique_in_project"),
            models.CheckConstraint(condition=Q(split__in=("train", "validation", "test")), name="prompt_split_known"),
        )
        indexes = (
            models.Index(fields=("project", "id"), condition=Q(awaits_responses=True), name="prompt_awaits_responses"),
            models.Index(
                fields=("project", "id"), condition=Q(slots_taken__lt=F("slots")), name="prompt_with_free_slot"
            ),
            models.Index(
                fields=("project", "shuffle"), condition=Q(slots_taken__lt=F("slots")), name="prompt_free_by_shuffle"
            ),
            models.Index(
                fields=("project", "slots_taken", "id"),
                condition=Q(slots_taken__lt=F("slots")),
                name="prompt_free_by_fewest",
            ),
            models.Index(
                fields=("project", "-priority", "id"),
                condition=Q(slots_taken__lt=F("slots")),
                name="prompt_free_by_priority",
            ),
        )

    def __str__(self) -> str:
        return self.external_id

    @cached_property
    def all_responses(self) -> list["Response"]:
        """Withdrawn ones too, by position. Read once an instance: lending and showing ask for the same ones."""
        return _responses_of.all(prompt=self.pk)


def new_response_key() -> str:
    return f"r-{secrets.token_hex(8)}"


class ResponseQuerySet(models.QuerySet["Response"]):
    def offered(self) -> "ResponseQuerySet":
        return self.filter(withdrawn_at=None)


class Response(models.Model):
    """One candidate reply to a prompt.

    `key` is what annotators and the API see: random, so that neither the model nor the import's order shows through.
    """

    key = models.CharField(max_length=32, unique=True, default=new_response_key, editable=False)
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="responses")
    external_id = models.CharField(max_length=255)
    position = models.PositiveSmallIntegerField(help_text="Its place in the import, from 0.")
    content = models.TextField()
    model = models.CharField(max_length=255, blank=True, help_text="Which model wrote it, if known.")
    written_in = models.ForeignKey(
        "labeling.Assignment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="written_responses",
        help_text="The assignment in which an annotator wrote it; empty for a model's.",
    )
    # Its author replaced or removed it when they revised their ranking: nobody is lent it any more, and whoever has
    # ranked it meanwhile keeps it in their ranking.
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ResponseQuerySet.as_manager()

    class Meta:
        ordering = ("prompt", "position")
        constraints = (
            models.UniqueConstraint(fields=("prompt", "external_id"), name="response_id_unique_in_prompt"),
            models.UniqueConstraint(fields=("prompt", "position"), name="response_position_unique_in_prompt"),
        )

    def __str__(self) -> str:
        return self.key


_responses_of = Prepared(lambda prompt: Response.objects.filter(prompt=prompt).order_by("position"), prompt=int)
