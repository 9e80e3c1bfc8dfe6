"""Agreement, bias and leaderboard: what managers see, with and without rankings, on the page and as a file."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Project, Response
from labeling.services.exclusions import exclude_annotator
from labeling.services.projects import update_project
from tests.factories import make_prompts, rank

PAGES = ["quality", "bias", "leaderboard"]
HOSTILE = "<script>alert('model')</script>"


def text(client: Client, name: str, project: Project) -> str:
    """The page's words, without the marks of what may not be broken."""
    response = client.get(reverse(name, args=[project.slug]))
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def table(client: Client, name: str, project: Project, query: str = "") -> list[dict[str, str]]:
    response = client.get(reverse(name, args=[project.slug]) + f"?format=csv{query}")
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.content.decode())))


@pytest.fixture
def ranked(project, ada, max):
    """Two prompts of the models a, b and one with a hostile name, ranked by two people who differ in one pair."""
    update_project(project=project, overlap=2)
    project.refresh_from_db()
    responses = [
        {"id": f"r{number}", "content": "word " * number, "model": model}
        for number, model in enumerate(("a", "b", HOSTILE), 1)
    ]
    first, second = make_prompts(project, "p1", "p2", responses=responses)
    rank(ada, first, "r1 > r2 > r3")
    rank(ada, second, "r1 > r2 > r3")
    rank(max, first, "r1 > r2 > r3")
    rank(max, second, "r1 > r3 > r2")
    return project


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_for_managers(as_ada, as_max, as_olga, project, name):
    path = reverse(name, args=[project.slug])
    assert [client.get(path).status_code for client in (as_max, as_ada, as_olga)] == [200, 403, 404]
    assert as_ada.get(path + "?format=csv").status_code == 403
    assert as_max.post(path).status_code == 405


@pytest.mark.parametrize("name", PAGES)
def test_each_page_leads_to_the_others_and_says_how_old_it_is(as_max, ranked, name):
    page = text(as_max, name, ranked)
    for other in [*PAGES, "annotators", "disputes"]:
        assert f'href="{reverse(other, args=[ranked.slug])}"' in page
    assert page.count('aria-current="page"') == 2
    assert "As of " in page


def test_agreement_is_said_with_its_interval_and_what_it_rests_on(as_max, ranked):
    page = text(as_max, "quality", ranked)
    assert "<b>83.3 %</b>" in page
    assert "6 pairs of responses on 2 prompts" in page
    assert "2 prompts have two rankings or more." in page
    assert 'role="img"' in page


def test_a_project_in_which_everybody_ranks_alone_is_told_what_to_change(as_max, project, ada):
    make_prompts(project, "p1")
    rank(ada, project.prompts.get(), "r1 > r2 > r3")
    page = text(as_max, "quality", project)
    assert "here each prompt is ranked by one person" in page
    assert reverse("settings", args=[project.slug]) in page
    assert "0 %" not in page


def test_overlap_without_a_second_ranking_yet_is_no_fault(as_max, project):
    update_project(project=project, overlap=2)
    assert "as soon as a second annotator" in text(as_max, "quality", project)


@pytest.mark.parametrize(
    ("query", "header"),
    [
        ("", "week"),
        ("&table=weeks", "week"),
        ("&table=annotators", "annotator"),
        ("&table=cohorts", "cohort"),
        ("&table=dimensions", "dimension"),
    ],
)
def test_each_table_of_agreement_is_a_file(as_max, ranked, query, header):
    path = reverse("quality", args=[ranked.slug])
    first = as_max.get(path + f"?format=csv{query}").content.decode().splitlines()[0]
    assert first.startswith(header + ",")
    assert first.endswith("agreement,low,high,tau_b,pairs,prompts")


def test_the_file_holds_the_figures_of_the_page(as_max, ranked):
    (row,) = table(as_max, "quality", ranked)
    assert (row["agreement"], row["pairs"], row["prompts"]) == (str(5 / 6), "6", "2")
    assert [row["annotator"] for row in table(as_max, "quality", ranked, "&table=annotators")] == ["ada", "max"]


