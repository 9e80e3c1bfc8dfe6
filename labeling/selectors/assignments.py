"""What an assignment shows."""

from django.contrib.auth.models import User
from django.http import Http404

from labeling.models import Assignment, Response
from labeling.selectors.access import projects_for


def assignment_of(user: User, assignment_id: int) -> Assignment:
    """The caller's own assignment, in a project that is still theirs; `Http404` for anybody else's."""
    assignment = (
        Assignment.objects.select_related("prompt__project", "annotator")
        .filter(pk=assignment_id, annotator=user, prompt__project__in=projects_for(user))
        .first()
    )
    if assignment is None:
        raise Http404(f"no assignment {assignment_id}")
    return assignment


def shown_responses(assignment: Assignment) -> list[Response]:
    """The responses in the order this annotator sees them."""
    responses = {response.key: response for response in assignment.prompt.responses.all()}
    return [responses[key] for key in assignment.display_order]


def written_response(assignment: Assignment) -> Response | None:
    """What the annotator has written for it and not taken back.

    In a hidden check nothing written is offered to anybody, so there it is what their latest ranking holds.
    """
    written = assignment.written_responses.order_by("-pk")
    if not assignment.is_hidden_check:
        return written.offered().first()
    latest = assignment.rankings.order_by("-pk").values_list("tiers", flat=True).first() or []
    return written.filter(key__in=[key for tier in latest for key in tier]).first()
