"""What somebody is told of their own work."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from labeling.effort import Effort
from labeling.judgements import Judgement
from labeling.models import Ranking
from labeling.selectors import history
from labeling.selectors.history import history_page
from labeling.selectors.work import OwnCounts, own_agreement, own_counts, own_pace
from labeling.services.projects import create_project, update_project
from labeling.services.rankings import revise_ranking
from tests.factories import make_prompts, rank, tiers_of

# A Wednesday.
NOON = datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def at_noon_in_berlin(settings, monkeypatch):
    settings.TIME_ZONE = "Europe/Berlin"
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def revise(ranking: Ranking, order: str, **said) -> Ranking:
    judgement = Judgement(tiers=tiers_of(ranking.prompt, order), **said)
    return revise_ranking(ranking=ranking, judgement=judgement, idempotency_key=f"revises-{ranking.pk}")[0]


def made(ranking: Ranking, hours_ago: float) -> None:
    Ranking.objects.filter(pk=ranking.pk).update(created_at=NOON - timedelta(hours=hours_ago))


def test_today_begins_at_midnight_and_the_week_on_monday(at_noon_in_berlin, project, ada):
    hours = [1, 11.9, 12.1, 59.9, 60.1]
    prompts = make_prompts(project, *(f"p-{number}" for number in range(len(hours))))
    for prompt, hours_ago in zip(prompts, hours, strict=True):
        made(rank(ada, prompt, "r1 > r2 > r3"), hours_ago)

    assert own_counts(ada, project) == own_counts(ada) == OwnCounts(today=2, week=4, total=5)


def test_a_revision_does_not_count_twice_and_other_projects_not_at_all(project, ada, max):
    revise(rank(ada, make_prompts(project, "p-1")[0], "r1 > r2 > r3"), "r3 > r2 > r1")
    other = create_project(creator=ada, slug="other", name="Other")
    rank(ada, make_prompts(other, "p-1")[0], "r1 > r2 > r3")

    assert own_counts(ada, project).total == 1
    assert own_counts(ada).total == 2
    assert own_counts(max) == OwnCounts(0, 0, 0)


def test_what_was_seeded_under_my_name_is_no_work_of_today(ada, prompt):
    Ranking.objects.filter(pk=rank(ada, prompt, "r1 > r2 > r3").pk).update(source=Ranking.Source.DEMO)

    assert own_counts(ada) == OwnCounts(today=0, week=0, total=1)


def test_the_pace_is_the_median_of_the_last_twenty(project, ada):
    prompts = make_prompts(project, *(f"p-{number}" for number in range(22)))
    for number, prompt in enumerate(prompts):
        seconds = 1000.0 if number < 2 else 10.0 + number
        rank(ada, prompt, "r1 > r2 > r3", effort=Effort(active_seconds=seconds))

    # 12 to 31 seconds remain: the middle ones are 21 and 22.
    assert own_pace(ada, project) == 21.5


def test_the_pace_leaves_out_revisions_and_what_was_not_timed(project, ada):
    first, second = make_prompts(project, "p-1", "p-2")
    ranking = rank(ada, first, "r1 > r2 > r3", effort=Effort(active_seconds=40.0))
    revise(ranking, "r3 > r2 > r1", effort=Effort(active_seconds=2.0))
    rank(ada, second, "r1 > r2 > r3")

    assert own_pace(ada) == 40.0


def test_without_a_timed_ranking_there_is_no_pace(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    assert own_pace(ada) is None


def test_agreement_compares_shared_prompts_with_everybody_else(project, ada, max, admin):
    update_project(project=project, overlap=3)
    first, second, alone = make_prompts(project, "p-1", "p-2", "p-3")
    # Against Max 3 of 3 and 1 of 2 pairs, against the admin 0 of 3.
    rank(ada, first, "r1 > r2 > r3")
    rank(max, first, "r1 > r2 > r3")
    rank(admin, first, "r3 > r2 > r1")
    rank(ada, second, "r1 > r2 > r3")
    revise(rank(max, second, "r3 > r2 > r1"), "r2 > r1 = r3")
    rank(ada, alone, "r1 > r2 > r3")

    agreement = own_agreement(ada, project)

    assert (agreement.pairs.agreed, agreement.pairs.pairs, agreement.prompts) == (4, 8, 2)
    assert agreement.percent == 50


def test_with_nobody_else_there_is_no_agreement(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    assert (own_agreement(ada, project).percent, own_agreement(ada, project).prompts) == (None, 0)


def test_the_history_pages_through_everything_once_there_and_back(monkeypatch, project, ada, max):
    monkeypatch.setattr(history, "PAGE", 2)
    prompts = make_prompts(project, *(f"p-{number}" for number in range(4)))
    all_of_them = [rank(ada, prompt, "r1 > r2 > r3") for prompt in prompts]
    all_of_them.append(revise(all_of_them[0], "r3 > r2 > r1"))
    update_project(project=project, overlap=2)
    rank(max, prompts[0], "r1 > r2 > r3")

    newest = history_page(ada)
    middle = history_page(ada, before=newest.older)
    oldest = history_page(ada, before=middle.older)

    assert [*newest.rankings, *middle.rankings, *oldest.rankings] == all_of_them[::-1]
    assert (newest.newer, oldest.older) == (None, None)
    assert history_page(ada, after=oldest.newer).rankings == middle.rankings
    assert history_page(ada, after=middle.newer).rankings == newest.rankings
    assert history_page(max, before=0).rankings == []
