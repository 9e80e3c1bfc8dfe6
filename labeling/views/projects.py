"""Projects: the list, the overview, making one, changing one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.charts import Bar
from labeling.exceptions import LabelingError
from labeling.forms import NewProjectForm, ProjectForm
from labeling.models import Project
from labeling.selectors.access import can_manage, project_for, projects_for
from labeling.selectors.agreement import project_agreement
from labeling.selectors.disputes import open_disputes
from labeling.selectors.overview import flagged_rankings, skipped_prompts, work_lately
from labeling.selectors.practice import gold_orders
from labeling.selectors.progress import Progress, my_rankings, project_progress
from labeling.services.analysis import catch_up
from labeling.services.projects import create_project, update_project
from labeling.views.csv import csv_response
from labeling.views.requests import UserRequest, tell_form


@require_safe
@login_required
def home(request: UserRequest) -> HttpResponse:
    projects = [(project, project_progress(project)) for project in projects_for(request.user)]
    return render(request, "labeling/home.html", {"projects": projects})


@require_safe
@login_required
def overview(request: UserRequest, slug: str) -> HttpResponse:
    """How far the project is; for managers also what is made a day and what asks for attention, the days as
    `?format=csv` too."""
    project = project_for(request.user, slug)
    manages = can_manage(request.user, project)
    progress = project_progress(project)
    if manages and request.GET.get("format") == "csv":
        days = [(day.date.isoformat(), day.rankings) for day in work_lately(project, progress).days]
        return csv_response(f"{project.slug}-rankings-a-day", ("day", "rankings"), days)
    context = {
        "project": project,
        "manages": manages,
        "tab": "project",
        "progress": progress,
        "mine": my_rankings(request.user, project, limit=5),
        "open_projects": {project.pk},
        **(_attention(project, progress) if manages else {}),
    }
    return render(request, "labeling/project.html", context)


def _attention(project: Project, progress: Progress) -> dict[str, object]:
    catch_up(project=project)
    work = work_lately(project, progress)
    return {
        "work": work,
        "day_bars": [Bar(str(day.date.day), day.rankings, str(day.rankings)) for day in work.days],
        "agreement": project_agreement(project),
        "disputes": open_disputes(project),
        "skipped": skipped_prompts(project),
        "flagged": flagged_rankings(project),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def create(request: UserRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None)
    if form.is_valid():
        try:
            project = create_project(creator=request.user, **form.cleaned_data)
        except LabelingError as error:
            tell_form(form, error)
        else:
            messages.success(request, _("%(name)s is there. Import its prompts next.") % {"name": project.name})
            return redirect("data", project.slug)
    return render(request, "labeling/project_create.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    form = ProjectForm(request.POST or None, initial=ProjectForm.initial_of(project))
    if form.is_valid():
        try:
            update_project(project=project, **form.cleaned_data)
        except LabelingError as error:
            tell_form(form, error)
        else:
            messages.success(request, _("Settings saved."))
            return redirect("settings", project.slug)
    context = {
        "project": project,
        "manages": True,
        "tab": "settings",
        "form": form,
        "practice_prompts": gold_orders(project).count(),
        "checks_used_up": (project.gold_percent and (project.practice or project.qualification))
        and not gold_orders(project).filter(in_round=False).exists(),
    }
    return render(request, "labeling/settings.html", context, status=422 if form.errors else 200)
