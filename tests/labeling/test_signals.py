"""Whom the signals point at, and whom they leave alone, in projects played through with dice."""

import random
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest

from labeling.statistics.agreement import AgreementSums, compare_rankings, prompt_agreement
from labeling.statistics.facts import ranking_facts
from labeling.statistics.signals import AnnotatorSums, signals

RESPONSES = ("a", "b", "c", "d")
COUNTED = ("responses", "first_slot", "longest_first", "as_shown", "all_tied", "too_fast")


class Prompt:
    """Four responses, some better and some longer, independently."""

    def __init__(self, dice):
        self.quality = {response: dice.gauss(0, 1.2) for response in RESPONSES}
        self.lengths = {response: int(dice.lognormvariate(6, 0.5)) for response in RESPONSES}
        self.gold = best_first(self.quality)


def honest(dice, prompt, shown):
    """Judges quality with an error, likes length a little, and ties what is close."""
    mean = sum(prompt.lengths.values()) / len(RESPONSES)
    seen = {r: prompt.quality[r] + 0.3 * (prompt.lengths[r] > mean) + dice.gauss(0, 0.6) for r in RESPONSES}
    order = sorted(seen, key=seen.__getitem__, reverse=True)
    tiers = [[order[0]]]
    for above, response in pairwise(order):
        if seen[above] - seen[response] < 0.1:
            tiers[-1].append(response)
        else:
            tiers.append([response])
    return tiers


def at_random(dice, prompt, shown):
    return [[response] for response in dice.sample(RESPONSES, 4)]


def first_slot(dice, prompt, shown):
    return [[shown[0]], *([response] for response in dice.sample(shown[1:], 3))]


def last_slot(dice, prompt, shown):
    return [[shown[3]], *([response] for response in dice.sample(shown[:3], 3))]


def longest(dice, prompt, shown):
    return best_first(prompt.lengths)


def as_shown(dice, prompt, shown):
    return [[response] for response in shown]


def all_tied(dice, prompt, shown):
    return [list(shown)]


def best_first(scores):
    return [[response] for response in sorted(scores, key=scores.__getitem__, reverse=True)]


