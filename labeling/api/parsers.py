"""Request bodies: JSON, decoded strictly; and uploads, handed on unread with the format that the content type tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from labeling.sources.decoding import NotJson, decode_json


class StrictJson(BaseParser):
    """JSON in UTF-8, whatever charset the content type names: RFC 8259 knows no other.

    The framework's own parser crashes on JSON that is nested without end and on charsets that encode no text.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return decode_json(stream.read())
        except NotJson as error:
            raise ParseError(f"the body is not usable JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Upload:
    file: IO[bytes]
    format: str


class RowStream(BaseParser):
    format: str

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return Upload(file=stream, format=self.format)


class JsonList(RowStream):
    media_type = "application/json"
    format = "json"


class NdJson(RowStream):
    media_type = "application/x-ndjson"
    format = "jsonl"


class JsonLines(NdJson):
    media_type = "application/jsonl"


class Parquet(RowStream):
    media_type = "application/vnd.apache.parquet"
    format = "parquet"
