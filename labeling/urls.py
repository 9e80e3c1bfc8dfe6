"""The pages of labeling; the REST API has its own `urls`."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from labeling.views import (
    annotators,
    compare,
    data,
    disputes,
    exports,
    feedback,
    generation,
    guidelines,
    mapping,
    me,
    people,
    practice,
    projects,
    quality,
    ranking,
    webhooks,
)

urlpatterns = [
    path("", projects.home, name="home"),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("me/", me.me, name="me"),
    path("me/rankings/", me.history, name="history"),
    path("me/tokens/<int:token_id>/revoke/", me.revoke, name="token-revoke"),
    path("projects/new/", projects.create, name="project-create"),
    path("projects/<slug:slug>/", projects.overview, name="project"),
    path("projects/<slug:slug>/rank/", ranking.rank, name="rank"),
    path("projects/<slug:slug>/rank/next/", ranking.rank_next, name="rank-next"),
    path("projects/<slug:slug>/rank/compare/<str:task>/", compare.compare, name="rank-compare"),
    path("projects/<slug:slug>/rank/practice/<int:gold_id>/", feedback.rank_practice, name="rank-practice"),
    path("projects/<slug:slug>/quality/", quality.agreement, name="quality"),
    path("projects/<slug:slug>/quality/annotators/", annotators.annotators, name="annotators"),
    path("projects/<slug:slug>/quality/annotators/<int:user_id>/", annotators.annotator, name="annotator"),
    path(
        "projects/<slug:slug>/quality/annotators/<int:user_id>/exclude/", annotators.exclude, name="annotator-exclude"
    ),
    path(
        "projects/<slug:slug>/quality/annotators/<int:user_id>/include/", annotators.include, name="annotator-include"
    ),
    path("projects/<slug:slug>/quality/annotators/<int:user_id>/admit/", annotators.admit, name="annotator-admit"),
    path("projects/<slug:slug>/quality/disputes/", disputes.disputes, name="disputes"),
    path("projects/<slug:slug>/quality/disputes/<int:prompt_id>/", disputes.dispute, name="dispute"),
    path(
        "projects/<slug:slug>/quality/disputes/<int:prompt_id>/adjudicate/",
        disputes.adjudicate,
        name="dispute-adjudicate",
    ),
    path("projects/<slug:slug>/quality/disputes/<int:prompt_id>/overlap/", disputes.overlap, name="dispute-overlap"),
    path("projects/<slug:slug>/quality/bias/", quality.bias, name="bias"),
    path("projects/<slug:slug>/quality/leaderboard/", quality.leaderboard, name="leaderboard"),
    path("projects/<slug:slug>/data/", data.data, name="data"),
    path("projects/<slug:slug>/data/jobs/<uuid:job_id>/", data.job, name="job"),
    path("projects/<slug:slug>/data/import/<uuid:upload_id>/", mapping.mapping, name="import-mapping"),
    path("projects/<slug:slug>/data/jobs/<uuid:job_id>/cancel/", generation.cancel, name="job-cancel"),
    path("projects/<slug:slug>/data/jobs/<uuid:job_id>/resume/", generation.resume, name="job-resume"),
    path("projects/<slug:slug>/data/reports/<uuid:report_id>/", data.row_report, name="row-report"),
    path("projects/<slug:slug>/data/generate/", generation.generate, name="generate"),
    path(
        "projects/<slug:slug>/data/endpoints/<int:endpoint_id>/remove/",
        generation.remove_endpoint,
        name="endpoint-remove",
    ),
    path("projects/<slug:slug>/data/export/", exports.export, name="export"),
    path("exports/<str:token>/", exports.export_file, name="export-file"),
    path("projects/<slug:slug>/people/", people.people, name="people"),
    path("projects/<slug:slug>/people/<int:membership_id>/remove/", people.remove_person, name="person-remove"),
    path("projects/<slug:slug>/guidelines/", guidelines.guidelines, name="guidelines"),
    path("projects/<slug:slug>/practice/", practice.practice, name="practice"),
    path("projects/<slug:slug>/practice/<int:gold_id>/remove/", practice.remove, name="practice-remove"),
    path("projects/<slug:slug>/settings/", projects.settings, name="settings"),
    path("projects/<slug:slug>/webhooks/", webhooks.webhooks, name="webhooks"),
    path("projects/<slug:slug>/webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path("projects/<slug:slug>/webhooks/<int:webhook_id>/switch/", webhooks.switch, name="webhook-switch"),
    path("projects/<slug:slug>/webhooks/<int:webhook_id>/remove/", webhooks.remove, name="webhook-remove"),
    path("projects/<slug:slug>/deliveries/<int:delivery_id>/replay/", webhooks.replay, name="delivery-replay"),
]
