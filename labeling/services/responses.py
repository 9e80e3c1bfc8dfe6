"""Responses that annotators write."""

from itertools import count

from django.utils import timezone

from labeling.exceptions import Conflict
from labeling.models import Assignment, Prompt, Response
from labeling.selectors.assignments import written_response
from labeling.sources.rows import MOST_RESPONSES

# What stands where a model's name would: every export says who wrote it.
HUMAN = "human"


def write_response(*, assignment: Assignment, content: str) -> Response | None:
    """The response that the annotator wrote for this assignment's prompt; None when `content` is empty.

    The one written before stands when the text is the same, else it is withdrawn. What is written in a hidden check is
    kept, but offered to nobody. Runs inside the caller's transaction. Raises `Conflict` when the prompt has as many
    responses as there are letters.
    """
    earlier = written_response(assignment)
    if earlier is not None:
        if earlier.content == content:
            return earlier
        Response.objects.filter(pk=earlier.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    return _add(assignment, content) if content else None


def _add(assignment: Assignment, content: str) -> Response:
    # Two annotators of the same prompt may write at once; positions are given out one after the other.
    prompt = Prompt.objects.select_for_update(of=("self",)).get(pk=assignment.prompt_id)
    if prompt.responses.offered().count() >= MOST_RESPONSES:
        raise Conflict(
            f"this prompt has {MOST_RESPONSES} responses, as many as there are letters; leave better_response out"
        )
    there = list(prompt.responses.values_list("external_id", "position"))
    position = max(position for _, position in there) + 1
    # Ids that an import brings are free, so one of them may be called like this.
    names = (f"{HUMAN}-{number}" for number in count(position))
    return Response.objects.create(
        prompt=prompt,
        external_id=next(name for name in names if name not in dict(there)),
        position=position,
        content=content,
        model=HUMAN,
        written_in=assignment,
        withdrawn_at=timezone.now() if assignment.is_hidden_check else None,
    )
