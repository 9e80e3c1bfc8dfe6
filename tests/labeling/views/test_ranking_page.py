"""What the server sends for ranking; `tests/browser/test_ranking_page.py` covers what the page then does."""

from django.test import Client
from django.urls import reverse

from labeling.models import Assignment, Project, Response
from labeling.services.assignments import save_draft
from labeling.services.exclusions import exclude_annotator
from labeling.services.members import admit_member
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.projects import update_project
from tests.factories import tiers_of


def rank(client: Client, project: Project) -> str:
    return client.get(reverse("rank", args=[project.slug])).content.decode()


def test_the_prompt_and_all_its_responses_are_there(as_ada, project, prompts):
    page = rank(as_ada, project)
    assert "Question 0?" in page
    assert "You help bakers." in page
    assert all(f"Reply {index}" in page for index in range(3))


def test_responses_stand_in_the_recorded_order(as_ada, project, prompts):
    page = rank(as_ada, project)
    order = Assignment.objects.get().display_order
    assert sorted(order, key=page.index) == order


def test_nothing_tells_which_model_wrote_what(as_ada, project, prompts):
    page = rank(as_ada, project)
    assert "secret" not in page
    assert not any(f'"r{index}"' in page for index in range(3))


def test_a_reload_shows_the_same_prompt_again(as_ada, project, prompts):
    rank(as_ada, project)
    rank(as_ada, project)
    assert Assignment.objects.count() == 1


def test_the_next_prompt_is_fetched_ahead_as_a_fragment(as_ada, project, prompts):
    rank(as_ada, project)
    current = Assignment.objects.get()
    fragment = as_ada.get(reverse("rank-next", args=[project.slug]), {"after": current.pk}).content.decode()
    assert "Question 1?" in fragment
    assert "<html" not in fragment


def test_a_silly_after_is_ignored(as_ada, project, prompts):
    response = as_ada.get(reverse("rank-next", args=[project.slug]), {"after": "x'"})
    assert "Question 0?" in response.content.decode()


def test_neither_page_is_kept_by_caches(as_ada, project, prompts):
    for name in ("rank", "rank-next"):
        assert "no-store" in as_ada.get(reverse(name, args=[project.slug]))["Cache-Control"]


def test_a_draft_comes_back_with_the_page(as_ada, project, prompts):
    rank(as_ada, project)
    assignment = Assignment.objects.get()
    save_draft(assignment=assignment, draft={"rationale": 'He said "no" <b>'})
    page = rank(as_ada, project)
    assert "He said \\&quot;no\\&quot; &lt;b&gt;" in page


def test_with_nothing_left_the_page_says_so(as_ada, project):
    assert "has no prompts yet" in rank(as_ada, project)


def test_ties_are_not_offered_where_they_are_not_allowed(as_ada, project, prompts):
    assert 'data-do="tie"' in rank(as_ada, project)
    project.allow_ties = False
    project.save()
    page = rank(as_ada, project)
    assert 'data-do="tie"' not in page
    assert 'data-ties=""' in page


def test_hostile_text_is_shown_and_not_obeyed(as_ada, project, prompts):
    Response.objects.update(
        content='<script>alert(1)</script> ![x](http://evil.example/p.png) <img onerror="alert(1)">'
    )
    page = rank(as_ada, project)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<img" not in page
    assert "<script>alert" not in page


def test_no_page_carries_inline_script_or_style(as_ada, project, prompts):
    page = rank(as_ada, project)
    assert " style=" not in page
    assert "<style" not in page
    assert page.count("<script") == page.count('<script type="module" src=')


def test_many_responses_all_get_their_letter(as_ada, project, prompts):
    prompt = prompts[0]
    Response.objects.bulk_create(
        Response(prompt=prompt, external_id=f"more{index}", position=index, content="Text") for index in range(3, 26)
    )
    assert 'data-letter="Z"' in rank(as_ada, project)


def test_who_failed_the_entry_test_reads_why_there_is_no_work(as_ada, project, ada, max, prompts):
    gold = mark_practice(prompt=prompts[0], tiers=tiers_of(prompts[0], "r0 > r1"), explanation="", user=max)
    update_project(project=project, qualification=True)
    assert "Entry test, 1 of 1" in rank(as_ada, project)

    attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(prompts[0], "r1 > r0 > r2"))

    for name in ("rank", "rank-next"):
        page = as_ada.get(reverse(name, args=[project.slug]), {"after": ""}).content.decode()
        assert "There is no work for you here yet" in page
        assert "0 % of the expected orders were met, and 80 % are needed" in page
        assert "data-finished" in page
    assert not Assignment.objects.exists()


def test_the_last_prompt_of_the_test_is_followed_by_nothing_until_it_is_answered(as_ada, project, max, prompts):
    gold = mark_practice(prompt=prompts[0], tiers=tiers_of(prompts[0], "r0 > r1"), explanation="", user=max)
    update_project(project=project, qualification=True)

    ahead = as_ada.get(reverse("rank-next", args=[project.slug]), {"after": f"practice-{gold.pk}"})

    assert ahead.status_code == 200
    assert "data-task" not in ahead.content.decode()
    assert not Assignment.objects.exists()


def test_the_entry_test_is_for_those_in_whose_way_it_stands(as_ada, as_max, project, ada, max, prompts):
    mark_practice(prompt=prompts[0], tiers=tiers_of(prompts[0], "r0 > r1"), explanation="", user=max)
    update_project(project=project, qualification=True, overlap=2)
    admit_member(project=project, user=ada, admitted=True)

    for client in (as_ada, as_max):
        page = rank(client, project)
        assert "Entry test" not in page
        assert "Question 1?" in page

    # A practice round is for everybody; to them it is no test.
    update_project(project=project, practice=True)
    assert "Practice 1 of 1" in rank(as_ada, project)


def test_who_is_set_aside_is_told_so_and_practises_no_more(as_ada, project, ada, max, prompts):
    mark_practice(prompt=prompts[0], tiers=tiers_of(prompts[0], "r0 > r1"), explanation="", user=max)
    update_project(project=project, qualification=True)
    exclude_annotator(project=project, annotator=ada, reason="Private.", manager=max)

    page = rank(as_ada, project)

    assert "Your rankings here are set aside" in page
    assert "Nothing of what you ranked is deleted" in page
    assert "Private." not in page
