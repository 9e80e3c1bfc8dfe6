"""The managers' table of annotators and the page of each."""

import csv
import io

import pytest
from django.urls import reverse

from labeling.effort import Effort
from labeling.models import Assignment, Exclusion, Membership, Project, Ranking
from labeling.selectors.rankings import counting_rankings
from labeling.services.members import add_member, remove_member
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.projects import update_project
from tests.factories import make_prompts, rank, tiers_of

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def table(project) -> str:
    return reverse("annotators", args=[project.slug])


@pytest.fixture
def of_ada(project, ada) -> str:
    return reverse("annotator", args=[project.slug, ada.pk])


@pytest.fixture
def ranked(project, ada, max):
    """Ada has ranked twelve prompts in a second each, always the first place first; Max two of them."""
    update_project(project=project, overlap=2)
    prompts = make_prompts(project, *(f"p-{number}" for number in range(12)), responses=["Word " * 200] * 3)
    for number, prompt in enumerate(prompts):
        rank_as_shown(ada, prompt)
        if number < 2:
            rank(max, prompt, "r1 > r2 > r3")
    project.refresh_from_db()
    return prompts


def rank_as_shown(user, prompt):
    keys = dict(prompt.responses.values_list("key", "external_id"))
    ranking = rank(user, prompt, "r1 > r2 > r3", effort=Effort(active_seconds=1.0))
    order = [[key] for key in ranking.display_order]
    Ranking.objects.filter(pk=ranking.pk).update(tiers=order)
    assert set(keys) == set(ranking.display_order)


def exclude(client, project, user, **form):
    return client.post(reverse("annotator-exclude", args=[project.slug, user.pk]), form, follow=True)


def include(client, project, user, **form):
    return client.post(reverse("annotator-include", args=[project.slug, user.pk]), form, follow=True)


def test_both_pages_are_for_managers(as_ada, as_max, as_olga, project, ada, olga, table, of_ada):
    for path in (table, of_ada):
        assert as_max.get(path).status_code == 200
        assert as_ada.get(path).status_code == 403
        assert as_olga.get(path).status_code == 404
    assert as_max.get(reverse("annotator", args=[project.slug, olga.pk])).status_code == 404
    assert as_max.get(reverse("annotator", args=[project.slug, 10**30])).status_code == 404


@pytest.mark.parametrize("act", ["annotator-exclude", "annotator-include", "annotator-admit"])
def test_only_managers_decide_on_people_and_only_on_those_of_the_project(
    as_ada, as_max, as_olga, project, ada, olga, act
):
    path = reverse(act, args=[project.slug, ada.pk])
    assert as_ada.post(path, {"reason": "x", "admitted": "1"}).status_code == 403
    assert as_olga.post(path, {"reason": "x", "admitted": "1"}).status_code == 404
    assert as_max.get(path).status_code == 405
    assert as_max.post(reverse(act, args=[project.slug, olga.pk]), {"reason": "x"}).status_code == 404
    assert not Exclusion.objects.exists()
    assert not Membership.objects.filter(admitted=True).exists()


def test_members_without_a_ranking_stand_in_the_table_without_figures(as_max, project, table):
    page = as_max.get(table)

    assert [row.name for row in page.context["rows"]] == ["ada", "max"]
    assert page.content.decode().count("never") == 2
    assert "not timed" in page.content.decode()


def test_a_project_without_anybody_says_how_to_add_people(client, admin):
    empty = Project.objects.create(slug="empty", name="Empty", created_by=admin)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("annotators", args=[empty.slug])).content.decode()

    assert "Nobody yet" in page
    assert reverse("people", args=[empty.slug]) in page


def test_the_table_shows_who_stands_out_first_and_links_to_the_reasons(as_max, project, ada, ranked, table, of_ada):
    page = as_max.get(table)

    (first, second) = page.context["rows"]
    assert (first.name, [signal.code for signal in first.signals]) == ("ada", ["too-fast", "one-slot", "as-shown"])
    assert (second.name, second.signals) == ("max", [])
    assert (first.rankings, first.pace, second.rankings, second.pace) == (12, 1.0, 2, None)
    assert f'href="{of_ada}#too-fast"' in page.content.decode()


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["ada", "max"]),
        ("-name", ["max", "ada"]),
        ("rankings", ["max", "ada"]),
        ("-rankings", ["ada", "max"]),
        # Who was not timed comes last either way.
        ("pace", ["ada", "max"]),
        ("-pace", ["ada", "max"]),
        ("reliability", ["ada", "max"]),
        ("<b>", ["ada", "max"]),
    ],
)
def test_the_table_is_sorted_by_links(as_max, project, ranked, table, sort, names):
    page = as_max.get(table, {"sort": sort})

    assert [row.name for row in page.context["rows"]] == names
    heads = page.content.decode().count("aria-sort=")
    assert heads == (0 if sort == "<b>" else 1)


