"""Which models write the responses that people prefer: a tie-aware fit over all rankings, with intervals. Pure.

Models that no chain of comparisons joins are never put into one order: each connected part has a list of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeling.statistics import davidson
from labeling.statistics.davidson import Floats, Integers, pairs_of

# 400 points are odds of ten to one, as in chess; the average model of a list has 1000.
POINTS = 400 / np.log(10)
AVERAGE = 1000.0
RESAMPLES = 200
SEED = 1970
INTERVAL = (0.025, 0.975)
# Scores that differ by less differ by what rounding has left, and share a rank.
EQUAL = 1e-6


@dataclass(frozen=True, slots=True)
class ModelRanking:
    """One ranking of a prompt's responses, best tier first, each response named by its model; weight: reliability."""

    tiers: Sequence[Sequence[str]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Standing:
    """score: in points, 400 for odds of ten to one, 1000 for the average of the list; low and high: its 95 % interval.

    rank: 1 + how many have a higher score; best_rank and worst_rank: it lies between these in 95 % of the resamples.
    wins, ties, losses: comparisons, each counting one.  prompts: in how many it was compared.
    """

    model: str
    score: float
    low: float
    high: float
    rank: int
    best_rank: int
    worst_rank: int
    wins: int
    ties: int
    losses: int
    prompts: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Models that comparisons join, best first, equal ones by name.

    shares[i][j]: the share of comparisons that standing i won over standing j, a tie counting half; None where there is
    none.  counts[i][j]: how many there are.  ties: the tie parameter (see `davidson`).
    """

    standings: list[Standing]
    shares: list[list[float | None]]
    counts: list[list[int]]
    ties: float


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """Comparisons, one a row: the pair's number among a board's, 1 where its first model won, 0 tied, -1 lost."""

    prompt: Integers
    pair: Integers
    outcome: Integers
    weight: Floats

    def tallies(self, pairs: int, times: Floats | None = None) -> tuple[Floats, Floats]:
        """`net` and `count` of each pair (see `davidson`), each prompt counting as many times as given, else once."""
        weight = self.weight if times is None else self.weight * times[self.prompt]
        net = np.bincount(self.pair, weights=weight * self.outcome, minlength=pairs).astype(np.float64)
        return net, np.bincount(self.pair, weights=weight, minlength=pairs).astype(np.float64)


def leaderboards(
    prompts: Sequence[Sequence[ModelRanking]], *, resamples: int = RESAMPLES, seed: int = SEED
) -> list[Leaderboard]:
    """A list for each set of models that comparisons join, the one with most comparisons first.

    The pairs of one ranking weigh as much together as the ranking does, so nobody counts more for longer lists; pairs
    of responses by the same model are passed over. A score takes account of whom a model met, which its share of wins
    does not. It is given in points and not as a probability of winning, which would press the best models together
    below 1; 100 points are odds of 1.8 to 1, ties apart. Intervals come from drawing whole prompts anew, since rankings
    of one prompt are about the same texts; the tie parameter is kept as all prompts give it.
    """
    boards = [_leaderboard(models, prompts, resamples, seed) for models in _joined(prompts)]
    return sorted(boards, key=lambda board: (-sum(map(sum, board.counts)), board.standings[0].model))


def _joined(prompts: Sequence[Sequence[ModelRanking]]) -> list[tuple[str, ...]]:
    """The models that were compared with others, in the sets that comparisons join, each by name."""
    sets: dict[str, frozenset[str]] = {}
    for together in {frozenset(m for tier in one.tiers for m in tier) for rankings in prompts for one in rankings}:
        if len(together) > 1:
            joined = together.union(*(sets.get(model, ()) for model in together))
            sets.update((model, joined) for model in joined)
    return sorted({tuple(sorted(joined)) for joined in sets.values()})


def _leaderboard(
    models: Sequence[str], prompts: Sequence[Sequence[ModelRanking]], resamples: int, seed: int
) -> Leaderboard:
    size, pairs = len(models), len(models) * (len(models) - 1) // 2
    found = _outcomes(models, prompts)
    net, count = found.tallies(pairs)
    tied = float(found.weight[found.outcome == 0].sum())
    scores, ties = davidson.fit(net[None], count[None], tied, items=size)
    sampled = _resampled(found, pairs, len(prompts), resamples, seed)
    spread = davidson.fit_scores(*sampled, items=size, ties=ties, start=np.repeat(scores, resamples, axis=0))
    low, high = np.quantile(spread, INTERVAL, axis=0)
    ranks = _ranks(spread)
    best = np.quantile(ranks, INTERVAL[0], axis=0, method="lower")
    worst = np.quantile(ranks, INTERVAL[1], axis=0, method="higher")
    wins, drawn = _tables(found, size)
    met = _prompts_met(found, size)
    rank = _ranks(scores)[0]
    order = np.argsort(rank, kind="stable")
    standings = [
        Standing(
            model=models[row],
            score=AVERAGE + POINTS * float(scores[0, row]),
            low=AVERAGE + POINTS * float(low[row]),
            high=AVERAGE + POINTS * float(high[row]),
            rank=int(rank[row]),
            best_rank=int(best[row]),
            worst_rank=int(worst[row]),
            wins=int(wins[row].sum()),
            ties=int(drawn[row].sum()),
            losses=int(wins[:, row].sum()),
            prompts=int(met[row]),
        )
        for row in order
    ]
    counts = (wins + wins.T + drawn)[np.ix_(order, order)].tolist()
    halves = (wins + drawn / 2)[np.ix_(order, order)].tolist()
    shares = [
        [half / n if n else None for half, n in zip(*row, strict=True)] for row in zip(halves, counts, strict=True)
    ]
    return Leaderboard(standings, shares, counts, ties)


def _outcomes(models: Sequence[str], prompts: Sequence[Sequence[ModelRanking]]) -> _Outcomes:
    places = {model: place for place, model in enumerate(models)}
    numbers = np.zeros((len(models), len(models)), dtype=np.int64)
    numbers[pairs_of(len(models))] = np.arange(len(models) * (len(models) - 1) // 2)
    rows: list[tuple[int, int, int, int]] = []
    weights: list[float] = []
    for prompt, rankings in enumerate(prompts):
        for ranking in rankings:
            own = list(_compared(ranking, places))
            rows += [(prompt, *pair) for pair in own]
            weights += [ranking.weight / len(own) for _ in own]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return _Outcomes(table[:, 0], numbers[table[:, 1], table[:, 2]], table[:, 3], np.array(weights))


def _compared(ranking: ModelRanking, places: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    """Each comparison of two models of the board: the first of them on it, the other, and the outcome for the first.

    All models of a ranking are on the same board, so a ranking has either all of its comparisons here or none.
    """
    placed = [(places[model], tier) for tier, models in enumerate(ranking.tiers) for model in models if model in places]
    for (one, tier), (other, lower) in combinations(placed, 2):
        if one != other:
            yield min(one, other), max(one, other), (tier < lower) * (1 if one < other else -1)


def _resampled(found: _Outcomes, pairs: int, prompts: int, resamples: int, seed: int) -> tuple[Floats, Floats]:
    """`net` and `count` (resamples, pairs), each of as many prompts drawn with replacement."""
    draw = np.random.default_rng(seed)
    share = np.full(prompts, 1 / prompts)
    drawn = [found.tallies(pairs, draw.multinomial(prompts, share).astype(np.float64)) for _ in range(resamples)]
    return np.array([net for net, _ in drawn]), np.array([count for _, count in drawn])


def _ranks(scores: Floats) -> Integers:
    """1 + how many in the same row have a higher score."""
    return np.asarray(1 + (scores[:, None, :] > scores[:, :, None] + EQUAL).sum(axis=2), dtype=np.int64)


def _tables(found: _Outcomes, size: int) -> tuple[Integers, Integers]:
    """How often the row's model won over the column's, and how often they were tied."""
    first, second = pairs_of(size)
    wins, drawn = np.zeros((2, size, size), dtype=np.int64)
    wins[first, second] = np.bincount(found.pair[found.outcome > 0], minlength=len(first))
    wins[second, first] = np.bincount(found.pair[found.outcome < 0], minlength=len(first))
    drawn[first, second] = drawn[second, first] = np.bincount(found.pair[found.outcome == 0], minlength=len(first))
    return wins, drawn


def _prompts_met(found: _Outcomes, size: int) -> Integers:
    met = np.unique(np.concatenate([found.prompt * size + side[found.pair] for side in pairs_of(size)]))
    return np.bincount(met % size, minlength=size)
