"""Prompts by how far their annotators disagree, page by page."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from labeling.exceptions import InvalidInput
from labeling.models import Project, Prompt, PromptStatistics, Response
from labeling.ranking import Tiers

PAGE, LARGEST_PAGE = 50, 1000
SHOWN = ("open", "settled", "all")
# How many prompts are in memory at a time while all are read through.
CHUNK = 500
# Where a page ends: the agreement and the id of its last prompt.
Place = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """show: disputes that nobody has decided yet, those that were decided, or both.

    below: only prompts with an agreement of less than so many percent; None: whatever their agreement.
    """

    show: str
    below: int | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """One prompt with an agreement; `consensus` holds response keys.

    lettered: the same in letters by the place in the import.  imported: in the ids of the import.  extra: annotators it
    got for its dispute.
    """

    prompt: Prompt
    rankings: int
    agreement: float
    kendalls_w: float | None
    adjudicated: bool
    extra: int
    consensus: Tiers | None
    confidence: float | None
    abstained: str
    lettered: Tiers | None
    imported: Tiers | None

    @property
    def place(self) -> str:
        """Where it stands in the list, for an address."""
        return f"{self.agreement!r}_{self.prompt.pk}"


@dataclass(frozen=True, slots=True)
class DisputePage:
    """before, after: the places from which the neighbouring pages go on; None where there is none."""

    disputes: list[Dispute]
    before: str | None
    after: str | None


def wanted(project: Project, *, show: str | None = None, below: str | None = None) -> Wanted:
    """What a query string asks for. Without anything: what is in dispute by the project's own measure, and open.

    An empty `below` asks for any agreement. Raises `InvalidInput`.
    """
    show = show or SHOWN[0]
    if show not in SHOWN:
        raise InvalidInput(_("show must be one of %(choices)s") % {"choices": ", ".join(SHOWN)})
    if below is None:
        return Wanted(show, project.dispute_percent if show == SHOWN[0] else None)
    if not below:
        return Wanted(show, None)
    if not re.fullmatch(r"[0-9]{1,3}", below) or not 1 <= int(below) <= 100:
        raise InvalidInput(_("below must be a whole number of percent from 1 to 100"))
    return Wanted(show, int(below))


def dispute_page(
    project: Project, which: Wanted, *, after: Place | None = None, before: Place | None = None, size: int = PAGE
) -> DisputePage:
    """Prompts that two annotators or more have ranked, the least agreement first, after or before that place."""
    rows = _rows(project, which)
    if before is not None:
        # Read upwards from there, so that the page just before comes and not the first.
        found = list(reversed(rows.filter(_beyond(before, "lt")).reverse()[:size]))
    else:
        found = list((rows if after is None else rows.filter(_beyond(after, "gt")))[:size])
    if not found:
        return DisputePage([], None, None)
    disputes = _disputes(found)
    first, last = _place(found[0]), _place(found[-1])
    return DisputePage(
        disputes=disputes,
        before=disputes[0].place if rows.filter(_beyond(first, "lt")).exists() else None,
        after=disputes[-1].place if rows.filter(_beyond(last, "gt")).exists() else None,
    )


def all_disputes(project: Project, which: Wanted) -> Iterator[Dispute]:
    """The whole list, in constant memory."""
    rows = _rows(project, which).defer("prompt__messages", "prompt__metadata", "cells", "coincidences")
    place: Place | None = None
    while chunk := list((rows if place is None else rows.filter(_beyond(place, "gt")))[:CHUNK]):
        yield from _disputes(chunk)
        place = _place(chunk[-1])


def open_disputes(project: Project) -> int:
    """How many prompts are in dispute by the project's own measure and not decided yet."""
    return _filtered(project, wanted(project)).count()


def place_of(text: str) -> Place | None:
    """The place that an address names; None for what is none."""
    named = re.fullmatch(r"([0-9.e-]{1,25})_([0-9]{1,18})", text)
    try:
        place = (float(named[1]), int(named[2])) if named else None
    except ValueError:
        return None
    return place if place and isfinite(place[0]) else None


def letter(position: int) -> str:
    """What a response is called by its place in the import: A to Z, then AA, AB and so on."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def named(tiers: Tiers, names: dict[str, str]) -> Tiers:
    """The tiers with each response by its name; who shares a tier stands by letter, which says nothing."""
    return [sorted((names[key] for key in tier), key=lambda name: (len(name), name)) for tier in tiers]


def _filtered(project: Project, which: Wanted) -> QuerySet[PromptStatistics]:
    # Where nobody has ordered a pair that somebody else ordered too, there is nothing to agree on.
    rows = PromptStatistics.objects.filter(project=project, agreement__isnull=False)
    if which.show != "all":
        rows = rows.filter(adjudicated=which.show == "settled")
    return rows if which.below is None else rows.filter(agreement__lt=which.below / 100)


def _rows(project: Project, which: Wanted) -> QuerySet[PromptStatistics]:
    rows = _filtered(project, which).select_related("prompt")
    return rows.defer("cells", "coincidences").order_by("agreement", "prompt_id")


def _beyond(place: Place, way: str) -> Q:
    agreement, prompt = place
    # The first condition follows from the second; with it the index is entered at the place and not read up to there.
    return Q(**{f"agreement__{way}e": agreement}) & (
        Q(**{f"agreement__{way}": agreement}) | Q(**{f"prompt_id__{way}": prompt})
    )


def _place(row: PromptStatistics) -> Place:
    return row.agreement or 0.0, row.prompt_id


def _disputes(rows: Sequence[PromptStatistics]) -> list[Dispute]:
    letters: dict[int, dict[str, str]] = defaultdict(dict)
    ids: dict[int, dict[str, str]] = defaultdict(dict)
    responses = Response.objects.filter(prompt__in=[row.prompt_id for row in rows])
    for prompt, key, position, external_id in responses.values_list("prompt_id", "key", "position", "external_id"):
        letters[prompt][key], ids[prompt][key] = letter(position), external_id
    return [
        Dispute(
            prompt=row.prompt,
            rankings=row.rankings,
            agreement=row.agreement or 0.0,
            kendalls_w=row.kendalls_w,
            adjudicated=row.adjudicated,
            extra=row.prompt.extra_slots,
            consensus=row.consensus,
            confidence=row.confidence,
            abstained=row.abstained,
            lettered=named(row.consensus, letters[row.prompt_id]) if row.consensus else None,
            imported=named(row.consensus, ids[row.prompt_id]) if row.consensus else None,
        )
        for row in rows
    ]
