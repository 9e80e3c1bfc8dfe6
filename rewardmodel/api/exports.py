"""The exports of `labeling`, from frozen snapshots too."""

from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api import exports, pairs
from labeling.api.serializers import JobReference
from labeling.downloads import file_response, not_modified
from labeling.exceptions import InvalidInput
from labeling.models import Job, Project
from labeling.services.exports import request_export
from rewardmodel.models import DatasetSnapshot
from rewardmodel.selectors.snapshots import snapshot_of
from rewardmodel.services.exports import (
    RUN_SNAPSHOT_EXPORT,
    RUN_TOKENIZED_SNAPSHOT_EXPORT,
    check_frozen,
    snapshot_etag,
    snapshot_file,
    snapshot_pieces,
)

SNAPSHOT = OpenApiParameter(
    "snapshot", int, description="As frozen then: always the same bytes, with an ETag, and in ranges where asked for."
)


class Pairs(pairs.Pairs):
    @extend_schema(parameters=[pairs.ExportQuery, SNAPSHOT], responses=pairs.ANSWER)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """Every judgement that counts, streamed as things stand or as they were frozen."""
        project = self.project(manage=True)
        choices = pairs.choices_in(request.query_params, besides=("snapshot",))
        asked = request.query_params.get("snapshot")
        if asked is None:
            return self.streamed(project, choices)
        snapshot = _snapshot(project, asked)
        check_frozen(choices)
        pairs.check_streamed(choices)
        etag = snapshot_etag(snapshot, choices)
        if (answer := not_modified(request, etag)) is not None:
            return answer
        name = choices.file_name(project)
        path = snapshot_file(snapshot, choices, make="Range" in request.headers)
        if path is not None:
            return file_response(request, path, etag=etag, content_type=choices.content_type, name=name)
        pieces = snapshot_pieces(snapshot, choices)
        streamed = StreamingHttpResponse(pieces, content_type=choices.content_type)
        streamed["ETag"], streamed["Accept-Ranges"] = etag, "bytes"
        streamed["Content-Disposition"] = f'attachment; filename="{name}"'
        return streamed


class ExportRequest(pairs.ExportQuery):
    snapshot = serializers.IntegerField(required=False, help_text="As frozen then, instead of as things stand.")


class Exports(exports.Exports):
    @extend_schema(request=ExportRequest, responses={202: JobReference})
    def post(self, request: Request, slug: str) -> Response:
        """As `pairs`, made in the background: the job's `result` holds `url`, `bytes`, `sha256`, `expires_at`."""
        return super().post(request, slug)

    def requested(self, project: Project, body: dict[str, Any]) -> Job:
        if "snapshot" not in body:
            return super().requested(project, body)
        snapshot = _snapshot(project, str(body["snapshot"]))
        choices = pairs.choices_in(body, besides=("snapshot",))
        check_frozen(choices)
        return request_export(
            project=project,
            user=self.caller,
            choices=choices,
            task=RUN_TOKENIZED_SNAPSHOT_EXPORT if choices.tokenized else RUN_SNAPSHOT_EXPORT,
            source={"snapshot": snapshot.pk},
        )


def _snapshot(project: Project, asked: str) -> DatasetSnapshot:
    if not asked.isascii() or not asked.isdigit():
        raise InvalidInput(f"snapshot must be the number of a snapshot of this project; got {asked!r}")
    return snapshot_of(project, int(asked))
