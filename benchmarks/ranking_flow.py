"""Ranking by keyboard alone in a real Chromium, 5,000 prompts in the project: key presses, Enter to the next prompt.

    python -m benchmarks.ranking_flow [--rankings 100] [--prompts 5000]

Three series on one running instance: with 1.5 s of thought before each order; without any, each order typed the moment
its prompt is on screen; and without any in a second project whose other prompts the same person has ranked already.
Orders are drawn with a fixed seed: strict ones and ones with ties, each with the line of what may be shown, and every
stored ranking is compared with what was typed. A press of a letter with Shift is one press. Enter to next is taken in
the page, from the key's own time stamp until the second animation frame after the next prompt stands in the document.
`ratio` is the median of Enter to next in the first series over the 100 ms allowed.
"""

import argparse
import random
import statistics
import string
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.instance import call, report, running_podium
from tests.podium import PASSWORD, Podium
from tests.services import find_chromium

RESPONSES, SEED, ALLOWED_MS, THINK_SECONDS, CHUNK = 4, 7, 100, 1.5, 1000
TEXT = (
    "the order was sent to your address on Monday and it should arrive within three working days please keep the "
    "number of the parcel at hand if you want to ask us about it we are glad to help and will answer as soon as we can "
    "refund invoice account password delivery because however although therefore first second finally for example"
)

# Watches keys and frames from before the page's own scripts; the key's time stamp is that of the event itself.
WATCH = """
performance.setResourceTimingBufferSize(10000);
window.bench = { presses: 0, latencies: [] };
document.addEventListener("keydown", (event) => {
  if (event.key !== "Shift") bench.presses += 1;
  if (event.key !== "Enter") return;
  const before = document.querySelector("[data-task]");
  const watch = () => {
    const now = document.querySelector("[data-task], [data-finished]");
    if (now === before) return requestAnimationFrame(watch);
    requestAnimationFrame(() => requestAnimationFrame(() => bench.latencies.push(performance.now() - event.timeStamp)));
  };
  if (before) watch();
}, true);
"""
TIMINGS = """(part) => performance.getEntriesByType("resource")
  .filter(({ name }) => new URL(name).pathname.endsWith(part))
  .map(({ requestStart, responseEnd }) => responseEnd - requestStart)"""
# In the instance's own process: 5,000 times two calls over HTTP would take longer than everything that is measured.
RANK_THE_REST = """
from django.contrib.auth.models import User
from django.db import transaction
from labeling.judgements import Judgement
from labeling.models import Project, Ranking
from labeling.services.rankings import record_judgement
project, admin = Project.objects.get(slug="worn"), User.objects.get(username="admin")
with transaction.atomic():
    for prompt in project.prompts.order_by("pk")[:{count}]:
        tiers = [[key] for key in prompt.responses.values_list("key", flat=True)]
        record_judgement(
            prompt=prompt, annotator=admin, judgement=Judgement(tiers=tiers), source=Ranking.Source.IMPORT,
            idempotency_key=f"bench-{{prompt.pk}}",
        )
"""


def text(draw: random.Random, low: int, high: int) -> str:
    """Paragraphs of words, as long as real prompts and responses are."""
    words = draw.choices(TEXT.split(), k=draw.randint(low, high))
    return "\n\n".join(" ".join(words[start : start + 60]).capitalize() + "." for start in range(0, len(words), 60))


def fill(podium: Podium, token: str, slug: str, prompts: int, **fields: Any) -> None:
    draw = random.Random(SEED)
    call(podium, token, "POST", "/projects/", {"slug": slug, "name": slug.capitalize(), **fields})
    rows = [
        {
            "id": f"p-{number}",
            "prompt": text(draw, 20, 120),
            "responses": [text(draw, 60, 260) for _ in range(RESPONSES)],
        }
        for number in range(prompts)
    ]
    for start in range(0, prompts, CHUNK):
        call(podium, token, "POST", f"/projects/{slug}/prompts/", rows[start : start + CHUNK])


def an_order(draw: random.Random) -> str:
    """What is typed: letters best to worst, `=` before a tied one, and one capital, which draws the line below it."""
    letters = list(string.ascii_lowercase[:RESPONSES])
    shown = letters.copy()
    while letters == shown:
        draw.shuffle(letters)
    ties = set(draw.sample(range(1, RESPONSES), draw.choice((0, 0, 1, 1, 2))))
    line = draw.randrange(RESPONSES)
    typed = [letter.upper() if place == line else letter for place, letter in enumerate(letters)]
    return "".join(f"={letter}" if place in ties else letter for place, letter in enumerate(typed))


