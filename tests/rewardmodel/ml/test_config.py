from pathlib import Path

import pytest

from rewardmodel.ml.arguments import parse_train_arguments, preset_names, read_preset
from rewardmodel.ml.config import MINILM, TrainConfig
from rewardmodel.ml.errors import InputError

NEEDED = ["--data", "d.jsonl", "--output", "out"]


def test_the_default_model_trains_by_its_preset():
    config = parse_train_arguments(NEEDED)

    assert config.base_model == MINILM
    assert config.learning_rate == read_preset("minilm")["learning_rate"]


def test_another_model_trains_by_the_defaults_of_the_class():
    config = parse_train_arguments([*NEEDED, "--base-model", "some/model"])

    assert config == TrainConfig(data="d.jsonl", output="out", base_model="some/model")


def test_the_preset_of_the_described_system_holds_its_figures():
    config = parse_train_arguments([*NEEDED, "--base-model", "facebook/opt-1.3b"])

    assert (config.learning_rate, config.num_train_epochs) == (5e-5, 1.0)
    assert (config.per_device_train_batch_size, config.gradient_accumulation_steps) == (2, 32)
    assert (config.bf16, config.device_map) == (True, "auto")


def test_a_flag_overrides_the_preset_even_with_the_default_of_the_class(tmp_path: Path):
    preset = tmp_path / "mine.toml"
    preset.write_text("learning_rate = 1e-3\nbf16 = true\nnum_train_epochs = 3\n")

    config = parse_train_arguments([*NEEDED, "--preset", str(preset), "--learning-rate", "2e-5", "--no-bf16"])

    assert (config.learning_rate, config.bf16, config.num_train_epochs) == (2e-5, False, 3.0)


@pytest.mark.parametrize("name", preset_names())
def test_every_shipped_preset_is_valid(name: str):
    assert TrainConfig(**{"data": "d", "output": "o", **read_preset(name)})


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--learning-rate", "-1"], "learning_rate: got -1.0, needed a number above 0"),
        (["--max-length", "0"], "max_length: got 0, needed a whole number, 8 or more"),
        (["--loss", "hinge"], "loss: got 'hinge', needed one of bradley_terry"),
        (["--strategy", "bush"], "strategy: got 'bush', needed one of auto, tree, packed, padded, two_pass"),
        (["--seed", "x"], "invalid int value: 'x'"),
        (["--unheard-of", "1"], "unrecognized arguments: --unheard-of"),
        (["--preset", "none"], "preset: got 'none', needed one of decoder-lora, decoder-qlora, encoder-base"),
    ],
)
def test_a_wrong_value_says_what_came_and_what_is_needed(flags: list[str], message: str):
    with pytest.raises(InputError) as caught:
        parse_train_arguments([*NEEDED, *flags])

    assert message in str(caught.value)


def test_what_transformers_calls_otherwise_is_understood():
    words = "--evaluation-strategy=epoch --overwrite-output-dir --no-remove-unused-columns --no-do-predict"
    config = parse_train_arguments(["--data=d", "--output-dir=o", *words.split()])

    assert (config.output, config.eval_strategy, config.resume, config.do_predict) == ("o", "epoch", False, False)
    assert parse_train_arguments(["--data=d", "--output=o", "--no-do-eval"]).eval_strategy == "no"


def test_columns_that_rankings_do_not_have_cannot_be_removed():
    with pytest.raises(InputError, match="remove_unused_columns: got True"):
        parse_train_arguments(["--data=d", "--output=o", "--remove-unused-columns"])


def test_data_and_output_are_needed():
    with pytest.raises(InputError, match="data: got '', needed a name or path"):
        parse_train_arguments(["--output", "out"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rte = 1", "got the field 'learning_rte'"),
        ("learning_rate = 'x'", "learning_rate: got 'x', needed float"),
        ("max_length = 1.5", "max_length: got 1.5, needed int"),
        ("= 3", "not valid TOML"),
    ],
)
def test_a_preset_with_an_unknown_field_or_type_is_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "p.toml").write_text(text)

    with pytest.raises(InputError, match=message):
        read_preset(str(tmp_path / "p.toml"))
