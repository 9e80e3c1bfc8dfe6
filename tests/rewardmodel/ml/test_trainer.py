"""What the trainer adds to Hugging Face's: the loss and its normalisation, evaluation, resume."""

from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.ml.assembly import build_trainer, epochs_for
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.dataset import load_dataset
from rewardmodel.ml.errors import InputError, Stopped
from rewardmodel.ml.lifecycle import StopSignal
from rewardmodel.ml.modeling import Loaded, load_base_model
from rewardmodel.ml.progress import Progress
from rewardmodel.ml.score import RewardScorer
from rewardmodel.ml.template import Template
from rewardmodel.ml.trainer import RewardTrainer
from rewardmodel.ml.training import train_reward_model

from .cases import ranking_row


def prepared(folder: Path, tmp_path: Path, data: str, **options: Any) -> tuple[Loaded, RewardTrainer]:
    config = TrainConfig(
        data=data,
        output=str(tmp_path / "out"),
        base_model=str(folder),
        **{"max_length": 64, "learning_rate": 1e-3, "warmup_steps": 0, **options},
    )
    loaded = load_base_model(config.base_model, seed=config.seed)
    dataset = load_dataset(config, Template(loaded.tokenizer), max_length=64)
    trainer, _ = build_trainer(
        config, loaded, dataset, tmp_path / "checkpoints", Progress("", quiet=True), StopSignal()
    )
    return loaded, trainer


@pytest.mark.parametrize("folder", ["bert_folder", "llama_folder"])
def test_batch_size_and_accumulation_change_nothing(
    folder: str, request: pytest.FixtureRequest, tmp_path: Path, write_rows, monkeypatch: pytest.MonkeyPatch
):
    # K from 2 to 5, and 7 groups: the last step of an epoch holds 3, unequal batches among them.
    rows = [ranking_row(n, responses=2 + n % 4, split="train") for n in range(7)]
    data = write_rows(rows)
    base = request.getfixturevalue(folder)
    weights, losses = [], []
    for batch, accumulation in ((4, 1), (1, 4), (2, 2)):
        loaded, trainer = prepared(
            base,
            tmp_path / f"{batch}",
            data,
            per_device_train_batch_size=batch,
            gradient_accumulation_steps=accumulation,
            max_steps=4,
            logging_steps=1,
        )
        # Length-sorted windows grow with the batch: the same groups must meet in every variant.
        whole = [list(range(start, min(start + batch, 7))) for start in range(0, 7, batch)]
        monkeypatch.setattr(trainer.batches, "_batches", [(places, True) for places in whole])
        monkeypatch.setattr(trainer.batches, "set_epoch", lambda epoch: None)
        trainer.train()
        weights.append(torch.cat([p.detach().flatten() for p in loaded.model.parameters()]))
        losses.append([e["loss"] for e in trainer.state.log_history if "loss" in e])

    for other in (1, 2):
        torch.testing.assert_close(weights[other], weights[0], atol=2e-5, rtol=0)
        torch.testing.assert_close(losses[other], losses[0], atol=1e-5, rtol=0)


def test_the_logged_loss_is_the_mean_over_groups_by_hand(bert_folder: Path, tmp_path: Path, write_rows):
    data = write_rows([ranking_row(n, split="train") for n in range(3)])
    loaded, trainer = prepared(bert_folder, tmp_path, data, per_device_train_batch_size=3, max_steps=1, logging_steps=1)
    scorer_rewards = [
        loaded.model(
            input_ids=torch.tensor([[*g.prefix.tolist(), *r.tolist()]]),
            token_type_ids=torch.tensor([[0] * len(g.prefix) + [1] * len(r)]),
        ).logits.item()
        for g in trainer.train_groups
        for r in g.responses
    ]
    by_hand = 0.0
    for start in (0, 3, 6):
        low, middle, high = scorer_rewards[start : start + 3]  # r2 > r1 > r0
        margins = torch.tensor([high - middle, high - low, middle - low])
        by_hand += torch.nn.functional.softplus(-margins).mean().item() / 3

    trainer.train()

    assert abs(trainer.state.log_history[0]["loss"] - by_hand) < 1e-5


@pytest.mark.parametrize(("groups", "epochs"), [(1, 3), (38, 3), (179, 3), (180, 2), (300, 2), (301, 1), (50_000, 1)])
def test_few_groups_are_passed_three_times_and_many_once(groups: int, epochs: float):
    assert epochs_for(groups) == epochs