def said(order: str, shown: Sequence[str]) -> tuple[list[set[str]], set[str]]:
    """What the typed order means: tiers, and what may be shown, which is the tier of the capital and all above it."""
    tiers: list[set[str]] = []
    line = 0
    for at, letter in enumerate(order):
        if letter == "=":
            continue
        if at == 0 or order[at - 1] != "=":
            tiers.append(set())
        tiers[-1].add(shown[ord(letter.lower()) - ord("a")])
        line = len(tiers) if letter.isupper() else line
    return tiers, set().union(*tiers[:line])


def content(ranking: dict[str, Any]) -> tuple[list[set[str]], set[str]]:
    return [set(tier) for tier in ranking["tiers"]], set(ranking["acceptable"])


def rank_series(page: Page, orders: Sequence[str], think_seconds: float) -> list[int]:
    """Rank one prompt after another; the key presses that each took."""
    presses = []
    for order in orders:
        page.wait_for_timeout(1000 * think_seconds)
        before = page.locator("[data-task]").get_attribute("data-task")
        for key in order:
            page.keyboard.press(f"Shift+{key}" if key.isupper() else key)
        page.keyboard.press("Enter")
        page.wait_for_function("(task) => document.querySelector('[data-task]')?.dataset.task !== task", arg=before)
        presses.append(page.evaluate("bench.presses"))
    return [after - before for before, after in zip([0, *presses], presses, strict=False)]


def spread(numbers: Sequence[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(numbers), 1),
        "p95_ms": round(statistics.quantiles(numbers, n=20)[-1], 1),
        "n": len(numbers),
    }


def measure(
    page: Page, podium: Podium, token: str, slug: str, orders: Sequence[str], think_seconds: float
) -> dict[str, Any]:
    page.goto(f"{podium.url}/projects/{slug}/rank/")
    page.locator("[data-reason]:not(:empty)").wait_for()
    page.wait_for_load_state("networkidle")
    known = {ranking["id"] for ranking in rankings_of(podium, token, slug)}
    presses = rank_series(page, orders, think_seconds)
    page.wait_for_load_state("networkidle")
    stored = [ranking for ranking in rankings_of(podium, token, slug) if ranking["id"] not in known]
    pairs = list(zip(orders, stored, strict=True))
    return {
        "rankings_stored_as_typed": sum(
            said(order, ranking["display_order"]) == content(ranking) for order, ranking in pairs
        ),
        "presses_over_letters_ties_enter": max(
            took - len(order) - 1 for took, order in zip(presses, orders, strict=True)
        ),
        "presses_per_ranking": round(statistics.mean(presses), 2),
        "enter_to_next": spread(page.evaluate("bench.latencies")),
        "server_rank_next": spread(page.evaluate(TIMINGS, "/rank/next/")),
        "server_post_ranking": spread(page.evaluate(TIMINGS, "/ranking/")),
    }


def rankings_of(podium: Podium, token: str, slug: str) -> list[dict[str, Any]]:
    """Those that were made in the browser, oldest first."""
    found: list[dict[str, Any]] = []
    path: str | None = f"/projects/{slug}/rankings/?page_size=1000"
    while path:
        answer = call(podium, token, "GET", path)
        found += answer["results"]
        path = answer["next"] and answer["next"].split("/api/v1")[1]
    return found


def sign_in(page: Page, podium: Podium) -> None:
    page.goto(f"{podium.url}/accounts/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{podium.url}/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rankings", type=int, default=100)
    parser.add_argument("--prompts", type=int, default=5000)
    options = parser.parse_args()
    draw = random.Random(SEED)
    orders = [an_order(draw) for _ in range(options.rankings)]
    with running_podium() as (podium, token), sync_playwright() as playwright:
        fill(podium, token, "fresh", options.prompts)
        fill(podium, token, "worn", options.prompts, overlap=2)
        rest = options.prompts - options.rankings - 2
        podium.manage("shell", "-v", "0", "-c", RANK_THE_REST.format(count=rest))
        page = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"]).new_page(
            viewport={"width": 1440, "height": 900}
        )
        page.add_init_script(WATCH)
        sign_in(page, podium)
        series = {
            "thinking": measure(page, podium, token, "fresh", orders, THINK_SECONDS),
            "without_thinking": measure(page, podium, token, "fresh", orders, 0),
            "mostly_ranked": measure(page, podium, token, "worn", orders, 0),
        }
        page.context.browser and page.context.browser.close()
    median = series["thinking"]["enter_to_next"]["median_ms"]
    report(
        prompts=options.prompts,
        responses=RESPONSES,
        think_seconds=THINK_SECONDS,
        **series,
        ratio=round(median / ALLOWED_MS, 2),
    )


if __name__ == "__main__":
    main()
