"""The pages of rewardmodel; the REST API has its own `urls`."""

from django.urls import path

from rewardmodel.views import decisions, people, registry, runs, snapshots

urlpatterns = [
    path("me/data/", people.own_data, name="own-data"),
    path("projects/<slug:slug>/runs/", runs.runs, name="runs"),
    path("projects/<slug:slug>/snapshots/", snapshots.snapshots, name="snapshots"),
    path("projects/<slug:slug>/snapshots/freeze/", snapshots.freeze, name="snapshot-freeze"),
    path("projects/<slug:slug>/snapshots/<int:snapshot_id>/", snapshots.snapshot, name="snapshot"),
    path("projects/<slug:slug>/retrain/", runs.retrain, name="retrain"),
    path("projects/<slug:slug>/retrain-policy/", runs.policy, name="retrain-policy"),
    path("projects/<slug:slug>/gate-policy/", registry.gate_policy, name="gate-policy"),
    path("projects/<slug:slug>/models/", registry.models, name="models"),
    path("projects/<slug:slug>/models/<int:version>/", registry.model, name="model"),
    path("projects/<slug:slug>/models/<int:version>/promote/", registry.promote, name="promote"),
    path("projects/<slug:slug>/models/<int:version>/reject/", registry.reject, name="reject"),
    path("projects/<slug:slug>/models/<int:version>/judge/", registry.judge, name="judge"),
    path("projects/<slug:slug>/rollback/", registry.rollback, name="rollback"),
    path("projects/<slug:slug>/decisions/", decisions.decisions, name="decisions"),
    path("projects/<slug:slug>/decision-policy/", decisions.decision_policy, name="decision-policy"),
    path("projects/<slug:slug>/held/send/", decisions.send, name="send-held"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("projects/<slug:slug>/runs/new/", runs.run_new, name="run-new"),
    path("runs/<int:run_id>/log/", runs.run_log, name="run-log"),
    path("runs/<int:run_id>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:run_id>/resume/", runs.resume, name="run-resume"),
]
