from django.urls import path

from labeling.api import annotators, assignments, disputes, exclusions, guidelines, projects, prompts, rankings

urlpatterns = [
    path("projects/", projects.Projects.as_view()),
    path("projects/<slug:slug>/", projects.ProjectDetail.as_view()),
    path("projects/<slug:slug>/members/", projects.Members.as_view()),
    path("projects/<slug:slug>/annotators/", annotators.Annotators.as_view()),
    path("projects/<slug:slug>/exclusions/", exclusions.Exclusions.as_view()),
    path("projects/<slug:slug>/guidelines-seen/", guidelines.GuidelinesShown.as_view()),
    path("projects/<slug:slug>/prompts/", prompts.Prompts.as_view()),
    path("projects/<slug:slug>/prompts/overlap/", prompts.PromptOverlap.as_view()),
    path("projects/<slug:slug>/assignments/", assignments.Assignments.as_view()),
    path("projects/<slug:slug>/rankings/", rankings.Rankings.as_view()),
    path("projects/<slug:slug>/disputes/", disputes.Disputes.as_view()),
    path("projects/<slug:slug>/adjudications/", disputes.Adjudications.as_view()),
    path("jobs/<uuid:job_id>/", prompts.JobDetail.as_view()),
    path("jobs/<uuid:job_id>/cancel/", prompts.JobCancel.as_view()),
    path("assignments/<int:assignment_id>/ranking/", assignments.AssignmentRanking.as_view()),
    path("assignments/<int:assignment_id>/heartbeat/", assignments.Heartbeat.as_view()),
    path("assignments/<int:assignment_id>/skip/", assignments.Skip.as_view()),
    path("assignments/<int:assignment_id>/draft/", assignments.Draft.as_view()),
    path("exclusions/<int:exclusion_id>/lift/", exclusions.Lift.as_view()),
    path("rankings/<int:ranking_id>/revise/", rankings.Revise.as_view()),
]
