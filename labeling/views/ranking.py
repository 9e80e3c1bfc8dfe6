"""The ranking page and its fragment: the next task, rendered. What the annotator does there goes to the REST API."""

import json
import string
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.models import Assignment, Project, Ranking
from labeling.selectors.access import project_for
from labeling.selectors.assignments import shown_responses
from labeling.selectors.progress import project_progress
from labeling.services.assignments import next_assignment
from labeling.views.requests import UserRequest


@require_safe
@login_required
@never_cache
def rank(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    assignment = next_assignment(project=project, annotator=request.user)
    context = {
        **_task(project, assignment),
        "progress": project_progress(project),
        "mine": Ranking.objects.current().filter(annotator=request.user, prompt__project=project).count(),
    }
    return render(request, "labeling/rank/page.html", context)


@require_safe
@login_required
@never_cache
def rank_next(request: UserRequest, slug: str) -> HttpResponse:
    """The task that follows `?after=<assignment>`, lent ahead; without it, the one to do now."""
    project = project_for(request.user, slug)
    after = request.GET.get("after", "")
    assignment = next_assignment(
        project=project, annotator=request.user, after=int(after) if after.isdecimal() else None
    )
    context = _task(project, assignment)
    if assignment is None:
        context["progress"] = project_progress(project)
    return render(request, "labeling/rank/fragment.html", context)


def _task(project: Project, assignment: Assignment | None) -> dict[str, Any]:
    if assignment is None:
        return {"project": project, "assignment": None}
    responses = shown_responses(assignment)
    return {
        "project": project,
        "assignment": assignment,
        "messages_shown": assignment.prompt.messages,
        "cards": [
            # The key and the text, and nothing else that a page's source could give away.
            {"letter": letter, "key": response.key, "content": response.content}
            for letter, response in zip(string.ascii_uppercase, responses, strict=False)
        ],
        "draft": json.dumps(assignment.draft or None),
    }
