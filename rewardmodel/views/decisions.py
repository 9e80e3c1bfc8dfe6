"""The page of what applications may show: the threshold and what it costs, the answers given, held responses."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.selectors.access import project_for
from labeling.views.requests import UserRequest, sentence, tell_refusal
from rewardmodel.forms import DecisionForm
from rewardmodel.models import Decision
from rewardmodel.selectors.registry import find_champion
from rewardmodel.services.decisions import decision_policy_for, send_held, update_decision_policy

DECISIONS_A_PAGE = 25


@require_safe
@login_required
def decisions(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    champion = find_champion(project)
    rows = project.decisions.select_related("reward_model")
    context = {
        "project": project,
        "manages": True,
        "tab": "models",
        "champion": champion,
        "known": (champion.metrics.get("acceptability") or {}) if champion else {},
        "policy": decision_policy_for(project),
        "form": DecisionForm(instance=decision_policy_for(project)),
        "page": Paginator(rows, DECISIONS_A_PAGE).get_page(request.GET.get("page")),
        "held": project.decisions.filter(kind=Decision.Kind.HOLD, sent_at=None).count(),
    }
    return render(request, "rewardmodel/decisions.html", context)


@require_POST
@login_required
def decision_policy(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    form = DecisionForm(request.POST, instance=decision_policy_for(project))
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect("decisions", project.slug)
    try:
        update_decision_policy(project=project, by=request.user, **form.cleaned_data)
    except LabelingError as error:
        messages.error(request, sentence(error.detail))
    else:
        messages.success(request, _("Thresholds saved."))
    return redirect("decisions", project.slug)


@require_POST
@login_required
def send(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    try:
        sent = send_held(project=project, by=request.user)
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request,
            _("%(created)s prompts are with the annotators now; %(waiting)s wait for a second response to compare.")
            % {"created": sent.created, "waiting": sent.waiting},
        )
    return redirect("decisions", project.slug)
