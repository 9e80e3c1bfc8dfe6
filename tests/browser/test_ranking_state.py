"""The order as plain data, in the browser that runs it: nothing is lost, and every step can be undone."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

import labeling

pytestmark = pytest.mark.browser

MODULES = Path(labeling.__file__).parent / "static" / "labeling" / "js" / "rank"
IDS = ["a", "b", "c", "d", "e"]
LINE = "|"

# What the page can do in a state: a chip can be dropped beside what is in the row, and so on.
RUN = """async () => {
  const { move } = await import("/moves.js");
  const { begin, step, undo, redo } = await import("/history.js");
  const { EMPTY, isRanked } = await import("/state.js");
  const { contentOf, stateFrom } = await import("/content.js");
  const isIn = (state, id) => (id === "|" ? state.line !== null : isRanked(state, id));
  const possible = (state, ties, [name, id, detail]) =>
    !(["show", "lift"].includes(name) && !isIn(state, id)) &&
    !(name === "nudge" && id === "|" && state.line === null) &&
    !(name === "drop" && (id === detail.other || !isIn(state, detail.other) || (id === "|" && !isIn(state, id)))) &&
    !(name === "drop" && detail.how === "tie" && (!ties || id === "|" || detail.other === "|"));
  window.run = ({ ids, ties, steps }) => {
    let history = begin(EMPTY);
    const states = [EMPTY];
    for (const [name, ...details] of steps) {
      if (!possible(history.now, ties, [name, ...details])) continue;
      const [next] = move(name, { state: history.now, ids, ties }, ...details);
      history = step(history, next);
      if (history.now !== states.at(-1)) states.push(history.now);
    }
    const undone = [history.now];
    while (history.past.length) undone.push((history = undo(history)).now);
    const redone = [history.now];
    while (history.future.length) redone.push((history = redo(history)).now);
    const restored = (state) => contentOf(stateFrom(contentOf(state), ids, { ties, dimensions: [] }));
    const kept = states.map((state) => [contentOf(state), restored(state)]);
    return { states, undone: undone.reverse(), redone, kept };
  };
}"""

responses = st.sampled_from(IDS)
chips = st.sampled_from([*IDS, LINE])
steps = st.one_of(
    st.tuples(st.sampled_from(["rank", "drawBelow", "show", "lift"]), responses),
    st.tuples(st.sampled_from(["tie", "untie", "line", "none", "clear"])),
    st.tuples(st.just("place"), responses, st.integers(1, 5)),
    st.tuples(st.just("nudge"), chips, st.sampled_from([-1, 1])),
    st.tuples(st.just("lift"), st.just(LINE)),
    st.tuples(
        st.just("drop"),
        chips,
        st.fixed_dictionaries({"how": st.sampled_from(["tie", "before", "after"]), "other": chips}),
    ),
)


@pytest.fixture
def modules(page: Page) -> Page:
    """A page that has the modules of the ranking page and nothing else."""
    page.route("http://modules.test/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.route(
        "http://modules.test/*.js",
        lambda route: route.fulfill(path=MODULES / route.request.url.rsplit("/")[-1], content_type="text/javascript"),
    )
    page.goto("http://modules.test/")
    page.evaluate(RUN)
    return page


def run(page: Page, *steps: Any, ties: bool = True, ids: list[str] = IDS) -> dict[str, Any]:
    outcome: dict[str, Any] = page.evaluate("world => window.run(world)", {"ids": ids, "ties": ties, "steps": steps})
    return outcome


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(done=st.lists(steps, max_size=25), ties=st.booleans())
@example(done=[("place", "d", 2), ("tie",), ("lift", "d"), ("rank", "a")], ties=True)
def test_whatever_is_done_the_order_stays_sound_and_every_step_comes_back(modules, done, ties):
    outcome = run(modules, *done, ties=ties)

    for state in outcome["states"]:
        check_sound(state, ties=ties)
    assert outcome["undone"] == outcome["states"]
    assert outcome["redone"] == outcome["states"]
    for content, restored in outcome["kept"]:
        assert restored == content


def check_sound(state: dict[str, Any], *, ties: bool) -> None:
    tiers, line = state["tiers"], state["line"]
    ranked = [id for tier in tiers for id in tier]
    assert len(ranked) == len(set(ranked))
    assert set(ranked) <= set(IDS)
    assert line is None or 0 <= line <= len(tiers)
    assert not tiers or tiers[-1], "a gap below all others"
    if len(ranked) == len(IDS):
        assert all(tiers), "a gap in a complete order"
        assert not state["tying"]
    if not ties:
        assert all(len(tier) < 2 for tier in tiers)
    assert not state["tying"] or ranked


def last(page: Page, *steps: Any, **world: Any) -> tuple[str, Any]:
    """The order and the line after these steps: "b > a = d", 2."""
    state = run(page, *steps, **world)["states"][-1]
    return " > ".join(" = ".join(tier) for tier in state["tiers"]), state["line"]


def ranks(order: str) -> list[tuple[str, ...]]:
    return [("tie",) if sign == "=" else ("rank", sign) for sign in order]


def test_a_sign_after_the_last_one_ties_it_and_again_parts_it(modules):
    four = ["a", "b", "c", "d"]
    assert last(modules, *ranks("bacd"), ("tie",), ids=four) == ("b > a > c = d", None)
    assert last(modules, *ranks("bacd"), ("tie",), ("tie",), ids=four) == ("b > a > c > d", None)


def test_what_moves_over_the_line_changes_sides(modules):
    drawn = [*ranks("ba"), ("line",), *ranks("cd")]
    assert last(modules, *drawn) == ("b > a > c > d", 2)
    assert last(modules, *drawn, ("nudge", "c", -1)) == ("b > a > c > d", 3)
    assert last(modules, *drawn, ("drop", "d", {"how": "tie", "other": "b"})) == ("b = d > a > c", 2)
    assert last(modules, *drawn, ("drop", LINE, {"how": "before", "other": "a"})) == ("b > a > c > d", 1)


def test_a_line_whose_responses_are_all_taken_out_says_nothing_any_more(modules):
    assert last(modules, ("drawBelow", "a"), ("lift", "a")) == ("", None)
    assert last(modules, ("none",), ("rank", "a"), ("lift", "a")) == ("", 0)


def test_digits_leave_gaps_until_all_have_a_place(modules):
    three = ["a", "b", "c"]
    assert last(modules, ("place", "c", 3), ids=three) == (" >  > c", None)
    assert last(modules, ("place", "c", 3), ("place", "a", 1), ("place", "b", 3), ids=three) == ("a > c = b", None)
    without_ties = {"ids": three, "ties": False}
    assert last(modules, *ranks("abc"), ("place", "a", 3), **without_ties) == ("b > c > a", None)
