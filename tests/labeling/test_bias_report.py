"""What the page about bias reads, over rankings whose order on the screen is set by hand."""

import pytest

from labeling.judgements import Judgement
from labeling.models import Ranking
from labeling.selectors.bias import bias_report
from labeling.services.exclusions import exclude_annotator
from labeling.services.projects import update_project
from labeling.services.rankings import record_judgement
from labeling.services.tallies import refresh_tallies
from tests.factories import make_prompts, rank, tiers_of


@pytest.fixture
def prompts(project):
    """Four prompts for two people; r1 is the shortest response, r3 the longest."""
    update_project(project=project, overlap=2)
    return make_prompts(project, "p1", "p2", "p3", "p4", responses=["One.", "Two two.", "Three three three."])


def show(ranking: Ranking, order: str) -> None:
    """Set in which order the annotator saw the responses."""
    shown = [key for (key,) in tiers_of(ranking.prompt, order.replace(" ", " > "))]
    Ranking.objects.filter(pk=ranking.pk).update(display_order=shown)


def test_first_ranks_are_counted_by_slot(prompts, project, ada):
    for prompt, shown in zip(prompts, ["r1 r2 r3", "r1 r3 r2", "r2 r1 r3", "r3 r1 r2"], strict=True):
        show(rank(ada, prompt, "r1 > r2 = r3"), shown)
    refresh_tallies(project=project)
    report = bias_report(project)
    assert report.rankings == 4
    assert [(slot.slot, slot.hits, slot.trials) for slot in report.slots] == [(1, 2, 4), (2, 2, 4), (3, 0, 4)]
    (size,) = report.sizes
    assert (size.responses, size.rankings, size.slots) == (3, 4, report.slots)
    assert report.biased_slots == []


def test_a_tie_on_top_prefers_no_slot(prompts, project, ada):
    rank(ada, prompts[0], "r1 = r2 > r3")
    refresh_tallies(project=project)
    report = bias_report(project)
    assert (report.rankings, report.slots) == (0, [])
    assert report.annotators[0].slot is None


def test_who_takes_the_same_slot_every_time_is_marked_and_nobody_else(project, ada, max):
    update_project(project=project, overlap=2)
    prompts = make_prompts(project, *(f"p{number}" for number in range(12)))
    for number, prompt in enumerate(prompts):
        show(rank(ada, prompt, "r1 > r2 > r3"), "r1 r2 r3")
        show(rank(max, prompt, "r1 > r2 > r3"), ["r1 r2 r3", "r2 r1 r3", "r2 r3 r1"][number % 3])
    refresh_tallies(project=project)
    report = bias_report(project)
    found = {person.name: person for person in report.annotators}
    # Twelve of twelve at a chance of a third: p = 3 ** -12, after Holm over three slots and two people.
    assert found["ada"].slot.slot == 1
    assert found["ada"].p == pytest.approx(2 * 3 * 3**-12, rel=0.01)
    assert (found["ada"].prefers_slot, found["max"].prefers_slot) == (True, False)


def test_length_is_counted_by_prompt(prompts, project, ada, max):
    rank(ada, prompts[0], "r3 > r2 > r1")
    rank(ada, prompts[1], "r1 > r2 > r3")
    rank(max, prompts[0], "r3 > r1 > r2")
    refresh_tallies(project=project)
    report = bias_report(project)
    # Ada: 3 of 3 and 0 of 3; Max: 2 of 3. One prompt leans to the longer ones, one to the shorter.
    assert (report.length.share, report.length.pairs, report.length.prompts) == (5 / 9, 9, 2)
    assert (report.led_by_longer, report.led_by_shorter, report.length.p) == (1, 1, 1.0)
    assert (report.longest.rate, report.longest.rankings) == (2 / 3, 3)
    assert report.longest.expected == pytest.approx(1 / 3)
    assert {person.name: (person.longer.hits, person.longer.trials) for person in report.annotators} == {
        "ada": (3, 6),
        "max": (2, 3),
    }


def test_prompts_with_many_responses_have_squares_that_no_small_integer_holds(project, ada):
    responses = [{"id": f"r{number}", "content": "x" * number} for number in range(1, 27)]
    (prompt,) = make_prompts(project, "p1", responses=responses)
    rank(ada, prompt, " > ".join(f"r{number}" for number in range(1, 27)))
    refresh_tallies(project=project)
    (person,) = bias_report(project).annotators
    assert (person.longer.trials, person.longer.trials_squared) == (325, 325**2)


def test_nobody_knows_how_imported_responses_were_shown(prompts, project, ada):
    judgement = Judgement(tiers=tiers_of(prompts[0], "r1 > r2 > r3"))
    record_judgement(
        prompt=prompts[0], annotator=ada, judgement=judgement, source=Ranking.Source.IMPORT, idempotency_key="import"
    )
    refresh_tallies(project=project)
    report = bias_report(project)
    assert (report.slots, report.sizes) == ([], [])
    assert report.length.pairs == 3


def test_what_was_counted_is_counted_anew_when_rankings_change(prompts, project, ada, max):
    rank(ada, prompts[0], "r1 > r2 > r3")
    refresh_tallies(project=project)
    assert bias_report(project).rankings == 1
    rank(max, prompts[0], "r1 > r2 > r3")
    refresh_tallies(project=project)
    assert bias_report(project).rankings == 2
    exclude_annotator(project=project, annotator=ada, reason="Random.", manager=max)
    refresh_tallies(project=project)
    assert [person.name for person in bias_report(project).annotators] == ["max"]


def test_an_empty_project_has_nothing_to_test(project):
    report = bias_report(project)
    assert (report.slots, report.length, report.longest, report.annotators) == ([], None, None, [])
