"""An annotator's work: what to rank next, and what becomes of it."""

import re
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.serializers import (
    AssignmentSerializer,
    JudgementSerializer,
    Lease,
    NextAssignment,
    RankingSerializer,
    SkipReason,
    represent,
)
from labeling.exceptions import InvalidInput, InvalidRanking
from labeling.judgements import Judgement, parse_judgement
from labeling.models import Assignment, Ranking
from labeling.selectors.assignments import assignment_of, written_response
from labeling.selectors.people import pseudonyms
from labeling.services.assignments import next_assignment, renew_lease, save_draft, skip_assignment
from labeling.services.rankings import submit_ranking
from labeling.sources.rows import InvalidRow, check_characters

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True, description="1 to 200 printable ASCII characters."
)


def idempotency_key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(r"[ -~]{1,200}", key):
        raise InvalidInput(
            "the header Idempotency-Key is needed: 1 to 200 printable ASCII characters, a new key for each ranking "
            "and the same one when you send it again"
        )
    return key


def judgement_on(assignment: Assignment, body: object, *, key: str, revised: bool = False) -> Judgement:
    """What a request says of an assignment's responses, or of them once more; raises `InvalidRanking`."""
    # Where no more is asked for, what somebody has written may stay and be changed.
    has_written = revised and written_response(assignment) is not None
    try:
        return _parse(assignment, body, may_write=has_written)
    except InvalidRanking:
        earlier = assignment.rankings.filter(idempotency_key=key).first()
        if earlier is None:
            raise
        # What was taken under this key before is sound, whatever the project has stopped asking for since: the answer
        # was lost, and the request comes again.
        return _parse(assignment, body, may_write=True, earlier=earlier)


def _parse(assignment: Assignment, body: object, *, may_write: bool, earlier: Ranking | None = None) -> Judgement:
    project = assignment.prompt.project
    rated = {dimension for ratings in earlier.ratings.values() for dimension in ratings} if earlier else set()
    return parse_judgement(
        body,
        responses=assignment.display_order,
        dimensions=[*project.dimensions, *rated],
        allow_ties=project.allow_ties or earlier is not None,
        allow_better_response=project.allow_better_response or may_write,
        newest_guidelines=project.guidelines_version,
    )


def ranking_data(ranking: Ranking, *, pseudonym: str | None = None) -> dict[str, Any]:
    """`pseudonym`: the annotator's, where it is known already."""
    named: Any = ranking
    named.pseudonym = pseudonym or pseudonyms([ranking.annotator_id])[ranking.annotator_id]
    return represent(RankingSerializer, named)


class AssignmentCall(Call):
    scopes = {"POST": "annotate", "PUT": "annotate"}

    def assignment(self) -> Assignment:
        return assignment_of(self.caller, self.kwargs["assignment_id"])


class Assignments(Call):
    scopes = {"POST": "annotate"}

    @extend_schema(request=NextAssignment, responses={200: AssignmentSerializer, 204: None})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project()
        after = self.validated(NextAssignment).get("after")
        assignment = next_assignment(project=project, annotator=self.caller, after=after)
        if assignment is None:
            return Response(status=204)
        return Response(represent(AssignmentSerializer, assignment))


class AssignmentRanking(AssignmentCall):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=JudgementSerializer,
        responses={201: RankingSerializer, 200: RankingSerializer},
    )
    def post(self, request: Request, assignment_id: int) -> Response:
        assignment = self.assignment()
        key = idempotency_key(request)
        ranking, created = submit_ranking(
            assignment=assignment, judgement=judgement_on(assignment, request.data, key=key), idempotency_key=key
        )
        data = ranking_data(ranking, pseudonym=assignment.pseudonym)  # type: ignore[attr-defined]  # by `assignment_of`
        return Response(data, status=201 if created else 200)


class Heartbeat(AssignmentCall):
    @extend_schema(request=None, responses=Lease)
    def post(self, request: Request, assignment_id: int) -> Response:
        assignment = renew_lease(assignment=self.assignment())
        return Response(Lease(assignment).data)


class Skip(AssignmentCall):
    @extend_schema(request=SkipReason, responses={204: None})
    def post(self, request: Request, assignment_id: int) -> Response:
        assignment = self.assignment()
        skip_assignment(assignment=assignment, **self.validated(SkipReason))
        return Response(status=204)


class Draft(AssignmentCall):
    @extend_schema(request=OpenApiTypes.OBJECT, responses={204: None})
    def put(self, request: Request, assignment_id: int) -> Response:
        assignment = self.assignment()
        if not isinstance(request.data, dict):
            raise InvalidInput("a draft is an object")
        try:
            check_characters(request.data, "draft")
        except InvalidRow as error:
            raise InvalidInput(str(error)) from None
        save_draft(assignment=assignment, draft=request.data)
        return Response(status=204)
