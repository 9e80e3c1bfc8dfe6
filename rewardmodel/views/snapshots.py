"""Pages of snapshots: what each holds, what decided on that, and how it differs from another."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.selectors.access import project_for
from labeling.views.requests import UserRequest, tell_refusal
from rewardmodel.models import DatasetSnapshot, RewardModel
from rewardmodel.selectors.snapshots import snapshot_difference
from rewardmodel.services.snapshots import freeze_snapshot

SNAPSHOTS_A_PAGE, RANKINGS_SHOWN = 25, 50


@require_safe
@login_required
def snapshots(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    models = Prefetch("reward_models", RewardModel.objects.order_by("version"))
    rows = project.snapshots.select_related("created_by").prefetch_related(models)
    page = Paginator(rows, SNAPSHOTS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "rewardmodel/snapshots.html", {"project": project, "manages": True, "tab": "data", "page": page}
    )


@require_safe
@login_required
def snapshot(request: UserRequest, slug: str, snapshot_id: int) -> HttpResponse:
    """One snapshot, and how it differs from the one before it, or from the one that `?since=` names."""
    project = project_for(request.user, slug, manage=True)
    row = get_object_or_404(project.snapshots.select_related("created_by"), pk=snapshot_id)
    since = request.GET.get("since", "")
    others = project.snapshots.exclude(pk=row.pk)
    if since.isascii() and since.isdigit():
        earlier: DatasetSnapshot | None = get_object_or_404(others, pk=int(since))
    else:
        earlier = others.filter(pk__lt=row.pk).first()
    context = {
        "project": project,
        "manages": True,
        "tab": "data",
        "snapshot": row,
        "learners": row.reward_models.order_by("version"),
        "others": others,
        "earlier": earlier,
        "difference": snapshot_difference(earlier, row) if earlier else None,
        "shown": RANKINGS_SHOWN,
    }
    return render(request, "rewardmodel/snapshot.html", context)


@require_POST
@login_required
def freeze(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    try:
        frozen = freeze_snapshot(project=project, created_by=request.user)
    except LabelingError as error:
        tell_refusal(request, error)
        return redirect("snapshots", project.slug)
    messages.success(request, _("Frozen as snapshot %(mark)s.") % {"mark": frozen.sha256[:12]})
    return redirect("snapshot", project.slug, frozen.pk)
