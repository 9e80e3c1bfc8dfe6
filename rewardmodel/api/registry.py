"""Reward models, and what the champion says."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from rewardmodel.api.serializers import (
    DecideRequest,
    Decision,
    RewardModelSerializer,
    ScoreAnswer,
    ScoreRequest,
)
from rewardmodel.selectors.registry import reward_model_for, reward_models
from rewardmodel.services.registry import promote_reward_model, roll_back
from rewardmodel.services.scoring import decide, score_responses


class RewardModels(Call):
    pagination_class = NewestFirst

    @extend_schema(responses=RewardModelSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return self.paginated(reward_models(self.project(manage=True)), RewardModelSerializer)


class Promote(Call):
    scopes = {"POST": "train"}

    @extend_schema(request=None, responses=RewardModelSerializer)
    def post(self, request: Request, model_id: int) -> Response:
        model = promote_reward_model(reward_model=reward_model_for(self.caller, model_id))
        return Response(RewardModelSerializer(model).data)


class Rollback(Call):
    scopes = {"POST": "train"}

    @extend_schema(request=None, responses=RewardModelSerializer)
    def post(self, request: Request, slug: str) -> Response:
        return Response(RewardModelSerializer(roll_back(project=self.project(manage=True))).data)


class Score(Call):
    """Open to every member: an application that scores needs no right to change anything."""

    scopes = {"POST": "score"}

    @extend_schema(request=ScoreRequest, responses=ScoreAnswer)
    def post(self, request: Request, slug: str) -> Response:
        scored = score_responses(project=self.project(), body=request.data)
        model: dict[str, Any] = {"id": scored.model.pk, "version": scored.model.version}
        return Response({"model": model, "scores": scored.scores, "best": scored.best})


class Decide(Call):
    scopes = {"POST": "score"}

    @extend_schema(request=DecideRequest, responses=Decision)
    def post(self, request: Request, slug: str) -> Response:
        decide(project=self.project(), body=request.data)
