"""The commands of rewardmodel: adapters that say what happened."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from labeling.models import Project
from rewardmodel.management.commands import train_reward_model as command
from rewardmodel.models import RetrainPolicy, TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services.registry import register_reward_model
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def ranked(ada, prompt):
    return rank(ada, prompt, "r2 > r1 = r3")


def test_seed_demo_prints_every_password_once_and_switches_retraining_on(db, capsys, settings):
    settings.ADMIN_PASSWORD = ""

    call_command("seed_demo")
    lines = capsys.readouterr().out.splitlines()
    call_command("seed_demo")

    assert [line.split()[0] for line in lines] == ["admin", "ada", "grace", "alan"]
    for line in lines:
        name, password = line.split()
        assert User.objects.get(username=name).check_password(password)
    assert capsys.readouterr().out == ""
    assert Project.objects.count() == 1
    assert RetrainPolicy.objects.get().project.slug == "demo"
    assert not RetrainPolicy.objects.get().paused


def test_seed_demo_takes_the_admins_password_from_the_environment_and_does_not_print_it(db, capsys, settings):
    settings.ADMIN_PASSWORD = "correct horse"

    call_command("seed_demo")

    assert "correct horse" not in capsys.readouterr().out
    assert User.objects.get(username="admin").check_password("correct horse")


def test_seed_demo_leaves_a_changed_policy_alone(db, settings):
    call_command("seed_demo")
    RetrainPolicy.objects.update(paused=True)

    call_command("seed_demo")

    assert RetrainPolicy.objects.get().paused


def test_train_reward_model_queues_a_run(project, ranked, capsys):
    call_command("train_reward_model", "support", "--base-model", "/models/opt")

    run = TrainingRun.objects.get()
    assert (run.status, run.trigger, run.config) == ("queued", "command", {"base_model": "/models/opt"})
    assert capsys.readouterr().out == f"run {run.pk} is queued on snapshot {run.snapshot.sha256[:12]}\n"


@pytest.mark.parametrize(("slug", "said"), [("nowhere", "no project 'nowhere'"), ("support", "nobody has ranked")])
def test_train_reward_model_says_why_not(project, slug, said):
    with pytest.raises(CommandError, match=said):
        call_command("train_reward_model", slug)

    assert not TrainingRun.objects.exists()


def waits(monkeypatch, act) -> None:
    """While the command waits, somebody else acts on the run."""
    monkeypatch.setattr(command.time, "sleep", lambda seconds: act(TrainingRun.objects.get()))


def test_waiting_ends_with_the_version(project, ranked, capsys, monkeypatch, tmp_path):
    def succeed(run: TrainingRun) -> None:
        run.claim()
        run.succeed({})
        (tmp_path / "output").mkdir()
        register_reward_model(run=run, output=tmp_path / "output", metrics={})

    waits(monkeypatch, succeed)

    call_command("train_reward_model", "support", "--wait")

    assert capsys.readouterr().out.splitlines()[-1] == f"run {TrainingRun.objects.get().pk} made version 1"


def test_waiting_for_a_run_that_fails_fails_with_its_reason(project, ranked, monkeypatch):
    waits(monkeypatch, lambda run: run.fail("no such folder"))

    with pytest.raises(CommandError, match="has failed: no such folder"):
        call_command("train_reward_model", "support", "--wait")


def test_promote_reward_model_makes_a_version_champion(project, ranked, ada, tmp_path, capsys):
    freeze_snapshot(project=project, created_by=ada)
    make_reward_model(project, tmp_path)
    second = make_reward_model(project, tmp_path)

    call_command("promote_reward_model", "support", "2")

    assert champion(project) == second
    assert capsys.readouterr().out == "version 2 of support is the champion\n"
    with pytest.raises(CommandError, match="'support' has no version 3"):
        call_command("promote_reward_model", "support", "3")
    assert champion(project) == second
