"""How far each annotator's rankings follow what the others on the same prompts say. Pure.

Every ranking is either attentive, following its prompt's Davidson model, or a careless draw, in which either of two
responses wins alike and ties come as often as they do in the whole project. An annotator's reliability is the share of
theirs that is attentive. Scores of responses, reliabilities and the tie parameter are estimated in turns, each from
the others, until they stand still: in the manner of Dawid and Skene (1979), with the mixture of MACE (Hovy et al. 2013)
over the pairwise model of Crowd-BT (Chen et al. 2013).

Two things differ from these, for prompts in a labeling project have one to five annotators and not dozens:

- A ranking is never judged by scores that it has made itself. With two annotators a prompt's scores are half one's own,
  and with one they are nothing else, so everybody would confirm himself. The attentive likelihood of a ranking is
  therefore what the other annotators' rankings of that prompt, each weighted by its annotator's reliability, predict.
  Pairs that nobody else has compared say nothing, so whoever is alone everywhere has no evidence at all.
- That prediction is integrated over the posterior of the scores instead of taken at its peak: one other opinion is
  weak evidence, and two people who contradict each other are not both taken to be guessing.

A ranking's likelihood is that of its pairs, tempered by 2 / k where k of its responses have been compared by others: it
holds k - 1 independent comparisons and not k (k - 1) / 2.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.statistics import davidson
from labeling.statistics.comparisons import Comparisons, Ranking, compare, number_annotators
from labeling.statistics.davidson import Floats, Integers, pairs_of

# The prior of a reliability is Beta(a, 1): as if a - 1 attentive rankings had been seen already. Its peak is at 1, so
# that trust is what everybody starts with and lack of evidence takes none away.
PRIOR_ATTENTIVE = 4.0
# Below so many independent comparisons with others a reliability stays 1: three disagreements in a row happen to
# everybody, and would lower somebody's weight already.
FEWEST_COMPARISONS = 10
# How far the log posterior falls within the interval: half the 95 % quantile of chi-squared with one degree of freedom.
SUPPORT = 1.9207
TOLERANCE = 1e-7
MOST_ROUNDS = 200
BISECTIONS = 50


@dataclass(frozen=True, slots=True)
class Reliability:
    """value: 0 to 1, with a 95 % interval low to high, which holds it.

    rankings: those with a pair that somebody else compared as well.  comparisons: how many independent ones in these.
    """

    value: float = 1.0
    low: float = 0.0
    high: float = 1.0
    rankings: int = 0
    comparisons: int = 0


@dataclass(frozen=True, slots=True)
class ProjectFit:
    """reliability: of every annotator.  ties: the project's tie parameter (see `davidson`)."""

    reliability: dict[Hashable, Reliability]
    ties: float


@dataclass(slots=True)
class _Evidence:
    """Of each ranking that has some; careless: the logarithm of its careless likelihood over its attentive one."""

    annotator: Integers
    comparisons: Integers
    careless: Floats


def estimate_reliability(prompts: Sequence[Sequence[Ranking]]) -> ProjectFit:
    """Estimate every annotator's reliability from all rankings of a project, prompt by prompt.

    Other names, or another order of prompts, rankings or responses, give the same numbers. 33,000 prompts with three
    rankings of four responses take about 5 s on one core and 0.2 GB.
    """
    annotators = number_annotators(prompts)
    fits = [_BatchFit(batch) for batch in compare(prompts, annotators)]
    tie_rate, ties, reliability = _tie_rate(fits), 1.0, np.ones(len(annotators))
    for _ in range(MOST_ROUNDS):
        ties_before, before = ties, reliability
        ties = _fit_ties(fits, reliability, ties)
        evidence = _gather([fit.evidence(reliability, ties, tie_rate) for fit in fits])
        reliability = _most_probable(evidence, len(annotators))
        if max(abs(ties / ties_before - 1), np.abs(reliability - before).max(initial=0.0)) < TOLERANCE:
            break
    low, high = _interval(evidence, reliability)
    rankings, comparisons = _counts(evidence, len(annotators))
    columns = (reliability.tolist(), low.tolist(), high.tolist(), rankings.tolist(), comparisons.tolist())
    return ProjectFit(dict(zip(annotators, map(Reliability, *columns), strict=True)), ties)


