"""Importing prompts: the whole file is checked first, then written in batches."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.exceptions import InvalidImport
from labeling.judgements import Judgement
from labeling.models import Project, Prompt, Ranking, Response
from labeling.services.imported_annotators import imported_annotators
from labeling.services.rankings import record_judgement
from labeling.services.seen import SeenIds
from labeling.sources.mapping import ColumnMapping, mapped
from labeling.sources.readers import READERS, UNNAMED, UnreadableFile
from labeling.sources.recipes import RECIPES
from labeling.sources.rows import FEWEST_RESPONSES, InvalidRow, JudgementRow, Parsed, PromptRow
from labeling.splits import assign_split, split_key

# So many rows, or judgements, are written in one transaction: on SQLite everybody else's writes wait for it.
BATCH = 1000
# Errors beyond these are counted, not listed.
LISTED_ERRORS = 1000

Progress = Callable[[int], bool]
RowError = dict[str, Any]


class ImportCancelled(Exception):
    """The job was cancelled, or given to another worker, between two batches."""


@dataclass(slots=True)
class ImportReport:
    """How many rows became prompts, were there already, or were left out for their errors.

    rows: how many there are; counted while they are checked.
    """

    created: int = 0
    unchanged: int = 0
    skipped: int = 0
    errors: list[RowError] = field(default_factory=list)
    on_refused: Callable[[RowError], None] | None = None
    rows: int = 0

    def refuse(self, line: int, error: InvalidRow, row_id: str | None = None) -> None:
        self.skipped += 1
        refused = {"line": line, "id": row_id, "field": error.field, "detail": error.detail}
        if self.on_refused:
            self.on_refused(refused)
        if len(self.errors) < LISTED_ERRORS:
            self.errors.append(refused)

    def as_dict(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "unchanged": self.unchanged,
            "skipped": self.skipped,
            **({"errors": self.errors} if self.errors else {}),
        }


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file of rows that can be read more than once: where it lies, what it is, how its rows become prompts."""

    path: Path
    format: str
    recipe: str = "prompts"
    limit: int | None = None
    # In the place of a recipe, where somebody has said what each column is.
    mapping: ColumnMapping | None = None

    def rows(self) -> Iterator[Parsed]:
        with self.path.open("rb") as file:
            if self.mapping is not None:
                rows = mapped(UNNAMED[self.format](file), self.mapping)
            else:
                rows = RECIPES[self.recipe](READERS[self.format](file))
            yield from islice(rows, self.limit)

    def first_rows(self, count: int) -> list[Any]:
        """The first rows as they stand in the file; raises `UnreadableFile`."""
        with self.path.open("rb") as file:
            return [value for _, value in islice(UNNAMED[self.format](file), count)]

    def has_more_than(self, count: int) -> bool:
        """Whether the file has more rows than `count`, reading no further; an unreadable file counts as short."""
        try:
            return sum(1 for _ in islice(self.rows(), count + 1)) > count
        except UnreadableFile:
            return False


def import_prompts(
    *,
    project: Project,
    user: User,
    file: ImportFile,
    skip_invalid: bool = False,
    progress: Progress | None = None,
    on_refused: Callable[[RowError], None] | None = None,
    on_checked: Callable[[int], None] | None = None,
) -> ImportReport:
    """Import a file's rows into `project`.

    The same row again is `unchanged`. A malformed row, an id that came with other content, or one that stands twice
    with different content is an error; then nothing is imported and `InvalidImport` lists them by line, unless
    `skip_invalid`, which leaves those rows out and counts them. A file of up to 1,000 rows and as many judgements is
    one transaction; a longer one is checked whole before its first row is written, and importing it again after a crash
    goes on where it stopped.
    Rankings that a recipe brings are stored with the prompts they are of, as those of the annotators whom the data
    names (see `imported_annotators`), else as the importing user's.
    `progress` is told the rows done after each batch, 0 while the file is checked; once it answers false,
    `ImportCancelled` ends the import. `on_refused` hears of every row that is refused, where the report lists
    some; `on_checked` of the number of rows, before the first one is written.
    """
    try:
        refused = _refused_lines(project, file, progress, on_refused)
        if refused.skipped and not skip_invalid:
            raise InvalidImport(
                _(
                    "%(count)s of the rows cannot be imported, so none was; "
                    "mend them, or leave them out with skip_invalid"
                )
                % {"count": refused.skipped},
                errors=refused.errors,
            )
        if on_checked:
            on_checked(refused.rows)
        report = ImportReport()
        done = 0
        for batch in _batches(file.rows()):
            _import_batch(project, user, batch, report, skip_invalid=skip_invalid)
            done += len(batch)
            _tell(progress, done)
    except UnreadableFile as error:
        raise InvalidImport(str(error)) from None
    return report


