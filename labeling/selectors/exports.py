"""The export: a project's judgements as pieces of a file, streamed."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.conf import settings

from labeling.exceptions import InvalidInput
from labeling.formats.compression import COMPRESSIONS
from labeling.formats.containers import CONTAINERS
from labeling.formats.filters import Filters, filtered
from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.shapes import SHAPES, Shape
from labeling.models import Project, Prompt
from labeling.selectors.groups import groups_by_ranking, ranking_groups
from labeling.selectors.rankings import prompt_id
from labeling.selectors.spans import Span
from labeling.tokenizing import through_tokenizer

# Of one piece that goes over the network; a line each would cost more than making the line.
PIECE_BYTES = 64 * 1024
# Changes whenever the same data would give other bytes than before: part of what identifies an export.
LAYOUT = 2
FEWEST_TOKENS, MOST_TOKENS = 8, 1_000_000


@dataclass(frozen=True, slots=True)
class Choices:
    """What an export holds and how it is written; raises `InvalidInput` for what does not exist or go together.

    since, until: of the ranking, until not included.  min_agreement: of the prompt's annotators, 0 to 1.
    judges: rankings by LLMs too.  after: the last `ranking_id` (groups: the last `id`) of an export that this one goes
    on from.  tokenizer, max_length: of the shape `tokenized`.
    """

    shape: str = "trl"
    format: str = "jsonl"
    compression: str = ""
    split: str = ""
    include_ties: bool = False
    annotator: str = ""
    cohort: str = ""
    dimension: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None
    min_agreement: float | None = None
    judges: bool = False
    after: str = ""
    tokenizer: str = ""
    max_length: int | None = None

    def __post_init__(self) -> None:
        _one_of("shape", self.shape, tuple(SHAPES))
        _one_of("format", self.format, tuple(CONTAINERS))
        _one_of("compression", self.compression, ("", *COMPRESSIONS))
        _one_of("split", self.split, ("", *Prompt.Split.values))
        if self.include_ties and self.shape == "kto":
            raise InvalidInput("include_ties adds pairs, and the shape kto has none; leave one of them out")
        if self.compression and self.format == "parquet":
            raise InvalidInput("a Parquet file is compressed in itself; leave compression out")
        if self.min_agreement is not None and not 0 <= self.min_agreement <= 1:
            raise InvalidInput(f"min_agreement must be a number from 0 to 1; got {self.min_agreement}")
        if self.tokenized and (not self.tokenizer or self.max_length is None):
            raise InvalidInput("the shape tokenized needs a tokenizer and a max_length, in tokens")
        if not self.tokenized and (self.tokenizer or self.max_length is not None):
            raise InvalidInput(f"tokenizer and max_length are for the shape tokenized; got {self.shape!r}")
        if self.max_length is not None and not FEWEST_TOKENS <= self.max_length <= MOST_TOKENS:
            raise InvalidInput(f"max_length must be {FEWEST_TOKENS} to {MOST_TOKENS:,} tokens; got {self.max_length}")
        if self.after and not self._shape.cursor:
            named = ", ".join(f"{name} ({shape.cursor})" for name, shape in SHAPES.items() if shape.cursor)
            raise InvalidInput(f"after needs a shape whose records say where they stand: {named}; got {self.shape!r}")
        if self.after and not self.whole_groups and not (self.after.isascii() and self.after.isdecimal()):
            raise InvalidInput(f"after must be the number of a ranking, for this shape; got {self.after!r}")

    @property
    def _shape(self) -> Shape:
        return SHAPES[self.shape]

    @property
    def whole_groups(self) -> bool:
        return self._shape.whole_groups

    @property
    def tokenized(self) -> bool:
        """Whether it takes a program that holds a tokenizer, which no web process waits for."""
        return self._shape.tokenized

    @property
    def filters(self) -> Filters:
        return Filters(self.split, self.annotator, self.cohort, self.dimension)

    @property
    def span(self) -> Span:
        return Span(self.since, self.until, self.min_agreement, self.judges)

    @property
    def are_plain_groups(self) -> bool:
        """Whether a groups file as it is frozen is the answer."""
        return self == Choices(shape="groups")

    @property
    def suffix(self) -> str:
        return f".{self.format}" + (COMPRESSIONS[self.compression][0] if self.compression else "")

    @property
    def content_type(self) -> str:
        return f"application/{self.compression}" if self.compression else CONTAINERS[self.format].content_type

    def file_name(self, project: Project) -> str:
        return f"{project.slug}-{self.shape}{self.suffix}"

    def digest(self, source: str) -> str:
        """Of all that decides on an export's bytes; source: the SHA-256 of the groups that it is made from."""
        parts = [LAYOUT, pa.__version__ if self.format == "parquet" else "", source, sorted(asdict(self).items())]
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def export_pieces(project: Project, choices: Choices) -> Iterator[bytes]:
    """Every judgement of the project that counts, as a file in pieces, in constant memory.

    Pairs come by ranking id, groups in the order of import. Raises `InvalidInput` at once, not at the first piece.
    """
    return pieces_of(live_groups(project, choices), choices)


def live_groups(project: Project, choices: Choices) -> Iterator[RankingGroup]:
    """The groups that an export is made of, as things stand."""
    if not choices.whole_groups:
        return groups_by_ranking(project, split=choices.split, span=choices.span, after=int(choices.after or 0))
    after = prompt_id(project, choices.after) if choices.after else 0
    return ranking_groups(project, split=choices.split, span=choices.span, after=after)


def pieces_of(groups: Iterable[RankingGroup], choices: Choices) -> Iterator[bytes]:
    """The file that these groups make; choices of time, agreement and `after` are their maker's to heed."""
    schema = SHAPES[choices.shape].schema(include_ties=choices.include_ties)
    records = _records(groups, choices)
    if choices.tokenized:
        options = ("--tokenizer", choices.tokenizer, "--max-length", str(choices.max_length))
        records = through_tokenizer(records, [*settings.TOKENIZE_COMMAND, *options])
    written = CONTAINERS[choices.format].write(records, schema)
    if choices.compression:
        written = COMPRESSIONS[choices.compression][1](written)
    return in_pieces(written)


def records_of(project: Project, choices: Choices) -> Iterator[Record]:
    """What `export_pieces` writes, before it is written."""
    return _records(live_groups(project, choices), choices)


def _records(groups: Iterable[RankingGroup], choices: Choices) -> Iterator[Record]:
    shape = SHAPES[choices.shape]
    if choices.filters:
        groups = filtered(groups, choices.filters, by_rating=shape.pairs)
    options = Options(include_ties=choices.include_ties, model=choices.model)
    return (record for group in groups for record in shape.records(group, options))


def in_pieces(written: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about 64 KB."""
    waiting: list[bytes] = []
    size = 0
    for piece in written:
        waiting.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidInput(f"{name} must be one of {', '.join(filter(None, known))}; got {value!r}")
