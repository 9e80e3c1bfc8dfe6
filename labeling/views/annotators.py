"""The people of a project as managers judge them: a table, a page each, setting rankings aside, letting people in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import Conflict, InvalidInput, LabelingError
from labeling.forms import ExclusionForm, InclusionForm
from labeling.models import Project
from labeling.selectors.access import project_for
from labeling.selectors.annotator import annotator_of, annotator_report
from labeling.selectors.annotators import FIRST, annotators_table
from labeling.selectors.freshness import freshness
from labeling.services.analysis import catch_up
from labeling.services.exclusions import exclude_annotator, include_annotator
from labeling.services.members import admit_member
from labeling.views.annotators_table import HEADER, csv_row
from labeling.views.csv import csv_response
from labeling.views.requests import UserRequest, tell_form, tell_refusal

# What each column sorts by at the first click: the end that wants looking at comes first.
COLUMNS: tuple[tuple[str, str | Promise], ...] = (
    ("name", gettext_lazy("Annotator")),
    ("-signals", gettext_lazy("Signals")),
    ("-rankings", gettext_lazy("Rankings")),
    ("-active", gettext_lazy("Last active")),
    ("pace", gettext_lazy("Active time")),
    ("agreement", gettext_lazy("Agreement")),
    ("gold", gettext_lazy("Gold checks")),
    ("self", gettext_lazy("Repeats")),
    ("reliability", gettext_lazy("Weight")),
)


@require_safe
@login_required
def annotators(request: UserRequest, slug: str) -> HttpResponse:
    """`?sort=` names a column, behind a minus from high to low; `?format=csv` is the same table as a file."""
    project = project_for(request.user, slug, manage=True)
    catch_up(project=project)
    sort = request.GET.get("sort", FIRST)
    rows = annotators_table(project, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(f"{project.slug}-annotators", HEADER, map(csv_row, rows))
    context = {**_page(project), "rows": rows, "sort": sort, "columns": [_column(*one, sort) for one in COLUMNS]}
    return render(request, "labeling/quality/annotators.html", context)


@require_safe
@login_required
def annotator(request: UserRequest, slug: str, user_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    catch_up(project=project)
    return _report(request, project, annotator_of(project, user_id), ExclusionForm(), InclusionForm())


@require_POST
@login_required
def exclude(request: UserRequest, slug: str, user_id: int) -> HttpResponse:
    """Set the person's rankings aside."""
    project = project_for(request.user, slug, manage=True)
    user = annotator_of(project, user_id)
    form = ExclusionForm(request.POST)
    if form.is_valid():
        try:
            exclude_annotator(project=project, annotator=user, manager=request.user, **form.cleaned_data)
        except InvalidInput as error:
            tell_form(form, error)
        except Conflict as error:
            # Somebody else was quicker: the page has the other form now.
            tell_refusal(request, error)
            return redirect("annotator", project.slug, user.pk)
        else:
            said = _("The rankings of %(name)s are set aside: they are in no snapshot and no figure from now on.")
            messages.success(request, said % {"name": user.get_username()})
            return redirect("annotator", project.slug, user.pk)
    return _report(request, project, user, form, InclusionForm())


@require_POST
@login_required
def include(request: UserRequest, slug: str, user_id: int) -> HttpResponse:
    """Take the person's rankings back in."""
    project = project_for(request.user, slug, manage=True)
    user = annotator_of(project, user_id)
    # The newest one, also when it has been lifted: the service says so.
    exclusion = project.exclusions.filter(annotator=user).first()
    if exclusion is None:
        raise Http404(f"{user.get_username()} was never excluded")
    form = InclusionForm(request.POST)
    if form.is_valid():
        try:
            include_annotator(exclusion=exclusion, manager=request.user, **form.cleaned_data)
        except InvalidInput as error:
            tell_form(form, error)
        except Conflict as error:
            tell_refusal(request, error)
            return redirect("annotator", project.slug, user.pk)
        else:
            messages.success(request, _("The rankings of %(name)s count again.") % {"name": user.get_username()})
            return redirect("annotator", project.slug, user.pk)
    return _report(request, project, user, ExclusionForm(), form)


@require_POST
@login_required
def admit(request: UserRequest, slug: str, user_id: int) -> HttpResponse:
    """Let the person work whatever the entry test says, `admitted=1`, or leave it to the test again."""
    project = project_for(request.user, slug, manage=True)
    user = annotator_of(project, user_id)
    admitted = request.POST.get("admitted") == "1"
    try:
        admit_member(project=project, user=user, admitted=admitted)
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        said = (
            _("%(name)s may work here whatever the entry test says.")
            if admitted
            else _("The entry test decides again whether %(name)s may work here.")
        )
        messages.success(request, said % {"name": user.get_username()})
    if request.POST.get("back") == "people":
        return redirect("people", project.slug)
    return redirect("annotator", project.slug, user.pk)


def _report(
    request: UserRequest, project: Project, user: User, exclusion_form: Form, inclusion_form: Form
) -> HttpResponse:
    report = annotator_report(project, user)
    form = exclusion_form if report.active is None else inclusion_form
    context = {**_page(project), "report": report, "who": report.annotator, "form": form}
    return render(request, "labeling/quality/annotator.html", context, status=422 if form.errors else 200)


def _page(project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "manages": True,
        "tab": "quality",
        "section": "annotators",
        "freshness": freshness(project),
    }


def _column(key: str, label: str | Promise, sort: str) -> dict[str, Any]:
    """A column's head: what a click on it sorts by, and which way it is sorted now."""
    name = key.removeprefix("-")
    turned = name if sort.startswith("-") else f"-{name}"
    by_this = sort.removeprefix("-") == name
    now = ("descending" if sort.startswith("-") else "ascending") if by_this else ""
    return {"name": name, "label": label, "sorts": turned if by_this else key, "now": now}
