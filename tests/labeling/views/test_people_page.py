from django.urls import reverse

from labeling.models import Membership


def test_a_manager_adds_an_annotator(max, olga, project):
    path = reverse("people", args=[project.slug])
    response = max.post(path, {"user": "olga", "role": "annotator", "cohort": "nl, night shift"}, follow=True)
    assert "olga is now annotator." in response.content.decode()
    assert Membership.objects.get(user__username="olga").cohort == ["nl", "night shift"]
    assert olga.get(reverse("project", args=[project.slug])).status_code == 200


def test_an_unknown_name_is_said_to_be_unknown(max, project):
    response = max.post(reverse("people", args=[project.slug]), {"user": "nobody", "role": "annotator"})
    assert response.status_code == 422
    assert "There is no user &#x27;nobody&#x27;" in response.content.decode()


def test_a_manager_removes_a_member(max, ada, project):
    membership = Membership.objects.get(user__username="ada")
    max.post(reverse("person-remove", args=[project.slug, membership.pk]))
    assert ada.get(reverse("project", args=[project.slug])).status_code == 404


def test_an_annotator_removes_nobody(ada, max, project):
    membership = Membership.objects.get(user__username="max")
    assert ada.post(reverse("person-remove", args=[project.slug, membership.pk])).status_code == 403
    assert Membership.objects.count() == 2
