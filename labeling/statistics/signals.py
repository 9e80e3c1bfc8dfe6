"""Habits of an annotator that a manager should look at. Pure.

A signal is a question and no verdict: each names what was counted, what was to be expected, and on how much it rests.
It is raised when chance would do so in about one honest annotator of a thousand, and when the difference is also large
enough to matter; after thousands of rankings everybody differs from everybody a little.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import factorial
from typing import Literal

from labeling.statistics.agreement import AgreementSums
from labeling.statistics.bias import exact_p, position_bias
from labeling.statistics.shares import ClusterSums, Interval, wilson

Code = Literal["too-fast", "one-slot", "longest", "as-shown", "all-tied", "gold", "self", "others"]

# Of intervals (0.001 beyond each end), and of exact tests.
CONFIDENCE = 0.998
P_VALUE = 0.001
# On less than this nobody is told anything: a bad day, a batch of odd prompts, a first hour.
LEAST_RANKINGS = 10
# Checks are rare, one ranking in ten or twenty; five of them hold thirty pairs when each has four responses.
LEAST_CHECKS = 5
# Who reads too little is too fast again and again; once in five may be prompts that decide themselves.
MOST_TOO_FAST = 0.2
# Differences in rates below this are taste, and in shares of pairs below the second one skill or a harder batch.
LEAST_DIFFERENCE = 0.2
LEAST_DISAGREEMENT = 0.1
# What is expected of checks where the others have not done enough of them: annotators trained for the task agree with
# each other in 73 to 77 of 100 pairs (Ouyang et al. 2022), and should hardly agree less with themselves or with gold.
USUAL_SHARE = 0.7

# {K: numbers counted on rankings of K responses}; of two numbers, (times, out of).
ByResponses = Mapping[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Signal:
    """value: what was found; expected: of an annotator like the others, or by chance; both are shares from 0 to 1.

    low, high: the 99.8 % interval of value.  n: rankings it rests on.  p: exact, where chance alone says what is
    expected; else None.
    """

    code: Code
    value: float
    expected: float
    low: float
    high: float
    n: int
    p: float | None = None


@dataclass(frozen=True, slots=True)
class AnnotatorSums:
    """What is known of one annotator or of several, as sums.

    timed, too_fast: rankings that were timed, and those of them faster than reading.  By number of responses:
    first_slots, how often the response alone on top stood in each slot; longest_first, as_shown and all_tied, how often
    and out of how many (`RankingFacts`).  gold: with gold orders, a tie where gold has an order being a miss; repeats:
    with one's own first ranking of the same prompt; agreement: with others.
    """

    timed: int = 0
    too_fast: int = 0
    first_slots: ByResponses = field(default_factory=dict)
    longest_first: ByResponses = field(default_factory=dict)
    as_shown: ByResponses = field(default_factory=dict)
    all_tied: ByResponses = field(default_factory=dict)
    gold: AgreementSums = field(default_factory=AgreementSums)
    repeats: AgreementSums = field(default_factory=AgreementSums)
    agreement: AgreementSums = field(default_factory=AgreementSums)

    def __add__(self, other: "AnnotatorSums") -> "AnnotatorSums":
        return AnnotatorSums(
            self.timed + other.timed,
            self.too_fast + other.too_fast,
            _added(self.first_slots, other.first_slots),
            _added(self.longest_first, other.longest_first),
            _added(self.as_shown, other.as_shown),
            _added(self.all_tied, other.all_tied),
            self.gold + other.gold,
            self.repeats + other.repeats,
            self.agreement + other.agreement,
        )


def signals(own: AnnotatorSums, others: AnnotatorSums) -> list[Signal]:
    """What stands out in an annotator's work against that of the `others`, who do not include them.

    The others' `agreement` should be the project's without this annotator (`PromptAgreement.removed`): in sums over
    the others' own agreement, somebody who answers at random would lower what is expected of him.
    """
    found = [
        _too_fast(own),
        _one_slot(own),
        _more_often("longest", own.longest_first, others.longest_first),
        _as_shown(own),
        _more_often("all-tied", own.all_tied, others.all_tied),
        _agrees_less("gold", own.gold, others.gold, LEAST_CHECKS, USUAL_SHARE),
        _agrees_less("self", own.repeats, others.repeats, LEAST_CHECKS, USUAL_SHARE),
        _agrees_less("others", own.agreement, others.agreement, LEAST_RANKINGS, None),
    ]
    return [signal for signal in found if signal]


def _too_fast(own: AnnotatorSums) -> Signal | None:
    """Against a fixed share and not the others': nobody can read so fast, however many do not read."""
    if own.timed < LEAST_RANKINGS:
        return None
    low, high = _interval(own.too_fast, own.timed)
    if low <= MOST_TOO_FAST:
        return None
    return Signal("too-fast", own.too_fast / own.timed, MOST_TOO_FAST, low, high, own.timed)


