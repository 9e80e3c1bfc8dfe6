"""Setting a person's rankings aside, and taking them back in."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Assignment, AssignmentKind, Exclusion, Project, Prompt
from labeling.services.tallies import forget_tallies

LONGEST_REASON = 2000


@transaction.atomic
def exclude_annotator(
    *, project: Project, annotator: User, reason: str, manager: User, reopen: bool = False
) -> Exclusion:
    """Set all rankings of a person in the project aside, those to come too, until `include_annotator`.

    They leave every export, snapshot and statistic made from now on; nothing is deleted. With `reopen` each prompt that
    they have ranked gets one more slot. Raises `InvalidInput` without a reason, `Conflict` when they are excluded.
    """
    _check_reason(reason)
    try:
        with transaction.atomic():
            exclusion = Exclusion.objects.create(
                project=project, annotator=annotator, reason=reason, reopened=reopen, created_by=manager
            )
    except IntegrityError:
        raise Conflict(
            _("the rankings of %(name)s are set aside already") % {"name": annotator.get_username()}
        ) from None
    if reopen:
        _ranked_by(annotator, project).update(slots=F("slots") + 1)
    forget_tallies(project=project, annotator=annotator)
    return exclusion


@transaction.atomic
def include_annotator(*, exclusion: Exclusion, reason: str, manager: User) -> None:
    """Take the rankings back in, as they were. `Conflict` when that has been done already."""
    _check_reason(reason)
    lifted = (
        Exclusion.objects.active()
        .filter(pk=exclusion.pk)
        .update(lifted_at=timezone.now(), lifted_by=manager, lifted_reason=reason)
    )
    if not lifted:
        raise Conflict(_("these rankings count again already"))
    if exclusion.reopened:
        _ranked_by(exclusion.annotator, exclusion.project).filter(slots__gt=1).update(slots=F("slots") - 1)
    forget_tallies(project=exclusion.project, annotator=exclusion.annotator)


def _ranked_by(annotator: User, project: Project) -> QuerySet[Prompt]:
    done = Assignment.objects.filter(
        annotator=annotator, kind=AssignmentKind.WORK, status=Assignment.Status.SUBMITTED
    ).values("prompt")
    return project.prompts.filter(pk__in=done, gold=None)


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(
            _("give a reason of 1 to %(longest)s characters; it is kept with the decision")
            % {"longest": LONGEST_REASON}
        )