def test_the_table_is_a_file_too(as_max, project, ada, ranked, table):
    add_member(project=project, user=ada, role="annotator", cohort=["=cmd()", "de"])

    answer = as_max.get(table, {"format": "csv", "sort": "name"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer["Content-Type"].startswith("text/csv")
    assert [row["annotator"] for row in rows] == ["ada", "max"]
    assert (rows[0]["rankings"], rows[0]["median_active_seconds"], rows[0]["state"]) == ("12", "1.0", "")
    assert rows[0]["cohort"] == "'=cmd(), de"
    assert rows[0]["signals"] == "too-fast one-slot as-shown"
    assert (rows[1]["gold"], rows[1]["weight"], rows[1]["median_active_seconds"]) == ("", "", "")


def test_each_signal_is_explained_with_its_numbers(as_max, ranked, of_ada):
    page = as_max.get(of_ada).content.decode()

    assert "100\u00a0% of 12 timed rankings took less time than anybody needs to read the text" in page
    assert "In 100\u00a0% of 12 rankings the best response stood in the same place on the screen" in page
    assert "100\u00a0% of 12 rankings are exactly the order on the screen" in page
    assert page.count("What to do:") == 3
    assert "12 of 12" in page


def test_the_page_holds_the_last_rankings_and_links_to_their_prompts(as_max, project, ranked, of_ada):
    page = as_max.get(of_ada).content.decode()

    for prompt in ranked:
        assert reverse("dispute", args=[project.slug, prompt.pk]) in page
    assert "A &gt; B &gt; C" in page


def test_setting_aside_says_what_leaves_and_can_be_undone_and_all_is_recorded(
    as_max, project, ada, ranked, table, of_ada
):
    assert "12 rankings leave the next snapshot" in as_max.get(of_ada).content.decode()

    page = exclude(as_max, project, ada, reason=f"Too fast. {HOSTILE}", reopen="on").content.decode()
    assert "The rankings of ada are set aside" in page
    assert "12 rankings count again" in page
    assert HOSTILE not in page
    assert counting_rankings(project).filter(annotator=ada).count() == 0
    assert {prompt.slots for prompt in project.prompts.all()} == {3}
    row = next(row for row in as_max.get(table).context["rows"] if row.name == "ada")
    assert (row.state, row.rankings, row.set_aside, row.signals) == ("excluded", 0, 12, [])

    page = include(as_max, project, ada, reason="She explained it.").content.decode()
    assert "The rankings of ada count again." in page
    assert counting_rankings(project).filter(annotator=ada).count() == 12
    assert {prompt.slots for prompt in project.prompts.all()} == {2}
    for said in ("Set aside by max", "Too fast.", "Taken back in by max", "She explained it."):
        assert said in page


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_decision_without_a_reason_is_refused_on_the_form(as_max, project, ada, reason):
    path = reverse("annotator-exclude", args=[project.slug, ada.pk])
    page = as_max.post(path, {"reason": reason})
    assert page.status_code == 422
    assert not Exclusion.objects.exists()

    exclude(as_max, project, ada, reason="Too fast.")
    path = reverse("annotator-include", args=[project.slug, ada.pk])
    assert as_max.post(path, {"reason": reason}).status_code == 422
    assert Exclusion.objects.get().lifted_at is None


def test_a_decision_that_has_been_taken_already_is_said_to_be(as_max, project, ada):
    assert include(as_max, project, ada, reason="Why not?").status_code == 404
    exclude(as_max, project, ada, reason="Too fast.")
    again = exclude(as_max, project, ada, reason="Too fast.")
    assert "set aside already" in again.content.decode()
    include(as_max, project, ada, reason="Explained.")
    again = include(as_max, project, ada, reason="Explained.")
    assert "count again already" in again.content.decode()
    assert Exclusion.objects.count() == 1


def test_gold_checks_and_repeats_say_what_differed(as_max, project, ada, max, of_ada):
    work, gold = make_prompts(project, "p-1", "p-2")
    mark_practice(prompt=gold, tiers=tiers_of(gold, "r1 > r2 > r3"), explanation="", user=max)
    rank(ada, work, "r1 > r2 > r3")
    check(ada, gold, "gold", "r2 > r1 = r3")
    check(ada, work, "repeat", "r1 > r3 > r2")

    page = as_max.get(of_ada)

    repeat, hidden = page.context["report"].checks
    assert (hidden.is_gold, hidden.own, hidden.expected) == (True, [["B"], ["A", "C"]], [["A"], ["B"], ["C"]])
    assert (hidden.turned, hidden.tied) == ([("A", "B")], [("A", "C")])
    assert (repeat.is_gold, repeat.turned, repeat.tied) == (False, [("B", "C")], [])
    text = page.content.decode()
    assert "B above A; expected is A above B." in text
    assert "A and C tied; expected is A above C." in text
    assert "C above B; the first time B above C." in text
    # Of gold's three pairs one agrees, a tie being a miss; of the repeat's three two.
    who = page.context["who"]
    assert (who.gold.share, who.gold.pairs) == (pytest.approx(1 / 3), 3)
    assert (who.consistency.share, who.consistency.pairs) == (pytest.approx(2 / 3), 3)
    assert who.rankings == 1


def check(user, prompt, kind: str, order: str) -> None:
    """A hidden check as it lies in the database once it has been ranked."""
    keys = list(prompt.responses.values_list("key", flat=True))
    shared = {"prompt": prompt, "annotator": user, "kind": kind, "display_order": keys}
    assignment = Assignment.objects.create(**shared, status="submitted", lease_expires_at=prompt.created_at, slot=None)
    Ranking.objects.create(
        **shared, assignment=assignment, tiers=tiers_of(prompt, order), idempotency_key=kind, body_digest=""
    )


@pytest.fixture
def tested(project, ada, max):
    """Ada has failed an entry test of one prompt."""
    gold = mark_practice(
        prompt=(prompt := make_prompts(project, "p-1")[0]),
        tiers=tiers_of(prompt, "r1 > r2"),
        explanation="",
        user=max,
    )
    attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(prompt, "r2 > r1 > r3"))
    # A second attempt, after the answer was shown, proves nothing.
    attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(prompt, "r1 > r2 > r3"))
    return update_project(project=project, qualification=True)


