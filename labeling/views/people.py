"""A project's members."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exceptions import LabelingError
from labeling.forms import MemberForm
from labeling.selectors.access import project_for
from labeling.services.members import add_member, remove_member
from labeling.views.requests import UserRequest, sentence, tell_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def people(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    form = MemberForm(request.POST or None)
    if form.is_valid():
        try:
            membership = add_member(project=project, **form.cleaned_data)
        except LabelingError as error:
            form.add_error(None, sentence(error.detail))
        else:
            messages.success(request, f"{membership.user.get_username()} is now {membership.get_role_display()}.")
            return redirect("people", project.slug)
    context = {
        "project": project,
        "manages": True,
        "tab": "people",
        "form": form,
        "memberships": project.memberships.select_related("user").order_by("role", "user__username"),
    }
    return render(request, "labeling/people.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def remove_person(request: UserRequest, slug: str, membership_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    try:
        remove_member(project=project, user=membership.user)
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        messages.success(request, f"{membership.user.get_username()} is no longer a member; their rankings stay.")
    return redirect("people", project.slug)
