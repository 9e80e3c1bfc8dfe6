"""The pages of rewardmodel; the REST API has its own `urls`."""

from django.urls import path

from rewardmodel import views

urlpatterns = [
    path("projects/<slug:slug>/runs/", views.runs, name="runs"),
    path("projects/<slug:slug>/retrain/", views.retrain, name="retrain"),
    path("projects/<slug:slug>/retrain-policy/", views.policy, name="retrain-policy"),
    path("projects/<slug:slug>/models/", views.models, name="models"),
    path("projects/<slug:slug>/models/<int:version>/promote/", views.promote, name="promote"),
    path("projects/<slug:slug>/rollback/", views.rollback, name="rollback"),
    path("runs/<int:run_id>/", views.run, name="run"),
    path("runs/<int:run_id>/cancel/", views.cancel, name="run-cancel"),
    path("runs/<int:run_id>/resume/", views.resume, name="run-resume"),
]
