"""Rankings that were made."""

from django.db.models import F
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.assignments import IDEMPOTENCY_KEY, idempotency_key, judgement_on, ranking_data
from labeling.api.base import Call
from labeling.api.pagination import OldestFirst
from labeling.api.prompts import flag
from labeling.api.serializers import JudgementSerializer, RankingSerializer
from labeling.models import Ranking
from labeling.selectors.access import can_manage, projects_for
from labeling.selectors.people import pseudonyms
from labeling.selectors.rankings import rankings_for
from labeling.services.rankings import revise_ranking


class Rankings(Call):
    pagination_class = OldestFirst

    @extend_schema(
        parameters=[OpenApiParameter("all", bool, description="Superseded ones too.")],
        responses=RankingSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        project = self.project()
        manages = can_manage(self.caller, project)
        # Annotators never see each other's work; and in their own list hidden checks stand as what they look like.
        rankings = rankings_for(project, include_superseded=flag(request, "all"), include_checks=not manages)
        rankings = rankings.select_related("prompt")
        if not manages:
            rankings = rankings.filter(annotator=self.caller)
        # Whoever has none yet gets one.
        pseudonyms(rankings.order_by().values_list("annotator_id", flat=True).distinct())
        named = rankings.annotate(pseudonym=F("annotator__pseudonym__name"))
        return self.paginated(named, RankingSerializer)


class Revise(Call):
    scopes = {"POST": "annotate"}

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=JudgementSerializer,
        responses={201: RankingSerializer, 200: RankingSerializer},
    )
    def post(self, request: Request, ranking_id: int) -> Response:
        own = Ranking.objects.filter(annotator=self.caller, prompt__project__in=projects_for(self.caller))
        ranking = own.select_related("assignment__prompt__project").filter(pk=ranking_id).first()
        if ranking is None:
            raise Http404(f"no ranking {ranking_id}")
        key = idempotency_key(request)
        judgement = judgement_on(ranking.assignment, request.data, key=key, revised=True)
        revision, created = revise_ranking(ranking=ranking, judgement=judgement, idempotency_key=key)
        return Response(ranking_data(revision), status=201 if created else 200)
