"""Snapshots, runs and reward models in the shapes of DESIGN section 5."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from timezone_field.rest_framework import TimeZoneSerializerField

from rewardmodel.forms import PolicyForm
from rewardmodel.models import (
    DatasetSnapshot,
    Decision,
    DecisionPolicy,
    GatePolicy,
    GateVerdict,
    RegistryEvent,
    RetrainPolicy,
    RewardModel,
    TrainingRun,
)
from rewardmodel.selectors.snapshots import Difference, FrozenRanking
from rewardmodel.services.policies import Forecast
from rewardmodel.verdicts import headline


class SnapshotSerializer(serializers.ModelSerializer[DatasetSnapshot]):
    class Meta:
        model = DatasetSnapshot
        fields = ("id", "sha256", "groups", "rankings", "pairs", "policy", "created_at")

    policy = serializers.DictField(help_text="What decided on the content.")


class FrozenRankingSerializer(serializers.Serializer[FrozenRanking]):
    id = serializers.IntegerField()
    prompt_id = serializers.CharField()
    annotator = serializers.CharField()
    tiers = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class RevisedRanking(serializers.Serializer[Any]):
    before = FrozenRankingSerializer()
    after = FrozenRankingSerializer()


class ChangedWeight(serializers.Serializer[Any]):
    annotator = serializers.CharField()
    before = serializers.FloatField()
    after = serializers.FloatField()


class DifferenceSerializer(serializers.Serializer[Difference]):
    earlier = serializers.IntegerField(source="earlier.pk")
    later = serializers.IntegerField(source="later.pk")
    added = FrozenRankingSerializer(many=True)
    revised = serializers.SerializerMethodField()
    excluded = FrozenRankingSerializer(many=True, help_text="Set aside with their annotator, or deleted.")
    reweighted = serializers.SerializerMethodField()

    @extend_schema_field(RevisedRanking(many=True))
    def get_revised(self, difference: Difference) -> Any:
        pairs = [{"before": before, "after": after} for before, after in difference.revised]
        return RevisedRanking(pairs, many=True).data

    @extend_schema_field(ChangedWeight(many=True))
    def get_reweighted(self, difference: Difference) -> Any:
        changed = difference.reweighted.items()
        return [{"annotator": name, "before": before, "after": after} for name, (before, after) in changed]


class RetrainPolicySerializer(serializers.ModelSerializer[RetrainPolicy]):
    class Meta:
        model = RetrainPolicy
        fields = (*PolicyForm.Meta.fields, "config")

    config = serializers.DictField(help_text="Options of rewardmodel.ml.train by name.")
    time_zone = TimeZoneSerializerField()


class ForecastSerializer(serializers.Serializer[Forecast]):
    fresh = serializers.IntegerField(help_text="New rankings.")
    needed = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True, help_text="null: nothing that is known leads there.")
    held_until = serializers.DateTimeField(allow_null=True, help_text="Due, but so long in its cool-down.")
    over_budget = serializers.BooleanField()


class RetrainPolicyAnswer(serializers.Serializer[Any]):
    policy = RetrainPolicySerializer()
    forecast = ForecastSerializer(allow_null=True, help_text="null while it is paused.")


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


class VerdictCheck(serializers.Serializer[Any]):
    name = serializers.CharField()
    passed = serializers.BooleanField()
    figures = serializers.DictField()


class VerdictSerializer(serializers.ModelSerializer[GateVerdict]):
    class Meta:
        model = GateVerdict
        fields = ("id", "reward_model", "champion", "passed", "verdict", "checks", "created_at")

    checks = VerdictCheck(many=True)
    verdict = serializers.SerializerMethodField(help_text="In words.")

    def get_verdict(self, verdict: GateVerdict) -> str:
        return headline(verdict)


class RegistryEventSerializer(serializers.ModelSerializer[RegistryEvent]):
    class Meta:
        model = RegistryEvent
        fields = ("id", "kind", "reward_model", "verdict", "by", "reason", "details", "created_at")

    by = serializers.CharField(source="by.username", default=None, allow_null=True, help_text="null: Podium itself.")
    details = serializers.DictField()


class Reason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class GatePolicySerializer(serializers.ModelSerializer[GatePolicy]):
    class Meta:
        model = GatePolicy
        fields = (
            "mode",
            "max_drop",
            "slice_tolerance",
            "fewest_prompts",
            "max_ece",
            "max_length_correlation",
            "max_slowdown",
        )


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


class DecisionRecordSerializer(serializers.ModelSerializer[Decision]):
    class Meta:
        model = Decision
        fields = (
            "id",
            "decision",
            "probability",
            "threshold",
            "score",
            "model",
            "prompt",
            "response",
            "created_at",
            "sent_at",
        )

    decision = serializers.CharField(source="kind")
    model = ModelReference(source="reward_model")
    prompt = serializers.ListField(child=serializers.DictField())


class DecisionPolicySerializer(serializers.ModelSerializer[DecisionPolicy]):
    class Meta:
        model = DecisionPolicy
        fields = ("show_from", "regenerate_below")


class SentHeld(serializers.Serializer[Any]):
    created = serializers.IntegerField(help_text="Prompts that annotators can rank now.")
    waiting = serializers.IntegerField(help_text="Prompts with a single held response, which cannot be ranked.")


class DecisionSerializer(serializers.Serializer[Any]):
    decision = serializers.CharField()
    probability = serializers.FloatField()
    threshold = serializers.FloatField()
    reason = serializers.CharField()
    model = ModelReference()
