from django.urls import path

from rewardmodel.api import decisions, exports, fronts, registry, runs

urlpatterns = [
    path("projects/<slug:slug>/pairs/", exports.Pairs.as_view()),
    path("projects/<slug:slug>/exports/", exports.Exports.as_view()),
    path("projects/<slug:slug>/snapshots/", runs.Snapshots.as_view()),
    path("snapshots/<int:snapshot_id>/difference/", runs.SnapshotDifference.as_view()),
    path("projects/<slug:slug>/training-runs/", runs.TrainingRuns.as_view()),
    path("projects/<slug:slug>/reward-models/", registry.RewardModels.as_view()),
    path("projects/<slug:slug>/rollback/", registry.Rollback.as_view()),
    path("projects/<slug:slug>/score/", registry.Score.as_view()),
    path("projects/<slug:slug>/score/openrlhf/", fronts.OpenRLHFReward.as_view()),
    path("projects/<slug:slug>/score/rerank/", fronts.Rerank.as_view()),
    path("projects/<slug:slug>/score/classify/", fronts.Classify.as_view()),
    path("projects/<slug:slug>/decide/", decisions.Decide.as_view()),
    path("projects/<slug:slug>/decisions/", decisions.Decisions.as_view()),
    path("projects/<slug:slug>/held/send/", decisions.SendHeld.as_view()),
    path("projects/<slug:slug>/decision-policy/", decisions.DecisionPolicies.as_view()),
    path("training-runs/<int:run_id>/", runs.RunDetail.as_view()),
    path("training-runs/<int:run_id>/cancel/", runs.RunCancel.as_view()),
    path("training-runs/<int:run_id>/resume/", runs.RunResume.as_view()),
    path("reward-models/<int:model_id>/promote/", registry.Promote.as_view()),
    path("reward-models/<int:model_id>/reject/", registry.Reject.as_view()),
    path("reward-models/<int:model_id>/verdicts/", registry.Verdicts.as_view()),
    path("projects/<slug:slug>/registry-events/", registry.RegistryEvents.as_view()),
    path("projects/<slug:slug>/retrain-policy/", runs.RetrainPolicies.as_view()),
    path("projects/<slug:slug>/gate-policy/", registry.GatePolicies.as_view()),
]
