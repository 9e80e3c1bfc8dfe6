"""Uploads: handed on as a stream, unread, with the format that the content type tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from rest_framework.parsers import BaseParser


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
