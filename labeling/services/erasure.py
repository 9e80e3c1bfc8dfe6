"""Forgetting a person: the account becomes nobody's, and the rankings stay under another pseudonym or go."""

import secrets
from collections.abc import Sequence

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling.exceptions import Conflict
from labeling.models import (
    AnnotatorReliability,
    ApiToken,
    Assignment,
    Exclusion,
    GuidelinesSeen,
    Membership,
    PracticeAttempt,
    Project,
    Prompt,
    Pseudonym,
    Ranking,
    Response,
)
from labeling.services.tallies import lock_tallies, recount_prompts

CHUNK = 200


def erase_person(*, user: User, keep_rankings: bool) -> int:
    """Take out everything that says who somebody is; how many rankings they had.

    What they decided as a manager stays, under a name that says nothing. Their rankings keep counting under a new
    pseudonym, or are deleted with the assignments they came from; the slots they held are free again. Raises `Conflict`
    for the last active superuser, without whom nobody could manage.
    """
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise Conflict("this is the last active superuser; make another one first")
    rankings = Ranking.objects.filter(annotator=user).count()
    # At once: nothing can be added while the rest goes.
    _forget_account(user)
    for project in Project.objects.filter(prompts__assignments__annotator=user).distinct():
        if not keep_rankings:
            _delete_rankings(user, project)
    Assignment.objects.filter(annotator=user).update(draft={}, skip_reason="")
    return rankings


@transaction.atomic
def _forget_account(user: User) -> None:
    name = user.get_username()
    for logged in (AccessAttempt, AccessLog, AccessFailureLog):
        logged.objects.filter(username=name).delete()
    LogEntry.objects.filter(user=user).delete()
    for owned in (ApiToken, Membership, GuidelinesSeen):
        owned.objects.filter(user=user).delete()
    for judged in (PracticeAttempt, AnnotatorReliability):
        judged.objects.filter(annotator=user).delete()
    Exclusion.objects.filter(annotator=user).update(reason="", lifted_reason="")
    # What left Podium under the old one can no longer be traced to anybody here.
    Pseudonym.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        username=f"erased-{secrets.token_hex(6)}",
        first_name="",
        last_name="",
        email="",
        password=make_password(None),
        is_active=False,
        is_staff=False,
        is_superuser=False,
        last_login=None,
    )
    user.groups.clear()
    user.user_permissions.clear()
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _delete_rankings(user: User, project: Project) -> None:
    assignments = Assignment.objects.filter(annotator=user, prompt__project=project)
    while prompts := sorted(set(assignments.order_by("prompt_id").values_list("prompt_id", flat=True)[:CHUNK])):
        with transaction.atomic():
            _delete_of_prompts(user, project, prompts)


def _delete_of_prompts(user: User, project: Project, prompts: Sequence[int]) -> None:
    own = Assignment.objects.filter(annotator=user, prompt__in=prompts)
    # Before any other lock, as everywhere.
    lock_tallies(project)
    list(Prompt.objects.filter(pk__in=prompts).order_by("pk").select_for_update(of=("self",)).only("pk"))
    for pk in own.exclude(slot=None).values_list("prompt_id", flat=True):
        Prompt.objects.filter(pk=pk).update(slots_taken=F("slots_taken") - 1)
    rankings = Ranking.objects.filter(assignment__in=own)
    rankings.update(supersedes=None)
    rankings.delete()
    _forget_written(list(own.values_list("pk", flat=True)))
    own.delete()
    recount_prompts(project=project, prompts=prompts)


def _forget_written(assignments: Sequence[int]) -> None:
    """Responses that the person wrote go, but for those that others have ranked meanwhile: these are nobody's now."""
    for response in Response.objects.filter(written_in__in=assignments):
        speaks = Ranking.objects.filter(prompt=response.prompt_id)
        if any(response.key in tier for tiers in speaks.values_list("tiers", flat=True) for tier in tiers):
            Response.objects.filter(pk=response.pk).update(written_in=None, withdrawn_at=timezone.now())
        else:
            response.delete()
