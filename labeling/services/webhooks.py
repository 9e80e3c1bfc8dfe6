"""Webhooks: told of in the transaction in which something happens, delivered until they arrive or a day has passed.

Signed after Standard Webhooks (https://www.standardwebhooks.com, version 1): the id stays the same over all attempts.
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling import outbound
from labeling.exceptions import InvalidInput
from labeling.models import HIDDEN_CHECKS, EventKind, Project, Ranking, Webhook, WebhookDelivery
from labeling.queue import enqueue
from labeling.selectors.people import pseudonyms
from labeling.vault import Unreadable, seal, unseal

logger = logging.getLogger(__name__)

DELIVER = "labeling.tasks.deliver_webhook"
# Seconds from one attempt to the next; all together a day and two hours.
BACKOFF = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 36_000)
TIMEOUT_SECONDS = 15.0
# A worker that dies while it delivers holds the delivery no longer than this.
CLAIM = timedelta(seconds=60)
KEPT_DAYS = 30
LONGEST_LOGGED = 500
MOST_WEBHOOKS = 20


def create_webhook(*, project: Project, url: str, events: Sequence[str], user: User) -> tuple[Webhook, str]:
    """A webhook and its signing secret, which is not shown again. Raises `InvalidInput`."""
    _check(url, events)
    if project.webhooks.count() >= MOST_WEBHOOKS:
        raise InvalidInput(f"a project has at most {MOST_WEBHOOKS} webhooks; remove one first")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with transaction.atomic():
        webhook = Webhook.objects.create(
            project=project, url=url, events=sorted(set(events)), secret=seal(secret), created_by=user
        )
        _remember(project)
    return webhook, secret


def set_active(*, webhook: Webhook, active: bool) -> None:
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).update(active=active, stopped_because="")
        _remember(webhook.project)


def delete_webhook(*, webhook: Webhook) -> None:
    with transaction.atomic():
        webhook.delete()
        _remember(webhook.project)


def emit(*, project: Project, kind: EventKind, data: dict[str, Any]) -> None:
    """Have the project's webhooks told, if what is being done now is committed."""
    if not project.has_webhooks:
        return
    now = timezone.now()
    payload = {"type": kind.value, "timestamp": now.isoformat(), "data": {"project": project.slug, **data}}
    wanting = [one for one in project.webhooks.filter(active=True) if kind.value in one.events]
    deliveries = [WebhookDelivery(webhook=one, kind=kind, payload=payload, due_at=now) for one in wanting]
    for delivery in WebhookDelivery.objects.bulk_create(deliveries):
        enqueue(DELIVER, delivery.pk)


def tell_of_ranking(ranking: Ranking) -> None:
    """Of one that people or programs have just made; hidden checks are nobody's business, imports are no news."""
    project = ranking.prompt.project
    if not project.has_webhooks or ranking.kind in HIDDEN_CHECKS or ranking.source != Ranking.Source.HUMAN:
        return
    external = dict(ranking.prompt.responses.values_list("key", "external_id"))
    data = {
        "id": ranking.pk,
        "prompt_id": ranking.prompt.external_id,
        "annotator": pseudonyms([ranking.annotator_id])[ranking.annotator_id],
        "tiers": [[external[key] for key in tier] for tier in ranking.tiers],
        "supersedes": ranking.supersedes_id,
    }
    kind = EventKind.RANKING_REVISED if ranking.supersedes_id else EventKind.RANKING_CREATED
    emit(project=project, kind=kind, data=data)


