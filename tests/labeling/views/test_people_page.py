from django.urls import reverse

from labeling.models import Membership


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
