"""Who works on a project."""

import pytest

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Membership
from labeling.services.members import add_member, remove_member
from tests.factories import rank


def test_adding_a_member_again_changes_role_and_cohort(project, olga):
    add_member(project=project, user=olga, role="annotator", cohort=["de", "de", ""])
    membership = add_member(project=project, user=olga, role="manager", cohort=["fr"])

    assert Membership.objects.filter(user=olga).count() == 1
    assert (membership.role, membership.cohort) == ("manager", ["fr"])


def test_a_tag_stands_once(project, olga):
    assert add_member(project=project, user=olga, role="annotator", cohort=["de", "de", " "]).cohort == ["de"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"role": "owner"}, "role must be one of annotator, manager; got 'owner'"),
        ({"role": ""}, "role must be one of"),
        ({"cohort": ["x" * 61]}, "at most 60 characters"),
        ({"cohort": [str(number) for number in range(21)]}, "at most 20 tags"),
    ],
)
def test_what_cannot_be_adds_nobody(project, olga, changes, said):
    with pytest.raises(InvalidInput, match=said):
        add_member(**{"project": project, "user": olga, "role": "annotator", **changes})

    assert not Membership.objects.filter(user=olga).exists()


def test_a_member_leaves_and_their_rankings_stay(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    remove_member(project=project, user=ada)

    assert not Membership.objects.filter(user=ada).exists()
    assert prompt.rankings.count() == 1


def test_a_stranger_cannot_leave(project, olga):
    with pytest.raises(Conflict, match="olga is no member of 'support'"):
        remove_member(project=project, user=olga)

    assert project.memberships.count() == 2
