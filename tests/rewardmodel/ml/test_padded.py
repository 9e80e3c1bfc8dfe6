from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.groups import Message, RankingGroup
from rewardmodel.ml.modeling import Loaded, load_base_model, takes_token_types
from rewardmodel.ml.rewards import score_groups
from rewardmodel.ml.strategies.padded import Padded, cut_into_chunks
from rewardmodel.ml.template import Template

from .cases import as_group, ranking_row


@pytest.fixture(params=["bert_folder", "llama_folder", "opt_folder"])
def loaded(request: pytest.FixtureRequest) -> Loaded:
    return load_base_model(str(request.getfixturevalue(request.param)), seed=1)


def padded(loaded: Loaded, row_tokens: int | None = None) -> Padded:
    return Padded(
        pad_id=loaded.tokenizer.pad_token_id,
        token_types=takes_token_types(loaded.model),
        row_tokens=row_tokens,
    )


def encoded(loaded: Loaded, groups: list[RankingGroup]) -> list[EncodedGroup]:
    return list(encode_groups(groups, Template(loaded.tokenizer), 64))


def some_groups(loaded: Loaded, responses: int = 4) -> list[EncodedGroup]:
    return encoded(loaded, [as_group(ranking_row(n, responses=responses)) for n in range(5)])


def test_each_response_runs_through_the_model_once(loaded: Loaded, monkeypatch: pytest.MonkeyPatch):
    groups, seen = some_groups(loaded), []
    forward = loaded.model.forward

    def counting(**inputs: Any) -> Any:
        seen.extend(inputs["attention_mask"].sum(dim=1).tolist())
        return forward(**inputs)

    monkeypatch.setattr(loaded.model, "forward", counting)
    strategy = padded(loaded, row_tokens=100)
    batch = strategy.collate(groups)
    strategy.outputs(loaded.model, batch)

    lengths = [len(g.prefix) + len(r) for g in groups for r in g.responses]
    assert len(seen) == 5 * 4  # TRL would run 5 * 4 * 3 rows for the same comparisons
    assert sorted(seen) == sorted(lengths)
    assert batch["tokens"] == sum(lengths)


def test_scores_do_not_depend_on_the_batch_the_chunks_or_the_padding(loaded: Loaded):
    groups = some_groups(loaded)
    alone = [score_groups(loaded.model, padded(loaded), [group])[0] for group in groups]

    for row_tokens in (None, 1, 90, 4096):
        together = score_groups(loaded.model, padded(loaded, row_tokens), groups)
        np.testing.assert_allclose(np.concatenate(together), np.concatenate(alone), atol=1e-6)


def test_each_row_scores_as_hugging_face_scores_it_unpadded(loaded: Loaded):
    [group] = some_groups(loaded)[:1]
    [scores] = score_groups(loaded.model, padded(loaded), [group])

    for response, score in zip(group.responses, scores, strict=True):
        inputs = {"input_ids": torch.tensor([[*group.prefix.tolist(), *response.tolist()]])}
        if takes_token_types(loaded.model):
            types = [0] * len(group.prefix) + [1] * len(response)
            inputs["token_type_ids"] = torch.tensor([types])
        assert abs(loaded.model(**inputs).logits.item() - score) < 1e-6


@pytest.mark.parametrize("folder", ["llama_folder", "opt_folder"])
def test_a_decoder_scores_alike_padded_on_either_side(folder: str, request: pytest.FixtureRequest):
    loaded = load_base_model(str(request.getfixturevalue(folder)), seed=1)
    loaded.model.eval()
    rows = [
        [*group.prefix.tolist(), *response.tolist()]
        for group in some_groups(loaded)[:2]
        for response in group.responses
    ]
    scores = {}
    for side in ("left", "right"):
        batch = loaded.tokenizer.pad({"input_ids": rows}, padding_side=side, return_tensors="pt", verbose=False)
        with torch.no_grad():
            scores[side] = loaded.model(**batch).logits[:, 0]

    torch.testing.assert_close(scores["left"], scores["right"], atol=1e-5, rtol=0)


def test_permuting_the_responses_permutes_their_scores(loaded: Loaded):
    row = ranking_row(3, responses=4)
    order = [2, 0, 3, 1]
    turned = {**row, "responses": [row["responses"][place] for place in order]}
    one, other = encoded(loaded, [as_group(row), as_group(turned)])

    [scores] = score_groups(loaded.model, padded(loaded), [one])
    [permuted] = score_groups(loaded.model, padded(loaded), [other])

    np.testing.assert_allclose(permuted, scores[order], atol=1e-6)


def test_no_response_sees_another(loaded: Loaded):
    row = ranking_row(3, responses=3)
    changed = {**row, "responses": [*row["responses"][:2], {"id": "r2", "content": "w5 w6 w7"}]}
    one, other = encoded(loaded, [as_group(row), as_group(changed)])

    [before] = score_groups(loaded.model, padded(loaded), [one])
    [after] = score_groups(loaded.model, padded(loaded), [other])

    np.testing.assert_allclose(after[:2], before[:2], atol=1e-6)
    assert abs(after[2] - before[2]) > 1e-6


def test_the_collated_tensors_are_these(bert_folder: Path):
    template = Template(AutoTokenizer.from_pretrained(bert_folder))
    prompt = (Message(role="user", content="w0"),)
    group = RankingGroup("g", "g", prompt, ("w1", "w2 w3"), (), "train")
    [ready] = encode_groups([group], template, 16)

    batch = Padded(pad_id=0, token_types=True).collate([ready])

    [chunk] = batch["chunks"]
    assert chunk["input_ids"].tolist() == [[2, 4, 3, 6, 7, 3], [2, 4, 3, 5, 3, 0]]
    assert chunk["attention_mask"].tolist() == [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]]
    assert chunk["token_type_ids"].tolist() == [[0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 0]]
    assert batch["back"].tolist() == [1, 0]
    assert batch["tokens"] == 11


def test_chunks_hold_similar_lengths_within_the_budget():
    assert cut_into_chunks([3, 9, 5, 4], row_tokens=10) == [[1], [2, 3], [0]]
    assert cut_into_chunks([3, 9, 5, 4], row_tokens=None) == [[1, 2, 3, 0]]
    assert cut_into_chunks([30], row_tokens=10) == [[0]]
