"""LLMs that answer a project's prompts, and jobs that have them do it."""

from typing import Any

from django.db.models import BigIntegerField
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.api.serializers import JobReference
from labeling.exceptions import InvalidInput
from labeling.models import Endpoint, Which
from labeling.selectors.access import check_manages, projects_for
from labeling.services.endpoints import create_endpoint, delete_endpoint
from labeling.services.generation import request_generation
from labeling.services.judging import request_judging


class SamplingSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, required=False, help_text="The `model` of what it writes.")
    model = serializers.CharField(max_length=255)
    url = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="Of an OpenAI-compatible API; empty if local.",
    )
    system_prompt = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    temperature = serializers.FloatField(required=False)
    top_p = serializers.FloatField(required=False)
    max_tokens = serializers.IntegerField(required=False)
    seed = serializers.IntegerField(required=False, allow_null=True)
    requests_per_minute = serializers.IntegerField(required=False)
    concurrency = serializers.IntegerField(required=False)
    prompt_price = serializers.DecimalField(
        max_digits=12, decimal_places=6, required=False, help_text="Of a million tokens."
    )
    completion_price = serializers.DecimalField(
        max_digits=12, decimal_places=6, required=False, help_text="Of a million tokens."
    )


class EndpointSerializer(SamplingSerializer):
    id = serializers.IntegerField()
    has_key = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()

    def get_has_key(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.key)


class NewEndpoint(SamplingSerializer):
    key = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, write_only=True, help_text="Sealed, and never shown again."
    )


class GenerationSerializer(serializers.Serializer[Any]):
    endpoints = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT), min_length=1, max_length=26
    )
    n = serializers.IntegerField(default=1, help_text="Responses of each endpoint to each prompt.")
    which = serializers.ChoiceField(choices=Which.values, default=Which.UNRANKED)
    limit = serializers.IntegerField(required=False, allow_null=True, help_text="No more prompts than this.")


class JudgingSerializer(serializers.Serializer[Any]):
    endpoint = serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)
    which = serializers.ChoiceField(choices=[Which.UNRANKED.value, Which.ALL.value], default=Which.ALL.value)
    limit = serializers.IntegerField(required=False, allow_null=True, help_text="No more prompts than this.")


class Judgings(Call):
    """Have an LLM rank prompts, each twice; its rankings are in an export only with `judges`."""

    scopes = {"POST": "write"}

    @extend_schema(request=JudgingSerializer, responses={202: JobReference})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        data = self.validated(JudgingSerializer)
        endpoint = project.endpoints.filter(pk=data["endpoint"]).first()
        if endpoint is None:
            raise InvalidInput(f"there is no endpoint {data['endpoint']} in this project")
        job = request_judging(
            project=project, user=self.caller, endpoint=endpoint, which=Which(data["which"]), limit=data.get("limit")
        )
        return Response({"job": job.pk}, status=202)


class Endpoints(Call):
    scopes = {"POST": "write"}
    pagination_class = NewestFirst

    @extend_schema(responses=EndpointSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        endpoints = self.project(manage=True).endpoints.select_related("created_by").order_by("-pk")
        return self.paginated(endpoints, EndpointSerializer)

    @extend_schema(request=NewEndpoint, responses={201: EndpointSerializer})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        endpoint = create_endpoint(project=project, user=self.caller, **self.validated(NewEndpoint))
        return Response(EndpointSerializer(endpoint).data, status=201)


class EndpointDetail(Call):
    scopes = {"DELETE": "write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, endpoint_id: int) -> Response:
        """Forget it with its key; what it has written stays."""
        found = Endpoint.objects.select_related("project").filter(project__in=projects_for(self.caller))
        endpoint = found.filter(pk=endpoint_id).first()
        if endpoint is None:
            raise Http404(f"no endpoint {endpoint_id}")
        check_manages(self.caller, endpoint.project)
        delete_endpoint(endpoint=endpoint)
        return Response(status=204)


class Generations(Call):
    """Have prompts answered; the job's `result` counts responses, tokens and cost."""

    scopes = {"POST": "write"}

    @extend_schema(request=GenerationSerializer, responses={202: JobReference})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        data = self.validated(GenerationSerializer)
        wanted = set(data["endpoints"])
        endpoints = list(project.endpoints.filter(pk__in=wanted))
        if missing := wanted - {endpoint.pk for endpoint in endpoints}:
            raise InvalidInput(f"there is no endpoint {min(missing)} in this project")
        job = request_generation(
            project=project,
            user=self.caller,
            endpoints=endpoints,
            n=data["n"],
            which=Which(data["which"]),
            limit=data.get("limit"),
        )
        return Response({"job": job.pk}, status=202)
