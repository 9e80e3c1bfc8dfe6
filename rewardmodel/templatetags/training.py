"""What a project's own pages show of its training, so that labeling need not know of it."""

import re
from collections.abc import Sequence
from dataclasses import fields
from itertools import zip_longest
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from labeling.models import Project
from labeling.selectors.side_by_side import RankingColumn
from rewardmodel import failures
from rewardmodel.forms import DecisionForm, GateForm, PolicyForm
from rewardmodel.ml.config import TrainConfig
from rewardmodel.models import GatePolicy, GateVerdict, RegistryEvent, TrainingRun
from rewardmodel.selectors.registry import find_champion
from rewardmodel.selectors.runs import new_rankings
from rewardmodel.selectors.snapshots import learned_by
from rewardmodel.services.gate import gate_policy_for
from rewardmodel.services.policies import forecast, policy_for
from rewardmodel.verdicts import headline, sentences

register = template.Library()

# Those that no sentence uses as a word.
OPTIONS = [spec.name for spec in fields(TrainConfig) if "_" in spec.name]
OPTION_NAMES = re.compile(rf"\b({'|'.join(OPTIONS)}|quantization)\b")


@register.inclusion_tag("rewardmodel/panel.html", takes_context=True)
def training_panel(context: Context, project: Project) -> dict[str, Any]:
    """The champion, the last run, what is new since, and the button that trains again."""
    return {
        "csrf_token": context.get("csrf_token"),
        "project": project,
        "champion": find_champion(project),
        "last_run": project.training_runs.select_related("reward_model").first(),
        "new_rankings": new_rankings(project),
        "policy": (policy := policy_for(project)),
        "forecast": forecast(policy),
    }


@register.inclusion_tag("rewardmodel/policy.html", takes_context=True)
def retrain_policy(context: Context, project: Project) -> dict[str, Any]:
    """When the project is trained again by itself."""
    return {
        "csrf_token": context.get("csrf_token"),
        "project": project,
        "form": PolicyForm(instance=policy_for(project)),
    }


@register.inclusion_tag("rewardmodel/gate_policy.html", takes_context=True)
def gate_policy(context: Context, project: Project) -> dict[str, Any]:
    """What a challenger has to hold before it serves."""
    return {
        "csrf_token": context.get("csrf_token"),
        "project": project,
        "form": GateForm(instance=gate_policy_for(project)),
    }


@register.inclusion_tag("rewardmodel/learned_row.html")
def learned_row(columns: Sequence[RankingColumn]) -> dict[str, Any]:
    """Beside each ranking of a prompt, the reward models that have learned from it."""
    learned = learned_by([column.ranking_id for column in columns])
    return {"learned": [learned[column.ranking_id] for column in columns], "any": any(learned.values())}


@register.filter
def changes(event: RegistryEvent) -> SafeString:
    """What of a policy has changed: "Test prompts needed: 50 → 80"."""
    labels = GateForm.Meta.labels | DecisionForm.Meta.labels | PolicyForm.Meta.labels | {"config": _("Options")}
    told = (
        (labels[name], _told(before), _told(after))
        for own in event.details.values()
        for name, (before, after) in own.items()
    )
    return format_html_join("; ", "{}: {} → {}", told)


def _told(value: object) -> str:
    """A setting as its reader knows it; what programs read looks like code."""
    if isinstance(value, dict):
        value = ", ".join(f"{name} {own}" for name, own in value.items())
    if isinstance(value, str) and value and value not in GatePolicy.Mode.values:
        return format_html("<code>{}</code>", value)
    return str(dict(GatePolicy.Mode.choices).get(str(value), value)) or "–"


@register.filter
def advice(run: TrainingRun) -> list[str]:
    """What to try after a failure."""
    return failures.advice(run.error, run.config) if run.status == TrainingRun.Status.FAILED else []


@register.filter
def options_as_code(text: str) -> SafeString:
    """Names of options look like what they are."""
    return format_html_join(
        "",
        "{}{}",
        (
            (words, format_html("<code>{}</code>", name) if name else "")
            for words, name in zip_longest(*[iter(OPTION_NAMES.split(text))] * 2, fillvalue="")
        ),
    )


@register.filter
def last_words(messages: list[dict[str, str]]) -> str:
    """What a conversation ends with, in brief."""
    return Truncator(messages[-1]["content"]).chars(120)


@register.filter
def verdict_line(verdict: GateVerdict) -> str:
    return headline(verdict)


@register.filter
def verdict_checks(verdict: GateVerdict) -> list[tuple[bool, str]]:
    return list(sentences(verdict))


@register.inclusion_tag("rewardmodel/metrics.html")
def metrics_table(metrics: dict[str, Any]) -> dict[str, Any]:
    """The figures of every split that has pairs, the held-out test first."""
    splits = [(split, metrics.get(split)) for split in ("test", "validation")]
    return {"metrics": metrics, "splits": [(split, figures) for split, figures in splits if figures]}


@register.filter
def percent(share: object) -> str:
    """0.7314 as "73.1 %"; a dash for what was not measured."""
    if not isinstance(share, int | float):
        return "–"
    # A number and its sign stay on one line.
    return (_("%(number)s %%") % {"number": f"{100 * share:.1f}"}).replace(" ", "\u00a0")


@register.filter
def alias_word(name: str) -> str:
    """What a reward model stands as, in the reader's words."""
    words = {"champion": _("champion"), "challenger": _("challenger"), "previous": _("previous")}
    return words[name]


@register.filter
def curves(run: TrainingRun) -> dict[str, list[list[float]]]:
    """The points of a run's two charts: `[step, loss]` while training, `[step, accuracy]` on the validation split."""
    points = run.curve
    return {
        "loss": [[point["step"], point["loss"]] for point in points if point.get("loss") is not None],
        "accuracy": [
            [point["step"], point["accuracy"]]
            for point in points
            if point.get("accuracy") is not None and point.get("split") == "validation"
        ],
    }
