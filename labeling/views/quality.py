"""How good a project's rankings are: agreement, bias, and which models wrote the responses that people prefer."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.models import Project
from labeling.selectors.access import project_for
from labeling.selectors.agreement import agreement_report
from labeling.selectors.bias import bias_report
from labeling.selectors.freshness import freshness
from labeling.selectors.leaderboard import boards, has_unnamed_models
from labeling.selectors.quality_tables import Tables, agreement_tables, bias_tables, leaderboard_tables
from labeling.services.analysis import catch_up
from labeling.services.responses import HUMAN
from labeling.views.csv import csv_response
from labeling.views.requests import UserRequest


@require_safe
@login_required
def agreement(request: UserRequest, slug: str) -> HttpResponse:
    project = _project(request, slug)
    report = agreement_report(project)
    return _answer(request, project, "agreement", agreement_tables(report), {"report": report})


@require_safe
@login_required
def bias(request: UserRequest, slug: str) -> HttpResponse:
    project = _project(request, slug)
    report = bias_report(project)
    return _answer(request, project, "bias", bias_tables(report), {"report": report})


@require_safe
@login_required
def leaderboard(request: UserRequest, slug: str) -> HttpResponse:
    project = _project(request, slug)
    found = boards(project)
    context = {
        "boards": found,
        "unnamed": has_unnamed_models(project),
        "has_human": any(standing.model == HUMAN for board in found for standing in board.standings),
    }
    return _answer(request, project, "leaderboard", leaderboard_tables(found), context)


def quality_page(request: UserRequest, project: Project, section: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page of that section, under the tab and the sub-navigation that all of them share."""
    shared = {
        "project": project,
        "manages": True,
        "tab": "quality",
        "section": section,
        "freshness": freshness(project),
    }
    return render(request, f"labeling/quality/{section}.html", {**shared, **context})


def _project(request: UserRequest, slug: str) -> Project:
    project = project_for(request.user, slug, manage=True)
    catch_up(project=project)
    return project


def _answer(
    request: UserRequest, project: Project, section: str, tables: Tables, context: Mapping[str, Any]
) -> HttpResponse:
    """The page; with `?format=csv` one of its tables, the first one unless `table` names another."""
    if request.GET.get("format") != "csv":
        return quality_page(request, project, section, context)
    name = request.GET.get("table", next(iter(tables)))
    if name not in tables:
        raise Http404(f"no table {name!r}")
    return csv_response(f"{project.slug}-{section}-{name}", *tables[name])
