"""Gold prompts: the order that is expected of a prompt, for practice and for hidden checks."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.exceptions import InvalidInput
from labeling.models import GoldOrder, Project, Prompt
from labeling.ranking import Tiers, parse_tiers
from labeling.selectors.access import check_manages, projects_for
from labeling.selectors.practice import gold_table
from labeling.services.practice import mark_practice, unmark_practice

TIERS = "Of the ids that the responses were imported under, best first; some may be left out."


class GoldSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    prompt = serializers.CharField(source="prompt.external_id")
    tiers = serializers.SerializerMethodField()
    explanation = serializers.CharField()
    in_round = serializers.BooleanField()
    people = serializers.IntegerField(help_text="How many have practised on it.")

    def get_tiers(self, gold: GoldOrder) -> list[list[str]]:
        names = {response.key: response.external_id for response in gold.prompt.responses.all()}
        return [[names[key] for key in tier] for tier in gold.tiers]


class NewGold(serializers.Serializer[Any]):
    prompt = serializers.CharField(max_length=255, trim_whitespace=False)
    tiers = serializers.JSONField(help_text=TIERS)
    explanation = serializers.CharField(required=False, allow_blank=True, default="", trim_whitespace=False)
    in_round = serializers.BooleanField(default=True, help_text="People practise on it; else it is for hidden checks.")


class Gold(Call):
    scopes = {"POST": "write"}
    pagination_class = NewestFirst

    @extend_schema(responses=GoldSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return self.paginated(gold_table(self.project(manage=True)).order_by("-pk"), GoldSerializer)

    @extend_schema(request=NewGold, responses={201: GoldSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Make a prompt a gold prompt, or change the order that is expected of one."""
        project = self.project(manage=True)
        data = self.validated(NewGold)
        prompt = _prompt(project, data["prompt"])
        tiers = _keys(prompt, parse_tiers(data["tiers"]))
        gold = mark_practice(
            prompt=prompt,
            tiers=tiers,
            explanation=data["explanation"],
            in_round=data["in_round"],
            user=self.caller,
        )
        return Response(GoldSerializer(gold_table(project).get(pk=gold.pk)).data, status=201)


class GoldDetail(Call):
    scopes = {"DELETE": "write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, gold_id: int) -> Response:
        """Make it work again, like every other prompt."""
        own = GoldOrder.objects.select_related("prompt__project").filter(prompt__project__in=projects_for(self.caller))
        gold = own.filter(pk=gold_id).first()
        if gold is None:
            raise Http404(f"no gold prompt {gold_id}")
        check_manages(self.caller, gold.prompt.project)
        unmark_practice(gold=gold)
        return Response(status=204)


def _prompt(project: Project, external_id: str) -> Prompt:
    prompt = None if "\0" in external_id else project.prompts.filter(external_id=external_id).first()
    if prompt is None:
        raise InvalidInput(f"there is no prompt {external_id!r} in this project")
    return prompt


def _keys(prompt: Prompt, tiers: Tiers) -> Tiers:
    keys = dict(prompt.responses.offered().values_list("external_id", "key"))
    if strangers := [name for tier in tiers for name in tier if name not in keys]:
        raise InvalidInput(f"{strangers[0]!r} is no response of this prompt; they are {', '.join(sorted(keys))}")
    return [[keys[name] for name in tier] for tier in tiers]