class _BatchFit:
    """The fits of prompts with equally many responses, each begun where the last round's ended.

    A judge is an annotator on a prompt where others are too; its scores are those that the others give.
    """

    def __init__(self, batch: Comparisons) -> None:
        self.batch = batch
        self.scores: Floats = np.zeros((len(batch.prompts), batch.items))
        prompt_of_judge = batch.prompt[batch.judge_starts]
        shared = np.bincount(prompt_of_judge)[prompt_of_judge] > 1
        self.judges, self.judged_prompts = np.flatnonzero(shared), prompt_of_judge[shared]
        self.rows = np.flatnonzero(shared[batch.judge])
        self.judge_of_row = (np.cumsum(shared) - 1)[batch.judge[self.rows]]
        self.judge_scores: Floats = np.zeros((len(self.judges), batch.items))
        # In whole numbers, since a difference of weights would leave a trace of what has been taken away.
        seen = batch.seen.astype(np.int64)
        others = np.add.reduceat(seen, batch.prompt_starts)[self.judged_prompts]
        others -= np.add.reduceat(seen, batch.judge_starts)[self.judges]
        self.others = others > 0
        first, second = pairs_of(batch.items)
        known = others @ (np.eye(batch.items, dtype=np.int64)[first] + np.eye(batch.items, dtype=np.int64)[second]) > 0
        told = (known[:, first] & known[:, second])[self.judge_of_row] & batch.seen[self.rows]
        self.told = np.nonzero(told)
        # k responses have k (k - 1) / 2 pairs, so k - 1 follows from their number.
        self.size = np.rint((1 + np.sqrt(1 + 8 * told.sum(axis=1))) / 2).astype(np.int64)

    def differences(self, reliability: Floats, ties: float) -> tuple[Floats, Floats, float]:
        """Differences of score on each prompt as everybody together gives them, their counts, the weight of ties."""
        weight = reliability[self.batch.annotator]
        net, count = self.batch.prompt_tallies(weight)
        items = self.batch.items
        self.scores = davidson.fit_scores(net, count, items=items, ties=ties, start=self.scores)
        first, second = pairs_of(items)
        return self.scores[:, first] - self.scores[:, second], count, self.batch.tied(weight)

    def evidence(self, reliability: Floats, ties: float, tie_rate: float) -> _Evidence:
        batch, items = self.batch, self.batch.items
        net, count = batch.tallies(reliability[batch.annotator])
        net = np.add.reduceat(net, batch.prompt_starts)[self.judged_prompts] - self._own(net)
        count = np.add.reduceat(count, batch.prompt_starts)[self.judged_prompts] - self._own(count)
        net, count = net * self.others, count * self.others
        scores = davidson.fit_scores(net, count, items=items, ties=ties, start=self.judge_scores)
        self.judge_scores = scores
        first, second = pairs_of(items)
        variance = davidson.difference_variances(scores, count, ties=ties)
        row, pair = self.told
        judge, order = self.judge_of_row[row], batch.order[self.rows[row], pair]
        # Seen from the one placed above, for 1 less a win and a tie may be nothing but rounding.
        difference = (scores[judge, first[pair]] - scores[judge, second[pair]]) * np.where(order < 0, -1, 1)
        win, tie = davidson.predicted_probabilities(difference, variance[judge, pair], ties)
        attentive = np.where(order == 0, tie, win)
        careless = np.where(order == 0, tie_rate, (1 - tie_rate) / 2)
        ratio = np.bincount(row, weights=np.log(careless / attentive), minlength=len(self.rows)) * 2 / self.size
        some = self.size > 1
        return _Evidence(batch.annotator[self.rows][some], self.size[some] - 1, ratio[some])

    def _own(self, rows: Floats) -> Floats:
        return np.add.reduceat(rows, self.batch.judge_starts)[self.judges]


