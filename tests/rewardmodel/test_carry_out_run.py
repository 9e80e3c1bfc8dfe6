"""The real thing, small: the trainer starts `rewardmodel.ml.train` on a tiny model and a real snapshot."""

import os
import signal

import pytest

from labeling.models import Project
from rewardmodel.launchers.child_process import ChildProcess
from rewardmodel.ml.score import RewardScorer
from rewardmodel.models import TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services import training
from rewardmodel.services.runs import queue_training_run
from rewardmodel.services.training import carry_out_run
from tests.factories import import_file, rank, row, to_jsonl
from tests.rewardmodel.ml.conftest import bert_folder

__all__ = ["bert_folder"]

pytestmark = [pytest.mark.integration, pytest.mark.torch]

# Each lies in the split it is named after.
SPLIT_KEYS = {"train": "how do i bake bread?", "validation": "may i return it?", "test": "c"}


@pytest.fixture
def ranked(project, ada, sent) -> Project:
    rows = [
        {**row(f"{split}-{number}", responses=["good w1", "bad w2", "w3"]), "split_key": key}
        for split, key in SPLIT_KEYS.items()
        for number in range(4)
    ]
    import_file(project, to_jsonl(*rows))
    for prompt in project.prompts.all():
        rank(ada, prompt, "r1 > r3 > r2")
    return project


@pytest.fixture
def queued(ranked, bert_folder):
    def queue(**config) -> TrainingRun:
        chosen = {"base_model": str(bert_folder), "max_length": 32, "learning_rate": 1e-3, **config}
        return queue_training_run(project=ranked, trigger="manual", created_by=None, config=chosen)

    return queue


@pytest.fixture
def at_first_step(monkeypatch):
    """Lets something happen to the child once it has begun to train."""

    def when(act) -> None:
        started: list[ChildProcess] = []
        start, relay = ChildProcess.start, training._relay

        def noted_start(self: ChildProcess) -> None:
            start(self)
            started.append(self)

        def watched_relay(run: TrainingRun, progress) -> bool:
            goes_on = relay(run, progress)
            if run.step and started:
                act(run, started.pop()._started.pid)
            return goes_on

        monkeypatch.setattr(ChildProcess, "start", noted_start)
        monkeypatch.setattr(training, "_relay", watched_relay)
        monkeypatch.setattr(training, "POLL_SECONDS", 0.05)
        monkeypatch.setattr(training, "HEARTBEAT_SECONDS", 0.1)

    return when


def log_of(run: TrainingRun) -> str:
    return (run.directory / "log.txt").read_text()


def test_a_run_makes_a_champion_that_scores(queued, ranked):
    run = queued(num_train_epochs=3)

    carry_out_run(run_id=run.pk)

    run.refresh_from_db()
    assert run.status == "succeeded", f"{run.error}\n{log_of(run)}"
    assert run.total_steps > 0
    assert run.step == run.total_steps
    assert run.curve
    assert run.metrics["prompts"] == 4
    held_out = run.metrics["test"]
    assert set(held_out) >= {
        "accuracy",
        "accuracy_interval",
        "log_loss",
        "length_baseline_accuracy",
        "pairs",
        "prompts",
    }
    assert (held_out["prompts"], held_out["pairs"]) == (4, 12)
    assert 0 <= held_out["accuracy_interval"][0] <= held_out["accuracy"] <= held_out["accuracy_interval"][1] <= 1
    model = champion(ranked)
    assert (model.run, model.metrics) == (run, run.metrics)
    ((good, bad),) = RewardScorer(model.path, device="cpu").score(
        [([{"role": "user", "content": "w5"}], ["good", "bad"])]
    )
    assert good != bad
    assert list((run.directory).glob("attempt-*")) == []


def test_a_base_model_that_is_not_there_fails_the_run_with_the_reason(queued, tmp_path):
    run = queued(base_model=str(tmp_path / "nowhere"))

    carry_out_run(run_id=run.pk)

    run.refresh_from_db()
    assert run.status == "failed"
    assert "no such folder" in run.error
    assert str(tmp_path / "nowhere") in run.error
    assert not hasattr(run, "reward_model")


def test_a_child_that_is_killed_gives_the_run_back_to_the_queue(queued, at_first_step):
    run = queued(max_steps=100_000, logging_steps=1)
    at_first_step(lambda _, pid: os.kill(pid, signal.SIGKILL))

    carry_out_run(run_id=run.pk)

    run.refresh_from_db()
    assert (run.status, run.attempt, run.error) == ("queued", 2, "")


def test_a_run_that_is_cancelled_stops_its_child_at_a_checkpoint(queued, at_first_step):
    run = queued(max_steps=100_000, logging_steps=1)
    at_first_step(lambda own, _: TrainingRun.objects.filter(pk=own.pk).update(cancel_requested=True))

    carry_out_run(run_id=run.pk)

    run.refresh_from_db()
    assert (run.status, run.error) == ("cancelled", "")
    assert list((run.directory / "checkpoints").glob("checkpoint-*"))
    assert not hasattr(run, "reward_model")
