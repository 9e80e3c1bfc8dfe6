"""Whether a response may be shown, what was answered so far, and held responses on their way to annotators."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from rewardmodel.api.serializers import (
    DecideRequest,
    DecisionPolicySerializer,
    DecisionRecordSerializer,
    DecisionSerializer,
    SentHeld,
)
from rewardmodel.services.decisions import (
    decide,
    decision_policy_for,
    reason_of,
    send_held,
    update_decision_policy,
)


class Decide(Call):
    """Open to every member, as scoring is. Anything but 200 means: do not show it."""

    scopes = {"POST": "score"}

    @extend_schema(request=DecideRequest, responses=DecisionSerializer)
    def post(self, request: Request, slug: str) -> Response:
        decision = decide(project=self.project(), body=request.data)
        return Response(
            {
                "decision": decision.kind,
                "probability": decision.probability,
                "threshold": decision.threshold,
                "reason": reason_of(decision),
                "model": {"id": decision.reward_model_id, "version": decision.reward_model.version},
            }
        )


class Decisions(Call):
    """What was answered, newest first."""

    pagination_class = NewestFirst

    @extend_schema(responses=DecisionRecordSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        rows = self.project(manage=True).decisions.select_related("reward_model")
        return self.paginated(rows, DecisionRecordSerializer)


class SendHeld(Call):
    """Makes prompts for annotators of the responses that were held."""

    scopes = {"POST": "write"}

    @extend_schema(request=None, responses=SentHeld)
    def post(self, request: Request, slug: str) -> Response:
        sent = send_held(project=self.project(manage=True), by=self.caller)
        return Response({"created": sent.created, "waiting": sent.waiting})


class DecisionPolicies(Call):
    scopes = {"PATCH": "train"}

    @extend_schema(responses=DecisionPolicySerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(DecisionPolicySerializer(decision_policy_for(self.project(manage=True))).data)

    @extend_schema(request=DecisionPolicySerializer(partial=True), responses=DecisionPolicySerializer)
    def patch(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        changes = self.validated(DecisionPolicySerializer, partial=True)
        policy = update_decision_policy(project=project, by=self.caller, **changes)
        return Response(DecisionPolicySerializer(policy).data)
