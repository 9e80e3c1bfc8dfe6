"""The leaderboard of models: who is ranked against whom, by what, and how surely."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.statistics.davidson import SCORE_SD
from labeling.statistics.leaderboard import AVERAGE, POINTS, ModelRanking, leaderboards


def ranking(text, weight=1.0):
    """`a > b = c` as a ranking of models."""
    return ModelRanking([tier.split(" = ") for tier in text.split(" > ")], weight)


def board_of(*texts, **options):
    (board,) = leaderboards([[ranking(text)] for text in texts], **options)
    return board


def scores(board):
    return {one.model: one.score for one in board.standings}


def test_wins_ties_and_losses_are_counted():
    board = board_of("a > b", "a > b", "b > a", "a = b", "a > b > c")
    first, second, third = board.standings

    assert [one.model for one in board.standings] == ["a", "b", "c"]
    assert (first.wins, first.ties, first.losses, first.prompts) == (4, 1, 1, 5)
    assert (second.wins, second.ties, second.losses, second.prompts) == (2, 1, 3, 5)
    assert (third.wins, third.ties, third.losses, third.prompts) == (0, 0, 2, 1)


def test_the_matrix_holds_the_share_won_with_ties_as_half():
    board = board_of("a > b", "a > b", "b > a", "a = b", "b > c")

    assert board.counts == [[0, 4, 0], [4, 0, 1], [0, 1, 0]]
    assert board.shares == [[None, 2.5 / 4, None], [1.5 / 4, None, 1], [None, 0, None]]


def test_one_win_is_as_many_points_as_the_prior_lets_it_be():
    # As for two responses of a prompt: 1 - P(win) - P(tie) / 2 = s / sd², with the tie parameter that the board found.
    board = board_of("a > b")
    s = (board.standings[0].score - AVERAGE) / POINTS
    z = np.exp(s) + np.exp(-s) + board.ties

    assert 1 - (np.exp(s) + board.ties / 2) / z == pytest.approx(s / SCORE_SD**2, abs=1e-6)


def test_scores_average_a_thousand():
    assert np.mean(list(scores(board_of("a > b > c", "c > d", "b = d")).values())) == pytest.approx(AVERAGE)


def test_a_model_that_never_lost_stays_finite():
    board = board_of(*["a > b", "b > c"] * 100)

    assert [one.model for one in board.standings] == ["a", "b", "c"]
    assert all(np.isfinite([one.score, one.low, one.high]).all() for one in board.standings)


def test_models_that_were_never_compared_are_not_ranked_together():
    boards = leaderboards([[ranking("a > b")], [ranking("c > d"), ranking("d > e")]])

    assert [[one.model for one in board.standings] for board in boards] == [["c", "d", "e"], ["a", "b"]]


def test_one_comparison_joins_what_was_apart():
    (board,) = leaderboards([[ranking("a > b")], [ranking("c > d")], [ranking("b = c")], [ranking("e > a")]])

    assert {one.model for one in board.standings} == set("abcde")


def test_a_model_that_was_compared_with_none_is_on_no_list():
    assert leaderboards([[ranking("a")], [ranking("b > b")], []]) == []


def test_responses_of_the_same_model_are_not_compared():
    twice = leaderboards([[ranking("a > a > b")]])[0]

    assert (twice.standings[0].wins, twice.standings[0].losses) == (2, 0)
    assert twice.counts == [[0, 2], [2, 0]]


def test_a_long_ranking_weighs_as_much_as_a_short_one():
    # Twice as many pairs, each half as heavy: the same scores.
    assert scores(leaderboards([[ranking("a > a > b")]])[0]) == pytest.approx(scores(board_of("a > b")))


def test_an_unreliable_ranking_counts_for_less():
    (board,) = leaderboards([[ranking("a > b", 0.2), ranking("b > a", 0.9)]])

    assert [one.model for one in board.standings] == ["b", "a"]


def test_equal_models_share_a_rank():
    board = board_of("a > c", "b > c", "a = b")

    assert [(one.model, one.rank) for one in board.standings] == [("a", 1), ("b", 1), ("c", 3)]


def test_a_score_takes_account_of_whom_a_model_met():
    # Both won two of three, a against the best and b against the worst.
    board = board_of(*["top > low"] * 20, *["a > top", "a > top", "top > a", "b > low", "b > low", "low > b"])

    assert scores(board)["a"] > scores(board)["b"] + 100


def test_the_same_seed_gives_the_same_intervals():
    texts = ["a > b", "b > c", "c > a", "a > c"] * 5

    assert board_of(*texts) == board_of(*texts)
    assert board_of(*texts).standings[0].low != board_of(*texts, seed=2).standings[0].low


def test_intervals_hold_the_true_differences_as_often_as_they_say():
    draw = np.random.default_rng(3)
    true = np.array([-1.0, 0.0, 1.0])
    held = []
    for _ in range(60):
        prompts = []
        for _ in range(150):
            seen = true + draw.gumbel(size=3)
            prompts.append([ranking(" > ".join("abc"[item] for item in np.argsort(-seen)))])
        (board,) = leaderboards(prompts, resamples=60, seed=1)
        found = {one.model: one for one in board.standings}
        held += [found[m].low <= AVERAGE + POINTS * t <= found[m].high for m, t in zip("abc", true, strict=True)]

    assert np.mean(held) == pytest.approx(0.95, abs=0.06)


def test_clear_differences_have_narrow_ranks_and_equal_models_wide_ones():
    clear = board_of(*["a > b > c"] * 40).standings
    equal = board_of(*["a > b > c", "b > c > a", "c > a > b"] * 10).standings

    assert [(one.best_rank, one.worst_rank) for one in clear] == [(1, 1), (2, 2), (3, 3)]
    assert all((one.best_rank, one.worst_rank) == (1, 3) for one in equal)


def test_a_board_can_be_written_as_json():
    assert json.loads(json.dumps(asdict(board_of("a > b", "b > c"))))["counts"] == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


orders = st.lists(st.permutations("abcd"), min_size=1, max_size=8)


@settings(max_examples=25)
@given(orders, st.permutations("abcd"), st.randoms())
def test_other_names_and_another_order_change_no_score(profile, names, random):
    rename = dict(zip("abcd", names, strict=True))
    moved = [[rename[item] for item in order] for order in profile]
    random.shuffle(moved)

    before = scores(board_of(*map(" > ".join, profile), resamples=2))
    after = scores(board_of(*map(" > ".join, moved), resamples=2))

    assert {rename[model]: score for model, score in before.items()} == pytest.approx(after, abs=1e-6)


@settings(max_examples=25)
@given(orders)
def test_turning_every_ranking_round_mirrors_the_scores(profile):
    before = scores(board_of(*map(" > ".join, profile), resamples=2))
    after = scores(board_of(*(" > ".join(order[::-1]) for order in profile), resamples=2))

    assert after == pytest.approx({model: 2 * AVERAGE - score for model, score in before.items()}, abs=1e-6)