def test_who_failed_the_entry_test_is_let_in_and_left_to_it_again(as_max, project, ada, tested, table, of_ada):
    path = reverse("annotator-admit", args=[project.slug, ada.pk])
    page = as_max.get(of_ada).content.decode()
    assert "Not passed." in page
    assert "0 % of the expected orders were met (0 of 1 pairs); 80 % are needed." in page
    assert [row.state for row in as_max.get(table, {"sort": "name"}).context["rows"]] == ["not-qualified", ""]

    page = as_max.post(path, {"admitted": "1"}, follow=True).content.decode()
    assert "ada may work here whatever the entry test says." in page
    assert "Leave it to the test again" in page
    assert Membership.objects.get(user=ada).admitted

    page = as_max.post(path, {"admitted": "0", "back": "people"}, follow=True)
    assert page.redirect_chain == [(reverse("people", args=[project.slug]), 302)]
    assert not Membership.objects.get(user=ada).admitted


def test_nobody_is_let_in_who_is_no_member(as_max, project, ada, ranked):
    remove_member(project=project, user=ada)

    page = as_max.post(reverse("annotator-admit", args=[project.slug, ada.pk]), {"admitted": "1"}, follow=True)

    assert "is no member of" in page.content.decode()


def test_hostile_text_is_shown_and_not_obeyed(as_max, project, ada, of_ada, table):
    (prompt,) = make_prompts(project, "p-1", prompt=HOSTILE)
    rank(ada, prompt, "r1 > r2 > r3")
    add_member(project=project, user=ada, role="annotator", cohort=[HOSTILE])

    for path in (of_ada, table):
        page = as_max.get(path).content.decode()
        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)" in page
        assert " style=" not in page
