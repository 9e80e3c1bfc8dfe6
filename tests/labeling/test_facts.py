"""What one ranking tells of the habits it was made with."""

import pytest

from labeling.statistics.facts import CHARACTERS_A_SECOND, ranking_facts

SHOWN = ["a", "b", "c", "d"]
LENGTHS = {"a": 100, "b": 400, "c": 200, "d": 300}


def facts(tiers, shown=SHOWN, lengths=LENGTHS, seconds=None, **more):
    return ranking_facts(tiers, shown, lengths, seconds, **more)


def test_the_first_slot_is_where_the_best_response_stood_on_the_page():
    assert facts([["c"], ["a"], ["b"], ["d"]]).first_slot == 3
    assert facts([["a"], ["b", "c", "d"]]).first_slot == 1
    assert facts([["c"], ["a"], ["b"], ["d"]]).responses == 4


def test_a_tie_on_top_has_no_first_slot_and_prefers_no_length():
    tied = facts([["b", "c"], ["a", "d"]])

    assert tied.first_slot is tied.longest_first is tied.shortest_first is None


@pytest.mark.parametrize(("best", "longest", "shortest"), [("b", True, False), ("a", False, True), ("c", False, False)])
def test_the_longest_and_the_shortest_may_come_first(best, longest, shortest):
    found = facts([[best], [response for response in SHOWN if response != best]])

    assert (found.longest_first, found.shortest_first) == (longest, shortest)


def test_where_two_are_longest_none_is():
    found = facts([["b"], ["a"], ["c", "d"]], lengths=LENGTHS | {"d": 400})

    assert found.longest_first is None
    assert found.shortest_first is False


def test_strict_pairs_of_different_length_are_counted():
    # b (400) > a (100) = c (200) > d (300): ba, bc, bd are won by the longer one; ad and cd by the shorter; ac is tied.
    found = facts([["b"], ["a", "c"], ["d"]])

    assert (found.longer_won, found.length_pairs) == (3, 5)
    assert facts([["a"], ["b"], ["c"], ["d"]], lengths=dict.fromkeys(SHOWN, 7)).length_pairs == 0


def test_the_order_shown_is_known_and_a_tie_is_not_it():
    assert facts([["a"], ["b"], ["c"], ["d"]]).as_shown
    assert not facts([["a"], ["b"], ["c", "d"]]).as_shown
    assert not facts([["b"], ["a"], ["c"], ["d"]]).as_shown


def test_one_tier_is_all_tied():
    assert facts([["d", "a", "c", "b"]]).all_tied
    assert not facts([["d", "a", "c"], ["b"]]).all_tied


def test_a_response_that_the_annotator_wrote_counts_in_nothing():
    found = facts([["mine"], ["a"], ["b"], ["c"], ["d"]], lengths=LENGTHS | {"mine": 9000})

    assert found.responses == 4
    assert found.first_slot is found.longest_first is None
    assert found.as_shown
    assert (found.length_pairs, found.characters) == (6, 1000)
    assert facts([["a", "b", "c", "d"], ["mine"]], lengths=LENGTHS | {"mine": 9000}).all_tied


def test_nobody_reads_faster_than_the_limit():
    order = [["a"], ["b"], ["c"], ["d"]]
    least = (1000 + 500) / CHARACTERS_A_SECOND

    assert facts(order, seconds=least - 0.1, prompt_characters=500).too_fast is True
    assert facts(order, seconds=least, prompt_characters=500).too_fast is False
    assert facts(order, prompt_characters=500).too_fast is None
    assert facts(order, prompt_characters=500).characters == 1500


def test_a_ranking_of_nothing_shown_tells_nothing():
    found = facts([["mine"]], shown=[])

    assert found.responses == found.length_pairs == found.characters == 0
    assert found.first_slot is None
    assert not found.all_tied
