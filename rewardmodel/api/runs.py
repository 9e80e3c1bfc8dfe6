"""Snapshots and training runs."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.exceptions import InvalidInput
from rewardmodel.api.serializers import (
    DifferenceSerializer,
    RetrainPolicyAnswer,
    RetrainPolicySerializer,
    RunSerializer,
    SnapshotSerializer,
    StartRun,
)
from rewardmodel.models import RetrainPolicy, TrainingRun
from rewardmodel.selectors.runs import run_for
from rewardmodel.selectors.snapshots import snapshot_difference, snapshot_for, snapshot_of
from rewardmodel.services.policies import forecast, policy_for, update_policy
from rewardmodel.services.runs import queue_training_run, reopen_run, request_cancel
from rewardmodel.services.snapshots import freeze_snapshot


class Snapshots(Call):
    scopes = {"POST": "train"}
    pagination_class = NewestFirst

    @extend_schema(responses=SnapshotSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return self.paginated(self.project(manage=True).snapshots.all(), SnapshotSerializer)

    @extend_schema(request=None, responses={201: SnapshotSerializer})
    def post(self, request: Request, slug: str) -> Response:
        snapshot = freeze_snapshot(project=self.project(manage=True), created_by=self.caller)
        return Response(SnapshotSerializer(snapshot).data, status=201)


class SnapshotDifference(Call):
    """What a snapshot holds otherwise than the one before it, or than the one that `since` names."""

    @extend_schema(
        parameters=[OpenApiParameter("since", int, description="Another snapshot of the same project.")],
        responses=DifferenceSerializer,
    )
    def get(self, request: Request, snapshot_id: int) -> Response:
        snapshot = snapshot_for(self.caller, snapshot_id)
        since = request.query_params.get("since")
        if since is None:
            earlier = snapshot.project.snapshots.filter(pk__lt=snapshot.pk).first()
            if earlier is None:
                raise Http404(f"snapshot {snapshot.pk} is the project's first; there is none before it")
        else:
            earlier = snapshot_of(snapshot.project, _number("since", since))
        return Response(DifferenceSerializer(snapshot_difference(earlier, snapshot)).data)


class TrainingRuns(Call):
    scopes = {"POST": "train"}
    pagination_class = NewestFirst

    @extend_schema(responses=RunSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        runs = self.project(manage=True).training_runs.select_related("reward_model")
        return self.paginated(runs, RunSerializer)

    @extend_schema(request=StartRun, responses={201: RunSerializer})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        asked = self.validated(StartRun)
        run = queue_training_run(
            project=project,
            trigger=TrainingRun.Trigger.API,
            created_by=self.caller,
            config=asked.get("config"),
            snapshot=snapshot_of(project, asked["snapshot"]) if "snapshot" in asked else None,
        )
        return Response(RunSerializer(run).data, status=201)


class RetrainPolicies(Call):
    """When the project is trained again by itself, and when that is likely to be."""

    scopes = {"PATCH": "train"}

    @extend_schema(responses=RetrainPolicyAnswer)
    def get(self, request: Request, slug: str) -> Response:
        return self._answer(policy_for(self.project(manage=True)))

    @extend_schema(request=RetrainPolicySerializer(partial=True), responses=RetrainPolicyAnswer)
    def patch(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        changes = self.validated(RetrainPolicySerializer, partial=True)
        return self._answer(update_policy(project=project, by=self.caller, **changes))

    def _answer(self, policy: RetrainPolicy) -> Response:
        return Response(RetrainPolicyAnswer({"policy": policy, "forecast": forecast(policy)}).data)


class RunCall(Call):
    scopes = {"POST": "train"}

    def run(self) -> TrainingRun:
        return run_for(self.caller, self.kwargs["run_id"])


class RunDetail(RunCall):
    @extend_schema(responses=RunSerializer)
    def get(self, request: Request, run_id: int) -> Response:
        return Response(RunSerializer(self.run()).data)


class RunCancel(RunCall):
    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: int) -> Response:
        return Response(RunSerializer(request_cancel(run=self.run())).data)


class RunResume(RunCall):
    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: int) -> Response:
        return Response(RunSerializer(reopen_run(run=self.run())).data)


def _number(name: str, asked: str) -> int:
    if not asked.isascii() or not asked.isdigit():
        raise InvalidInput(f"{name} must be the number of a snapshot of this project; got {asked!r}")
    return int(asked)
