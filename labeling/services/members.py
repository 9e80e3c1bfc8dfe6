"""Who works on a project."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Membership, Project
from labeling.services.tallies import forget_tallies

MOST_TAGS = 20
LONGEST_TAG = 60


@transaction.atomic
def add_member(*, project: Project, user: User, role: str, cohort: Sequence[str] = ()) -> Membership:
    """Make `user` a member, or change the role and cohort of one."""
    if role not in Membership.Role.values:
        raise InvalidInput(f"role must be one of {', '.join(Membership.Role.values)}; got {role!r}")
    tags = list(dict.fromkeys(tag for tag in cohort if tag.strip()))
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise InvalidInput(
            _("a cohort is at most %(most)s tags of at most %(longest)s characters")
            % {"most": MOST_TAGS, "longest": LONGEST_TAG}
        )
    before = Membership.objects.filter(project=project, user=user).values_list("cohort", flat=True).first()
    membership, _created = Membership.objects.update_or_create(
        project=project, user=user, defaults={"role": role, "cohort": tags}
    )
    if (before or []) != tags:
        # Agreement is kept by cohort too.
        forget_tallies(project=project, annotator=user)
    return membership


@transaction.atomic
def admit_member(*, project: Project, user: User, admitted: bool) -> None:
    """Let a member work whatever the entry test says, or leave it to the test again. `Conflict` for who is none."""
    if not Membership.objects.filter(project=project, user=user).update(admitted=admitted):
        raise _no_member(project, user)


@transaction.atomic
def remove_member(*, project: Project, user: User) -> None:
    """End a membership. The person's rankings stay; what they hold open goes back when its lease runs out."""
    if not Membership.objects.filter(project=project, user=user).delete()[0]:
        raise _no_member(project, user)


def _no_member(project: Project, user: User) -> Conflict:
    return Conflict(
        _("%(user)s is no member of %(project)s") % {"user": user.get_username(), "project": repr(project.slug)}
    )