def _fit_ties(fits: list[_BatchFit], reliability: Floats, ties: float) -> float:
    found = [fit.differences(reliability, ties) for fit in fits]
    differences = np.concatenate([one[0].ravel() for one in found] or [np.zeros(0)])
    count = np.concatenate([one[1].ravel() for one in found] or [np.zeros(0)])
    return davidson.fit_ties(differences, count, sum(one[2] for one in found), start=ties)


def _tie_rate(fits: list[_BatchFit]) -> float:
    """Share of ties among all comparisons, with half a tie and one decided comparison added."""
    tied = sum(fit.batch.tied(np.ones(len(fit.batch.prompt))) for fit in fits)
    return (tied + 0.5) / (sum(float((fit.batch.size - 1).sum()) for fit in fits) + 1.5)


def _gather(parts: list[_Evidence]) -> _Evidence:
    return _Evidence(
        np.concatenate([part.annotator for part in parts] or [np.zeros(0, dtype=np.int64)]),
        np.concatenate([part.comparisons for part in parts] or [np.zeros(0, dtype=np.int64)]),
        np.concatenate([part.careless for part in parts] or [np.zeros(0)]),
    )


def _counts(evidence: _Evidence, annotators: int) -> tuple[Integers, Integers]:
    rankings = np.bincount(evidence.annotator, minlength=annotators)
    comparisons = np.bincount(evidence.annotator, weights=evidence.comparisons, minlength=annotators)
    return rankings, np.rint(comparisons).astype(np.int64)


def _most_probable(evidence: _Evidence, annotators: int) -> Floats:
    """The peak of each annotator's posterior, sum log(r + (1 - r) c) + (a - 1) log r with c careless over attentive.

    There the steps of expectation, z = r / (r + (1 - r) c), and maximisation, r = (sum z + a - 1) / (n + a - 1), repeat
    themselves. The posterior is concave, so halving the interval in which its slope changes sign finds it for certain.
    """
    careless = np.exp(evidence.careless)
    low, high = np.zeros(annotators), np.ones(annotators)
    for step in range(BISECTIONS):
        # The first look is at 1 itself, which is where most people are.
        middle = high if step == 0 else (low + high) / 2
        own = middle[evidence.annotator]
        slopes = (1 - careless) / (own + (1 - own) * careless)
        slope = np.bincount(evidence.annotator, weights=slopes, minlength=annotators) + (PRIOR_ATTENTIVE - 1) / middle
        low, high = np.where(slope >= 0, middle, low), np.where(slope >= 0, high, middle)
    enough = _counts(evidence, annotators)[1] >= FEWEST_COMPARISONS
    return np.where(enough, low, 1.0)


def _interval(evidence: _Evidence, reliability: Floats) -> tuple[Floats, Floats]:
    """Where the log posterior is within `SUPPORT` of its value at the reliability, found from both ends."""
    annotators = len(reliability)

    def log_posterior(value: Floats) -> Floats:
        own = value[evidence.annotator]
        terms = np.log(own + (1 - own) * np.exp(evidence.careless))
        summed = np.bincount(evidence.annotator, weights=terms, minlength=annotators)
        return summed + (PRIOR_ATTENTIVE - 1) * np.log(value)

    least = log_posterior(reliability) - SUPPORT
    ends = []
    for end in (np.full(annotators, 1e-9), np.ones(annotators)):
        outside, inside = end, reliability.copy()
        for _ in range(BISECTIONS):
            middle = (outside + inside) / 2
            holds = log_posterior(middle) >= least
            outside, inside = np.where(holds, outside, middle), np.where(holds, middle, inside)
        ends.append(np.where(log_posterior(end) >= least, end, inside))
    return ends[0], ends[1]
