from django.urls import reverse

from labeling.models import Membership
from labeling.selectors.admission import EntryTest, entry_test
from labeling.services.members import add_member
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.projects import update_project
from tests.factories import make_prompts, tiers_of


def test_a_manager_adds_an_annotator(as_max, as_olga, project):
    path = reverse("people", args=[project.slug])
    response = as_max.post(path, {"user": "olga", "role": "annotator", "cohort": "nl, night shift"}, follow=True)
    assert "olga is an annotator now." in response.content.decode()
    assert Membership.objects.get(user__username="olga").cohort == ["nl", "night shift"]
    assert as_olga.get(reverse("project", args=[project.slug])).status_code == 200


def test_an_unknown_name_is_said_to_be_unknown(as_max, project):
    response = as_max.post(reverse("people", args=[project.slug]), {"user": "nobody", "role": "annotator"})
    assert response.status_code == 422
    assert "There is no user &#x27;nobody&#x27;" in response.content.decode()


def test_a_manager_removes_a_member(as_max, as_ada, project):
    membership = Membership.objects.get(user__username="ada")
    as_max.post(reverse("person-remove", args=[project.slug, membership.pk]))
    assert as_ada.get(reverse("project", args=[project.slug])).status_code == 404


def test_an_annotator_removes_nobody(as_ada, as_max, project):
    membership = Membership.objects.get(user__username="max")
    assert as_ada.post(reverse("person-remove", args=[project.slug, membership.pk])).status_code == 403
    assert Membership.objects.count() == 2


def test_each_member_s_name_leads_to_their_page(as_max, project, ada):
    page = as_max.get(reverse("people", args=[project.slug])).content.decode()

    assert f'href="{reverse("annotator", args=[project.slug, ada.pk])}"' in page
    assert "Entry test" not in page


def test_the_entry_test_of_each_annotator_stands_beside_their_name(as_max, project, ada, max, olga):
    prompts = make_prompts(project, "p-1", "p-2")
    golds = [
        mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="", user=max) for prompt in prompts
    ]
    update_project(project=project, qualification=True)
    add_member(project=project, user=olga, role="annotator")
    attempt_practice(gold=golds[0], annotator=olga, tiers=tiers_of(prompts[0], "r1 > r2 > r3"))
    for gold in golds:
        attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(gold.prompt, "r2 > r1 > r3"))

    members = as_max.get(reverse("people", args=[project.slug])).context["members"]

    assert {member.user.username: test for member, test in members} == {
        "ada": EntryTest(agreed=0, pairs=2, left=0, pass_percent=80),
        "olga": EntryTest(agreed=1, pairs=1, left=1, pass_percent=80),
        "max": None,
    }
    assert all(test == entry_test(member.user, project) for member, test in members if test)
    page = as_max.get(reverse("people", args=[project.slug])).content.decode()
    for said in ("not passed, 0 %", "1 prompt left", "none of theirs", "Let ada in", "Let olga in"):
        assert said in page
    assert "Let max in" not in page
