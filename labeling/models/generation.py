"""LLMs that answer prompts, and what each prompt got of a job that had it answered."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models.jobs import Job
from labeling.models.projects import Project
from labeling.models.prompts import Prompt


class Endpoint(models.Model):
    """An LLM with the parameters it is asked with. Its name stands as the `model` of the responses it writes.

    `url` is the base of an OpenAI-compatible API; empty, the model is loaded by transformers where training runs.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=100)
    url = models.CharField(max_length=2000, blank=True)
    model = models.CharField(max_length=255)
    key = models.TextField(blank=True, editable=False, help_text="Sealed by `labeling.vault`.")
    system_prompt = models.TextField(blank=True)
    temperature = models.FloatField(default=1.0)
    top_p = models.FloatField(default=1.0)
    max_tokens = models.PositiveIntegerField(default=1024)
    seed = models.PositiveBigIntegerField(null=True, blank=True)
    requests_per_minute = models.PositiveIntegerField(default=0, help_text="0 = as fast as it answers.")
    concurrency = models.PositiveSmallIntegerField(default=4)
    prompt_price = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    completion_price = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("project", "name"), name="endpoint_name_unique_in_project"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_local(self) -> bool:
        return not self.url


class GenerationRecord(models.Model):
    """What a prompt got of a job: a job that goes on after a stop passes over the prompts that have one."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="generated")
    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="+")
    created = models.PositiveSmallIntegerField()
    equal = models.PositiveSmallIntegerField(help_text="Replies that said what was there already.")
    failures = models.JSONField(default=list, help_text="Why calls brought nothing.")
    prompt_tokens = models.PositiveBigIntegerField()
    completion_tokens = models.PositiveBigIntegerField()
    cost = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "prompt"), name="prompt_answered_once_per_job"),)

    def __str__(self) -> str:
        return f"{self.prompt} in {self.job}"


class Which(models.TextChoices):
    """Which prompts of a project are answered."""

    UNANSWERED = "unanswered", _("those that wait for responses")
    UNRANKED = "unranked", _("those that nobody has ranked or is ranking, the waiting ones too")
    ALL = "all", _("all of them, ranked or not")
