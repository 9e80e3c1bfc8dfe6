"""A project's members."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exceptions import LabelingError
from labeling.forms import MemberForm
from labeling.models import Membership
from labeling.selectors.access import project_for
from labeling.selectors.annotators import members_table
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
            now = {
                Membership.Role.ANNOTATOR.value: _("%(name)s is an annotator now."),
                Membership.Role.MANAGER.value: _("%(name)s is a manager now."),
            }
            messages.success(request, now[membership.role] % {"name": membership.user.get_username()})
            return redirect("people", project.slug)
    context = {
        "project": project,
        "manages": True,
        "tab": "people",
        "form": form,
        "members": members_table(project),
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
        said = _("%(name)s is no longer a member; their rankings stay.")
        messages.success(request, said % {"name": membership.user.get_username()})
    return redirect("people", project.slug)
