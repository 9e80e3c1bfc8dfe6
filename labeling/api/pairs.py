"""The export: streamed as it is made, or from a file that can be asked for piece by piece."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from labeling.api.base import Call
from labeling.exceptions import InvalidInput
from labeling.formats.compression import COMPRESSIONS
from labeling.formats.containers import CONTAINERS
from labeling.formats.shapes import SHAPES
from labeling.models import Project, Prompt
from labeling.selectors.exports import Choices, export_pieces

ANSWER = {(200, one.content_type.partition(";")[0]): OpenApiTypes.BINARY for one in CONTAINERS.values()}


@extend_schema_field(OpenApiTypes.STR)
class MomentField(serializers.DateTimeField):
    """A date (its first moment in UTC) or a moment, in ISO 8601."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            date = parse_date(value)
        except (TypeError, ValueError):
            date = None
        if date is not None:
            return datetime.combine(date, time(), tzinfo=UTC)
        moment: datetime = super().to_internal_value(value)
        return moment


class TextField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=300, trim_whitespace=False, **options)


def described(choices: Iterable[str], default: str = "") -> type[TextField]:
    """A text of which the description names the choices; what is none of them `Choices` refuses, and says why."""

    schema = {"type": "string", "enum": list(choices), **({"default": default} if default else {})}
    return extend_schema_field(schema)(type("ChoiceText", (TextField,), {}))


class ExportQuery(serializers.Serializer[Any]):
    """What an export holds. Shape, format, compression and split are checked by `Choices`, which names what exists."""

    shape = described(SHAPES, "trl")()
    format = described(CONTAINERS, "jsonl")()
    compression = described(COMPRESSIONS)(help_text="None when not given; Parquet has its own.")
    split = described(Prompt.Split.values)(help_text="All splits when not given.")
    include_ties = serializers.BooleanField(required=False, help_text="Ties as pairs of margin 0, marked `tie`.")
    annotator = TextField(help_text="The rankings of this pseudonym alone.")
    cohort = TextField(help_text="The rankings of annotators with this tag alone.")
    dimension = TextField(
        help_text="The rankings that rate this dimension alone; pairs are then preferences by these ratings."
    )
    model = TextField(help_text="Pairs, completions or groups with a response of this model alone.")
    since = MomentField(required=False, help_text="Rankings made from then on: a date (in UTC) or a moment.")
    until = MomentField(required=False, help_text="Rankings made before then.")
    min_agreement = serializers.FloatField(
        required=False, help_text="Prompts whose annotators agree on this share of pairs at least; 0 to 1."
    )
    judges = serializers.BooleanField(required=False, help_text="Rankings by LLMs too; `annotator` is judge-….")
    tokenizer = TextField(help_text="Of the shape `tokenized`: a Hugging Face id or a folder where models are trained.")
    max_length = serializers.IntegerField(required=False, help_text="Of the shape `tokenized`, in tokens.")
    after = TextField(
        help_text="Go on where an earlier export ended: the last `ranking_id` of `trl`, the last `id` of `groups`."
    )


class IgnoreAccept(BaseContentNegotiation):
    """What comes back is chosen by `format`, never by the Accept header."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def choices_in(given: Any, *, besides: tuple[str, ...] = ()) -> Choices:
    """What a caller has chosen; raises `InvalidInput` for a name that no choice has, for it would change nothing."""
    if unknown := sorted(set(given) - set(ExportQuery().fields) - set(besides)):
        known = ", ".join((*ExportQuery().fields, *besides))
        raise InvalidInput(f"an export has no choice {unknown[0]!r}; there are {known}")
    query = ExportQuery(data={name: given[name] for name in given if name not in besides})
    query.is_valid(raise_exception=True)
    return Choices(**query.validated_data)


def check_streamed(choices: Choices) -> None:
    """Raise `InvalidInput` for what only a worker makes."""
    if choices.tokenized:
        raise InvalidInput("the shape tokenized is made by a worker: post these choices to exports/ instead")


class Pairs(Call):
    """Every judgement that counts, streamed."""

    content_negotiation_class = IgnoreAccept

    @extend_schema(parameters=[ExportQuery], responses=ANSWER)
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        return self.streamed(self.project(manage=True), choices_in(request.query_params))

    def streamed(self, project: Project, choices: Choices) -> HttpResponseBase:
        check_streamed(choices)
        response = StreamingHttpResponse(export_pieces(project, choices), content_type=choices.content_type)
        response["Content-Disposition"] = f'attachment; filename="{choices.file_name(project)}"'
        return response
