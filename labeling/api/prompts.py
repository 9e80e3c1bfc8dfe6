"""Importing prompts, and the jobs that long imports become."""

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.parsers import JsonLines, JsonList, NdJson, Parquet, Upload
from labeling.api.serializers import ImportReportSerializer, JobReference, JobSerializer
from labeling.exceptions import InvalidImport, InvalidInput
from labeling.models import Job
from labeling.selectors.access import check_manages, projects_for
from labeling.services.jobs import cancel_job, import_upload, import_url, resume_job
from labeling.services.prompts import set_overlap
from labeling.sources.readers import READERS, SUFFIXES, UnreadableFile, format_of
from labeling.sources.recipes import RECIPES

TRUE, FALSE = {"1", "true", "yes"}, {"", "0", "false", "no"}


def flag(request: Request, name: str) -> bool:
    """A yes-or-no query parameter."""
    value = request.query_params.get(name, "").lower()
    if value not in TRUE | FALSE:
        raise InvalidInput(f"{name} must be 1 or 0; got {value!r}")
    return value in TRUE


class Prompts(Call):
    scopes = {"POST": "write"}
    parser_classes = (JsonList, NdJson, JsonLines, Parquet, MultiPartParser)

    @extend_schema(
        request={"application/json": OpenApiTypes.ANY, "application/x-ndjson": OpenApiTypes.STR},
        parameters=[
            OpenApiParameter("skip_invalid", bool, description="Leave malformed rows out, and count them."),
            OpenApiParameter("recipe", str, enum=list(RECIPES), description="What the rows are; prompts by default."),
        ],
        responses={201: ImportReportSerializer, 202: JobReference},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        upload = _upload(request)
        outcome = import_upload(
            project=project,
            user=self.caller,
            file=upload.file,
            format=upload.format,
            recipe=_recipe(request),
            skip_invalid=flag(request, "skip_invalid"),
        )
        if isinstance(outcome, Job):
            return Response({"job": outcome.pk}, status=202)
        return Response(outcome.as_dict(), status=201)


class ImportSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=2000, help_text="https://…, s3://…, hf://owner/name?split=train")
    format = serializers.ChoiceField(choices=list(READERS), required=False, help_text="If the name does not tell.")
    recipe = serializers.ChoiceField(choices=list(RECIPES), default="prompts")
    skip_invalid = serializers.BooleanField(default=False)


class Imports(Call):
    """Import what lies at an address; which ones may be read, whoever runs this Podium has said."""

    scopes = {"POST": "write"}

    @extend_schema(request=ImportSerializer, responses={202: JobReference})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        job = import_url(project=project, user=self.caller, **self.validated(ImportSerializer))
        return Response({"job": job.pk}, status=202)


class OverlapSerializer(serializers.Serializer[Any]):
    prompts = serializers.ListField(
        child=serializers.CharField(max_length=255, trim_whitespace=False), min_length=1, max_length=1000
    )
    overlap = serializers.IntegerField(min_value=1, max_value=50, allow_null=True)


class ChangedSerializer(serializers.Serializer[Any]):
    changed = serializers.IntegerField()


class PromptOverlap(Call):
    """How many annotators some prompts get, instead of as many as the project says (null)."""

    scopes = {"POST": "write"}

    @extend_schema(request=OverlapSerializer, responses=ChangedSerializer)
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        data = self.validated(OverlapSerializer)
        if any("\0" in prompt for prompt in data["prompts"]):
            raise InvalidInput("an id of a prompt holds no NUL character")
        return Response({"changed": set_overlap(project=project, **data)})


class JobDetail(Call):
    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(self.job(job_id)).data)

    def job(self, job_id: UUID) -> Job:
        own = Job.objects.select_related("project").filter(project__in=projects_for(self.caller))
        job = own.filter(pk=job_id).first()
        if job is None:
            raise Http404(f"no job {job_id}")
        check_manages(self.caller, job.project)
        return job


class JobCancel(JobDetail):
    scopes = {"POST": "write"}
    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(cancel_job(job=self.job(job_id))).data)


class JobResume(JobDetail):
    """Go on with a job that was cancelled or has failed."""

    scopes = {"POST": "write"}
    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(JobSerializer(resume_job(job=self.job(job_id))).data)


def _recipe(request: Request) -> str:
    recipe = request.query_params.get("recipe", "prompts")
    if recipe not in RECIPES:
        raise InvalidInput(f"recipe must be one of {', '.join(RECIPES)}; got {recipe!r}")
    return recipe


def _upload(request: Request) -> Upload:
    """The rows in the body, or in the file of a form."""
    data = request.data
    if isinstance(data, Upload):
        return data
    file = next(iter(request.FILES.values()), None) if request.FILES else None
    if not isinstance(file, UploadedFile) or len(request.FILES) != 1:
        raise InvalidImport(f"expected one file in the form, whose name ends in one of {', '.join(SUFFIXES)}")
    try:
        return Upload(file=file.open(), format=format_of(file.name or ""))
    except UnreadableFile as error:
        raise InvalidImport(str(error)) from None