def test_a_table_that_is_not_there_is_not_found(as_max, ranked):
    assert as_max.get(reverse("quality", args=[ranked.slug]) + "?format=csv&table=secrets").status_code == 404


def test_bias_says_in_words_what_it_found(as_max, ranked):
    page = text(as_max, "bias", ranked)
    assert "No sign that the place matters." in page
    assert "4 rankings with one response alone on top." in page
    assert "of 12 pairs of different length on 2 prompts" in page


def test_without_rankings_bias_says_what_to_do(as_max, project):
    page = text(as_max, "bias", project)
    assert "No rankings yet" in page
    assert "svg class" not in page


def test_the_slots_are_a_file_with_all_prompts_first(as_max, ranked):
    rows = table(as_max, "bias", ranked)
    slots = ["1", "2", "3"]
    assert [(row["responses"], row["slot"]) for row in rows] == [(size, slot) for size in ("", "3") for slot in slots]
    assert sum(int(row["first"]) for row in rows[:3]) == 4
    assert [row["measure"] for row in table(as_max, "bias", ranked, "&table=length")] == ["longer won", "longest first"]
    people = table(as_max, "bias", ranked, "&table=annotators")
    assert [(row["annotator"], row["rankings"], row["length_pairs"]) for row in people] == [
        ("ada", "2", "6"),
        ("max", "2", "6"),
    ]


def test_models_are_listed_with_the_best_first_and_their_names_are_only_text(as_max, ranked):
    page = text(as_max, "leaderboard", ranked)
    assert page.index(">a</th>") < page.index(">b</th>")
    assert "&lt;script&gt;alert(&#x27;model&#x27;)" in page
    assert "<script>alert" not in page
    assert "win-10" in page


def test_the_leaderboard_is_two_files(as_max, ranked):
    rows = table(as_max, "leaderboard", ranked)
    assert [(row["list"], row["model"], row["wins"]) for row in rows] == [
        ("1", "a", "8"),
        ("1", "b", "3"),
        ("1", HOSTILE, "1"),
    ]
    wins = {
        (row["model"], row["opponent"]): row["share"] for row in table(as_max, "leaderboard", ranked, "&table=wins")
    }
    assert (wins["a", "b"], wins["b", HOSTILE], len(wins)) == ("1.0", "0.75", 6)


def test_models_that_never_met_are_not_put_into_one_order(as_max, ranked, ada):
    make_prompts(ranked, "p3", responses=[{"id": f"r{n}", "content": f"{n}", "model": n} for n in ("x", "y")])
    rank(ada, ranked.prompts.get(external_id="p3"), "rx > ry")
    page = text(as_max, "leaderboard", ranked)
    assert "There are 2 lists" in page
    assert "List 2: models that wrote the responses" in page


def test_unnamed_models_are_said_to_be_left_out(as_max, ranked):
    assert "Responses without a model’s name are left out." not in text(as_max, "leaderboard", ranked)
    make_prompts(ranked, "p3")
    assert "Responses without a model’s name are left out." in text(as_max, "leaderboard", ranked)


def test_without_named_models_there_is_no_leaderboard(as_max, project, ada):
    make_prompts(project, "p1")
    rank(ada, project.prompts.get(), "r1 > r2 > r3")
    assert "No models to compare yet" in text(as_max, "leaderboard", project)
    assert table(as_max, "leaderboard", project) == []


def test_responses_that_people_wrote_are_said_to_win_easily(as_max, ranked):
    assert "<code>human</code>" not in text(as_max, "leaderboard", ranked)
    Response.objects.filter(model="a").update(model="human")
    ranked.analysis.stale = True
    ranked.analysis.save()
    assert "<code>human</code>" in text(as_max, "leaderboard", ranked)


def test_who_is_set_aside_is_on_no_page(as_max, ranked, ada, max):
    exclude_annotator(project=ranked, annotator=ada, reason="Random.", manager=max)
    assert "Nothing to compare yet" in text(as_max, "quality", ranked)
    assert [row["annotator"] for row in table(as_max, "bias", ranked, "&table=annotators")] == ["max"]
    assert [row["wins"] for row in table(as_max, "leaderboard", ranked)] == ["4", "1", "1"]
