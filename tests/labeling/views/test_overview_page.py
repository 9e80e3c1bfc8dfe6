import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.effort import Effort
from labeling.models import Project, Ranking
from labeling.selectors.overview import flagged_rankings, skipped_prompts, work_lately
from labeling.selectors.progress import project_progress
from labeling.services.assignments import skip_assignment
from labeling.services.exclusions import exclude_annotator
from labeling.services.projects import update_project
from tests.factories import lend, make_prompts, rank, tiers_of

QUALITY = ("Rankings a day", "Open disputes", "Expected end", "Flagged lately", "Skipped lately")


def overview(client: Client, project: Project) -> str:
    return client.get(reverse("project", args=[project.slug])).content.decode()


@pytest.fixture
def busy(project, ada, max) -> Project:
    """Two prompts ranked by both, differently on the first; two more that wait."""
    update_project(project=project, overlap=2)
    prompts = make_prompts(project, "p0", "p1", "p2", "p3")
    flags = {tiers_of(prompts[0], "r2")[0][0]: ["harmful"]}
    rank(ada, prompts[0], "r1 > r2 > r3", flags=flags, rationale="It <b>insults</b>.", effort=Effort(active_seconds=30))
    rank(max, prompts[0], "r3 > r2 > r1", effort=Effort(active_seconds=50))
    rank(ada, prompts[1], "r1 > r2 > r3")
    rank(max, prompts[1], "r1 > r2 > r3")
    return project


def test_annotators_see_what_they_saw_and_nothing_of_the_others(as_ada, busy):
    page = overview(as_ada, busy)
    assert "4 of 8 made" in page
    assert not [words for words in (*QUALITY, "Harmful", "insults") if words in page]


def test_managers_see_pace_agreement_and_disputes(as_max, busy):
    page = overview(as_max, busy)
    assert "2 annotators in the last 7 days" in page
    assert "40 s a ranking" in page
    assert "6 pairs on 2 prompts" in page
    assert f'<a href="{reverse("disputes", args=[busy.slug])}">1 prompt</a>' in page


def test_an_empty_project_has_no_figures(as_max, project):
    page = overview(as_max, project)
    assert not [words for words in QUALITY if words in page]


def test_without_rankings_nothing_is_foretold(as_max, project, prompts):
    page = overview(as_max, project)
    assert "nothing was ranked in the last two weeks" in page
    assert "each prompt goes to one person" in page


def test_the_days_are_a_file_for_managers_alone(as_max, as_ada, busy):
    path = reverse("project", args=[busy.slug])
    rows = list(csv.reader(as_max.get(path, {"format": "csv"}).content.decode().splitlines()))
    assert rows[0] == ["day", "rankings"]
    assert len(rows) == 15
    assert rows[-1] == [timezone.localtime().date().isoformat(), "4"]
    assert as_ada.get(path, {"format": "csv"})["Content-Type"].startswith("text/html")


def test_rankings_are_counted_on_the_day_on_which_they_were_made(busy, ada):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    moments = (midnight - timedelta(days=13), midnight - timedelta(microseconds=1), midnight, midnight)
    for ranking, moment in zip(Ranking.objects.order_by("pk"), moments, strict=True):
        Ranking.objects.filter(pk=ranking.pk).update(created_at=moment)
    work = work_lately(busy, project_progress(busy))
    assert [day.rankings for day in work.days] == [1, *[0] * 11, 1, 2]

    Ranking.objects.filter(annotator=ada).update(created_at=midnight - timedelta(days=7))
    assert work_lately(busy, project_progress(busy)).active == 1


def test_seeded_and_imported_rankings_are_nobody_s_day(busy):
    Ranking.objects.update(source=Ranking.Source.DEMO)
    work = work_lately(busy, project_progress(busy))
    assert (sum(day.rankings for day in work.days), work.active, work.seconds, work.forecast) == (0, 0, None, None)


def test_days_before_the_first_ranking_are_not_taken_for_idle_ones(busy):
    Ranking.objects.update(created_at=timezone.now() - timedelta(days=1))
    forecast = work_lately(busy, project_progress(busy)).forecast
    assert forecast is not None
    assert forecast.rate == 4


def test_a_prompt_that_several_people_skipped_comes_first(as_max, project, ada, max):
    update_project(project=project, overlap=2)
    first, second = make_prompts(project, "p0", "p1")
    skip_assignment(assignment=lend(ada, first), reason="unclear")
    skip_assignment(assignment=lend(max, first), reason="broken: cut off")
    skip_assignment(assignment=lend(ada, second), reason="I know the <author>.")

    assert [(row.prompt.external_id, len(row.skips)) for row in skipped_prompts(project)] == [("p0", 2), ("p1", 1)]
    page = overview(as_max, project)
    assert "skipped by 2" in page
    assert "Something is broken or cut off: cut off" in page
    assert "I know the &lt;author&gt;." in page


def test_flags_are_told_with_who_raised_them_and_why(as_max, busy):
    page = overview(as_max, busy)
    assert "Harmful" in page
    assert "It &lt;b&gt;insults&lt;/b&gt;." in page
    assert [(row.name, row.responses) for row in flagged_rankings(busy)] == [("ada", [("B", ["harmful"])])]


def test_flags_of_somebody_set_aside_ask_for_nobody_s_attention(busy, ada, max):
    exclude_annotator(project=busy, annotator=ada, reason="At random.", manager=max)
    assert flagged_rankings(busy) == []
