"""Handing work to a worker: by the task's name and the row's id, once the row is committed."""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task: str, *args: int | str) -> None:
    """Send `task` when the current transaction commits.

    Services name tasks instead of importing them, for tasks import services. While the broker is down the row stays
    queued, and the reaper in beat sends it again.
    """
    transaction.on_commit(partial(_send, task, args))


def _send(task: str, args: tuple[int | str, ...]) -> None:
    try:
        current_app.send_task(task, args=args, retry_policy={"max_retries": 1, "interval_start": 0.1})
    except OperationalError:
        logger.exception("%s%s could not be sent; the reaper will send it again", task, args)
