"""People whose rankings are set aside, and taking them back in."""

from typing import Any

from django.contrib.auth.models import User
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.api.serializers import UserName
from labeling.exceptions import InvalidInput
from labeling.models import Exclusion
from labeling.selectors.access import check_manages, projects_for
from labeling.selectors.annotators import annotators_of
from labeling.selectors.people import pseudonyms
from labeling.services.exclusions import exclude_annotator, include_annotator


class ExclusionSerializer(serializers.Serializer[Exclusion]):
    """Needs `names` in its context: the pseudonym of each annotator, under which their rankings leave Podium."""

    id = serializers.IntegerField()
    user = serializers.CharField(source="annotator.username")
    annotator = serializers.SerializerMethodField()
    reason = serializers.CharField()
    reopened = serializers.BooleanField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()
    lifted_by = serializers.CharField(source="lifted_by.username", allow_null=True, default=None)
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_reason = serializers.CharField()

    def get_annotator(self, exclusion: Exclusion) -> str:
        return str(self.context["names"][exclusion.annotator_id])


class NewExclusion(serializers.Serializer[Any]):
    user = UserName(queryset=User.objects.all())
    reason = serializers.CharField(trim_whitespace=False)
    reopen = serializers.BooleanField(
        default=False, help_text="Each prompt that the person has ranked gets one more slot."
    )


class LiftReason(serializers.Serializer[Any]):
    reason = serializers.CharField(trim_whitespace=False)


class Exclusions(Call):
    scopes = {"POST": "write"}
    pagination_class = NewestFirst

    @extend_schema(responses=ExclusionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        exclusions = self.project(manage=True).exclusions.select_related("annotator", "created_by", "lifted_by")
        names = pseudonyms(exclusions.order_by().values_list("annotator_id", flat=True).distinct())
        return self.paginated(exclusions, ExclusionSerializer, context={"names": names})

    @extend_schema(request=NewExclusion, responses={201: ExclusionSerializer})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        given = self.validated(NewExclusion)
        user = given.pop("user")
        if not annotators_of(project).filter(pk=user.pk).exists():
            raise InvalidInput(f"{user.get_username()} is no member of {project.slug!r} and has ranked nothing in it")
        exclusion = exclude_annotator(project=project, annotator=user, manager=self.caller, **given)
        return Response(_data(exclusion), status=201)


class Lift(Call):
    scopes = {"POST": "write"}

    @extend_schema(request=LiftReason, responses=ExclusionSerializer)
    def post(self, request: Request, exclusion_id: int) -> Response:
        exclusion = self.exclusion(exclusion_id)
        include_annotator(exclusion=exclusion, manager=self.caller, **self.validated(LiftReason))
        exclusion.refresh_from_db()
        return Response(_data(exclusion))

    def exclusion(self, exclusion_id: int) -> Exclusion:
        own = Exclusion.objects.select_related("project", "annotator", "created_by")
        exclusion = own.filter(pk=exclusion_id, project__in=projects_for(self.caller)).first()
        if exclusion is None:
            raise Http404(f"no exclusion {exclusion_id}")
        check_manages(self.caller, exclusion.project)
        return exclusion


def _data(exclusion: Exclusion) -> dict[str, Any]:
    names = pseudonyms([exclusion.annotator_id])
    return dict(ExclusionSerializer(exclusion, context={"names": names}).data)