def play(people, *, rankings, seed, seconds=60.0):
    """The signals of each of the people after about so many rankings each, three a prompt.

    Three in ten are held against gold and made once more. The last one takes so many seconds, everybody else a minute.
    """
    dice = random.Random(seed)
    sums = [AnnotatorSums() for _ in people]
    project, removed = AgreementSums(), defaultdict(AgreementSums)
    for _ in range(rankings * len(people) // 3):
        prompt, made = Prompt(dice), []
        for person in dice.sample(range(len(people)), 3):
            shown = dice.sample(RESPONSES, 4)
            tiers = people[person](dice, prompt, shown)
            made.append((person, tiers))
            time = seconds if person == len(people) - 1 else 60.0
            facts = ranking_facts(tiers, shown, prompt.lengths, time)
            sums[person] += rankings_of(1, **{name: getattr(facts, name) for name in COUNTED})
            if dice.random() < 0.3:
                sums[person] += AnnotatorSums(gold=compared(prompt.gold, tiers))
                again = people[person](dice, prompt, dice.sample(RESPONSES, 4))
                sums[person] += AnnotatorSums(repeats=compared(tiers, again))
        agreement = prompt_agreement(made)
        project += agreement.overall
        for person, _ in made:
            sums[person] += AnnotatorSums(agreement=agreement.by_annotator[person])
            removed[person] += agreement.removed[person]
    found = []
    for person, own in enumerate(sums):
        others = sum((other for at, other in enumerate(sums) if at != person), AnnotatorSums())
        found.append(signals(own, replace(others, agreement=project - removed[person])))
    return found


def codes(found):
    return {signal.code for signal in found}


@pytest.mark.parametrize("rankings", [20, 50])
def test_honest_annotators_are_left_alone(rankings):
    found = [signal for seed in range(20) for signal in play([honest] * 10, rankings=rankings, seed=seed)]

    assert sum(map(bool, found)) <= len(found) / 100


@pytest.mark.parametrize(
    ("cheat", "code"),
    [
        (first_slot, "one-slot"),
        (last_slot, "one-slot"),
        (longest, "longest"),
        (as_shown, "as-shown"),
        (all_tied, "all-tied"),
        (at_random, "gold"),
        (at_random, "self"),
        (at_random, "others"),
    ],
)
def test_a_cheat_is_found_within_fifty_rankings_and_nobody_else(cheat, code):
    for seed in range(3):
        *others, last = play([honest] * 7 + [cheat], rankings=50, seed=seed)

        assert code in codes(last)
        assert not any(others)


def test_a_second_a_ranking_is_too_fast():
    *others, last = play([honest] * 4, rankings=20, seed=1, seconds=1.0)

    assert codes(last) == {"too-fast"}
    assert not any(others)


def test_who_likes_length_as_the_others_do_is_left_alone():
    assert not any("longest" in codes(found) for found in play([longest] * 6, rankings=50, seed=1))


def test_ranking_at_random_shows_no_habit():
    habits = {"one-slot", "longest", "as-shown", "all-tied", "too-fast"}

    found = [codes(found) for seed in range(20) for found in play([at_random] * 6, rankings=50, seed=seed)]
    assert sum(bool(signal & habits) for signal in found) <= len(found) / 100


def test_a_signal_says_what_was_counted_and_what_was_expected():
    always_third = rankings_of(20, first_slot=3)

    (signal,) = signals(always_third, AnnotatorSums())
    assert (signal.code, signal.value, signal.expected, signal.n) == ("one-slot", 1.0, 0.25, 20)
    assert signal.p < 1e-10
    assert 0.6 < signal.low < signal.high == 1


def test_the_order_shown_is_one_of_all_orders():
    (signal,) = signals(rankings_of(20, as_shown=True), AnnotatorSums())

    assert (signal.code, signal.value, signal.expected) == ("as-shown", 1.0, 1 / 24)
    # Of two orders chance takes either: 14 of 20 is nothing to speak of.
    pairs = rankings_of(14, responses=2, as_shown=True)
    assert signals(pairs + rankings_of(6, responses=2), AnnotatorSums()) == []


def test_little_work_signals_nothing():
    assert signals(AnnotatorSums(), AnnotatorSums()) == []
    nine = rankings_of(9, first_slot=1, longest_first=True, as_shown=True, too_fast=True)
    assert signals(nine, rankings_of(500, first_slot=2, longest_first=False)) == []


def test_gold_is_held_against_the_usual_share_where_nobody_else_has_done_any():
    guessing = AnnotatorSums(gold=sum([AgreementSums.of_prompt(3, 6)] * 20, AgreementSums()))
    able = AnnotatorSums(gold=sum([AgreementSums.of_prompt(5, 6)] * 20, AgreementSums()))

    (signal,) = signals(guessing, AnnotatorSums())
    assert (signal.code, signal.value, signal.expected, signal.n, signal.p) == ("gold", 0.5, 0.7, 20, None)
    assert signals(able, AnnotatorSums()) == []


def test_sums_add_up_by_the_number_of_responses():
    one = rankings_of(2, first_slot=2, longest_first=False, too_fast=True)
    other = rankings_of(1, responses=2, all_tied=True) + rankings_of(1, first_slot=4)

    assert (one + other).first_slots == {4: (0, 2, 0, 1)}
    assert (one + other).longest_first == {4: (0, 2)}
    assert (one + other).all_tied == (other + one).all_tied == {4: (0, 3), 2: (1, 1)}
    assert ((one + other).timed, (one + other).too_fast) == (2, 2)


def compared(one, other):
    comparison = compare_rankings(one, other)
    return AgreementSums.of_prompt(comparison.concordant, comparison.strict)


def rankings_of(
    times, *, responses=4, first_slot=None, longest_first=None, as_shown=False, all_tied=False, too_fast=None
):
    """The sums of so many rankings with the same facts."""
    slots = tuple(times * (slot == first_slot) for slot in range(1, responses + 1))
    return AnnotatorSums(
        timed=times * (too_fast is not None),
        too_fast=times * bool(too_fast),
        first_slots={} if first_slot is None else {responses: slots},
        longest_first={} if longest_first is None else {responses: (times * longest_first, times)},
        as_shown={responses: (times * as_shown, times)},
        all_tied={responses: (times * all_tied, times)},
    )
