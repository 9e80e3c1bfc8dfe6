"""Pages of training runs, and when they begin; every act is one service."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.selectors.access import project_for
from labeling.views.requests import UserRequest, sentence, tell_refusal
from rewardmodel.forms import PolicyForm
from rewardmodel.models import TrainingRun
from rewardmodel.selectors.runs import run_for
from rewardmodel.services.policies import policy_for, update_policy
from rewardmodel.services.runs import queue_training_run, reopen_run, request_cancel

RUNS_A_PAGE = 25


@require_safe
@login_required
def runs(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    rows = project.training_runs.select_related("reward_model", "created_by", "snapshot")
    page = Paginator(rows, RUNS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "rewardmodel/runs.html", {"project": project, "manages": True, "tab": "runs", "page": page})


@require_POST
@login_required
def retrain(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    try:
        run = queue_training_run(project=project, trigger=TrainingRun.Trigger.MANUAL, created_by=request.user)
    except LabelingError as error:
        tell_refusal(request, error)
        return redirect("project", project.slug)
    return redirect("run", run.pk)


@require_safe
@login_required
@never_cache
def run(request: UserRequest, run_id: int) -> HttpResponse:
    """A run's page; asked for by htmx, what changes on it alone."""
    training_run = run_for(request.user, run_id)
    context = {"run": training_run, "project": training_run.project, "manages": True, "tab": "runs"}
    template = "rewardmodel/run_live.html" if request.headers.get("HX-Request") else "rewardmodel/run.html"
    return render(request, template, context)


@require_POST
@login_required
def cancel(request: UserRequest, run_id: int) -> HttpResponse:
    return _act_on_run(request, run_id, lambda training_run: request_cancel(run=training_run))


@require_POST
@login_required
def resume(request: UserRequest, run_id: int) -> HttpResponse:
    return _act_on_run(request, run_id, lambda training_run: reopen_run(run=training_run))


@require_POST
@login_required
def policy(request: UserRequest, slug: str) -> HttpResponse:
    """Save when to retrain; the form stands on the project's settings page."""
    project = project_for(request.user, slug, manage=True)
    form = PolicyForm(request.POST, instance=policy_for(project))
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect("settings", project.slug)
    try:
        update_policy(project=project, by=request.user, **form.cleaned_data)
    except LabelingError as error:
        messages.error(request, sentence(error.detail))
    else:
        messages.success(request, _("Retraining settings saved."))
    return redirect("settings", project.slug)


def _act_on_run(request: UserRequest, run_id: int, act: Callable[[TrainingRun], object]) -> HttpResponse:
    training_run = run_for(request.user, run_id)
    try:
        act(training_run)
    except LabelingError as error:
        tell_refusal(request, error)
    return redirect("run", training_run.pk)