def test_tokens_are_counted_without_padding_over_all_epochs(bert_folder: Path, tmp_path: Path, write_rows):
    data = write_rows([ranking_row(n, split="train") for n in range(5)])
    _, trainer = prepared(bert_folder, tmp_path, data, num_train_epochs=2.0)

    trainer.train()

    once = sum(len(g.prefix) + len(r) for g in trainer.train_groups for r in g.responses)
    assert trainer.state.num_input_tokens_seen == 2 * once


class StopsAt(Progress):
    """Asks for a stop when a step is reported, as SIGTERM would."""

    def __init__(self, stop: StopSignal, step: int) -> None:
        super().__init__("", quiet=True)
        self.stop, self.step = stop, step
        self.events: list[dict[str, Any]] = []

    def write(self, event: str, **fields: Any) -> None:
        self.events.append({"event": event, **fields})
        if event == "step" and fields["step"] == self.step:
            self.stop.requested = True


def run(config: TrainConfig, stop_at: int = -1) -> list[dict[str, Any]]:
    stop = StopSignal()
    progress = StopsAt(stop, stop_at)
    train_reward_model(config, progress, stop)
    return progress.events


def test_stopped_and_resumed_equals_uninterrupted(bert_folder: Path, tmp_path: Path, write_rows):
    rows = [ranking_row(n, responses=2 + n % 3, split="train") for n in range(22)]
    rows += [ranking_row(100 + n, split="test") for n in range(6)]
    options = {
        "data": write_rows(rows),
        "base_model": str(bert_folder),
        "num_train_epochs": 3.0,
        "learning_rate": 1e-3,
        "dropout": 0.1,  # the random state must come back too
        "per_device_train_batch_size": 2,
        "gradient_accumulation_steps": 2,
    }
    whole = TrainConfig(output=str(tmp_path / "whole"), **options)
    broken = TrainConfig(output=str(tmp_path / "broken"), **options)
    resumed = TrainConfig(output=str(tmp_path / "broken"), resume=True, **options)

    run(whole)
    with pytest.raises(Stopped):
        run(broken, stop_at=8)  # in the second epoch of six steps
    assert (tmp_path / "broken.checkpoints" / "checkpoint-9").is_dir()
    assert not (tmp_path / "broken").exists()
    events = run(resumed)

    assert (events[0]["event"], events[0]["step"]) == ("start", 9)
    one, other = RewardScorer(tmp_path / "whole"), RewardScorer(tmp_path / "broken")
    for name, weight in one.model.state_dict().items():
        torch.testing.assert_close(other.model.state_dict()[name], weight, atol=1e-6, rtol=0)
    reports = [(tmp_path / name / "metrics.json").read_text() for name in ("whole", "broken")]
    assert [report.split('"train_loss"')[1] for report in reports[:1]] == [
        report.split('"train_loss"')[1] for report in reports[1:]
    ]
    assert not (tmp_path / "broken.checkpoints").exists()


def test_a_resume_with_other_hyperparameters_is_refused(bert_folder: Path, tmp_path: Path, write_rows):
    options = {
        "data": write_rows([ranking_row(n, split="train") for n in range(8)]),
        "base_model": str(bert_folder),
        "output": str(tmp_path / "out"),
        "per_device_train_batch_size": 2,
    }
    with pytest.raises(Stopped):
        run(TrainConfig(**options), stop_at=1)

    with pytest.raises(InputError, match=r"learning_rate was 2e-05, is 0\.5"):
        run(TrainConfig(**options, resume=True, learning_rate=0.5))


def test_a_run_that_diverges_ends_at_once(bert_folder: Path, tmp_path: Path, write_rows):
    config = TrainConfig(
        data=write_rows([ranking_row(n, split="train") for n in range(8)]),
        base_model=str(bert_folder),
        output=str(tmp_path / "out"),
        learning_rate=1e30,
        warmup_steps=0,
        max_grad_norm=0,
        max_steps=10,
    )

    with pytest.raises(FloatingPointError, match="not a number at step"):
        run(config)


def test_evaluation_between_steps_measures_validation(bert_folder: Path, tmp_path: Path, write_rows):
    rows = [ranking_row(n, split="train") for n in range(8)]
    rows += [ranking_row(100 + n, split="validation") for n in range(3)]
    config = TrainConfig(
        data=write_rows(rows),
        base_model=str(bert_folder),
        output=str(tmp_path / "out"),
        per_device_train_batch_size=2,
        eval_steps=2,
    )

    events = [event for event in run(config) if event["event"] == "eval"]

    assert [event["step"] for event in events] == [2, 4]
    assert {(event["split"], event["pairs"]) for event in events} == {("validation", 9)}