def _one_slot(own: AnnotatorSums) -> Signal | None:
    """The slot, whichever it is, that holds the best response most beyond chance."""
    # Exact tests cost a hundred times what the difference does, and most annotators show none.
    if not _leads(own.first_slots):
        return None
    preferred = [
        rate
        for rate in position_bias(own.first_slots)
        if rate.trials >= LEAST_RANKINGS
        and rate.p_adjusted < P_VALUE
        and rate.rate >= rate.expected_rate + LEAST_DIFFERENCE
    ]
    if not preferred:
        return None
    slot = max(preferred, key=lambda rate: rate.rate - rate.expected_rate)
    low, high = _interval(slot.hits, slot.trials)
    return Signal("one-slot", slot.rate, slot.expected_rate, low, high, slot.trials, slot.p_adjusted)


def _leads(first_slots: ByResponses) -> bool:
    """Whether some slot is ahead of chance by the least difference that matters."""
    for slot in range(max(first_slots, default=0)):
        counts = {responses: slots for responses, slots in first_slots.items() if responses > slot}
        trials = sum(sum(slots) for slots in counts.values())
        expected = sum(sum(slots) / responses for responses, slots in counts.items())
        if trials and sum(slots[slot] for slots in counts.values()) >= expected + LEAST_DIFFERENCE * trials:
            return True
    return False


def _as_shown(own: AnnotatorSums) -> Signal | None:
    """Against the chance of 1 / K! that an order drawn at random is the annotator's own."""
    hits, trials = (sum(counts[at] for counts in own.as_shown.values()) for at in (0, 1))
    if trials < LEAST_RANKINGS:
        return None
    chances = {1 / factorial(responses): of for responses, (_, of) in own.as_shown.items()}
    expected = sum(chance * of for chance, of in chances.items()) / trials
    if hits / trials < expected + LEAST_DIFFERENCE or (p := exact_p(hits, chances)) >= P_VALUE:
        return None
    return Signal("as-shown", hits / trials, expected, *_interval(hits, trials), trials, p)


def _more_often(code: Code, own: ByResponses, others: ByResponses) -> Signal | None:
    """Against the others' rate on prompts of as many responses; both intervals must lie apart."""
    shared = {responses: others[responses] for responses in own if others.get(responses, (0, 0))[1] >= LEAST_RANKINGS}
    hits, trials = (sum(own[responses][at] for responses in shared) for at in (0, 1))
    if trials < LEAST_RANKINGS:
        return None
    expected = sum(own[responses][1] * times / of for responses, (times, of) in shared.items()) / trials
    theirs = sum(of for _, of in shared.values())
    low, high = _interval(hits, trials)
    if low <= _interval(expected * theirs, theirs)[1] or hits / trials < expected + LEAST_DIFFERENCE:
        return None
    return Signal(code, hits / trials, expected, low, high, trials)


def _agrees_less(
    code: Code, own: AgreementSums, others: AgreementSums, least: int, usual: float | None
) -> Signal | None:
    """Against the lower end of the others' share; without enough of theirs against the `usual` one, if there is one."""
    known = others.prompts >= least
    expected = others.share if known else usual
    if own.share is None or expected is None or own.prompts < least:
        return None
    bound = others.interval(CONFIDENCE) if known else None
    low, high = _shared_interval(own.clusters, others.clusters)
    if high >= (bound[0] if bound else expected) or own.share > expected - LEAST_DISAGREEMENT:
        return None
    return Signal(code, own.share, expected, low, high, own.prompts)


def _shared_interval(own: ClusterSums, others: ClusterSums) -> Interval:
    """Of own, with everybody's design effect: five prompts do not tell how far the pairs of one hang together."""
    effect = (own + others).design_effect
    return _interval(own.hits / effect, own.trials / effect)


def _interval(hits: float, trials: float) -> Interval:
    return wilson(hits, trials, CONFIDENCE) or (0.0, 1.0)


def _added(one: ByResponses, other: ByResponses) -> ByResponses:
    summed = dict(one)
    for responses, counts in other.items():
        known = summed.get(responses, (0,) * len(counts))
        summed[responses] = tuple(here + there for here, there in zip(known, counts, strict=True))
    return summed
