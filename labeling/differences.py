"""What two texts have in common: sentence by sentence, and word by word inside the sentences that changed.

Time is bounded by counting steps, so the same texts give the same result on every machine; texts that are too long are
compared in coarser units, and the result says in which.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Literal

Kind = Literal["same", "removed", "added"]
Unit = Literal["words", "sentences", "lines", "texts"]
Units = Sequence[str]

# Less than a second of difflib; two texts of 50 KB of prose need less than all of it.
STEPS = 3_000_000
# What looking for shared words in two sentences costs: some steps, and one more for every few words looked up.
STEPS_PER_PAIR = 4
WORDS_PER_STEP = 4
# Sentences that share less are two different sentences: the odd common word would only be confetti.
ALIKE = 0.5

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SIGNS = "!-/:-@\\[-`{-~\u00a1-\u00bf\u2010-\u205e\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# A run of full stops is tried once, at its first sign: else a line of nothing but dots would take quadratic time.
_SENTENCE_END = re.compile(r"\n+|(?<![。！？｡])[。！？｡]++[」』”’）]*+|(?<![.!?…؟۔])[.!?…؟۔]++[\"'”’)\]]*+[ \t]++")
_WORD = re.compile(rf"\s+|[{_CJK}]|[{_SIGNS}]|[^\s{_CJK}{_SIGNS}]+")


@dataclass(frozen=True)
class Part:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Row:
    """What stands side by side."""

    before: tuple[Part, ...]
    after: tuple[Part, ...]

    @property
    def changed(self) -> bool:
        return any(part.kind != "same" for part in (*self.before, *self.after))

    @property
    def apart(self) -> bool:
        """Nothing in it is the same on both sides."""
        return all(part.kind != "same" for part in (*self.before, *self.after))


@dataclass(frozen=True)
class Difference:
    """`unit` is the coarsest one that was needed. The parts before, joined, are the text before; so after."""

    rows: tuple[Row, ...]
    unit: Unit

    @property
    def changed(self) -> bool:
        return any(row.changed for row in self.rows)


def compare(before: str, after: str) -> Difference:
    """The difference between two texts, in words where they are not too long for it."""
    if before == after:
        return Difference(tuple(_cut([_kept([before], [after])])), "words")
    budget = _Budget()
    try:
        return Difference(tuple(_cut(_sentence_steps(before, after, budget))), budget.unit)
    except _OutOfSteps:
        budget = _Budget("lines")
    try:
        return Difference(tuple(_cut(_line_steps(before, after, budget))), "lines")
    except _OutOfSteps:
        return Difference((_merged([_changed([before], [after])]),), "texts")


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, each with the white space after it."""
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        # "2. " begins an item of a list.
        if not (match[0][0] == "." and text[start : match.start()].strip().isdigit()):
            found.append(text[start : match.end()])
            start = match.end()
    return [*found, text[start:]] if start < len(text) else found


def words(text: str) -> list[str]:
    """Words, signs and the white space between them; a CJK character is a word of its own."""
    return _WORD.findall(text)


class _OutOfSteps(Exception):
    pass


class _Budget:
    def __init__(self, unit: Unit = "words") -> None:
        self.unit = unit
        self._steps = STEPS

    def spend(self, steps: int) -> None:
        if steps > self._steps:
            raise _OutOfSteps
        self._steps -= steps


class _Matcher(SequenceMatcher[str]):
    """difflib's, with an end: what each of its searches costs at most is known from prefix sums."""

    def __init__(self, before: Units, after: Units, budget: _Budget) -> None:
        # White space alone anchors nothing: it stays only beside words that stay.
        super().__init__(str.isspace, before, after, autojunk=False)
        self._budget = budget
        found = Counter(unit for unit in after if not unit.isspace())
        self._costs = [0, *accumulate(1 + found[unit] for unit in before)]

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._budget.spend(self._costs[-1 if ahi is None else ahi] - self._costs[alo])
        return super().find_longest_match(alo, ahi, blo, bhi)


def _sentence_steps(before: str, after: str, budget: _Budget) -> Iterator[Row]:
    for equal, a, b in _blocks(sentences(before), sentences(after), budget):
        if equal:
            yield _kept(a, b)
            continue
        for alike, one, other in _aligned(a, b, budget):
            yield _word_step(one[0], other[0], budget) if alike else _changed(one, other)


def _line_steps(before: str, after: str, budget: _Budget) -> Iterator[Row]:
    for equal, a, b in _blocks(before.splitlines(keepends=True), after.splitlines(keepends=True), budget):
        yield _kept(a, b) if equal else _changed(a, b)


