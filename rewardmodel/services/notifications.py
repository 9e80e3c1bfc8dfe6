"""E-mails to a project's managers: a run has failed, the gate has judged, somebody has promoted a version."""

import logging
from collections.abc import Callable
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from labeling.models import EventKind, Membership, Project
from labeling.queue import enqueue
from labeling.services.webhooks import emit
from rewardmodel.failures import advice
from rewardmodel.models import GateVerdict, RegistryEvent, RetrainPolicy, TrainingRun
from rewardmodel.verdicts import headline, sentences

logger = logging.getLogger(__name__)

SEND = "rewardmodel.tasks.send_notification"
FAILED, JUDGED, PROMOTED = "failed", "judged", "promoted"


def notify(kind: str, row_id: int) -> None:
    """Have the managers told once the current transaction commits; nothing without a mail server."""
    if settings.EMAIL_HOST:
        enqueue(SEND, kind, row_id)


def tell_ended(run: TrainingRun, *, version: int | None = None) -> None:
    """Have the project's webhooks told how a run ended; version: of the reward model that came of it."""
    data = {"id": run.pk, "status": run.status, "error": run.error, "version": version}
    emit(project=run.project, kind=EventKind.RUN_FINISHED, data=data)


def send_notification(*, kind: str, row_id: int) -> int:
    """Write to the managers who have an address and whose project wants it; how many. One message each."""
    project, subject, lines, path = MESSAGES[kind](row_id)
    if not policy_wants_mail(project):
        return 0
    body = "\n".join([*lines, "", f"{settings.PUBLIC_URL.rstrip('/')}{path}"])
    people = managers(project)
    sent = 0
    for person in people:
        try:
            sent += EmailMessage(f"[Podium] {project.name}: {subject}", body, to=[person.email]).send()
        except (OSError, SMTPException):
            # An address that is refused keeps nobody else's letter back.
            logger.exception("%s could not be told that %s", person, subject)
    return sent


def policy_wants_mail(project: Project) -> bool:
    policy = RetrainPolicy.objects.filter(project=project).first()
    return policy is None or policy.email_managers


def managers(project: Project) -> list[User]:
    """Those who can act on it and have an address: its managers and whoever made it."""
    managing = Q(memberships__project=project, memberships__role=Membership.Role.MANAGER)
    reachable = User.objects.filter(managing | Q(pk=project.created_by_id), is_active=True).exclude(email="")
    return list(reachable.distinct().order_by("pk"))


def _failed(run_id: int) -> tuple[Project, str, list[str], str]:
    run = TrainingRun.objects.select_related("project").get(pk=run_id)
    subject = _("run %(run)s has failed") % {"run": run.pk}
    steps = [f"- {step}" for step in advice(run.error, run.config)]
    return run.project, subject, [run.error, "", *steps], reverse("run", args=[run.pk])


def _judged(verdict_id: int) -> tuple[Project, str, list[str], str]:
    verdict = GateVerdict.objects.select_related("reward_model__project", "champion").get(pk=verdict_id)
    model = verdict.reward_model
    words = {"version": model.version}
    if not verdict.passed:
        subject = _("version %(version)s is not promoted") % words
    elif RegistryEvent.objects.filter(verdict=verdict, kind=RegistryEvent.Kind.PROMOTED).exists():
        subject = _("version %(version)s serves now") % words
    else:
        subject = _("version %(version)s has passed the gate and waits for you") % words
    checks = [f"{'+' if passed else '-'} {line}" for passed, line in sentences(verdict)]
    return model.project, subject, [headline(verdict), "", *checks], _page(model.project, model.version)


def _promoted(event_id: int) -> tuple[Project, str, list[str], str]:
    event = RegistryEvent.objects.select_related("project", "reward_model", "by").get(pk=event_id)
    version = event.reward_model.version if event.reward_model else 0
    who = event.by.get_username() if event.by else "Podium"
    subject = _("version %(version)s serves now") % {"version": version}
    told = _("%(who)s has promoted it. %(reason)s") % {"who": who, "reason": event.reason}
    return event.project, subject, [told.strip()], _page(event.project, version)


def _page(project: Project, version: int) -> str:
    return reverse("model", args=[project.slug, version])


MESSAGES: dict[str, Callable[[int], tuple[Project, str, list[str], str]]] = {
    FAILED: _failed,
    JUDGED: _judged,
    PROMOTED: _promoted,
}
