"""A project: what is ranked, by which guidelines, how often."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DEFAULT_DIMENSIONS = ("coherence", "relevance", "creativity", "factual accuracy", "logical consistency")


def default_dimensions() -> list[str]:
    return list(DEFAULT_DIMENSIONS)


class Project(models.Model):
    """A body of prompts that one set of guidelines governs, its members, and the reward models learned from it."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    guidelines = models.TextField(blank=True, help_text=_("Markdown, shown beside every prompt."))
    guidelines_version = models.PositiveIntegerField(default=1, editable=False)
    dimensions = models.JSONField(
        default=default_dimensions, blank=True, help_text=_("What each response is rated on, from 1 to 5.")
    )
    overlap = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("How many annotators rank each prompt."),
    )
    lease_minutes = models.PositiveSmallIntegerField(
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(60)],
        help_text=_("How long a prompt stays with an annotator who has gone quiet."),
    )
    allow_ties = models.BooleanField(default=True)
    # What the page asks beside the order. The API takes ratings, confidence, rationale and flags whatever is asked.
    ask_ratings = models.BooleanField(default=False, help_text=_("Each response is rated on every dimension."))
    ask_confidence = models.BooleanField(default=False, help_text=_("How sure the annotator is of it, from 1 to 5."))
    ask_rationale = models.BooleanField(default=False, help_text=_("Why this order, in a few words."))
    ask_flags = models.BooleanField(
        default=False, help_text=_("Responses can be marked as harmful, private, off-topic or broken.")
    )
    allow_skip = models.BooleanField(default=True, help_text=_("A prompt can be passed on, with a reason."))
    allow_better_response = models.BooleanField(
        default=False, help_text=_("Annotators may write a response of their own, which they rank above the others.")
    )
    min_reading_seconds = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(600)],
        help_text=_("Submit waits until a prompt has been in view for this long. 0: it does not wait."),
    )
    practice = models.BooleanField(
        default=False, help_text=_("New annotators rank the practice prompts first and are told how they did.")
    )
    show_agreement = models.BooleanField(
        default=False, help_text=_("Annotators see how often they agree with others on the same prompts.")
    )
    # The same salt everywhere, unless a project asks for its own: a prompt that stands in two projects then stands in
    # the same split of both, and a model trained on one may be tested on the other.
    split_salt = models.CharField(max_length=64, default="podium", blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=50), name="project_overlap_1_to_50"),
            models.CheckConstraint(
                condition=Q(lease_minutes__gte=5, lease_minutes__lte=60), name="project_lease_5_to_60_minutes"
            ),
            models.CheckConstraint(
                condition=Q(min_reading_seconds__lte=600), name="project_reading_time_at_most_10_minutes"
            ),
        )

    def __str__(self) -> str:
        return self.name
