"""The tables of the pages about quality as a file holds them: shares from 0 to 1, headers in English."""

from collections.abc import Iterable, Mapping, Sequence

from labeling.selectors.agreement import Agreement, AgreementReport
from labeling.selectors.bias import AnnotatorBias, BiasReport
from labeling.selectors.leaderboard import Board
from labeling.statistics.bias import SlotRate

# Header and rows, by the name that asks for them.
Tables = Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]]

AGREEMENT = ("agreement", "low", "high", "tau_b", "pairs", "prompts")
SLOT = ("responses", "slot", "rankings", "first", "expected", "rate", "low", "high", "p", "p_adjusted")
LENGTH = ("measure", "share", "low", "high", "expected", "n", "prompts", "p")
ANNOTATOR_SLOT = (
    "slot",
    "slot_first",
    "slot_rankings",
    "slot_expected",
    "slot_rate",
    "slot_low",
    "slot_high",
    "slot_p",
)
LONGER = ("longer_won", "longer_low", "longer_high", "length_pairs")
STANDING = ("rank", "best_rank", "worst_rank", "model", "score", "low", "high", "wins", "ties", "losses", "prompts")


def agreement_tables(report: AgreementReport) -> Tables:
    return {
        "weeks": (["week", *AGREEMENT], ([week.monday, *_figures(week.agreement)] for week in report.weeks)),
        "dimensions": (
            ["dimension", "alpha", *AGREEMENT],
            ([one.name, one.alpha, *_figures(one.agreement)] for one in report.dimensions),
        ),
        "cohorts": (["cohort", *AGREEMENT], ([one.name, *_figures(one.agreement)] for one in report.cohorts)),
        "annotators": (["annotator", *AGREEMENT], ([one.name, *_figures(one.agreement)] for one in report.annotators)),
    }


def bias_tables(report: BiasReport) -> Tables:
    """In `slots`, rows without a number of responses are those of all prompts together."""
    return {
        "slots": (
            SLOT,
            [
                *([None, *_slot(slot)] for slot in report.slots),
                *([size.responses, *_slot(slot)] for size in report.sizes for slot in size.slots),
            ],
        ),
        "length": (LENGTH, _length(report)),
        "annotators": (
            ["annotator", "rankings", *ANNOTATOR_SLOT, *LONGER],
            ([person.name, person.rankings, *_own_slot(person), *_longer(person)] for person in report.annotators),
        ),
    }


def leaderboard_tables(boards: Sequence[Board]) -> Tables:
    """`list` numbers the lists of models that were never compared with each other's."""
    return {
        "models": (
            ["list", *STANDING],
            (
                [number, *(getattr(standing, field) for field in STANDING)]
                for number, board in enumerate(boards, 1)
                for standing in board.standings
            ),
        ),
        "wins": (
            ["list", "model", "opponent", "share", "comparisons"],
            (
                [number, row.model, cell.opponent, cell.share, cell.comparisons]
                for number, board in enumerate(boards, 1)
                for row in board.rows
                for cell in row.cells
                if cell.opponent != row.model
            ),
        ),
    }


def _figures(found: Agreement | None) -> list[object]:
    if found is None:
        return [None] * len(AGREEMENT)
    return [found.share, found.low, found.high, found.tau_b, found.pairs, found.prompts]


def _slot(slot: SlotRate) -> list[object]:
    found = [slot.slot, slot.trials, slot.hits, slot.expected, slot.rate, *slot.interval]
    return [*found, slot.p, slot.p_adjusted]


def _own_slot(person: AnnotatorBias) -> list[object]:
    if (slot := person.slot) is None:
        return [None] * len(ANNOTATOR_SLOT)
    return [slot.slot, slot.hits, slot.trials, slot.expected, slot.rate, *slot.interval, person.p]


def _longer(person: AnnotatorBias) -> list[object]:
    return [person.longer.share, *(person.longer.interval() or (None, None)), person.longer.trials]


def _length(report: BiasReport) -> list[list[object]]:
    rows: list[list[object]] = []
    if found := report.length:
        rows.append(["longer won", found.share, *found.interval, 0.5, found.pairs, found.prompts, found.p])
    if longest := report.longest:
        rows.append(["longest first", longest.rate, *longest.interval, longest.expected, longest.rankings, None, None])
    return rows
