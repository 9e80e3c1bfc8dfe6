"""Two responses of one's own task side by side, with what differs marked."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.models import Response
from labeling.selectors.access import project_for
from labeling.selectors.assignments import assignment_of, shown_responses
from labeling.selectors.practice import practice_responses, practised_gold
from labeling.views.requests import UserRequest, row_id
from labeling.views.tasks import cards

PRACTICE = "practice-"


@require_safe
@login_required
@never_cache
def compare(request: UserRequest, slug: str, task: str) -> HttpResponse:
    """The responses `?a=` and `?b=` of an assignment of one's own, or of `practice-<gold id>`."""
    shown = {card["key"]: card for card in cards(_responses(request, slug, task))}
    one, other = (shown.get(request.GET.get(side, "")) for side in ("a", "b"))
    if one is None or other is None:
        raise Http404("a and b name two responses of this task")
    context = {"one": one, "other": other, "cards": shown.values()}
    return render(request, "labeling/rank/comparison.html", context)


def _responses(request: UserRequest, slug: str, task: str) -> list[Response]:
    project = project_for(request.user, slug)
    at = row_id(task.removeprefix(PRACTICE))
    if at is None:
        raise Http404(f"no task {task!r}")
    if task.startswith(PRACTICE):
        return practice_responses(practised_gold(project, at), request.user)
    assignment = assignment_of(request.user, at)
    if assignment.prompt.project != project:
        raise Http404(f"no assignment {at} in {slug!r}")
    return shown_responses(assignment)
