"""The trainer watches its child and ends the run truthfully, however the child ends. The child is a script here."""

import json
from pathlib import Path

import pytest

from labeling.services.projects import create_project
from rewardmodel.models import RewardModel, TrainingRun
from rewardmodel.services import training
from rewardmodel.services.runs import request_cancel
from rewardmodel.services.training import carry_out_run
from tests.factories import make_prompts
from tests.rewardmodel.factories import make_run

METRICS = {"test": None, "train_loss": 0.5, "prompts": 1}
START = {"event": "start", "step": 0, "total_steps": 4}
STEP = {"event": "step", "step": 4, "total_steps": 4, "loss": 0.5}


class Child:
    """What `ChildProcess` is to the supervisor: each poll takes one item of the script, an event, an act or the end."""

    script: list[object] = []
    check: list[object] = [0]
    started: list["Child"] = []

    def __init__(self, *, module: str, arguments: list[str], log: Path) -> None:
        self.module, self.log = module, log
        self.arguments = dict(word.removeprefix("--").partition("=")[::2] for word in arguments)
        self.left = list(self.script if module == "rewardmodel.ml.train" else self.check)
        self.cancelled = self.killed = False

    def start(self) -> None:
        self.started.append(self)

    def poll(self) -> int | None:
        while self.left:
            item = self.left.pop(0)
            if isinstance(item, int):
                return item
            if callable(item):
                item(self)
                return None
            with Path(self.arguments["progress"]).open("a") as file:
                file.write(json.dumps(item) + "\n")
        return None

    def cancel(self) -> None:
        self.cancelled = True
        self.left = [3]

    def kill(self) -> None:
        self.killed = True


def write_model(child: Child) -> None:
    output = Path(child.arguments["output"])
    output.mkdir()
    (output / "metrics.json").write_text(json.dumps(METRICS))


SUCCESS = [START, STEP, write_model, {"event": "end"}, 0]


@pytest.fixture(autouse=True)
def child(monkeypatch):
    monkeypatch.setattr(training, "ChildProcess", Child)
    monkeypatch.setattr(training, "POLL_SECONDS", 0)
    monkeypatch.setattr(training, "HEARTBEAT_SECONDS", 0)
    monkeypatch.setattr(Child, "started", [])
    monkeypatch.setattr(Child, "script", SUCCESS)
    monkeypatch.setattr(Child, "check", [0])
    return Child


@pytest.fixture
def run(project, ada, prompt, sent) -> TrainingRun:
    return make_run(project, ada, prompt, config={"learning_rate": 1e-5, "bf16": False, "base_model": "-odd"})


def carry_out(run: TrainingRun) -> TrainingRun:
    carry_out_run(run_id=run.pk)
    return TrainingRun.objects.get(pk=run.pk)


def test_a_training_that_ends_well_becomes_the_first_champion(run, child):
    ended = carry_out(run)

    assert (ended.status, ended.metrics, ended.step, ended.total_steps, ended.error) == ("succeeded", METRICS, 4, 4, "")
    assert ended.curve == [STEP]
    model = RewardModel.objects.get()
    assert (model.run, model.snapshot, model.metrics, model.alias_names) == (ended, run.snapshot, METRICS, ["champion"])
    assert (model.path / "metrics.json").exists()
    assert [started.module for started in child.started] == ["rewardmodel.ml.train", "rewardmodel.ml.score"]
    assert all(started.killed for started in child.started)


def test_the_child_is_told_everything_it_needs(run, child, settings):
    carry_out(run)

    assert child.started[0].arguments == {
        "learning-rate": "1e-05",
        "no-bf16": "",
        "base-model": "-odd",
        "data": str(run.snapshot.path),
        "output": str(run.directory / "attempt-1"),
        "progress": str(run.directory / "progress-1.jsonl"),
        "checkpoint-dir": str(run.directory / "checkpoints"),
        "code-version": settings.PODIUM_VERSION,
        "resume": "",
        "exit-with-parent": "",
    }


def test_the_oldest_run_comes_first_whichever_project_the_message_is_about(run, child, admin, ada):
    other = create_project(creator=admin, slug="other", name="Other")
    younger = make_run(other, ada, make_prompts(other, "p-1")[0])

    carry_out_run(run_id=younger.pk)

    assert [own.status for own in TrainingRun.objects.order_by("pk")] == ["succeeded", "queued"]
    carry_out_run(run_id=run.pk)
    assert TrainingRun.objects.get(pk=younger.pk).status == "queued"
    carry_out_run(run_id=younger.pk)
    assert TrainingRun.objects.get(pk=younger.pk).status == "succeeded"


def test_a_run_that_goes_on_is_told_from_what_and_keeps_the_settings_of_its_kind(run, child, project):
    champion = RewardModel.objects.create(project=project, version=1, run=run, snapshot=run.snapshot)
    TrainingRun.objects.filter(pk=run.pk).update(status="succeeded")
    second = TrainingRun.objects.create(
        project=project, snapshot=run.snapshot, trigger="schedule", continues=champion, config={"max_length": 64}
    )

    carry_out(second)

    told = child.started[0].arguments
    assert told["base-model"] == str(champion.path)
    assert told["known-data"] == str(champion.snapshot.path)
    assert (told["max-length"], told["learning-rate"], told["freeze-layers"]) == ("64", "0.0001", "3")


