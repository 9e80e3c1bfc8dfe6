"""Reward models, and what the champion says."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from rewardmodel.api.serializers import (
    GatePolicySerializer,
    Reason,
    RegistryEventSerializer,
    RewardModelSerializer,
    ScoreAnswer,
    ScoreRequest,
    VerdictSerializer,
)
from rewardmodel.selectors.registry import reward_model_for, reward_models
from rewardmodel.services.gate import gate_policy_for, judge_again, update_gate_policy
from rewardmodel.services.registry import promote_reward_model, reject_reward_model, roll_back
from rewardmodel.services.scoring import score_responses
from rewardmodel.services.shadow import let_listen


class RewardModels(Call):
    pagination_class = NewestFirst

    @extend_schema(responses=RewardModelSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return self.paginated(reward_models(self.project(manage=True)), RewardModelSerializer)


class Promote(Call):
    scopes = {"POST": "train"}

    @extend_schema(request=None, responses=RewardModelSerializer)
    def post(self, request: Request, model_id: int) -> Response:
        model = promote_reward_model(reward_model=reward_model_for(self.caller, model_id), by=self.caller)
        return Response(RewardModelSerializer(model).data)


class Rollback(Call):
    scopes = {"POST": "train"}

    @extend_schema(request=None, responses=RewardModelSerializer)
    def post(self, request: Request, slug: str) -> Response:
        return Response(RewardModelSerializer(roll_back(project=self.project(manage=True), by=self.caller)).data)


class Reject(Call):
    """Takes a challenger out of the running, with a reason that is kept."""

    scopes = {"POST": "train"}

    @extend_schema(request=Reason, responses=RewardModelSerializer)
    def post(self, request: Request, model_id: int) -> Response:
        model = reward_model_for(self.caller, model_id)
        rejected = reject_reward_model(reward_model=model, by=self.caller, reason=self.validated(Reason)["reason"])
        return Response(RewardModelSerializer(rejected).data)


class Verdicts(Call):
    """What the gate has found of a version; POST has it look again."""

    scopes = {"POST": "train"}
    pagination_class = NewestFirst

    @extend_schema(responses=VerdictSerializer(many=True))
    def get(self, request: Request, model_id: int) -> Response:
        return self.paginated(reward_model_for(self.caller, model_id).verdicts.all(), VerdictSerializer)

    @extend_schema(request=None, responses=RewardModelSerializer)
    def post(self, request: Request, model_id: int) -> Response:
        model = reward_model_for(self.caller, model_id)
        judge_again(model=model)
        return Response(RewardModelSerializer(model).data)


class RegistryEvents(Call):
    """The audit trail: who changed what in the registry, when and why."""

    pagination_class = NewestFirst

    @extend_schema(responses=RegistryEventSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        events = self.project(manage=True).registry_events.select_related("by")
        return self.paginated(events, RegistryEventSerializer)


class GatePolicies(Call):
    scopes = {"PATCH": "train"}

    @extend_schema(responses=GatePolicySerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(GatePolicySerializer(gate_policy_for(self.project(manage=True))).data)

    @extend_schema(request=GatePolicySerializer(partial=True), responses=GatePolicySerializer)
    def patch(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        changes = self.validated(GatePolicySerializer, partial=True)
        return Response(GatePolicySerializer(update_gate_policy(project=project, by=self.caller, **changes)).data)


class Score(Call):
    """Open to every member: an application that scores needs no right to change anything."""

    scopes = {"POST": "score"}

    @extend_schema(request=ScoreRequest, responses=ScoreAnswer)
    def post(self, request: Request, slug: str) -> Response:
        project = self.project()
        scored = score_responses(project=project, body=request.data)
        let_listen(project=project, inputs=scored.inputs, scored=scored)
        model: dict[str, Any] = {"id": scored.model.pk, "version": scored.model.version}
        return Response({"model": model, "scores": scored.scores, "best": scored.best})
