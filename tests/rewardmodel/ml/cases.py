"""Rows, tokenizers and small readings that several tests share."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.rows import parse_row

WORDS = [f"w{number}" for number in range(100)]
GOOD, BAD = "good", "bad"


def byte_tokenizer(special: list[str], **names: str) -> PreTrainedTokenizerFast:
    """One token a byte, special tokens first; writes <s> before a text, as Llama's does."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({token: n for n, token in enumerate([*special, *alphabet])}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", special.index("<s>"))]
    )
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", **names)


def ranking_row(number: int, *, responses: int = 3, split: str | None = None) -> dict[str, Any]:
    """A group whose better responses say `good` more often and `bad` less."""
    rng = random.Random(number)
    texts = []
    for place in range(responses):
        words = rng.choices(WORDS, k=rng.randint(3, 9)) + [GOOD] * place + [BAD] * (responses - place)
        rng.shuffle(words)
        texts.append({"id": f"r{place}", "content": " ".join(words)})
    row = {
        "id": f"p{number}",
        "prompt": [{"role": "user", "content": " ".join(rng.choices(WORDS, k=5)) + f" w{number}"}],
        "responses": texts,
        "rankings": [{"annotator": "ada", "tiers": [[f"r{place}"] for place in reversed(range(responses))]}],
    }
    return row if split is None else {**row, "split": split}


def as_group(row: dict[str, Any]) -> RankingGroup:
    return parse_row(row, default_id="line-1", salt="podium")


def read_events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
