"""Work goes to a worker once its row is committed, and a broker that is down loses nothing."""

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from labeling import queue
from labeling.queue import enqueue


@pytest.fixture
def broker(monkeypatch):
    """What reaches the broker."""
    messages = []

    class App:
        def send_task(self, name, args, **options):
            messages.append((name, args))

    monkeypatch.setattr(queue, "current_app", App())
    return messages


@pytest.mark.django_db(transaction=True)
def test_a_message_leaves_when_its_transaction_commits(broker):
    with transaction.atomic():
        enqueue("some.task", 4, "x")
        assert broker == []

    assert broker == [("some.task", (4, "x"))]


@pytest.mark.django_db(transaction=True)
def test_no_message_leaves_when_it_is_rolled_back(broker):
    with transaction.atomic():
        enqueue("some.task", 4)
        transaction.set_rollback(True)

    assert broker == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_is_logged_and_breaks_nothing(monkeypatch, caplog):
    class Down:
        def send_task(self, name, args, **options):
            raise OperationalError("connection refused")

    monkeypatch.setattr(queue, "current_app", Down())

    enqueue("some.task", 4)

    assert "some.task(4,) could not be sent; the reaper will send it again" in caplog.text