def test_progress_is_relayed_while_it_goes_on(run, child, monkeypatch):
    seen = []

    def look(_: Child) -> None:
        stored = TrainingRun.objects.get()
        seen.append((stored.status, stored.step, stored.total_steps))

    monkeypatch.setattr(child, "script", [START, look, {**STEP, "step": 2}, look, look, *SUCCESS[2:]])

    carry_out(run)

    assert seen == [("running", 0, 0), ("running", 0, 4), ("running", 2, 4)]


def test_a_child_that_says_why_it_ends_fails_the_run_with_its_words(run, child, monkeypatch):
    monkeypatch.setattr(child, "script", [{"event": "error", "message": "base model /x: no such folder"}, 2])

    ended = carry_out(run)

    assert (ended.status, ended.error) == ("failed", "base model /x: no such folder")
    assert not RewardModel.objects.exists()


@pytest.mark.parametrize("script", [[START, -9], [START, 1], [START, 0]])
def test_a_child_that_ends_without_a_word_gives_the_run_back(run, child, monkeypatch, script):
    monkeypatch.setattr(child, "script", script)

    ended = carry_out(run)

    assert (ended.status, ended.attempt, ended.error) == ("queued", 2, "")


def test_after_three_attempts_the_run_fails_and_names_the_signal(run, child, monkeypatch):
    monkeypatch.setattr(child, "script", [START, -9])

    attempts = [carry_out(run) for _ in range(3)]

    assert [ended.status for ended in attempts] == ["queued", "queued", "failed"]
    assert attempts[-1].error == "given up after 3 attempts: the training process was ended by signal 9"
    assert [Path(one.arguments["output"]).name for one in child.started] == ["attempt-1", "attempt-2", "attempt-3"]


def test_a_model_that_scores_otherwise_than_in_training_is_not_registered(run, child, monkeypatch):
    monkeypatch.setattr(child, "check", [1])
    run.directory.mkdir(parents=True)
    (run.directory / "log.txt").write_text("golden-0: the scores differ by 0.1")

    ended = carry_out(run)

    assert ended.status == "failed"
    assert "does not score as it did in training" in ended.error
    assert "differ by 0.1" in ended.error
    assert not RewardModel.objects.exists()


def cancel(_: Child) -> None:
    request_cancel(run=TrainingRun.objects.get())


def test_a_run_that_is_cancelled_ends_its_child_gently(run, child, monkeypatch):
    monkeypatch.setattr(child, "script", [START, cancel, STEP, *SUCCESS[2:]])

    ended = carry_out(run)

    assert (ended.status, ended.error, ended.attempt) == ("cancelled", "", 1)
    assert child.started[0].cancelled
    assert not RewardModel.objects.exists()


def test_a_child_that_does_not_stop_when_it_is_asked_to_is_killed(run, child, monkeypatch):
    monkeypatch.setattr(training, "GRACE_SECONDS", 0)
    monkeypatch.setattr(child, "script", [START, cancel])
    monkeypatch.setattr(child, "cancel", lambda self: None)

    assert carry_out(run).status == "cancelled"
    assert child.started[0].killed


def test_a_run_that_is_cancelled_while_its_model_is_checked_is_cancelled(run, child, monkeypatch):
    monkeypatch.setattr(child, "check", [cancel, lambda _: None, 0])

    ended = carry_out(run)

    assert (ended.status, ended.error) == ("cancelled", "")
    assert not RewardModel.objects.exists()


def test_a_run_that_another_attempt_has_taken_is_left_to_it(run, child, monkeypatch):
    def reap(_: Child) -> None:
        other = TrainingRun.objects.get()
        other.requeue()
        other.claim()

    monkeypatch.setattr(child, "script", [START, reap, *SUCCESS[1:]])

    ended = carry_out(run)

    assert (ended.status, ended.attempt, ended.error) == ("running", 2, "")
    assert child.started[0].killed
    assert not RewardModel.objects.exists()


def test_a_worker_that_is_killed_gives_the_run_back_and_leaves_no_child(run, child, monkeypatch):
    parents = iter([100, 100, 1, 1, 1])
    monkeypatch.setattr(training.os, "getppid", lambda: next(parents))
    monkeypatch.setattr(child, "script", [START, lambda _: None, lambda _: None, lambda _: None])

    ended = carry_out(run)

    assert (ended.status, ended.attempt) == ("queued", 2)
    assert child.started[0].killed


def test_a_fault_of_the_trainer_itself_fails_the_run_and_is_heard(run, child, monkeypatch):
    def full_disk(self: Child) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(child, "start", full_disk)

    with pytest.raises(OSError, match="no space left"):
        carry_out_run(run_id=run.pk)

    ended = TrainingRun.objects.get()
    assert ended.status == "failed"
    assert ended.error == "the trainer could not carry out the run: OSError: no space left"


@pytest.mark.parametrize("status", ["running", "succeeded", "failed", "cancelled"])
def test_a_message_for_a_run_that_is_not_queued_does_nothing(run, child, status):
    TrainingRun.objects.update(status=status)

    assert carry_out(run).status == status
    assert child.started == []
