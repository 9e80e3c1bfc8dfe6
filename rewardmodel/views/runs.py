"""Pages of training runs, and when they begin; every act is one service."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.models import Project
from labeling.selectors.access import project_for
from labeling.views.requests import UserRequest, sentence, tell_refusal
from rewardmodel.forms import PolicyForm, RunForm
from rewardmodel.ml.arguments import preset_for, preset_names, read_preset
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.sizing import count_parameters, suggested_preset
from rewardmodel.models import TrainingRun
from rewardmodel.selectors.runs import log_tail, run_for
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
        run = queue_training_run(
            project=project,
            trigger=TrainingRun.Trigger.MANUAL,
            created_by=request.user,
            config=policy_for(project).config,
        )
    except LabelingError as error:
        tell_refusal(request, error)
        return redirect("project", project.slug)
    return redirect("run", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def run_new(request: UserRequest, slug: str) -> HttpResponse:
    """A run with options of one's own: empty, as another run has them (`?from=`), or as a preset has them."""
    project = project_for(request.user, slug, manage=True)
    source = _source(project, request.GET.get("from", ""))
    preset = request.GET.get("preset", "")
    kept = source.config if source else policy_for(project).config
    filled = read_preset(preset) if preset in preset_names() else dict(kept)
    filled.setdefault("base_model", settings.DEFAULT_BASE_MODEL or TrainConfig.base_model)
    words = {True: "yes", False: "no"}
    form = RunForm(
        request.POST or None,
        project=project,
        filled={name: words[value] if isinstance(value, bool) else value for name, value in filled.items()},
        initial={"snapshot": source.snapshot if source else None},
    )
    if request.method == "POST" and form.is_valid():
        try:
            started = queue_training_run(
                project=project,
                trigger=TrainingRun.Trigger.MANUAL,
                created_by=request.user,
                config=form.config,
                snapshot=form.cleaned_data["snapshot"],
            )
            if form.cleaned_data["keep"]:
                update_policy(project=project, by=request.user, config=form.config)
        except LabelingError as error:
            form.add_error(None, sentence(error.detail))
        else:
            return redirect("run", started.pk)
    suggested = suggested_preset(filled["base_model"])
    context = {
        "project": project,
        "manages": True,
        "tab": "runs",
        "form": form,
        "source": source,
        "preset": preset,
        "presets": preset_names(),
        "suggested": suggested,
        "offered": suggested if suggested != preset and not preset_for(filled["base_model"]) else "",
        "parameters": (count_parameters(filled["base_model"]) or 0) / 1e6 if suggested else 0,
    }
    return render(request, "rewardmodel/run_new.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
@never_cache
def run_log(request: UserRequest, run_id: int) -> HttpResponse:
    """The end of what a run has printed; asked for by htmx while it is looked at, until the run has ended."""
    training_run = run_for(request.user, run_id)
    # htmx stops asking at 286.
    status = 200 if training_run.is_active else 286
    return render(
        request, "rewardmodel/run_log.html", {"run": training_run, "log": log_tail(training_run)}, status=status
    )


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


def _source(project: Project, asked: str) -> TrainingRun | None:
    if not asked.isascii() or not asked.isdigit():
        return None
    return get_object_or_404(project.training_runs, pk=int(asked))


def _act_on_run(request: UserRequest, run_id: int, act: Callable[[TrainingRun], object]) -> HttpResponse:
    training_run = run_for(request.user, run_id)
    try:
        act(training_run)
    except LabelingError as error:
        tell_refusal(request, error)
    return redirect("run", training_run.pk)
