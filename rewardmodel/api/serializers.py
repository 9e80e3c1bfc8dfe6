"""Snapshots, runs and reward models in the shapes of DESIGN section 5."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from rewardmodel.models import DatasetSnapshot, RewardModel, TrainingRun


class SnapshotSerializer(serializers.ModelSerializer[DatasetSnapshot]):
    class Meta:
        model = DatasetSnapshot
        fields = ("id", "sha256", "groups", "rankings", "pairs", "created_at")


class RunProgress(serializers.Serializer[Any]):
    step = serializers.IntegerField()
    total_steps = serializers.IntegerField()


class RunSerializer(serializers.ModelSerializer[TrainingRun]):
    class Meta:
        model = TrainingRun
        fields = (
            "id",
            "status",
            "trigger",
            "snapshot",
            "attempt",
            "progress",
            "metrics",
            "error",
            "reward_model",
        )

    progress = serializers.SerializerMethodField()
    metrics = serializers.DictField()
    reward_model = serializers.SerializerMethodField()

    @extend_schema_field(RunProgress)
    def get_progress(self, run: TrainingRun) -> Any:
        return RunProgress(run).data

    def get_reward_model(self, run: TrainingRun) -> int | None:
        model = getattr(run, "reward_model", None)
        return model.pk if model else None


class StartRun(serializers.Serializer[Any]):
    config = serializers.DictField(required=False, help_text="Options of rewardmodel.ml.train by name.")
    snapshot = serializers.IntegerField(required=False, help_text="Train on this snapshot instead of a fresh one.")


class RewardModelSerializer(serializers.ModelSerializer[RewardModel]):
    class Meta:
        model = RewardModel
        fields = ("id", "version", "aliases", "metrics", "run", "snapshot")

    aliases = serializers.ListField(child=serializers.CharField(), source="alias_names")
    metrics = serializers.DictField()


class ScoreInput(serializers.Serializer[Any]):
    prompt = serializers.JSONField(help_text="Text, or a list of {role, content}.")
    responses = serializers.ListField(child=serializers.JSONField(), help_text="Texts, or {content}.")


class ScoreRequest(serializers.Serializer[Any]):
    prompt = serializers.JSONField(required=False)
    responses = serializers.ListField(child=serializers.JSONField(), required=False)
    inputs = ScoreInput(many=True, required=False)


class ModelReference(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = serializers.IntegerField()


class ScoreAnswer(serializers.Serializer[Any]):
    model = ModelReference()
    scores = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    best = serializers.ListField(child=serializers.IntegerField())


class DecideRequest(serializers.Serializer[Any]):
    prompt = serializers.JSONField()
    response = serializers.JSONField()


class Decision(serializers.Serializer[Any]):
    decision = serializers.CharField()
    probability = serializers.FloatField()
    threshold = serializers.FloatField()
    reason = serializers.CharField()
    model = ModelReference()
