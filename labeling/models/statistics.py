"""What the statistics know of a project's rankings. Every row can be made again from the rankings alone.

Kept by deltas (`labeling.services.tallies`): each prompt remembers what it has put into the project's totals, so a new,
revised or excluded ranking costs one prompt, and a page reads a few dozen rows however many rankings there are.
"""

from django.conf import settings
from django.db import models

from labeling.models.projects import Project
from labeling.models.prompts import Prompt
from labeling.models.rankings import Ranking


class RankingFacts(models.Model):
    """What one counting ranking tells of its annotator's habits (`labeling.statistics.facts`)."""

    ranking = models.OneToOneField(Ranking, models.CASCADE, primary_key=True, related_name="facts")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    responses = models.PositiveSmallIntegerField()
    first_slot = models.PositiveSmallIntegerField(null=True)
    longest_first = models.BooleanField(null=True)
    shortest_first = models.BooleanField(null=True)
    longer_won = models.PositiveSmallIntegerField()
    length_pairs = models.PositiveSmallIntegerField()
    as_shown = models.BooleanField()
    all_tied = models.BooleanField()
    characters = models.PositiveIntegerField()
    too_fast = models.BooleanField(null=True)

    class Meta:
        indexes = (models.Index(fields=("project", "annotator"), name="facts_by_annotator"),)
        verbose_name_plural = "ranking facts"

    def __str__(self) -> str:
        return f"facts of {self.ranking}"


class CheckResult(models.Model):
    """How a hidden check went: a gold prompt against its expected order, or a repeat against the first time."""

    ranking = models.OneToOneField(Ranking, models.CASCADE, primary_key=True, related_name="check_result")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed = models.PositiveSmallIntegerField(help_text="Pairs in the same order.")
    reversed = models.PositiveSmallIntegerField(help_text="Pairs in the other order.")
    tied = models.PositiveSmallIntegerField(help_text="Pairs that one of the two ties and the other does not.")
    tied_twice = models.PositiveSmallIntegerField(
        default=0, help_text="Pairs that both tie; gold orders leave them open."
    )

    class Meta:
        indexes = (models.Index(fields=("project", "annotator"), name="checks_by_annotator"),)

    def __str__(self) -> str:
        return f"result of {self.ranking}"


class PromptStatistics(models.Model):
    """One prompt: how far its annotators agree, what it has put into the totals, and the consensus on it."""

    class Abstention(models.TextChoices):
        DISCONNECTED = "disconnected"

    prompt = models.OneToOneField(Prompt, models.CASCADE, primary_key=True, related_name="statistics")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    week = models.DateField(help_text="The Monday of its latest ranking.")
    rankings = models.PositiveIntegerField(help_text="Counting ones, adjudications left out.")
    agreement = models.FloatField(null=True, help_text="Share of strict pairs ordered the same way; null: none.")
    kendalls_w = models.FloatField(null=True)
    adjudicated = models.BooleanField(default=False)
    cells = models.JSONField(default=list, help_text="What it has added to the agreement totals.")
    coincidences = models.JSONField(default=list, help_text="What it has added to the coincidences.")
    consensus = models.JSONField(null=True, help_text="Tiers of response keys; null: none, or abstained.")
    confidence = models.FloatField(null=True, help_text="From 0 to 1, that the consensus is the order.")
    abstained = models.CharField(max_length=20, blank=True, choices=Abstention)

    class Meta:
        indexes = (models.Index(fields=("project", "agreement", "prompt"), name="statistics_by_agreement"),)
        verbose_name_plural = "prompt statistics"

    def __str__(self) -> str:
        return f"statistics of {self.prompt}"


class AgreementTotal(models.Model):
    """Additive sums of agreement over prompts (`labeling.statistics.agreement.AgreementSums`), by whom and by week."""

    class Group(models.TextChoices):
        EVERYBODY = "everybody"
        ANNOTATOR = "annotator", "one annotator against all others"
        REMOVED = "removed", "what leaves everybody's when that annotator does"
        COHORT = "cohort", "members of one cohort among themselves"

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    dimension = models.CharField(max_length=60, blank=True, help_text="Empty: the order itself.")
    group = models.CharField(max_length=10, choices=Group)
    name = models.CharField(max_length=60, blank=True, help_text="The annotator's id or the cohort's tag.")
    week = models.DateField()
    prompts = models.BigIntegerField(default=0)
    agreed = models.BigIntegerField(default=0)
    pairs = models.BigIntegerField(default=0)
    agreed_squared = models.BigIntegerField(default=0)
    agreed_times_pairs = models.BigIntegerField(default=0)
    pairs_squared = models.BigIntegerField(default=0)
    taus = models.BigIntegerField(default=0)
    tau_sum = models.FloatField(default=0.0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("project", "dimension", "group", "name", "week"), name="agreement_total_kept_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.group} {self.name} {self.dimension} {self.week}"


class CoincidenceTotal(models.Model):
    """One cell of a coincidence table (`labeling.statistics.alpha`): how often two values met on one response."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    dimension = models.CharField(max_length=60, blank=True, help_text="Empty: the order itself, as relative ranks.")
    lower = models.FloatField()
    higher = models.FloatField()
    weight = models.FloatField(default=0.0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "dimension", "lower", "higher"), name="coincidence_kept_once"),
        )

    def __str__(self) -> str:
        return f"{self.lower} with {self.higher}"


class AnnotatorReliability(models.Model):
    """How much of an annotator's work follows the consensus (`labeling.statistics.consensus`); no row: no evidence."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reliability = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    rankings = models.PositiveIntegerField(help_text="Those on prompts that others have ranked too.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("project", "annotator"), name="one_reliability_per_person"),)
        verbose_name_plural = "annotator reliabilities"

    def __str__(self) -> str:
        return f"{self.annotator}: {self.reliability:.2f}"


class ProjectAnalysis(models.Model):
    """When a project was last tallied and analysed, and what cannot be kept by deltas. Its row is the lock for both."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="analysis")
    tallied_at = models.DateTimeField(null=True)
    analysed_at = models.DateTimeField(null=True)
    # Set by whatever changes a tally, so that an analysis is never taken for newer than its data.
    stale = models.BooleanField(default=True)
    leaderboard = models.JSONField(
        null=True, help_text="A list for each set of models that comparisons join (`labeling.statistics.leaderboard`)."
    )

    class Meta:
        verbose_name_plural = "project analyses"

    def __str__(self) -> str:
        return f"analysis of {self.project}"
