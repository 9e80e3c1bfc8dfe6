"""How large a model is, from the headers of its weights alone."""

from pathlib import Path

import pytest

from rewardmodel.ml.config import MINILM
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.sizing import count_parameters, suggested_preset


def test_the_shipped_encoder_has_its_own_preset_and_some_23_million_weights():
    assert suggested_preset(MINILM) == "minilm"
    assert 22_000_000 < (count_parameters(MINILM) or 0) < 24_000_000


def test_another_small_model_is_taken_for_an_encoder(bert_folder: Path):
    assert suggested_preset(str(bert_folder)) == "encoder-base"


def test_of_a_hub_id_nothing_is_known():
    assert count_parameters("acme/model") is None
    assert suggested_preset("acme/model") == ""


@pytest.mark.parametrize("content", [b"", b"abc", b"\x05" + bytes(7) + b"[1,2]", bytes(8)])
def test_a_broken_file_is_named_and_suggests_nothing(tmp_path: Path, content: bytes):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(content)

    with pytest.raises(InputError, match=r"model\.safetensors: no safetensors header"):
        count_parameters(str(tmp_path))
    assert suggested_preset(str(tmp_path)) == ""
