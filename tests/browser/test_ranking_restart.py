"""A web server that dies in the middle of a submission, and comes back."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ranking import prefetched, rank
from tests.podium import PASSWORD, Podium

pytestmark = pytest.mark.browser

OWN_RANKINGS = "from labeling.models import Ranking; print(Ranking.objects.filter(annotator__username='admin').count())"


def signal_web(podium: Podium, number: signal.Signals) -> None:
    """Send it to every web process of this Podium; its supervisor starts a killed one again."""
    listing = subprocess.run(["ps", "-ww", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        if f"--bind 127.0.0.1:{podium.port} " in f"{line} ":
            os.kill(int(line.split()[0]), number)


def test_a_server_killed_in_the_middle_of_a_submission_has_the_ranking_once_when_it_is_back(tmp_path: Path, page: Page):
    podium = Podium(tmp_path).start()
    try:
        page.goto(f"{podium.url}/accounts/login/?next=/projects/demo/rank/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("[data-reason]:not(:empty)").wait_for()
        prefetched(page)
        letters = page.locator("[data-card]").evaluate_all("(cards) => cards.map((card) => card.dataset.letter)")
        signal_web(podium, signal.SIGSTOP)
        with page.expect_request("**/ranking/"):
            rank(page, "".join(reversed(letters)).lower())
        signal_web(podium, signal.SIGKILL)
        expect(page.locator("[data-waiting]")).to_have_text("1 ranking waits to be sent")
        expect(page.locator("[data-mine]")).to_have_text("1", timeout=60_000)
        expect(page.locator("[data-waiting]")).to_be_hidden()
        assert podium.manage("shell", "-v", "0", "-c", OWN_RANKINGS).split() == ["1"]
    finally:
        podium.stop()