def _word_step(before: str, after: str, budget: _Budget) -> Row:
    try:
        blocks = list(_blocks(words(before), words(after), budget))
    except _OutOfSteps:
        budget.unit = "sentences"
        return _changed([before], [after])
    return _merged(_kept(a, b) if equal else _changed(a, b) for equal, a, b in blocks)


def _blocks(before: Units, after: Units, budget: _Budget) -> Iterator[tuple[bool, Units, Units]]:
    """(equal, units before, units after), in order; each unit stands in one of them."""
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    a, b = before[start : len(before) - end], after[start : len(after) - end]
    yield True, before[:start], after[:start]
    for tag, i1, i2, j1, j2 in _Matcher(a, b, budget).get_opcodes():
        yield tag == "equal", a[i1:i2], b[j1:j2]
    yield True, before[len(before) - end :], after[len(after) - end :]


def _shared(before: Units, after: Units) -> int:
    """How many units both begin with."""
    pairs = zip(before, after, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))


def _aligned(before: Units, after: Units, budget: _Budget) -> Iterator[tuple[bool, Units, Units]]:
    """(alike, sentences before, sentences after): one of each where they are alike, and what stands between those."""
    ours, theirs = [_vocabulary(one) for one in before], [_vocabulary(one) for one in after]
    try:
        budget.spend(STEPS_PER_PAIR * len(before) * len(after) + _looked_up(ours, theirs) // WORDS_PER_STEP)
    except _OutOfSteps:
        budget.unit = "sentences"
        yield False, before, after
        return
    i = j = 0
    for at, other in _best_pairs(ours, theirs):
        if i < at or j < other:
            yield False, before[i:at], after[j:other]
        yield True, before[at : at + 1], after[other : other + 1]
        i, j = at + 1, other + 1
    yield False, before[i:], after[j:]


def _looked_up(before: Sequence[frozenset[str]], after: Sequence[frozenset[str]]) -> int:
    """How many words `_best_pairs` looks up: of each pair those of the smaller vocabulary."""
    lengths = sorted(map(len, after))
    sums = [0, *accumulate(lengths)]
    smaller = ((bisect(lengths, len(one)), len(one)) for one in before)
    return sum(sums[at] + (len(lengths) - at) * length for at, length in smaller)


def _best_pairs(before: Sequence[frozenset[str]], after: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """The pairs, in order, that share the most: the alignment of greatest total likeness."""
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            together = _likeness(before[i], after[j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together and together + best[i + 1][j + 1])
    pairs = []
    i = j = 0
    while i < len(before) and j < len(after):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((i, j))
            i, j = i + 1, j + 1
    return pairs


def _vocabulary(sentence: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in words(sentence) if word[0].isalnum())


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient, or 0 below what counts as alike."""
    shared = 2 * len(one & other)
    return shared / (len(one) + len(other)) if shared and shared >= ALIKE * (len(one) + len(other)) else 0.0


def _kept(before: Units, after: Units) -> Row:
    return Row((Part("same", "".join(before)),), (Part("same", "".join(after)),))


def _changed(before: Units, after: Units) -> Row:
    return Row((Part("removed", "".join(before)),), (Part("added", "".join(after)),))


def _cut(steps: Iterable[Row]) -> Iterator[Row]:
    """The steps as rows, which end where both texts end a line: what is the same then stands at the same height."""
    gathered: list[Row] = []
    ends = {"before": "\n", "after": "\n"}
    for step in steps:
        gathered.append(step)
        for side, parts in (("before", step.before), ("after", step.after)):
            ends[side] = "".join(part.text for part in parts)[-1:] or ends[side]
        if set(ends.values()) == {"\n"}:
            yield from _filled(gathered)
            gathered = []
    yield from _filled(gathered)


def _filled(steps: Iterable[Row]) -> Iterator[Row]:
    row = _merged(steps)
    if row.before or row.after:
        yield row


def _merged(rows: Iterable[Row]) -> Row:
    rows = list(rows)
    return Row(_joined(row.before for row in rows), _joined(row.after for row in rows))


def _joined(sides: Iterable[tuple[Part, ...]]) -> tuple[Part, ...]:
    """Neighbours of one kind as one part, empty ones left out."""
    parts = (part for side in sides for part in side if part.text)
    return tuple(Part(kind, "".join(part.text for part in run)) for kind, run in groupby(parts, attrgetter("kind")))
