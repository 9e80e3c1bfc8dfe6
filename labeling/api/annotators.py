"""The people of a project with the figures by which a manager knows how far to trust each one's rankings."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import OldestFirst
from labeling.models import AnnotatorReliability
from labeling.selectors.agreement import Agreement
from labeling.selectors.annotators import annotators_of, describe_annotators
from labeling.selectors.habits import habits_of
from labeling.services.analysis import catch_up
from labeling.statistics.signals import Signal


class ShareSerializer(serializers.Serializer[Agreement]):
    """Of pairs of responses, from 0 to 1, with its 95 % interval."""

    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    pairs = serializers.IntegerField()
    prompts = serializers.IntegerField()


class WeightSerializer(serializers.Serializer[AnnotatorReliability]):
    value = serializers.FloatField(source="reliability")
    low = serializers.FloatField()
    high = serializers.FloatField()
    rankings = serializers.IntegerField()


class SignalSerializer(serializers.Serializer[Signal]):
    code = serializers.CharField()
    value = serializers.FloatField()
    expected = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()
    p = serializers.FloatField(allow_null=True)


class AnnotatorSerializer(serializers.Serializer[Any]):
    user = serializers.CharField(source="name")
    annotator = serializers.CharField(source="pseudonym")
    member = serializers.BooleanField()
    cohort = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(["", "excluded", "not-qualified", "left"])
    rankings = serializers.IntegerField()
    set_aside = serializers.IntegerField()
    last_active = serializers.DateTimeField(allow_null=True)
    median_active_seconds = serializers.FloatField(source="pace", allow_null=True)
    agreement = ShareSerializer(allow_null=True)
    gold = ShareSerializer(allow_null=True)
    repeats = ShareSerializer(source="consistency", allow_null=True)
    weight = WeightSerializer(source="reliability", allow_null=True)
    signals = SignalSerializer(many=True)


class Annotators(Call):
    pagination_class = OldestFirst

    @extend_schema(responses=AnnotatorSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        catch_up(project=project)
        pages = OldestFirst()
        users: list[User] = pages.paginate_queryset(annotators_of(project), request, view=self) or []
        people = describe_annotators(project, users, habits_of(project))
        return pages.get_paginated_response(AnnotatorSerializer(people, many=True).data)
