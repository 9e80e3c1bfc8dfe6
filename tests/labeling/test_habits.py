"""What the tables tell of each annotator, added up by the database: numbers worked by hand."""

import pytest

from labeling.effort import Effort
from labeling.judgements import Judgement
from labeling.models import RankingFacts
from labeling.selectors.annotators import SORTS, annotators_table, sorted_annotators
from labeling.selectors.habits import habits_of
from labeling.selectors.work import PACE_OVER, own_pace
from labeling.services.exclusions import exclude_annotator
from labeling.services.members import add_member, remove_member
from labeling.services.projects import create_project, update_project
from labeling.services.rankings import revise_ranking
from labeling.services.tallies import refresh_tallies
from labeling.statistics.agreement import AgreementSums
from labeling.statistics.signals import AnnotatorSums
from tests.factories import make_prompts, rank, tiers_of


@pytest.fixture
def prompts(project):
    """Four prompts for two annotators each; the last has two responses."""
    update_project(project=project, overlap=2)
    make_prompts(project, "p-1", "p-2", "p-3")
    make_prompts(project, "p-4", responses=["One.", "Two."])
    project.refresh_from_db()
    return list(project.prompts.order_by("pk"))


def found(project):
    refresh_tallies(project=project)
    return habits_of(project)


def test_agreement_is_everybody_s_with_that_of_each_and_of_the_others(project, ada, max, prompts):
    rank(ada, prompts[0], "r1 > r2 > r3")
    rank(max, prompts[0], "r1 > r3 > r2")

    habits = found(project)

    # Of three pairs they order two alike: once overall, and once for each of them against the others.
    assert habits.of(ada.pk).agreement.share == habits.of(max.pk).agreement.share == pytest.approx(2 / 3)
    assert (habits.everybody.agreement.agreed, habits.everybody.agreement.pairs) == (2, 3)
    others = habits.everybody.agreement - habits.removed[ada.pk]
    assert (others.pairs, others.prompts) == (0, 0)


def test_facts_are_added_up_by_annotator_and_number_of_responses(project, ada, max, prompts):
    for prompt in prompts[:3]:
        rank(ada, prompt, "r1 > r2 > r3", effort=Effort(active_seconds=0.01))
    rank(ada, prompts[3], "r1 = r2", effort=Effort(active_seconds=500.0))
    rank(max, prompts[0], "r1 > r2 > r3")
    # As though they had been shown so; "Three." is the longest of three, and "One." as long as "Two.".
    facts = RankingFacts.objects.filter(annotator=ada, responses=3)
    refresh_tallies(project=project)
    for slot, row in zip((1, 1, 3), facts.order_by("pk"), strict=True):
        RankingFacts.objects.filter(pk=row.pk).update(first_slot=slot, as_shown=slot == 1, longest_first=slot == 3)

    habits = habits_of(project)
    own = habits.of(ada.pk)

    assert own.first_slots == {3: (2, 0, 1)}
    assert own.longest_first == {3: (1, 3)}
    assert own.as_shown == {2: (0, 1), 3: (2, 3)}
    assert own.all_tied == {2: (1, 1), 3: (0, 3)}
    assert (own.timed, own.too_fast) == (4, 3)
    assert (habits.rankings, habits.of(max.pk).timed) == ({ada.pk: 4, max.pk: 1}, 0)
    assert habits.everybody.all_tied == {2: (1, 1), 3: (0, 4)}


def test_the_sums_are_what_the_facts_add_up_to_one_by_one(project, ada, prompts):
    for prompt, order in zip(prompts, ("r1 > r2 > r3", "r3 > r1 = r2", "r1 = r2 = r3", "r2 > r1"), strict=True):
        rank(ada, prompt, order, effort=Effort(active_seconds=20.0))
    refresh_tallies(project=project)

    one_by_one = [sums_of(facts) for facts in RankingFacts.objects.all()]

    assert len(one_by_one) == 4
    assert habits_of(project).of(ada.pk) == sum(one_by_one, AnnotatorSums())


