"""Rankings of many prompts as arrays of comparisons, so that a whole project is fitted at once. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.statistics.davidson import Floats, Integers, pairs_of

Annotator = Hashable
Response = Hashable
# Who ranked, and the tiers, best first, over any of the prompt's responses.
Ranking = tuple[Annotator, Sequence[Sequence[Response]]]


@dataclass(frozen=True, slots=True)
class Comparisons:
    """All rankings of the prompts that have the same number K of responses; a row is a ranking.

    prompts: the places of these prompts in the input.  responses: the ids of each, K long.  Rows stand by prompt, then
    by annotator: `prompt` and `annotator` are their numbers, `prompt_starts` and `judge_starts` the rows where a prompt
    and where an annotator on it begins, `judge` which of the latter a row belongs to.  order (rows, pairs): 1 where the
    pair's first response stands above, -1 where below, 0 where they are tied or not both ranked.  seen (rows, pairs):
    both are ranked.  size: how many responses a row ranks, at least 2.
    """

    prompts: list[int]
    responses: list[list[Response]]
    prompt: Integers
    annotator: Integers
    prompt_starts: Integers
    judge_starts: Integers
    judge: Integers
    order: NDArray[np.int8]
    seen: NDArray[np.bool_]
    size: Integers

    @property
    def items(self) -> int:
        return len(self.responses[0])

    def tallies(self, weight: Floats) -> tuple[Floats, Floats]:
        """`net` and `count` of each row (see `davidson`), with these weights of the rows.

        A ranking of k responses holds k - 1 independent comparisons in k (k - 1) / 2 pairs: each counts 2 / k.
        """
        share = (weight * 2 / self.size)[:, None]
        return share * self.order, share * self.seen

    def tied(self, weight: Floats) -> float:
        """The weight of all ties."""
        return float(((weight * 2 / self.size) * (self.seen & (self.order == 0)).sum(axis=1)).sum())

    def prompt_tallies(self, weight: Floats) -> tuple[Floats, Floats]:
        """`net` and `count` of each prompt."""
        net, count = self.tallies(weight)
        return np.add.reduceat(net, self.prompt_starts), np.add.reduceat(count, self.prompt_starts)


def number_annotators(prompts: Sequence[Sequence[Ranking]]) -> dict[Annotator, int]:
    numbers: dict[Annotator, int] = {}
    for rankings in prompts:
        for annotator, _ in rankings:
            numbers.setdefault(annotator, len(numbers))
    return numbers


def compare(prompts: Sequence[Sequence[Ranking]], annotators: Mapping[Annotator, int]) -> Iterator[Comparisons]:
    """The comparisons in all rankings of two or more responses, prompts with equally many responses together."""
    by_size: dict[int, list[int]] = defaultdict(list)
    responses = [_responses(rankings) for rankings in prompts]
    for number, known in enumerate(responses):
        if known:
            by_size[len(known)].append(number)
    for items, numbers in sorted(by_size.items()):
        yield _comparisons(items, numbers, prompts, [responses[number] for number in numbers], annotators)


def _responses(rankings: Sequence[Ranking]) -> list[Response]:
    """Every response that some ranking compares with another one, in order of appearance."""
    return list(dict.fromkeys(item for _, tiers in rankings if _size(tiers) > 1 for tier in tiers for item in tier))


def _size(tiers: Sequence[Sequence[Response]]) -> int:
    return sum(map(len, tiers))


def _comparisons(
    items: int,
    numbers: list[int],
    prompts: Sequence[Sequence[Ranking]],
    responses: list[list[Response]],
    annotators: Mapping[Annotator, int],
) -> Comparisons:
    rows, prompt, annotator = [], [], []
    for row, (number, known) in enumerate(zip(numbers, responses, strict=True)):
        column = {item: place for place, item in enumerate(known)}
        for name, tiers in prompts[number]:
            if _size(tiers) < 2:
                continue
            places = [-1] * items
            for place, tier in enumerate(tiers):
                for item in tier:
                    places[column[item]] = place
            rows.append(places)
            prompt.append(row)
            annotator.append(annotators[name])
    by_judge = np.lexsort((annotator, prompt))
    placed = np.array(rows, dtype=np.int16)[by_judge]
    of_prompt, of_annotator = np.array(prompt)[by_judge], np.array(annotator)[by_judge]
    new_prompt = np.diff(of_prompt, prepend=-1) != 0
    new_judge = new_prompt | (np.diff(of_annotator, prepend=-1) != 0)
    first, second = pairs_of(items)
    seen = (placed[:, first] >= 0) & (placed[:, second] >= 0)
    return Comparisons(
        prompts=numbers,
        responses=responses,
        prompt=of_prompt,
        annotator=of_annotator,
        prompt_starts=np.flatnonzero(new_prompt),
        judge_starts=np.flatnonzero(new_judge),
        judge=np.cumsum(new_judge) - 1,
        order=(np.sign(placed[:, second] - placed[:, first]) * seen).astype(np.int8),
        seen=seen,
        size=(placed >= 0).sum(axis=1),
    )
