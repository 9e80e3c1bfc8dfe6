"""Tiny random models and data, built here: no network, no downloads, milliseconds a step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning barriers stall on shared cores
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from rewardmodel.ml.train import main

from .cases import BAD, GOOD, WORDS, byte_tokenizer, ranking_row

logging.disable_progress_bar()


@pytest.fixture(scope="session")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of two layers; its tokenizer has one token a word, [CLS] and [SEP]."""
    folder = tmp_path_factory.mktemp("bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, GOOD, BAD, "hello", "user", ":"]
    backend = Tokenizer(models.WordLevel({word: n for n, word in enumerate(vocabulary)}, "[UNK]"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder of two layers that pads with its EOS, as many are shipped."""
    folder = tmp_path_factory.mktemp("llama")
    tokenizer = byte_tokenizer(["<s>", "</s>"], pad_token="</s>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def opt_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder with learned positions, counted from the attention mask, and a pad token of its own."""
    folder = tmp_path_factory.mktemp("opt")
    tokenizer = byte_tokenizer(["<s>", "<pad>", "</s>"], pad_token="<pad>")
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        ffn_dim=64,
        word_embed_proj_dim=32,
        max_position_embeddings=256,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    OPTForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def write_rows(tmp_path: Path) -> Callable[..., str]:
    """Write rows as JSONL and return the file's path."""

    def write(rows: list[dict[str, Any]], name: str = "groups.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture(scope="session")
def trained_folder(bert_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished reward model of a few steps. Tests that change it take a copy."""
    folder = tmp_path_factory.mktemp("trained")
    rows = [ranking_row(n, split="train") for n in range(24)]
    rows += [ranking_row(100 + n, split="test") for n in range(8)]
    (folder / "groups.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    flags = {
        "--data": folder / "groups.jsonl",
        "--output": folder / "model",
        "--base-model": bert_folder,
        "--progress": folder / "progress.jsonl",
        "--learning-rate": "3e-3",
        "--num-train-epochs": "4",
        "--code-version": "abc123",
    }
    code = main([str(part) for flag in flags.items() for part in flag])
    assert code == 0
    return folder / "model"


@pytest.fixture
def data(write_rows) -> str:
    # K from 2 to 4 and an odd number of groups: neither batches nor processes come out even.
    rows = [ranking_row(n, responses=2 + n % 3, split="train") for n in range(13)]
    return write_rows(rows + [ranking_row(100 + n, split="test") for n in range(5)])
