"""What the page about agreement reads: hand-worked numbers over a few rankings, tallied through the services."""

from datetime import UTC, date, datetime

import pytest

from labeling.models import AgreementTotal, PromptStatistics, Ranking
from labeling.selectors.agreement import agreement_of, agreement_report, project_agreement
from labeling.services.exclusions import exclude_annotator
from labeling.services.members import add_member
from labeling.services.projects import create_project, update_project
from labeling.services.tallies import refresh_tallies
from labeling.statistics.agreement import AgreementSums
from tests.factories import make_prompts, rank


@pytest.fixture
def shared(project):
    """Two prompts that three people may rank."""
    update_project(project=project, overlap=3)
    return make_prompts(project, "p1", "p2")


@pytest.fixture
def disagreeing(shared, project, ada, max):
    """On p1 all three pairs alike; on p2 one of the two pairs that both ordered."""
    rank(ada, shared[0], "r1 > r2 > r3")
    rank(ada, shared[1], "r1 > r3 > r2")
    rank(max, shared[0], "r1 > r2 > r3")
    rank(max, shared[1], "r1 = r2 > r3")
    refresh_tallies(project=project)


def test_pairs_are_added_up_over_prompts_and_divided_once(disagreeing, project):
    overall = agreement_report(project).overall
    # p1: r1 r2, r1 r3, r2 r3 alike; p2: r1 r3 alike, r2 r3 not, r1 r2 tied by Max.
    assert (overall.pairs, overall.prompts, overall.share) == (5, 2, 4 / 5)
    assert overall.low < 4 / 5 < overall.high
    # tau-b is 1 on p1, and on p2 (1 - 1) / sqrt(2 x 3).
    assert overall.tau_b == pytest.approx((1 + 0) / 2)
    assert project_agreement(project) == overall


def test_the_other_measures_are_there(disagreeing, project):
    report = agreement_report(project)
    # W is 1 on p1. On p2 the rank sums are 2.5, 4.5 and 5: S = 3.5, most (4 x 24 - 2 x 6) / 12 = 7.
    assert report.kendalls_w == pytest.approx((1 + 3.5 / 7) / 2)
    assert 0 < report.alpha < 1
    assert (report.compared, report.alone) == (2, 0)


def test_everybody_is_named_with_the_least_agreement_first(disagreeing, shared, project, olga, ada, max):
    add_member(project=project, user=olga, role="annotator")
    rank(olga, shared[0], "r3 > r2 > r1")
    refresh_tallies(project=project)
    found = agreement_report(project).annotators
    assert [(person.id, person.name) for person in found] == [(olga.pk, "olga"), (ada.pk, "ada"), (max.pk, "max")]
    assert (found[0].agreement.share, found[0].agreement.pairs) == (0, 6)


def test_a_prompt_counts_in_the_week_of_its_latest_ranking(disagreeing, shared, project):
    thursday = datetime(2026, 3, 5, 12, tzinfo=UTC)
    Ranking.objects.filter(prompt=shared[0]).update(tallied=False, created_at=thursday)
    refresh_tallies(project=project)
    first, second = agreement_report(project).weeks
    assert (first.monday, first.agreement.pairs) == (date(2026, 3, 2), 3)
    assert second.agreement.pairs == 2


def test_a_cohort_is_compared_within_itself(shared, project, ada, max, olga):
    add_member(project=project, user=olga, role="annotator", cohort=["nl"])
    add_member(project=project, user=ada, role="annotator", cohort=["nl", "night"])
    for person in (ada, max, olga):
        rank(person, shared[0], "r3 > r2 > r1" if person == max else "r1 > r2 > r3")
    refresh_tallies(project=project)
    (cohort,) = agreement_report(project).cohorts
    assert (cohort.name, cohort.agreement.share, cohort.agreement.pairs) == ("nl", 1, 3)


def test_ratings_are_compared_by_dimension_in_the_projects_order(shared, project, ada, max):
    keys = dict(shared[0].responses.values_list("external_id", "key"))
    for person, ratings in ((ada, {"r1": 5, "r2": 3, "r3": 1}), (max, {"r1": 4, "r2": 2, "r3": 3})):
        said = {keys[name]: {"relevance": rating, "coherence": 3} for name, rating in ratings.items()}
        rank(person, shared[0], "r1 > r2 > r3", ratings=said)
    refresh_tallies(project=project)
    (relevance,) = agreement_report(project).dimensions
    # Everybody rates coherence alike: there is nothing to tell apart, and it is not listed.
    assert (relevance.name, relevance.agreement.pairs, relevance.agreement.share) == ("relevance", 3, 2 / 3)
    assert relevance.alpha is not None


def test_rankings_that_nobody_else_made_are_counted_and_not_compared(shared, project, ada):
    rank(ada, shared[0], "r1 > r2 > r3")
    refresh_tallies(project=project)
    report = agreement_report(project)
    assert report.overall is None
    assert (report.compared, report.alone) == (0, 1)
    assert report.weeks == report.annotators == report.cohorts == report.dimensions == []


def test_who_is_set_aside_is_in_none_of_it(disagreeing, project, ada, max):
    exclude_annotator(project=project, annotator=ada, reason="Random.", manager=max)
    refresh_tallies(project=project)
    report = agreement_report(project)
    assert report.overall is None
    assert report.annotators == []
    assert (report.compared, report.alone) == (0, 2)


def test_an_empty_project_has_no_figures(project):
    report = agreement_report(project)
    assert (report.overall, report.alpha, report.kendalls_w, report.compared) == (None, None, None, 0)


def test_another_projects_totals_stay_out(disagreeing, project, admin):
    other = create_project(creator=admin, slug="other", name="Other")
    assert agreement_report(other).overall is None
    assert AgreementTotal.objects.filter(project=project).exists()
    assert not PromptStatistics.objects.filter(project=other).exists()


def test_no_pair_is_no_agreement():
    assert agreement_of(AgreementSums()) is None
