"""The table of annotators as a file has it: shares from 0 to 1, an empty cell where there is no evidence."""

from labeling.selectors.agreement import Agreement
from labeling.selectors.annotators import Annotator

HEADER = (
    "annotator",
    "pseudonym",
    "member",
    "cohort",
    "state",
    "rankings",
    "set_aside",
    "last_active",
    "median_active_seconds",
    *(f"{what}{part}" for what in ("agreement", "gold", "repeats") for part in ("", "_low", "_high", "_pairs")),
    "weight",
    "weight_low",
    "weight_high",
    "signals",
)


def csv_row(who: Annotator) -> list[object]:
    weight = who.reliability
    return [
        who.name,
        who.pseudonym,
        int(who.member),
        ", ".join(who.cohort),
        who.state,
        who.rankings,
        who.set_aside,
        who.last_active.isoformat() if who.last_active else None,
        who.pace,
        *_figures(who.agreement),
        *_figures(who.gold),
        *_figures(who.consistency),
        *((weight.reliability, weight.low, weight.high) if weight else (None, None, None)),
        " ".join(signal.code for signal in who.signals),
    ]


def _figures(found: Agreement | None) -> list[object]:
    return [found.share, found.low, found.high, found.pairs] if found else [None] * 4
