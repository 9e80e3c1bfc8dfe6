"""A run's page while it goes on."""

import pytest
from playwright.sync_api import Page, expect

from rewardmodel.models import DatasetSnapshot, TrainingRun
from tests.pages import sign_in

pytestmark = pytest.mark.browser

LOSS = [{"event": "step", "step": step, "loss": 0.7 - step / 100} for step in range(1, 9)]
ACCURACY = {"event": "eval", "step": 8, "split": "validation", "accuracy": 0.6, "log_loss": 0.65, "pairs": 12}


@pytest.fixture
def run(project) -> TrainingRun:
    snapshot = DatasetSnapshot.objects.create(project=project, sha256="ab" * 32, groups=50, rankings=150, pairs=811)
    return TrainingRun.objects.create(
        project=project, snapshot=snapshot, status="running", trigger="manual", step=8, total_steps=20, curve=LOSS
    )


def test_a_curve_that_comes_later_takes_its_place_beside_the_first(page: Page, live_server, max, run):
    sign_in(page, live_server.url, max)
    page.goto(f"{live_server.url}/runs/{run.pk}/")
    loss, accuracy = page.locator("[data-chart=loss] .uplot"), page.locator("[data-chart=accuracy] .uplot")
    expect(loss).to_be_visible()
    expect(accuracy).to_be_hidden()

    TrainingRun.objects.filter(pk=run.pk).update(curve=[*LOSS, ACCURACY])

    expect(accuracy).to_be_visible()
    page.wait_for_timeout(200)
    first, second = loss.bounding_box(), accuracy.bounding_box()
    assert first is not None
    assert second is not None
    assert first["x"] + first["width"] <= second["x"]
