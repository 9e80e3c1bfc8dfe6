"""What an assignment shows."""

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import Http404

from labeling.models import Assignment, AssignmentKind, Membership, Project, Response
from labeling.prepared import Prepared


def assignment_of(user: User, assignment_id: int) -> Assignment:
    """The caller's own assignment, in a project that is still theirs; `Http404` for anybody else's.

    Comes with its prompt and project, and with `pseudonym`, the caller's, None before they have one.
    """
    assignment = _own_assignment.first(id=assignment_id, user=user.pk)
    # Whoever is no longer a member has no assignments either.
    if assignment is None or not (user.is_superuser or assignment.in_own_project):  # type: ignore[attr-defined]
        raise Http404(f"no assignment {assignment_id}")
    assignment.annotator = user
    return assignment


def _assignment(id: int, user: int) -> QuerySet[Assignment]:
    project = OuterRef("prompt__project")
    member = Membership.objects.filter(project=project, user=user)
    creator = Project.objects.filter(pk=project, created_by=user)
    return (
        Assignment.objects.select_related("prompt__project")
        .annotate(pseudonym=F("annotator__pseudonym__name"), in_own_project=Exists(member) | Exists(creator))
        .filter(pk=id, annotator=user)
        .order_by()
    )


_own_assignment = Prepared(_assignment, id=int, user=int)


def adjudication_of(user: User, project: Project, assignment_id: int) -> Assignment | None:
    """That assignment, when the person was lent it to decide on a prompt of the project; skipped ones are over."""
    own = Assignment.objects.filter(annotator=user, prompt__project=project, kind=AssignmentKind.ADJUDICATION)
    lent = own.exclude(status=Assignment.Status.SKIPPED).select_related("prompt__project")
    return lent.filter(pk=assignment_id).first()


def shown_responses(assignment: Assignment) -> list[Response]:
    """The responses in the order this annotator sees them."""
    responses = {response.key: response for response in assignment.prompt.all_responses}
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
