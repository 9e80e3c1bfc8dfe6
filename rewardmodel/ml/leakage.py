"""Prompts and responses that stand in training and in a held-out split: what makes an accuracy better than it is.

The same text after NFKC, casefold and collapsing of white space; and nearly the same: three words in a row taken as one
shingle, the Jaccard index of two texts' shingles estimated by MinHash (Broder 1997) over 32 permutations, looked up in
8 bands of 4. Two texts that share 70 % of their shingles are found in nine of ten cases.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.splitting import normalise

PERMUTATIONS, BAND = 32, 4
NEAR = 0.7
SHINGLE = 3
FEWEST_WORDS = 8  # shorter texts are alike by nature ("Thank you."), and only counted where they are the same
EXAMPLES = 20
_PRIME = np.uint64((1 << 61) - 1)


class LeakageReport:
    """Takes in groups one after the other, and says which held-out ones have a text of training."""

    def __init__(self) -> None:
        draw = np.random.default_rng(0)
        self._factors = draw.integers(1, 1 << 28, PERMUTATIONS, dtype=np.uint64)
        self._offsets = draw.integers(0, 1 << 60, PERMUTATIONS, dtype=np.uint64)
        self._training: dict[str, tuple[set[bytes], dict[tuple[int, bytes], list[int]]]] = {
            "prompt": (set(), defaultdict(list)),
            "response": (set(), defaultdict(list)),
        }
        self._signatures: list[npt.NDArray[np.uint64]] = []
        self.leaked: set[str] = set()
        self._held_out: list[tuple[str, str, str, bytes, npt.NDArray[np.uint64] | None]] = []

    def watch(self, groups: Iterable[RankingGroup]) -> Iterator[RankingGroup]:
        """Pass the groups on, each taken in."""
        for group in groups:
            self.add(group)
            yield group

    def add(self, group: RankingGroup) -> None:
        texts = [("prompt", "\n".join(message["content"] for message in group.prompt))]
        texts += [("response", response) for response in group.responses]
        for kind, text in texts:
            words = normalise(text)
            if not words:
                continue
            digest = hashlib.blake2b(words.encode(), digest_size=16).digest()
            signature = self._signature(words.split())
            if group.split != "train":
                self._held_out.append((group.id, group.split, kind, digest, signature))
                continue
            exact, bands = self._training[kind]
            exact.add(digest)
            if signature is not None:
                self._signatures.append(signature)
                for band in _bands(signature):
                    bands[band].append(len(self._signatures) - 1)

    def result(self) -> dict[str, Any]:
        """For each held-out split, how many of its groups have the same, or nearly the same, prompt or a response as a
        training group; and the ids of some. `leaked` then holds those of all.
        """
        found: dict[str, dict[str, set[str]]] = {
            split: {f"{how}_{kind}": set() for how in ("same", "near") for kind in ("prompt", "response")}
            for split in ("validation", "test")
        }
        for id, split, kind, digest, signature in self._held_out:
            exact, bands = self._training[kind]
            if digest in exact:
                found[split][f"same_{kind}"].add(id)
            elif signature is not None and self._has_near(signature, bands):
                found[split][f"near_{kind}"].add(id)
        self.leaked = {id for kinds in found.values() for ids in kinds.values() for id in ids}
        return {
            split: {name: {"groups": len(ids), "examples": sorted(ids)[:EXAMPLES]} for name, ids in kinds.items()}
            for split, kinds in found.items()
        }

    def _has_near(self, signature: npt.NDArray[np.uint64], bands: dict[tuple[int, bytes], list[int]]) -> bool:
        candidates = {place for band in _bands(signature) for place in bands.get(band, ())}
        return any((self._signatures[place] == signature).mean() >= NEAR for place in candidates)

    def _signature(self, words: list[str]) -> npt.NDArray[np.uint64] | None:
        if len(words) < FEWEST_WORDS:
            return None
        shingles = {" ".join(words[place : place + SHINGLE]) for place in range(len(words) - SHINGLE + 1)}
        hashes = np.fromiter((zlib.crc32(shingle.encode()) for shingle in shingles), np.uint64, len(shingles))
        permuted = (hashes[:, None] * self._factors + self._offsets) % _PRIME
        lowest: npt.NDArray[np.uint64] = permuted.min(axis=0)
        return lowest


def _bands(signature: npt.NDArray[np.uint64]) -> Iterator[tuple[int, bytes]]:
    for start in range(0, PERMUTATIONS, BAND):
        yield start, signature[start : start + BAND].tobytes()
