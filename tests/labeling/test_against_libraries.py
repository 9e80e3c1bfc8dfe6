"""The same votes through choix and crowd-kit: equal where the models are equal, no worse where they differ."""

import choix
import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import MACE, DawidSkene, MajorityVote, NoisyBradleyTerry

from labeling.statistics import davidson
from labeling.statistics.consensus import consensus
from labeling.statistics.davidson import SCORE_SD, pairs_of
from labeling.statistics.leaderboard import AVERAGE, POINTS, ModelRanking, leaderboards
from labeling.statistics.reliability import estimate_reliability
from tests.labeling.crowd import simulate_crowd

# crowd-kit calls pandas in ways that pandas will drop.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

CROWD = {"ada": 1.0, "grace": 1.0, "alan": 0.9, "max": 0.8, "x": 0.1, "y": 0.0}


def comparisons(seed, items=6, votes=80):
    draw = np.random.default_rng(seed)
    strengths = draw.normal(0, 1, items)
    pairs = [draw.choice(items, 2, replace=False) for _ in range(votes)]
    return [(a, b) if draw.random() < 1 / (1 + np.exp(strengths[b] - strengths[a])) else (b, a) for a, b in pairs]


@pytest.mark.parametrize("seed", range(3))
def test_without_ties_the_scores_are_those_of_choix_with_the_same_prior(seed):
    votes = comparisons(seed)
    wins = np.zeros((6, 6))
    np.add.at(wins, tuple(np.array(votes).T), 1)
    at = pairs_of(6)

    ours = davidson.fit_scores((wins - wins.T)[at][None], (wins + wins.T)[at][None], items=6, ties=0.0)
    theirs = choix.opt_pairwise(6, votes, alpha=1 / (2 * SCORE_SD**2), tol=1e-10)

    assert ours[0] == pytest.approx(theirs, abs=1e-4)


def test_with_many_votes_the_leaderboard_stands_as_far_apart_as_choix_says():
    # The prior and the half tie that is added weigh nothing beside 20,000 votes.
    votes = comparisons(5, items=4, votes=20_000)
    (board,) = leaderboards([[ModelRanking([[str(a)], [str(b)]])] for a, b in votes], resamples=2)
    theirs = choix.ilsr_pairwise(4, votes)

    ours = np.array([one.score for one in sorted(board.standings, key=lambda one: one.model)])
    assert (ours - AVERAGE) / POINTS == pytest.approx(theirs - theirs.mean(), abs=0.01)


def pair_votes(seed=2):
    """Votes on pairs of responses by a crowd of six, five on each, and which one is better."""
    prompts, truth = simulate_crowd(CROWD, prompts=200, responses=2, each=5, seed=seed)
    rows = [
        (number, name, tiers[0][0] if len(tiers) == 2 else "tie")
        for number, rankings in enumerate(prompts)
        for name, tiers in rankings
    ]
    best = [max(scores, key=scores.get) for scores in truth]
    return prompts, pd.DataFrame(rows, columns=["task", "worker", "label"]), best


def better(found):
    """The response with the higher score of each prompt, "tie" where they are equal."""
    names = []
    for one in found:
        difference = one.scores["r0"].value - one.scores["r1"].value
        names.append("tie" if abs(difference) < 1e-9 else "r0" if difference > 0 else "r1")
    return np.array(names)


def test_with_equal_weights_the_consensus_on_a_pair_is_the_majority_of_strict_votes():
    prompts, votes, _ = pair_votes()
    strict = votes[votes.label != "tie"]
    counts = strict.groupby(["task", "label"]).size().unstack(fill_value=0).reindex(range(len(prompts)), fill_value=0)
    clear = (counts.r0 != counts.r1).to_numpy()
    majority = MajorityVote().fit_predict(strict).reindex(range(len(prompts))).to_numpy()

    ours = better(consensus(prompts, ties=1.0))

    assert (ours[clear] == majority[clear]).all()
    assert (ours[~clear] == "tie").all()


def test_the_weighted_consensus_is_right_at_least_as_often_as_those_of_crowd_kit():
    prompts, votes, best = pair_votes()
    fit = estimate_reliability(prompts)
    ours = better(
        consensus(prompts, ties=fit.ties, reliability={name: one.value for name, one in fit.reliability.items()})
    )
    majority = better(consensus(prompts, ties=fit.ties))

    right = (ours == best).mean()
    assert right > (majority == best).mean()
    for theirs in (MajorityVote(), DawidSkene(n_iter=20), MACE(n_restarts=1, n_iter=20)):
        assert right >= (theirs.fit_predict(votes).reindex(range(len(prompts))) == best).mean() - 0.01


def test_reliability_orders_people_as_mace_does():
    prompts, votes, _ = pair_votes()
    ours = estimate_reliability(prompts).reliability
    mace = MACE(n_restarts=1, n_iter=20).fit(votes)
    # Its rows are in order of appearance; the second column is how probable it is that a vote is no spam.
    theirs = dict(zip(votes.worker.unique(), mace.spamming_[:, 1], strict=True))

    good, bad = ("ada", "grace", "alan", "max"), ("x", "y")
    for values in ({name: one.value for name, one in ours.items()}, theirs):
        assert min(values[name] for name in good) > max(values[name] for name in bad)


def test_the_order_of_one_prompt_is_that_of_the_noisy_bradley_terry_model():
    prompts, truth = simulate_crowd({f"p{n}": 1.0 for n in range(30)}, prompts=1, responses=8, each=30, seed=4)
    rows = [
        (name, above, below, above)
        for name, tiers in prompts[0]
        for place, tier in enumerate(tiers)
        for above in tier
        for lower in tiers[place + 1 :]
        for below in lower
    ]
    theirs = NoisyBradleyTerry(n_iter=20).fit_predict(pd.DataFrame(rows, columns=["worker", "left", "right", "label"]))

    (ours,) = consensus(prompts, ties=0.3)
    mine = {name: score.value for name, score in ours.scores.items()}
    places = [
        [sorted(scores, key=scores.get).index(name) for name in mine] for scores in (mine, dict(theirs), truth[0])
    ]
    assert np.corrcoef(places)[0].min() > 0.95
