"""Two responses side by side: of one's own task only, and nothing about them but their text."""

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Assignment, GoldOrder
from labeling.services.projects import update_project
from tests.factories import make_prompts, tiers_of


@pytest.fixture
def assignment(as_ada, project) -> Assignment:
    """Ada's, of three responses by secret models."""
    contents = ["The cat sat on the mat.", "The cat lay on the mat.", "<script>alert(1)</script>"]
    make_prompts(
        project,
        "p0",
        responses=[{"id": f"r{n}", "content": text, "model": f"secret-{n}"} for n, text in enumerate(contents)],
    )
    as_ada.get(reverse("rank", args=[project.slug]))
    return Assignment.objects.get()


def compare(client: Client, slug: str, task: object, a: str, b: str):
    return client.get(reverse("rank-compare", args=[slug, str(task)]), {"a": a, "b": b})


def keys(assignment: Assignment) -> list[str]:
    """In the order of the import."""
    return list(assignment.prompt.responses.values_list("key", flat=True))


def test_what_differs_is_marked_under_the_letters_of_the_page(as_ada, project, assignment):
    sat, lay, _ = keys(assignment)
    html = compare(as_ada, project.slug, assignment.pk, sat, lay).content.decode()
    one, other = (chr(ord("A") + assignment.display_order.index(key)) for key in (sat, lay))
    assert f"Differences between {one} and {other}" in html
    assert ">sat<" in html.replace("</span>sat<span", ">sat<")
    assert "secret" not in html


def test_text_from_outside_is_escaped(as_ada, project, assignment):
    _, lay, script = keys(assignment)
    html = compare(as_ada, project.slug, assignment.pk, lay, script).content.decode()
    assert "&lt;script&gt;" in html
    assert "<script" not in html


def test_an_assignment_of_somebody_else_is_not_found(as_max, as_olga, project, assignment):
    sat, lay, _ = keys(assignment)
    assert compare(as_max, project.slug, assignment.pk, sat, lay).status_code == 404
    assert compare(as_olga, project.slug, assignment.pk, sat, lay).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client, project, assignment):
    assert compare(client, project.slug, assignment.pk, *keys(assignment)[:2]).status_code == 302


@pytest.mark.parametrize("task", ["0", "99999", "9" * 30, "practice-1", "gold-1", "x", "-1", "practice-", "１"])
def test_an_unknown_task_is_not_found(as_ada, project, assignment, task):
    assert compare(as_ada, project.slug, task, *keys(assignment)[:2]).status_code == 404


def test_keys_of_another_prompt_are_not_found(as_ada, project, assignment):
    (other,) = make_prompts(project, "p1")
    foreign = other.responses.first()
    assert foreign is not None
    assert compare(as_ada, project.slug, assignment.pk, keys(assignment)[0], foreign.key).status_code == 404
    assert compare(as_ada, project.slug, assignment.pk, keys(assignment)[0], "").status_code == 404


def test_the_responses_of_a_practice_prompt_can_be_compared(as_ada, project, admin):
    (prompt,) = make_prompts(project, "gold")
    gold = GoldOrder.objects.create(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2 > r3"), created_by=admin)
    update_project(project=project, practice=True)
    one, other, _ = prompt.responses.values_list("key", flat=True)
    response = compare(as_ada, project.slug, f"practice-{gold.pk}", one, other)
    assert response.status_code == 200
    assert "One." in response.content.decode()
