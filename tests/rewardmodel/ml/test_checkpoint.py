"""What a finished model's folder holds, and when it is refused."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from rewardmodel.ml.checkpoint import is_complete, publish, read_description, refuse_taken
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.resuming import newest_checkpoint
from rewardmodel.ml.score import RewardScorer, verify_golden


@pytest.fixture
def model(trained_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_folder, tmp_path / "model"))


def remark(folder: Path) -> None:
    """Mark a changed folder complete again."""
    publish(Path(folder.rename(folder.with_name("partial"))), folder)


def test_the_folder_holds_all_that_is_needed_to_score_alike_and_to_train_again(trained_folder: Path):
    names = {path.name for path in trained_folder.iterdir()}
    description = json.loads((trained_folder / "reward_model.json").read_text())

    assert {"model.safetensors", "config.json", "tokenizer.json", "metrics.json", "README.md", "complete.json"} <= names
    assert "training_args.bin" not in names  # a pickle
    assert description["pooling"] == "cls"
    assert description["max_length"] == 64  # the model's limit, below the 1024 of the configuration
    assert description["calibration"] is None
    assert description["versions"]["podium"] == "abc123"
    assert description["config"]["learning_rate"] == 3e-3
    assert len(description["golden"]) == 4


def test_the_metrics_are_these(trained_folder: Path):
    metrics = json.loads((trained_folder / "metrics.json").read_text())

    assert (metrics["prompts"], metrics["pairs"], metrics["dropped"]) == (24, 72, 0)
    assert metrics["strategy"] == "padded"
    assert metrics["tokens_forwarded"] > 0
    assert metrics["train_loss"] < 0.7
    assert metrics["validation"] is None
    assert (metrics["test"]["pairs"], metrics["test"]["prompts"]) == (24, 8)
    assert metrics["test"]["accuracy"] > 0.9
    assert metrics["test"]["accuracy_interval"][0] <= metrics["test"]["accuracy"]


def test_the_card_names_the_figures(trained_folder: Path):
    card = (trained_folder / "README.md").read_text()

    assert "24 prompts with 72 pairs" in card
    assert "| validation | none held out |" in card


def test_a_whole_model_gives_its_golden_scores_again(trained_folder: Path):
    assert verify_golden(trained_folder) is None


def test_altered_weights_are_found_by_the_golden_scores(model: Path):
    weights = load_file(model / "model.safetensors")
    weights["classifier.weight"][0, 0] += 0.01
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    remark(model)

    assert "the scores differ by" in str(verify_golden(model))


def test_other_token_ids_are_found(model: Path):
    description = json.loads((model / "reward_model.json").read_text())
    description["golden"][0]["input_ids"][0][1] += 1
    (model / "reward_model.json").write_text(json.dumps(description))
    remark(model)

    assert verify_golden(model) == "golden-0: the token ids differ from those of training"


def test_a_model_without_its_mark_is_refused(model: Path):
    (model / "complete.json").unlink()

    with pytest.raises(InputError, match=r"not whole, complete\.json is missing"):
        RewardScorer(model)


def test_a_file_that_is_cut_off_is_refused(model: Path):
    with (model / "model.safetensors").open("r+b") as file:
        file.truncate(1000)

    assert not is_complete(model)
    with pytest.raises(InputError, match="not whole"):
        read_description(model)


def test_another_chat_template_is_refused(model: Path):
    (model / "chat_template.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}")
    remark(model)

    with pytest.raises(InputError, match="its template is not the one of its training"):
        RewardScorer(model)


def test_pickled_weights_alone_are_refused(model: Path):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    remark(model)

    with pytest.raises(InputError, match="Pickled weights"):
        RewardScorer(model)


def test_a_folder_that_holds_something_is_never_written_over(tmp_path: Path):
    refuse_taken(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    refuse_taken(tmp_path / "empty")
    (tmp_path / "empty" / "x").touch()

    with pytest.raises(InputError, match="already there and not empty"):
        refuse_taken(tmp_path / "empty")


def test_the_newest_checkpoint_is_the_highest_whole_one(tmp_path: Path):
    for step, state in ((9, '{"global_step": 9}'), (10, '{"global_step": 10}'), (11, '{"glob'), (12, None)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state is not None:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)

    assert newest_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert newest_checkpoint(tmp_path / "none") is None
