"""What the readers of other tools' exports have in common: a prompt, its responses, and who ranked them how. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labeling.exceptions import InvalidRanking
from labeling.ranking import Tiers, parse_tiers
from labeling.sources.rows import InvalidRow, JudgementRow, PromptRow, parse_annotator, parse_row


@dataclass(frozen=True, slots=True)
class Ranked:
    """annotator: None = whoever imports.  tiers: of response ids, best first; responses may be missing."""

    annotator: str | None
    tiers: Tiers


def adopted(
    row_id: Any, prompt: Any, responses: Sequence[Any], rankings: Sequence[Ranked], *, metadata: Any = None
) -> PromptRow:
    """A checked row. Of two rankings of one person, the later one counts. Raises `InvalidRow`."""
    row = parse_row({"id": row_id, "prompt": prompt, "responses": list(responses), "metadata": metadata})
    known = {response.id for response in row.responses}
    judgements: dict[str | None, JudgementRow] = {}
    for index, ranked in enumerate(rankings):
        path = f"ranking {index + 1}"
        try:
            tiers = parse_tiers(ranked.tiers)
        except InvalidRanking as error:
            raise InvalidRow(path, str(error)) from None
        named = [item for tier in tiers for item in tier]
        if strangers := sorted(set(named) - known):
            raise InvalidRow(path, f"ranks {strangers[0]!r}, which is no response; they are {', '.join(sorted(known))}")
        if len(set(named)) < len(named):
            raise InvalidRow(path, "ranks a response twice")
        if not named:
            continue
        who = None if ranked.annotator is None else parse_annotator(ranked.annotator, f"{path}, annotator")
        judgements[who] = JudgementRow(who, tiers)
    return replace(row, judgements=tuple(judgements.values()))


def object_of(value: Any, *needed: str, path: str = "") -> Mapping[str, Any]:
    """The value as an object that has these fields; raises `InvalidRow`."""
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, Mapping):
        raise InvalidRow(path, f"expected an object{' with ' + ', '.join(needed) if needed else ''}")
    if missing := [name for name in needed if value.get(name) is None]:
        raise InvalidRow(f"{path}.{missing[0]}" if path else missing[0], f"expected {', '.join(needed)}")
    return value


def first_of(value: Mapping[str, Any], names: Sequence[str], path: str) -> Any:
    """The first of these fields, whatever the case of its name; raises `InvalidRow` where there is none."""
    lowered = {str(name).lower(): name for name in value}
    for name in names:
        if name in lowered and value[lowered[name]] not in (None, ""):
            return value[lowered[name]]
    raise InvalidRow(path, f"expected one of {', '.join(names)}; got {', '.join(map(str, value)) or 'nothing'}")


def tiers_of_ranks(ranks: Mapping[str, Any], path: str) -> Tiers:
    """Tiers from a rank for each response, 1 the best, equal ones tied."""
    if any(isinstance(rank, bool) or not isinstance(rank, int | float) for rank in ranks.values()):
        raise InvalidRow(path, "expected a number for each response, 1 for the best")
    return [[name for name, rank in ranks.items() if rank == level] for level in sorted(set(ranks.values()))]
