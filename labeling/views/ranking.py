"""The ranking page and its fragment: the next task, rendered. What the annotator does there goes to the REST API."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.exceptions import NotQualified, SetAside
from labeling.models import GoldOrder, Project
from labeling.selectors.access import project_for
from labeling.selectors.admission import is_admitted
from labeling.selectors.assignments import adjudication_of
from labeling.selectors.practice import next_practice
from labeling.selectors.progress import project_progress
from labeling.selectors.rankings import revisable_ranking
from labeling.selectors.work import own_counts, own_pace
from labeling.services.assignments import next_assignment
from labeling.services.guidelines import meet_guidelines
from labeling.views import tasks
from labeling.views.requests import UserRequest, row_id


@require_safe
@login_required
@never_cache
def rank(request: UserRequest, slug: str) -> HttpResponse:
    """The page with the task to do now; with `?revise=<ranking>`, with that ranking to be revised; with
    `?adjudicate=<assignment>`, with the prompt to decide on."""
    project = project_for(request.user, slug)
    meet_guidelines(project=project, user=request.user)
    revise, adjudicate = request.GET.get("revise"), request.GET.get("adjudicate")
    if revise is not None:
        task = _revision(request.user, project, row_id(revise))
    elif adjudicate is not None:
        task = _adjudication(request.user, project, row_id(adjudicate))
    else:
        task = _next_task(request.user, project)
    counts = own_counts(request.user, project)
    context = {
        **task,
        "progress": project_progress(project),
        "mine": counts.total,
        "today": counts.today,
        "pace": own_pace(request.user, project),
    }
    return render(request, "labeling/rank/page.html", context)


@require_safe
@login_required
@never_cache
def rank_next(request: UserRequest, slug: str) -> HttpResponse:
    """The task that follows `?after=<assignment>`, lent ahead, or `?after=practice-<id>`; without it, the one to do
    now."""
    project = project_for(request.user, slug)
    context = _next_task(request.user, project, after=request.GET.get("after", ""))
    if context["assignment"] is None and context["gold"] is None:
        context["progress"] = project_progress(project)
    return render(request, "labeling/rank/fragment.html", context)


def _next_task(user: User, project: Project, *, after: str = "") -> dict[str, Any]:
    kind, _, number = after.rpartition("-")
    at = row_id(number)
    gold = _next_practice(user, project, after=at if kind == "practice" else None)
    if gold is not None:
        return tasks.practice(user, project, gold)
    try:
        assignment = next_assignment(project=project, annotator=user, after=at if kind == "" else None)
    except (NotQualified, SetAside) as refusal:
        return tasks.refused(project, refusal)
    return tasks.work(user, project, assignment)


def _next_practice(user: User, project: Project, *, after: int | None) -> GoldOrder | None:
    """A practice round is for all who may work, an entry test only for those in whose way it stands."""
    gold = next_practice(user, project, after=after)
    if gold is None or project.exclusions.active().filter(annotator=user).exists():
        return None
    return gold if project.practice or not is_admitted(user, project) else None


def _revision(user: User, project: Project, ranking_id: int | None) -> dict[str, Any]:
    ranking = revisable_ranking(user, project, ranking_id) if ranking_id is not None else None
    if ranking is None:
        raise Http404(f"no ranking {ranking_id} of your own that can be revised")
    return tasks.revision(user, project, ranking)


def _adjudication(user: User, project: Project, assignment_id: int | None) -> dict[str, Any]:
    """What was decided already comes back to be revised."""
    assignment = adjudication_of(user, project, assignment_id) if assignment_id is not None else None
    if assignment is None:
        raise Http404(f"no prompt of yours to decide on is lent as {assignment_id}")
    if (ranking := assignment.rankings.current().first()) is not None:
        return tasks.revision(user, project, ranking)
    return tasks.adjudication(user, project, assignment)
