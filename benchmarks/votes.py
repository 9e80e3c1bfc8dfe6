"""Agreement, reliability and consensus on votes that people really cast.

    python -m benchmarks.votes --data FOLDER [--seeds 10]

1. Agreement on three published sets, beside what was published about them. S1 is the share of pairs of votes on the
   same item that say the same, ties being a choice like any other; S2 leaves out pairs of votes of which one is a tie.
   Intervals are clustered by prompt.
2. ukp_convarg, 84,445 votes on 16,927 pairs of arguments: 30 % of the votes are held out and those that are no ties are
   predicted from the other votes on the same pair, by their majority and by the consensus in which everybody counts as
   far as they are reliable; a prediction without a winner counts one half. `difference` is weighted less majority; its
   interval is from drawing the 32 topics anew, which are all that is independent here: votes on a pair, pairs of an
   argument and people within a topic are not. The same for Dawid-Skene and MACE of crowd-kit where that is installed,
   and for graphs of whole topics, in which an argument's score comes from all of its pairs.
3. Seconds to estimate everybody's reliability from 100,000 rankings of 4 responses.

`ratio` is the accuracy of the weighted consensus over that of the majority.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.instance import report
from labeling.statistics.agreement import AgreementSums
from labeling.statistics.consensus import Consensus, consensus
from labeling.statistics.reliability import estimate_reliability
from tests.labeling.crowd import simulate_crowd

HELD_OUT, EQUAL, RESAMPLES, LIMITS = 0.3, 1e-9, 10_000, (0.025, 0.975)
RANKINGS, EACH, RESPONSES, PEOPLE = 100_000, 3, 4, 50
SIGN = {"a": 1, "b": -1, "tie": 0}
GPT4 = "gpt4_pair"
# Zheng et al. 2023, "Judging LLM-as-a-judge", table 5, first turn; the READMEs of PandaLM and of the vicuna80 votes.
PUBLISHED = {
    ("mtbench_human_pairs", "people", "S1"): 0.63,
    ("mtbench_human_pairs", "people", "S2"): 0.81,
    ("mtbench_human_pairs", "people and GPT-4", "S1"): 0.66,
    ("mtbench_human_pairs", "people and GPT-4", "S2"): 0.85,
    ("pandalm_pairs_3annotators", "people", "S1"): 0.92,
    ("vicuna80_human_pairs", "people", "S1"): 0.52,
}

Vote = tuple[str, str]


def agreement_figures(folder: Path) -> list[dict[str, Any]]:
    figures = []
    for (name, who, setup), published in PUBLISHED.items():
        sums = agreement(pq.read_table(folder / f"{name}.parquet").to_pylist(), who=who, setup=setup)
        low, high = sums.interval() or (0.0, 1.0)
        figures.append(
            {
                "data": name,
                "who": who,
                "setup": setup,
                "published": published,
                "measured": rounded(sums.share),
                "interval": [rounded(low), rounded(high)],
                "holds": low <= published <= high,
                "pairs": sums.pairs,
                "prompts": sums.prompts,
            }
        )
    return figures


def agreement(rows: list[dict[str, Any]], *, who: str, setup: str) -> AgreementSums:
    """How often two votes on the same item say the same, summed by prompt."""
    items: dict[str, dict[str, list[Vote]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        items[str(row["prompt"])][row["item_id"]].append((row["annotator"], row["winner"]))
    total = AgreementSums()
    for prompt in items.values():
        pairs = [pair for votes in prompt.values() for pair in pairs_of_votes(votes, who=who, setup=setup)]
        total += AgreementSums.of_prompt(sum(one == other for one, other in pairs), len(pairs), 0.0, 0)
    return total


def pairs_of_votes(votes: list[Vote], *, who: str, setup: str) -> Iterator[tuple[str, str]]:
    for place, (annotator, winner) in enumerate(votes):
        for other_annotator, other in votes[:place]:
            machines = (annotator == GPT4) + (other_annotator == GPT4)
            if machines == (who != "people") and (setup == "S1" or "tie" not in (winner, other)):
                yield winner, other


class Ukp:
    """The votes, and predictions from a part of them: positive where they say a, negative for b, 0 for neither."""

    def __init__(self, folder: Path) -> None:
        columns = ["topic", "id_a", "id_b", "votes"]
        rows = pq.read_table(folder / "ukp_convarg_pairs_5annotators.parquet", columns=columns).to_pylist()
        self.arguments = [(row["id_a"], row["id_b"]) for row in rows]
        self.topics = np.unique([row["topic"] for row in rows], return_inverse=True)[1]
        self.pair = np.array([number for number, row in enumerate(rows) for _ in row["votes"]])
        self.annotator = np.array([vote["annotator"] for row in rows for vote in row["votes"]])
        self.winner = np.array([vote["winner"] for row in rows for vote in row["votes"]])

    def correct(self, predicted: np.ndarray, held: np.ndarray) -> np.ndarray:
        """Of each topic (topics, 2): how many held-out strict votes are predicted rightly, and how many there are."""
        asked = held & (self.winner != "tie")
        chosen = np.array([SIGN[winner] for winner in self.winner[asked]])
        right = (1 + np.sign(predicted[self.pair[asked]]) * chosen) / 2
        topic = self.topics[self.pair[asked]]
        return np.stack([np.bincount(topic, right), np.bincount(topic)], axis=1)

    def predictions(self, known: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        yield from self.of_graphs(known, self.pair, names=("majority", "weighted consensus"))
        yield from self.of_graphs(known, self.topics[self.pair], names=("topic graph", "weighted topic graph"))
        if find_spec("crowdkit"):
            yield from self.of_crowd_kit(known)

    def of_graphs(
        self, known: np.ndarray, graph: np.ndarray, *, names: tuple[str, str]
    ) -> Iterator[tuple[str, np.ndarray]]:
        """By the consensus of each graph of arguments, without weights and with them.

        graph: of each vote, the number of its graph. Where that is the pair's own, the first prediction has the sign of
        the majority.
        """
        prompts: list[list[tuple[str, list[list[str]]]]] = [[] for _ in range(graph.max() + 1)]
        for vote in np.flatnonzero(known):
            a, b = self.arguments[self.pair[vote]]
            tiers = {"a": [[a], [b]], "b": [[b], [a]], "tie": [[a, b]]}[self.winner[vote]]
            prompts[graph[vote]].append((self.annotator[vote], tiers))
        graph_of_pair = np.zeros(len(self.arguments), dtype=int)
        graph_of_pair[self.pair] = graph
        fit = estimate_reliability(prompts)
        reliability = {name: one.value for name, one in fit.reliability.items()}
        for name, weights in zip(names, (None, reliability), strict=True):
            found = consensus(prompts, ties=fit.ties, reliability=weights)
            yield name, self._differences([found[number] for number in graph_of_pair])

    def _differences(self, found: list[Consensus]) -> np.ndarray:
        """Of each pair, how far its first argument stands above its second; 0 where one is in no vote."""
        differences = [
            one.scores[a].value - one.scores[b].value if {a, b} <= one.scores.keys() else 0.0
            for one, (a, b) in zip(found, self.arguments, strict=True)
        ]
        return np.where(np.abs(differences) < EQUAL, 0.0, differences)

    def of_crowd_kit(self, known: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        import pandas as pd
        from crowdkit.aggregation import MACE, DawidSkene

        told = {"task": self.pair[known], "worker": self.annotator[known], "label": self.winner[known]}
        for name, model in (("Dawid-Skene", DawidSkene(n_iter=100)), ("MACE", MACE(n_restarts=1, n_iter=50))):
            shares = model.fit(pd.DataFrame(told)).probas_
            predicted = np.zeros(len(self.arguments))
            predicted[shares.index] = shares["a"] - shares["b"]
            yield f"{name} (crowd-kit)", predicted


def held_out_figures(folder: Path, seeds: int) -> dict[str, Any]:
    ukp = Ukp(folder)
    # Of each way of predicting: what is right and what is asked, by topic, all seeds together.
    sums: dict[str, np.ndarray] = defaultdict(lambda: np.zeros((ukp.topics.max() + 1, 2)))
    seconds: Counter[str] = Counter()
    for seed in range(seeds):
        held = np.random.default_rng(seed).random(len(ukp.winner)) < HELD_OUT
        began = time.monotonic()
        for name, predicted in ukp.predictions(~held):
            sums[name] += ukp.correct(predicted, held)
            seconds[name] += time.monotonic() - began
            began = time.monotonic()
    return {
        "seeds": seeds,
        "held_out_votes": int(sums["majority"][:, 1].sum() / seeds),
        "topics": len(sums["majority"]),
        "accuracy": {name: rounded(one[:, 0].sum() / one[:, 1].sum()) for name, one in sums.items()},
        "difference": {name: over(sums[name], sums["majority"]) for name in sums if name != "majority"},
        "seconds_each": {name: round(took / seeds, 2) for name, took in seconds.items()},
    }


def over(one: np.ndarray, other: np.ndarray) -> dict[str, Any]:
    """The difference of two accuracies, with an interval from drawing topics with replacement."""
    drawn = np.random.default_rng(0).integers(0, len(one), (RESAMPLES, len(one)))
    asked = one[:, 1]
    difference = one[:, 0] - other[:, 0]
    low, high = np.quantile(difference[drawn].sum(axis=1) / asked[drawn].sum(axis=1), LIMITS)
    return {"value": rounded(difference.sum() / asked.sum()), "interval": [rounded(low), rounded(high)]}


def fit_seconds() -> dict[str, float]:
    people = {f"p{number}": 1.0 if number % 5 else 0.3 for number in range(PEOPLE)}
    prompts, _ = simulate_crowd(people, prompts=RANKINGS // EACH, responses=RESPONSES, each=EACH)
    began, cpu = time.monotonic(), time.process_time()
    fit = estimate_reliability(prompts)
    estimated = time.monotonic()
    consensus(prompts, ties=fit.ties, reliability={name: one.value for name, one in fit.reliability.items()})
    return {
        "rankings": sum(map(len, prompts)),
        "reliability": round(estimated - began, 1),
        "consensus": round(time.monotonic() - estimated, 1),
        "processor": round(time.process_time() - cpu, 1),
    }


def rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the four files of votes")
    parser.add_argument("--seeds", type=int, default=10, help="how often other votes are held out")
    arguments = parser.parse_args()
    held_out = held_out_figures(arguments.data, arguments.seeds)
    report(
        benchmark="votes",
        agreement=agreement_figures(arguments.data),
        held_out=held_out,
        seconds=fit_seconds(),
        ratio=round(held_out["accuracy"]["weighted consensus"] / held_out["accuracy"]["majority"], 4),
    )


if __name__ == "__main__":
    main()
