"""A project's guidelines, each version with what changed in it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.selectors.access import can_manage, project_for
from labeling.selectors.guidelines import guidelines_change
from labeling.views.requests import UserRequest, row_id


@require_safe
@login_required
def guidelines(request: UserRequest, slug: str) -> HttpResponse:
    """The version in force, or `?version=<number>`."""
    project = project_for(request.user, slug)
    wanted = row_id(request.GET.get("version", ""))
    change = guidelines_change(project, project.guidelines_version if wanted is None else wanted)
    context = {
        "project": project,
        "manages": can_manage(request.user, project),
        "tab": "",
        "change": change,
        "versions": project.guidelines_versions.order_by("-version"),
    }
    return render(request, "labeling/guidelines.html", context)
