"""What webhooks are told of runs and models, field by field."""

import pytest

from labeling.models import WebhookDelivery
from labeling.services.webhooks import create_webhook
from rewardmodel.services.registry import promote_reward_model, roll_back
from rewardmodel.services.runs import request_cancel
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def hook(project, max, sent, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    webhook, _ = create_webhook(
        project=project, url="http://127.0.0.1:1/", events=["model.promoted", "run.finished"], user=max
    )
    # Read anew, as a request does: whether there is anybody to tell stands on the project.
    project.refresh_from_db()
    return webhook


def told(kind: str) -> list[dict]:
    return [one.payload for one in WebhookDelivery.objects.filter(kind=kind).order_by("pk")]


def test_the_first_champion_and_each_that_follows_is_told(hook, project, prompt, ada, tmp_path):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    first, second = (make_reward_model(project, tmp_path) for _ in range(2))
    promote_reward_model(reward_model=second, by=ada, reason="Better on refusals.")
    roll_back(project=project, by=ada)

    events = told("model.promoted")
    assert [event["data"]["version"] for event in events] == [1, 2, 1]
    assert events[1]["type"] == "model.promoted"
    assert events[1]["data"] == {
        "project": "support",
        "id": second.pk,
        "version": 2,
        "reason": "Better on refusals.",
        "by_gate": False,
    }
    # Again changes nothing, and is no news.
    promote_reward_model(reward_model=first, by=ada)
    assert len(told("model.promoted")) == 3


def test_a_cancelled_run_is_told_as_ended(hook, run, project):
    run.refresh_from_db()
    request_cancel(run=run)

    (event,) = told("run.finished")
    assert event["data"] == {
        "project": "support",
        "id": run.pk,
        "status": "cancelled",
        "error": "",
        "version": None,
    }