def deliver_webhook(*, delivery_id: int) -> bool:
    """Try a delivery that is due; whether it has arrived."""
    now = timezone.now()
    # One conditional UPDATE: of two workers with the same message, one tries.
    due = WebhookDelivery.objects.filter(pk=delivery_id, status=WebhookDelivery.Status.PENDING, due_at__lte=now)
    if not due.update(due_at=now + CLAIM, attempts=F("attempts") + 1):
        return False
    delivery = WebhookDelivery.objects.select_related("webhook__project").get(pk=delivery_id)
    if not delivery.webhook.active:
        return _failed(delivery, {"error": "the webhook is switched off"})
    began = time.monotonic()
    try:
        answer = _send(delivery)
    except (httpx.HTTPError, httpx.InvalidURL, Unreadable) as error:
        return _failed(delivery, {"error": f"{type(error).__name__}: {error}"[:LONGEST_LOGGED]})
    told = {"status": answer.status_code, "ms": round(1000 * (time.monotonic() - began)), "answer": answer.text}
    if answer.is_success:
        _log(delivery, told, status=WebhookDelivery.Status.DELIVERED, delivered_at=timezone.now())
        return True
    if answer.status_code == httpx.codes.GONE:
        # The specification's word for "stop telling me".
        gone = "it answered 410 Gone"
        Webhook.objects.filter(pk=delivery.webhook_id).update(active=False, stopped_because=gone)
    return _failed(delivery, told)


def deliver_due() -> int:
    """Send the messages of deliveries whose time has come, or whose message was lost; how many."""
    due = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING, due_at__lte=timezone.now())
    ids = list(due.order_by("due_at").values_list("pk", flat=True)[:1000])
    for pk in ids:
        enqueue(DELIVER, pk)
    return len(ids)


def replay_delivery(*, delivery: WebhookDelivery) -> None:
    """Send it once more, now, under the same id; from the first attempt on if need be."""
    with transaction.atomic():
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            status=WebhookDelivery.Status.PENDING, attempts=0, due_at=timezone.now(), delivered_at=None
        )
        enqueue(DELIVER, delivery.pk)


def remove_old_deliveries() -> int:
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    old = WebhookDelivery.objects.exclude(status=WebhookDelivery.Status.PENDING).filter(created_at__lt=limit)
    return old.delete()[0]


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _send(delivery: WebhookDelivery) -> httpx.Response:
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    message, timestamp = delivery.message_id, int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Podium",
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(unseal(delivery.webhook.secret), message, timestamp, body),
    }
    with (
        outbound.client(timeout=TIMEOUT_SECONDS) as client,
        client.stream("POST", delivery.webhook.url, content=body, headers=headers) as answer,
    ):
        # A receiver that never stops talking is not listened to any longer.
        said = next(answer.iter_raw(LONGEST_LOGGED), b"")
        status = answer.status_code
    return httpx.Response(status, text=said.decode("utf-8", "replace").replace("\0", "\ufffd"))


def _failed(delivery: WebhookDelivery, told: dict[str, Any]) -> bool:
    if delivery.attempts > len(BACKOFF):
        _log(delivery, told, status=WebhookDelivery.Status.FAILED)
        logger.warning("%s was not delivered in %s attempts", delivery, delivery.attempts)
    else:
        wait = timedelta(seconds=BACKOFF[delivery.attempts - 1] * (0.9 + 0.2 * secrets.randbelow(100) / 100))
        _log(delivery, told, due_at=timezone.now() + wait)
    return False


def _log(delivery: WebhookDelivery, told: dict[str, Any], **fields: Any) -> None:
    log = [*delivery.log, {"at": timezone.now().isoformat(), **told}]
    WebhookDelivery.objects.filter(pk=delivery.pk).update(log=log[-2 * len(BACKOFF) :], **fields)


def _check(url: str, events: Sequence[str]) -> None:
    if not events or set(events) - set(EventKind.values):
        raise InvalidInput(
            f"events must be one or more of {', '.join(EventKind.values)}; got {', '.join(map(str, events)) or 'none'}"
        )
    try:
        outbound.check_url(url)
    except outbound.AddressRefused as error:
        raise InvalidInput(f"url: {error}") from None


def _remember(project: Project) -> None:
    # Kept on the project, which every ranking has at hand: one that tells nobody costs no query.
    there = Webhook.objects.filter(project=project, active=True).exists()
    Project.objects.filter(pk=project.pk).update(has_webhooks=there)
    project.has_webhooks = there
