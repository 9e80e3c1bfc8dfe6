"""What a load balancer and a monitor see."""

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisConnectionError


def test_a_process_that_lives_says_so(client):
    assert client.get("/healthz").content == b"ok"


def test_ready_with_database_broker_migrations_and_an_admin(client, admin):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "ok", "broker": "ok", "migrations": "ok", "seed": "ok"}


def test_not_ready_before_the_seed(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "seed_demo" in answer.json()["seed"]


def test_not_ready_without_the_broker_and_no_address_is_given_away(client, admin, monkeypatch):
    def refuse(*args):
        raise RedisConnectionError("redis://:secret@10.0.0.1:6379")

    monkeypatch.setattr(cache, "get", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "ConnectionError")


@pytest.mark.django_db
def test_metrics_count_what_is_there(client, project):
    text = client.get("/metrics").content.decode()
    assert "podium_projects 1.0" in text
    assert 'podium_training_runs{status="running"} 0.0' in text


@pytest.mark.parametrize("charset", ["hex", "zip", "no-such-thing"])
def test_a_charset_that_is_no_text_encoding_breaks_no_query(client, charset):
    answer = client.generic("GET", "/healthz?a=1", content_type=f"text/plain; charset={charset}")
    assert answer.wsgi_request.GET["a"] == "1"
