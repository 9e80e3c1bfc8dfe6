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