def sums_of(facts: RankingFacts) -> AnnotatorSums:
    """Of one ranking alone."""
    size, slot, longest = facts.responses, facts.first_slot, facts.longest_first
    return AnnotatorSums(
        timed=int(facts.too_fast is not None),
        too_fast=int(bool(facts.too_fast)),
        first_slots={} if slot is None else {size: tuple(int(place == slot) for place in range(1, size + 1))},
        longest_first={} if longest is None else {size: (int(longest), 1)},
        as_shown={size: (int(facts.as_shown), 1)},
        all_tied={size: (int(facts.all_tied), 1)},
    )


def test_nobody_s_habits_hold_what_is_set_aside(project, ada, max, prompts):
    for user in (ada, max):
        rank(user, prompts[0], "r1 > r2 > r3")
    exclude_annotator(project=project, annotator=ada, reason="Too fast.", manager=max)

    habits = found(project)

    assert set(habits.rankings) == {max.pk}
    assert habits.of(ada.pk).agreement == habits.of(max.pk).agreement == AgreementSums()


def test_pace_is_the_median_of_the_last_rankings_here_without_revisions(project, ada, max, admin, prompts):
    elsewhere = create_project(creator=ada, slug="elsewhere", name="Elsewhere")
    rank(ada, make_prompts(elsewhere, "p-1")[0], "r1 > r2 > r3", effort=Effort(active_seconds=999.0))
    made = make_prompts(project, *(f"q-{number}" for number in range(PACE_OVER)))
    for number, prompt in enumerate([*prompts[:3], prompts[3], *made]):
        order = "r1 > r2" if prompt == prompts[3] else "r1 > r2 > r3"
        last = rank(ada, prompt, order, effort=Effort(active_seconds=1000.0 if number < 4 else 10.0 + number))
    rank(max, prompts[0], "r1 > r2 > r3")
    judgement = Judgement(tiers=tiers_of(last.prompt, "r3 > r2 > r1"), effort=Effort(active_seconds=1.0))
    revise_ranking(ranking=last, judgement=judgement, idempotency_key="revised")
    refresh_tallies(project=project)

    paces = {one.name: one.pace for one in annotators_table(project)}

    # 14, 15, … 33 seconds.
    assert paces == {"ada": 23.5, "max": None}
    assert paces["ada"] == own_pace(ada, project)


def test_the_table_holds_members_and_who_ranked_and_left(project, ada, max, olga, prompts):
    rank(ada, prompts[0], "r1 > r2 > r3")
    refresh_tallies(project=project)
    remove_member(project=project, user=ada)

    table = annotators_table(project, sort="name")

    assert [(one.name, one.state, one.member) for one in table] == [("ada", "left", False), ("max", "", True)]
    assert table[0].last_active is not None


def test_without_a_figure_one_comes_last_in_either_direction(project, ada, max, prompts):
    rank(ada, prompts[0], "r1 > r2 > r3")
    table = annotators_table(project)

    for name in SORTS:
        for sort in (name, f"-{name}"):
            ordered = sorted_annotators(table, sort)
            known = [SORTS[name](one) is not None for one in ordered]
            assert known == sorted(known, reverse=True)


def test_the_others_are_everybody_without_the_one_looked_at(project, ada, max, olga):
    """Ada and Max order everything alike, Olga the other way round: she does not lower what is expected of her."""
    update_project(project=project, overlap=3)
    add_member(project=project, user=olga, role="annotator")
    for prompt in make_prompts(project, *(f"p-{number}" for number in range(12))):
        for user, order in ((ada, "r1 > r2 > r3"), (max, "r1 > r2 > r3"), (olga, "r3 > r2 > r1")):
            rank(user, prompt, order)

    habits = found(project)

    (signal,) = [signal for signal in habits.signals_of(olga.pk) if signal.code == "others"]
    assert (signal.value, signal.expected, signal.n) == (0.0, 1.0, 12)
    assert "others" not in [signal.code for signal in habits.signals_of(ada.pk)]