def _refused_lines(
    project: Project, file: ImportFile, progress: Progress | None, on_refused: Callable[[RowError], None] | None
) -> ImportReport:
    report = ImportReport(on_refused=on_refused)
    with closing(SeenIds()) as seen:
        for batch in _batches(file.rows()):
            digests = seen.digests([row.id for _, row in batch if isinstance(row, PromptRow)])
            _check_batch(project, batch, digests, report)
            seen.add(digests.items())
            report.rows += len(batch)
            # Checking a long file takes a while too; without a sign of life the job would be taken for dead.
            _tell(progress, 0)
    return report


def _tell(progress: Progress | None, done: int) -> None:
    if progress is not None and not progress(done):
        raise ImportCancelled


def _check_batch(
    project: Project, batch: list[Parsed], digests: dict[str, str], report: ImportReport
) -> list[PromptRow]:
    """The batch's rows that are new, each id once; refusals and unchanged rows go into the report.

    `digests` holds what each id of this import held so far.
    """
    ids = [row.id for _, row in batch if isinstance(row, PromptRow)]
    stored = dict(project.prompts.filter(external_id__in=ids).values_list("external_id", "digest"))
    new: dict[str, PromptRow] = {}
    for line, row in batch:
        if isinstance(row, InvalidRow):
            report.refuse(line, row)
        elif digests.setdefault(row.id, stored.get(row.id, row.digest)) != row.digest:
            where = "the project" if row.id in stored else "this import"
            report.refuse(line, InvalidRow("id", f"{row.id!r} stands in {where} already, with other content"), row.id)
        elif row.split and row.split != (split := _split(project, row)):
            report.refuse(line, InvalidRow("split", _moved(row.split, split)), row.id)
        elif row.id in stored or row.id in new:
            report.unchanged += 1
        else:
            new[row.id] = row
    return list(new.values())


@transaction.atomic
def _import_batch(
    project: Project, user: User, batch: list[Parsed], report: ImportReport, *, skip_invalid: bool
) -> None:
    # The project's row is the queue for imports: of two with the same ids, the second sees what the first one wrote.
    locked = Project.objects.select_for_update().get(pk=project.pk)
    outcome = ImportReport()
    new = _check_batch(locked, batch, {}, outcome)
    if outcome.skipped and not skip_invalid:
        raise InvalidImport(
            _("another import has changed these rows meanwhile; those before them were imported"),
            errors=outcome.errors,
        )
    _create_prompts(locked, user, new)
    report.created += len(new)
    report.unchanged += outcome.unchanged
    report.skipped += outcome.skipped
    report.errors.extend(outcome.errors[: LISTED_ERRORS - len(report.errors)])


def _create_prompts(project: Project, user: User, rows: list[PromptRow]) -> None:
    prompts = Prompt.objects.bulk_create(
        Prompt(
            project=project,
            external_id=row.id,
            messages=row.messages,
            metadata=row.metadata,
            split_key=row.split_key,
            split=_split(project, row),
            digest=row.digest,
            awaits_responses=len(row.responses) < FEWEST_RESPONSES,
            slots=project.overlap if len(row.responses) >= FEWEST_RESPONSES else 0,
        )
        for row in rows
    )
    responses = Response.objects.bulk_create(
        Response(
            prompt=prompt,
            external_id=response.id,
            position=position,
            content=response.content,
            model=response.model,
        )
        for prompt, row in zip(prompts, rows, strict=True)
        for position, response in enumerate(row.responses)
    )
    keys: dict[int, dict[str, str]] = {prompt.pk: {} for prompt in prompts}
    for response in responses:
        keys[response.prompt_id][response.external_id] = response.key
    names = {one.annotator for row in rows for one in row.judgements if one.annotator is not None}
    annotators = imported_annotators(project=project, names=names)
    for prompt, row in zip(prompts, rows, strict=True):
        for one in row.judgements:
            record_judgement(
                prompt=prompt,
                annotator=user if one.annotator is None else annotators[one.annotator],
                judgement=_judgement(one, keys[prompt.pk]),
                source=Ranking.Source.IMPORT,
                idempotency_key="import",
            )


def _judgement(row: JudgementRow, keys: dict[str, str]) -> Judgement:
    return Judgement(
        tiers=[[keys[response] for response in tier] for tier in row.tiers],
        acceptable=None if row.acceptable is None else sorted(keys[response] for response in row.acceptable),
        ratings={keys[response]: rated for response, rated in row.ratings.items()},
    )


def _split(project: Project, row: PromptRow) -> str:
    return assign_split(salt=project.split_salt, key=split_key(row.messages, given=row.split_key))


def _moved(before: str, here: str) -> str:
    return (
        f"it was in {before!r} and would be in {here!r} here: another split_key or salt decided there; "
        "give the row its split_key, or leave split out if it may move"
    )


def _batches(rows: Iterable[Parsed]) -> Iterator[list[Parsed]]:
    batch: list[Parsed] = []
    judgements = 0
    for line, row in rows:
        batch.append((line, row))
        judgements += len(row.judgements) if isinstance(row, PromptRow) else 0
        if max(len(batch), judgements) >= BATCH:
            yield batch
            batch, judgements = [], 0
    if batch:
        yield batch
