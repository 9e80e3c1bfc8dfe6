"""Pages of reward models: what each is worth, what the gate found, who changed what; every act is one service."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.selectors.access import project_for
from labeling.views.requests import UserRequest, sentence, tell_refusal
from rewardmodel.forms import GateForm, ReasonForm
from rewardmodel.models import Alias, RewardModel, ShadowTally
from rewardmodel.selectors.registry import newest_verdicts, registry_events, reward_models
from rewardmodel.services.gate import gate_policy_for, judge_again, update_gate_policy
from rewardmodel.services.registry import promote_reward_model, reject_reward_model, roll_back

EVENTS_SHOWN, DISAGREEMENTS_SHOWN = 30, 50


@require_safe
@login_required
def models(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    rows = list(reward_models(project))
    verdicts = newest_verdicts(rows)
    context = {
        "project": project,
        "manages": True,
        "tab": "models",
        "reward_models": [(row, verdicts.get(row.pk)) for row in rows],
        "previous": project.aliases.filter(name=Alias.Name.PREVIOUS).select_related("reward_model").first(),
        "events": registry_events(project)[:EVENTS_SHOWN],
    }
    return render(request, "rewardmodel/models.html", context)


@require_safe
@login_required
def model(request: UserRequest, slug: str, version: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    row = get_object_or_404(reward_models(project), version=version)
    context = {
        "project": project,
        "manages": True,
        "tab": "models",
        "model": row,
        "names": row.alias_names,
        "verdicts": row.verdicts.select_related("champion"),
        "events": registry_events(project).filter(reward_model=row),
        "reason": ReasonForm(),
        "tally": ShadowTally.objects.filter(challenger=row).first(),
        "disagreements": row.shadow_disagreements.all()[:DISAGREEMENTS_SHOWN],
    }
    return render(request, "rewardmodel/model.html", context)


@require_POST
@login_required
def promote(request: UserRequest, slug: str, version: int) -> HttpResponse:
    def act(reward_model: RewardModel) -> str:
        reason = request.POST.get("reason", "")
        promote_reward_model(reward_model=reward_model, by=request.user, reason=reason)
        return _("Version %(version)s is the champion now and serves.") % {"version": version}

    return _act_on_model(request, slug, version, act)


@require_POST
@login_required
def reject(request: UserRequest, slug: str, version: int) -> HttpResponse:
    def act(reward_model: RewardModel) -> str:
        reject_reward_model(reward_model=reward_model, by=request.user, reason=request.POST.get("reason", ""))
        return _("Version %(version)s is rejected.") % {"version": version}

    return _act_on_model(request, slug, version, act)


@require_POST
@login_required
def judge(request: UserRequest, slug: str, version: int) -> HttpResponse:
    def act(reward_model: RewardModel) -> str:
        judge_again(model=reward_model)
        return _("The gate looks at version %(version)s again; this takes a minute or so.") % {"version": version}

    return _act_on_model(request, slug, version, act)


@require_POST
@login_required
def rollback(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    try:
        champion = roll_back(project=project, by=request.user)
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request, _("Rolled back: version %(version)s is the champion again.") % {"version": champion.version}
        )
    return redirect("models", project.slug)


@require_POST
@login_required
def gate_policy(request: UserRequest, slug: str) -> HttpResponse:
    """Save what a challenger has to hold; the form stands on the project's settings page."""
    project = project_for(request.user, slug, manage=True)
    form = GateForm(request.POST, instance=gate_policy_for(project))
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect("settings", project.slug)
    try:
        update_gate_policy(project=project, by=request.user, **form.cleaned_data)
    except LabelingError as error:
        messages.error(request, sentence(error.detail))
    else:
        messages.success(request, _("Gate settings saved."))
    return redirect("settings", project.slug)


def _act_on_model(request: UserRequest, slug: str, version: int, act: Callable[[RewardModel], str]) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    reward_model = get_object_or_404(project.reward_models, version=version)
    try:
        messages.success(request, act(reward_model))
    except LabelingError as error:
        tell_refusal(request, error)
    return redirect("model", project.slug, version)
