"""Statistics kept by deltas are those that a fresh count gives, whatever has happened on the way."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from labeling.judgements import Judgement
from labeling.models import (
    AgreementTotal,
    AssignmentKind,
    CheckResult,
    CoincidenceTotal,
    PromptStatistics,
    Ranking,
    RankingFacts,
)
from labeling.services.assignments import adjudicate_prompt
from labeling.services.exclusions import exclude_annotator, include_annotator
from labeling.services.lending import lend_outside
from labeling.services.members import add_member
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.rankings import record_judgement, revise_ranking, submit_ranking
from labeling.services.tallies import refresh_tallies
from tests.factories import make_prompts, rank, rank_next, tiers_of

pytestmark = pytest.mark.django_db
Group = AgreementTotal.Group


@pytest.fixture
def crowd(project) -> list[User]:
    """Grace, Alan and Kurt; the first two are of the cohort `uk`."""
    update_project(project=project, overlap=3)
    people = [User.objects.create_user(name) for name in ("grace", "alan", "kurt")]
    for user, cohort in zip(people, (["uk"], ["uk"], []), strict=True):
        add_member(project=project, user=user, role="annotator", cohort=cohort)
    return people


def total(group: str, name: str = "", dimension: str = "") -> tuple[int, int]:
    """(agreed, pairs) over all weeks."""
    rows = AgreementTotal.objects.filter(group=group, name=name, dimension=dimension)
    sums = rows.aggregate(a=Sum("agreed", default=0), p=Sum("pairs", default=0))
    return sums["a"], sums["p"]


def picture() -> tuple[object, ...]:
    """Everything that the tallies hold, without the rows that have come to nothing."""
    sums = ("prompts", "agreed", "pairs", "agreed_squared", "agreed_times_pairs", "pairs_squared", "taus")
    totals = AgreementTotal.objects.exclude(prompts=0, taus=0).order_by("dimension", "group", "name", "week")
    coincidences = CoincidenceTotal.objects.order_by("dimension", "lower", "higher")
    return (
        [(t.dimension, t.group, t.name, t.week, *(getattr(t, s) for s in sums), round(t.tau_sum, 9)) for t in totals],
        [(c.dimension, c.lower, c.higher, round(c.weight, 9)) for c in coincidences if round(c.weight, 9)],
        list(PromptStatistics.objects.order_by("pk").values_list("prompt", "rankings", "agreement", "adjudicated")),
        sorted(RankingFacts.objects.values_list("ranking", "first_slot", "length_pairs")),
        sorted(CheckResult.objects.values_list("ranking", "agreed", "reversed", "tied")),
    )


def count_afresh() -> None:
    for model in (AgreementTotal, CoincidenceTotal, PromptStatistics, RankingFacts, CheckResult):
        model.objects.all().delete()
    Ranking.objects.update(tallied=False)


def test_agreement_of_everybody_of_each_and_of_a_cohort(project, crowd):
    (prompt,) = make_prompts(project, "p-1")
    for user, order in zip(crowd, ("r1 > r2 > r3", "r1 > r3 > r2", "r3 > r2 > r1"), strict=True):
        rank(user, prompt, order)

    assert refresh_tallies(project=project) == 1

    # Grace and Alan differ in one of three pairs; Kurt agrees with Grace in none and with Alan in one.
    assert total(Group.EVERYBODY) == (3, 9)
    assert total(Group.ANNOTATOR, str(crowd[0].pk)) == (2, 6)
    assert total(Group.ANNOTATOR, str(crowd[2].pk)) == (1, 6)
    assert total(Group.COHORT, "uk") == (2, 3)
    statistics = PromptStatistics.objects.get()
    assert statistics.agreement == pytest.approx(1 / 3)
    assert statistics.week <= date.today()
    assert statistics.week.weekday() == 0


def test_each_dimension_has_its_own(project, crowd):
    (prompt,) = make_prompts(project, "p-1")
    keys = dict(prompt.responses.values_list("external_id", "key"))
    for user, ratings in ((crowd[0], (5, 3, 1)), (crowd[1], (4, 2, 2))):
        said = {keys[f"r{n}"]: {"coherence": rating} for n, rating in enumerate(ratings, 1)}
        rank(user, prompt, "r1 > r2 > r3", ratings=said)

    refresh_tallies(project=project)

    assert total(Group.EVERYBODY, dimension="coherence") == (2, 2), "the pair that one of them tied says nothing"
    met = CoincidenceTotal.objects.filter(dimension="coherence").values_list("lower", "higher", "weight")
    assert sorted(met) == [(1.0, 2.0, 1.0), (2.0, 3.0, 1.0), (4.0, 5.0, 1.0)]


def test_where_something_stood_is_known_of_what_was_shown_here_alone(project, crowd):
    shown, imported = make_prompts(project, "p-1", "p-2")
    rank_next(crowd[0], project)
    record_judgement(
        prompt=imported,
        annotator=crowd[0],
        judgement=Judgement(tiers=tiers_of(imported, "r1 > r2 > r3")),
        source=Ranking.Source.IMPORT,
        idempotency_key="votes",
    )

    refresh_tallies(project=project)

    known = RankingFacts.objects.order_by("ranking").values_list("ranking__prompt", "first_slot", "as_shown")
    assert list(known) == [(shown.pk, 1, True), (imported.pk, None, False)]


def test_nothing_new_costs_nothing(project, crowd):
    rank(crowd[0], make_prompts(project, "p-1")[0], "r1 > r2 > r3")

    assert refresh_tallies(project=project) == 1
    assert refresh_tallies(project=project) == 0


def test_deltas_come_to_what_a_fresh_count_gives(project, crowd, ada, max):
    prompts = make_prompts(project, "p-1", "p-2", "p-3")
    rankings = [
        rank(user, prompt, order)
        for prompt, orders in zip(
            prompts,
            (
                ("r1 > r2 > r3", "r1 > r3 > r2", "r3 > r2 > r1"),
                ("r1 = r2 > r3", "r2 > r1 > r3", "r1 > r2 = r3"),
                ("r1 > r2 > r3",),
            ),
            strict=True,
        )
        for user, order in zip(crowd, orders, strict=False)
    ]
    refresh_tallies(project=project)
    revise_ranking(
        ranking=rankings[2], judgement=Judgement(tiers=tiers_of(prompts[0], "r1 > r2 > r3")), idempotency_key="again"
    )
    refresh_tallies(project=project)
    exclusion = exclude_annotator(project=project, annotator=crowd[1], reason="?", manager=max)
    refresh_tallies(project=project)
    without = picture()
    count_afresh()
    refresh_tallies(project=project)
    assert picture() == without

    include_annotator(exclusion=exclusion, reason="!", manager=max)
    add_member(project=project, user=crowd[2], role="annotator", cohort=["uk", "vienna"])
    rank(ada, prompts[2], "r3 > r1 > r2")
    refresh_tallies(project=project, most=1)
    refresh_tallies(project=project)
    kept = picture()
    count_afresh()
    refresh_tallies(project=project)

    assert picture() == kept
    assert kept != without


def test_a_cohort_that_is_given_later_counts_for_earlier_rankings(project, crowd):
    (prompt,) = make_prompts(project, "p-1")
    for user in crowd:
        rank(user, prompt, "r1 > r2 > r3")
    refresh_tallies(project=project)

    add_member(project=project, user=crowd[2], role="annotator", cohort=["uk"])
    refresh_tallies(project=project)

    assert total(Group.COHORT, "uk") == (9, 9)


def submit(assignment, order: str) -> Ranking:
    judgement = Judgement(tiers=tiers_of(assignment.prompt, order))
    return submit_ranking(assignment=assignment, judgement=judgement, idempotency_key="once")[0]


def test_a_gold_check_is_measured_against_its_expected_order(project, crowd, max):
    (prompt,) = make_prompts(project, "g-1")
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2 > r3"), explanation="", user=max)
    lent = lend_outside(prompt=prompt, annotator=crowd[0], kind=AssignmentKind.GOLD, now=timezone.now())
    submit(lent, "r1 = r2 > r3")

    refresh_tallies(project=project)

    assert CheckResult.objects.values_list("agreed", "reversed", "tied").get() == (2, 0, 1)
    assert not RankingFacts.objects.exists()
    assert total(Group.EVERYBODY) == (0, 0)


def test_a_new_expected_order_measures_old_checks_anew(project, crowd, max):
    (prompt,) = make_prompts(project, "g-1")
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2 > r3"), explanation="", user=max)
    submit(
        lend_outside(prompt=prompt, annotator=crowd[0], kind=AssignmentKind.GOLD, now=timezone.now()), "r1 > r2 > r3"
    )
    refresh_tallies(project=project)

    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r3 > r1"), explanation="", user=max)
    refresh_tallies(project=project)

    assert CheckResult.objects.values_list("agreed", "reversed", "tied").get() == (0, 1, 0)


def test_a_repeat_is_measured_against_the_first_time(project, crowd):
    (prompt,) = make_prompts(project, "p-1")
    rank(crowd[0], prompt, "r1 > r2 > r3")
    submit(
        lend_outside(prompt=prompt, annotator=crowd[0], kind=AssignmentKind.REPEAT, now=timezone.now()), "r2 > r1 > r3"
    )

    refresh_tallies(project=project)

    assert CheckResult.objects.values_list("agreed", "reversed", "tied").get() == (2, 1, 0)
    assert RankingFacts.objects.count() == 1


def test_whoever_decides_is_not_heard_twice(project, crowd, max):
    (prompt,) = make_prompts(project, "p-1")
    rank(max, prompt, "r1 > r2 > r3")
    rank(crowd[0], prompt, "r3 > r2 > r1")
    submit(adjudicate_prompt(prompt=prompt, manager=max), "r3 > r1 > r2")

    refresh_tallies(project=project)

    assert [(r.annotator, r.kind) for r in Ranking.objects.counting()] == [(crowd[0], "work"), (max, "adjudication")]
    assert total(Group.EVERYBODY) == (0, 3), "what they said before was an opinion of its own"
    assert PromptStatistics.objects.get().rankings == 2


def test_an_adjudication_settles_and_is_no_independent_opinion(project, crowd, max):
    (prompt,) = make_prompts(project, "p-1")
    rank(crowd[0], prompt, "r1 > r2 > r3")
    rank(crowd[1], prompt, "r3 > r2 > r1")
    submit(adjudicate_prompt(prompt=prompt, manager=max), "r1 > r2 > r3")

    refresh_tallies(project=project)

    assert total(Group.EVERYBODY) == (0, 3)
    assert PromptStatistics.objects.get().adjudicated
