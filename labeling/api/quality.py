"""The managers' reports as tables: agreement, bias, the leaderboard of models."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.models import Project
from labeling.selectors.agreement import agreement_report
from labeling.selectors.bias import bias_report
from labeling.selectors.leaderboard import boards
from labeling.selectors.quality_tables import Tables, agreement_tables, bias_tables, leaderboard_tables
from labeling.services.analysis import catch_up

REPORTS = ("agreement", "bias", "leaderboard")


class TableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(), help_text="A value for each column, or null.")


class ReportSerializer(serializers.Serializer[Any]):
    tables = TableSerializer(many=True)


class QualityReport(Call):
    @extend_schema(
        parameters=[OpenApiParameter("report", OpenApiTypes.STR, OpenApiParameter.PATH, enum=REPORTS)],
        responses=ReportSerializer,
    )
    def get(self, request: Request, slug: str, report: str) -> Response:
        """What the page of that name shows; shares are from 0 to 1."""
        project = self.project(manage=True)
        if report not in REPORTS:
            raise Http404(f"no report {report!r}; there are {', '.join(REPORTS)}")
        catch_up(project=project)
        tables = [
            {"name": name, "columns": list(columns), "rows": [list(row) for row in rows]}
            for name, (columns, rows) in _tables(project, report).items()
        ]
        return Response({"tables": tables})


def _tables(project: Project, report: str) -> Tables:
    if report == "agreement":
        return agreement_tables(agreement_report(project))
    if report == "bias":
        return bias_tables(bias_report(project))
    return leaderboard_tables(boards(project))
