"""A project: what is ranked, by which guidelines, how often."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DEFAULT_DIMENSIONS = ("coherence", "relevance", "creativity", "factual accuracy", "logical consistency")


def default_dimensions() -> list[str]:
    return list(DEFAULT_DIMENSIONS)


class OrderPolicy(models.TextChoices):
    """In which order prompts are lent."""

    OLDEST = "oldest", _("Oldest first")
    RANDOM = "random", _("Random")
    FEWEST = "fewest", _("Fewest rankings first")
    INFORMATIVE = "informative", _("Most informative first")


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
    order_policy = models.CharField(
        max_length=12,
        choices=OrderPolicy,
        default=OrderPolicy.OLDEST,
        help_text=_(
            "Most informative: where the reward model is least sure or contradicts the annotators; oldest first while "
            "there is none."
        ),
    )
    cohort_quotas = models.JSONField(
        default=dict, blank=True, help_text=_("How many of a prompt's annotators come from a cohort, at least.")
    )
    dispute_raters = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(10)],
        help_text=_(
            "How many more annotators, at most, a prompt gets, one after the other, while its rankings disagree."
        ),
    )
    dispute_percent = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Rankings disagree when less than this share of their response pairs is ordered the same way."),
    )
    gold_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("The share of work that is a gold prompt in disguise, to see who still follows the guidelines."),
    )
    repeat_percent = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(50)],
        help_text=_("The share of work that comes a second time, shuffled anew, to see who agrees with themselves."),
    )
    qualification = models.BooleanField(
        default=False, help_text=_("The practice round is an entry test: who does not pass it is lent no work.")
    )
    pass_percent = models.PositiveSmallIntegerField(
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How much of the expected orders a first attempt has to meet."),
    )
    weigh_by_reliability = models.BooleanField(
        default=True,
        help_text=_("Exported rankings weigh as much as their annotator is found to be reliable; 1 without evidence."),
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

    # Whether anybody has to be told of anything, known without a query while a ranking is stored.
    has_webhooks = models.BooleanField(default=False, editable=False)

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
            models.CheckConstraint(condition=Q(order_policy__in=OrderPolicy.values), name="project_order_policy_known"),
            models.CheckConstraint(
                condition=Q(gold_percent__lte=50, repeat_percent__lte=50), name="project_hidden_checks_at_most_half"
            ),
        )

    def __str__(self) -> str:
        return self.name
