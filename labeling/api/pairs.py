"""The export."""

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from labeling.api.base import Call
from labeling.api.prompts import flag
from labeling.models import Project
from labeling.selectors.exports import FORMATS, SHAPES, check_choices, export_lines

PARAMETERS = [
    OpenApiParameter("format", str, enum=list(FORMATS), default="jsonl"),
    OpenApiParameter("shape", str, enum=list(SHAPES), default="trl"),
    OpenApiParameter("split", str, enum=["train", "validation", "test"], description="All splits when not given."),
    OpenApiParameter("include_ties", bool, description="Ties as pairs of margin 0, marked `tie`."),
]


class IgnoreAccept(BaseContentNegotiation):
    """What comes back is chosen by `format`, never by the Accept header."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Pairs(Call):
    """Every judgement that counts, streamed."""

    content_negotiation_class = IgnoreAccept

    @extend_schema(parameters=PARAMETERS, responses={(200, "application/x-ndjson"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        project = self.project(manage=True)
        choices = {
            "shape": request.query_params.get("shape", "trl"),
            "format": request.query_params.get("format", "jsonl"),
            "split": request.query_params.get("split", ""),
        }
        check_choices(**choices)
        lines = self.lines(project, **choices, include_ties=flag(request, "include_ties"))
        response = StreamingHttpResponse(lines, content_type=FORMATS[choices["format"]])
        name = f"{project.slug}-{choices['shape']}.{choices['format']}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def lines(self, project: Project, **choices: Any) -> Iterator[bytes]:
        """The export as things stand; the calls of `rewardmodel` add frozen snapshots."""
        return export_lines(project, **choices)
