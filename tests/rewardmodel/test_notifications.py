"""Managers hear by e-mail of what needs them, and of nothing else."""

from dataclasses import asdict

import pytest
from django.core import mail

from rewardmodel.gate import Bounds, judge
from rewardmodel.models import GateVerdict
from rewardmodel.services.notifications import SEND, send_notification
from rewardmodel.services.policies import update_policy
from rewardmodel.services.registry import promote_reward_model
from rewardmodel.services.runs import fail_run
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model, make_run
from tests.rewardmodel.test_gate import BETTER, gain


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.EMAIL_HOST = "mail.example.org"
    settings.PUBLIC_URL = "https://podium.example.org/"


@pytest.fixture(autouse=True)
def addresses(project, ada, max):
    for user in (ada, max):
        user.email = f"{user.username}@example.org"
        user.save()


@pytest.fixture
def versions(project, ada, prompt, tmp_path, sent):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return [make_reward_model(project, tmp_path) for _ in range(2)]


def test_a_failed_run_is_told_to_managers_alone_with_what_to_do(project, ada, prompt):
    run = make_run(project, ada, prompt)
    run.fail("CUDA out of memory")

    assert send_notification(kind="failed", row_id=run.pk) == 1

    (message,) = mail.outbox
    assert message.to == ["max@example.org"]
    assert message.subject == f"[Podium] Support: run {run.pk} has failed"
    assert "CUDA out of memory" in message.body
    assert "gradient_checkpointing" in message.body
    assert f"https://podium.example.org/runs/{run.pk}/" in message.body


@pytest.mark.parametrize(
    ("found", "subject"),
    [
        ({**BETTER, **gain(-0.03, -0.06, -0.01)}, "version 2 is not promoted"),
        (BETTER, "version 2 has passed the gate and waits for you"),
    ],
)
def test_a_verdict_is_told_with_its_numbers(project, versions, found, subject):
    first, second = versions
    checks = judge(found, Bounds())
    verdict = GateVerdict.objects.create(
        reward_model=second,
        champion=first,
        passed=all(check.passed for check in checks),
        checks=[asdict(check) for check in checks],
        comparison={},
    )

    send_notification(kind="judged", row_id=verdict.pk)

    (message,) = mail.outbox
    assert message.subject == f"[Podium] Support: {subject}"
    assert "95 % interval" in message.body


def test_what_somebody_promotes_is_told_to_the_others(project, versions, max, committed):
    messages = committed(lambda: promote_reward_model(reward_model=versions[1], by=max, reason="Better on refusals."))

    ((_, (kind, event)),) = [own for own in messages if own[0] == SEND]
    send_notification(kind=kind, row_id=event)
    assert "max has promoted it. Better on refusals." in mail.outbox[0].body


def test_a_run_that_fails_sends_one_message(project, ada, prompt, committed):
    run = make_run(project, ada, prompt)

    assert committed(lambda: (fail_run(run, "x"), fail_run(run, "x"))) == [(SEND, ("failed", run.pk))]


def test_nothing_is_sent_where_nobody_wants_it_or_no_server_is_there(project, ada, prompt, committed, settings):
    update_policy(project=project, email_managers=False)
    run = make_run(project, ada, prompt)
    assert send_notification(kind="failed", row_id=run.pk) == 0
    settings.EMAIL_HOST = ""
    assert committed(lambda: fail_run(run, "x")) == []
    assert mail.outbox == []
