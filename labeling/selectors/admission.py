"""Who is lent work: those who have passed the entry test, where there is one, and whose rankings are not set aside."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from labeling.exceptions import NotQualified, SetAside
from labeling.models import Exclusion, Membership, PracticeAttempt, Project
from labeling.selectors.access import can_manage
from labeling.selectors.practice import round_orders


@dataclass(frozen=True, slots=True)
class EntryTest:
    """A person's first attempts at the practice prompts, against the project's pass mark.

    agreed, pairs: as in `RoundResult`.  left: practice prompts not attempted yet.
    """

    agreed: int
    pairs: int
    left: int
    pass_percent: int

    @property
    def percent(self) -> int:
        """Rounded down, so that the mark is never shown as met when it is not."""
        return 100 * self.agreed // self.pairs if self.pairs else 0

    @property
    def passed(self) -> bool:
        return not self.left and 100 * self.agreed >= self.pass_percent * self.pairs


def entry_test(user: User, project: Project) -> EntryTest:
    """How the person's first attempts went. Later ones teach; after the answers have been shown they prove nothing."""
    return entry_tests(project, [user.pk])[user.pk]


def entry_tests(project: Project, users: Collection[int]) -> dict[int, EntryTest]:
    """The same for several people, in two queries for all of them."""
    golds = set(round_orders(project).values_list("pk", flat=True))
    first: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    attempts = PracticeAttempt.objects.filter(gold__in=golds, annotator__in=users).order_by("pk")
    for user, gold, agreed, pairs in attempts.values_list("annotator_id", "gold_id", "agreed", "pairs"):
        first[user].setdefault(gold, (agreed, pairs))
    return {
        user: EntryTest(
            agreed=sum(agreed for agreed, _ in first[user].values()),
            pairs=sum(pairs for _, pairs in first[user].values()),
            left=len(golds) - len(first[user]),
            pass_percent=project.pass_percent,
        )
        for user in users
    }


def is_admitted(user: User, project: Project) -> bool:
    """Whether the entry test does not stand in the person's way: passed, waived by a manager, or none of theirs."""
    return (
        not project.qualification
        or can_manage(user, project)
        or Membership.objects.filter(project=project, user=user, admitted=True).exists()
        or entry_test(user, project).passed
    )


def check_admitted(user: User, project: Project) -> None:
    """Raise `SetAside` or `NotQualified` when the person is lent no work, with what to do."""
    if Exclusion.objects.active().filter(project=project, annotator=user).exists():
        raise SetAside(
            _("a manager has set your rankings in this project aside, so there is no work for you here; ask them why")
        )
    if is_admitted(user, project):
        return
    test = entry_test(user, project)
    if test.left:
        raise NotQualified(
            _("this project begins with an entry test, and %(left)s of its prompts are left; open the ranking page")
            % {"left": test.left}
        )
    raise NotQualified(
        _(
            "the entry test was not passed: %(percent)s %% of the expected orders were met, and %(needed)s %% are "
            "needed; a manager can let you in on the People page"
        )
        % {"percent": test.percent, "needed": test.pass_percent}
    )
