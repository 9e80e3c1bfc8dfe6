"""Webhooks: nothing that happened is untold, nothing that did not happen is told, and nobody inside is reached."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from labeling import outbound, vault
from labeling.exceptions import InvalidInput
from labeling.judgements import Judgement
from labeling.models import EventKind, Webhook, WebhookDelivery
from labeling.services import webhooks
from labeling.services.rankings import revise_ranking
from labeling.services.watching import watch_projects
from labeling.services.webhooks import create_webhook, deliver_due, deliver_webhook, replay_delivery, set_active
from tests.factories import import_file, make_prompts, rank, row, tiers_of, to_jsonl


class Listener:
    """Somebody else's server, which answers as it is told and remembers what it was sent."""

    def __init__(self) -> None:
        self.answers, self.requests = [], []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.requests.append((dict(self.headers), body))
                self.send_response(listener.answers.pop(0) if listener.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?a=1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def hook(project, max, listener):
    return create_webhook(project=project, url=listener.url, events=EventKind.values, user=max)


def told(kind: str = "") -> list[dict]:
    found = WebhookDelivery.objects.order_by("pk")
    return [one.payload for one in (found.filter(kind=kind) if kind else found)]


def later(**span) -> None:
    WebhookDelivery.objects.update(due_at=timezone.now() - timedelta(**span))


class TestOutbox:
    def test_a_ranking_and_its_revision_are_told_without_a_name(self, project, hook, ada, prompt):
        ranking = rank(ada, prompt, "r2 > r1 = r3")
        judgement = Judgement(tiers=tiers_of(prompt, "r3 > r1 > r2"))
        revised, _ = revise_ranking(ranking=ranking, judgement=judgement, idempotency_key="again")

        first, second = told()
        assert (first["type"], second["type"]) == ("ranking.created", "ranking.revised")
        assert first["data"]["tiers"] == [["r2"], ["r1", "r3"]]
        assert second["data"] == {
            **first["data"],
            "id": revised.pk,
            "tiers": [["r3"], ["r1"], ["r2"]],
            "supersedes": ranking.pk,
        }
        assert first["data"]["annotator"] != "ada"

    def test_what_is_rolled_back_was_never_told(self, project, hook, ada, prompt, sent):
        with transaction.atomic():
            rank(ada, prompt, "r2 > r1 = r3")
            transaction.set_rollback(True)
        assert told() == []
        assert not [message for message in sent if "webhook" in str(message)]

    def test_imports_are_no_news(self, project, hook):
        group = {**row("p-1"), "rankings": [{"annotator": "x", "tiers": [["r1"], ["r2"], ["r3"]]}]}
        import_file(project, to_jsonl(group), recipe="groups")
        assert told() == []

    def test_a_project_without_webhooks_asks_nothing_of_the_database(
        self, project, ada, prompt, django_assert_max_num_queries
    ):
        project.refresh_from_db()
        with django_assert_max_num_queries(0):
            webhooks.emit(project=project, kind=EventKind.RUN_FINISHED, data={})

    def test_only_the_events_that_were_asked_for(self, project, max, listener, ada, prompt):
        create_webhook(project=project, url=listener.url, events=["run.finished"], user=max)
        rank(ada, prompt, "r2 > r1 = r3")
        assert told() == []


class TestDelivery:
    @pytest.fixture
    def delivery(self, hook, ada, prompt) -> WebhookDelivery:
        rank(ada, prompt, "r2 > r1 = r3")
        return WebhookDelivery.objects.get()

    def test_the_signature_is_what_the_specifications_library_checks(self, delivery, hook, listener):
        assert deliver_webhook(delivery_id=delivery.pk)

        [(headers, body)] = listener.requests
        assert Receiver(hook[1]).verify(body, headers)["data"]["prompt_id"] == "p-1"
        with pytest.raises(WebhookVerificationError):
            Receiver(hook[1]).verify(body + b" ", headers)
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts, delivery.log[0]["status"]) == ("delivered", 1, 204)
        assert not deliver_webhook(delivery_id=delivery.pk), "a message that comes twice sends nothing twice"
        assert len(listener.requests) == 1

    def test_it_is_tried_again_under_the_same_id_until_it_arrives(self, delivery, hook, listener):
        listener.answers = [500, 302, 204]
        for _ in range(3):
            assert deliver_due() == 1
            deliver_webhook(delivery_id=delivery.pk)
            assert deliver_due() == 0, "not before its time"
            later(seconds=1)

        assert len({headers["webhook-id"] for headers, _ in listener.requests}) == 1
        delivery.refresh_from_db()
        assert delivery.status == "delivered"
        assert [one["status"] for one in delivery.log] == [500, 302, 204], "a redirect is not followed"

    def test_after_a_day_it_is_given_up_and_can_be_sent_once_more(self, delivery, hook, listener):
        listener.answers = [503] * 30
        tries = 0
        while WebhookDelivery.objects.get().status == "pending":
            deliver_webhook(delivery_id=delivery.pk)
            tries += 1
            waited = WebhookDelivery.objects.get().due_at - timezone.now()
            later(seconds=1)
            assert tries < 30
            assert waited < timedelta(hours=11.5)
        assert tries == 11
        assert 24 * 3600 < sum(webhooks.BACKOFF) < 30 * 3600
        listener.answers = []

        replay_delivery(delivery=WebhookDelivery.objects.get())
        assert deliver_webhook(delivery_id=delivery.pk)
        assert len({headers["webhook-id"] for headers, _ in listener.requests}) == 1

    def test_a_receiver_that_is_gone_for_good_is_told_nothing_more(self, project, delivery, hook, listener):
        listener.answers = [410]
        deliver_webhook(delivery_id=delivery.pk)
        webhook = Webhook.objects.get()
        assert (webhook.active, webhook.stopped_because) == (False, "it answered 410 Gone")

    def test_nobody_listening_is_a_failure_like_another(self, delivery, listener):
        listener.close()
        assert not deliver_webhook(delivery_id=delivery.pk)
        assert "ConnectError" in WebhookDelivery.objects.get().log[0]["error"]

    def test_switched_off_it_is_not_sent(self, project, delivery, hook, listener, ada):
        set_active(webhook=hook[0], active=False)
        assert not deliver_webhook(delivery_id=delivery.pk)
        rank(ada, make_prompts(project, "p-2")[0], "r1 > r2 > r3")
        assert len(told()) == 1
        assert listener.requests == []

    def test_what_was_sealed_under_another_key_is_said(self, delivery, settings, listener):
        settings.SECRET_KEY = "another"
        assert not deliver_webhook(delivery_id=delivery.pk)
        assert "enter it again" in WebhookDelivery.objects.get().log[0]["error"]


class TestWatching:
    def test_a_finished_project_is_told_once_and_again_after_more_work(self, project, hook, ada, prompt):
        assert watch_projects() == 0
        rank(ada, prompt, "r2 > r1 = r3")
        assert [watch_projects(), watch_projects()] == [1, 0]
        assert told("project.finished")[0]["data"] == {"project": "support", "prompts": 1, "rankings": 1}
        [more] = make_prompts(project, "p-2")
        watch_projects()
        rank(ada, more, "r1 > r2 > r3")
        assert watch_projects() == 1

    def test_an_annotators_new_signal_is_told_once(self, project, hook, ada, max, monkeypatch):
        from labeling.services import watching

        codes = {}
        monkeypatch.setattr(watching, "_signals", lambda project: codes)
        assert watch_projects() == 0
        codes["a-1"] = ["too-fast"]
        assert [watch_projects(), watch_projects()] == [1, 0]
        codes["a-1"] = ["one-slot", "too-fast"]
        watch_projects()
        assert [one["data"]["signals"] for one in told("quality.alert")] == [["too-fast"], ["one-slot"]]


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1/",
            "http://localhost:8000/",
            "http://[::1]/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::ffff:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://224.0.0.1/",
            "http://100.64.0.1/",
        ],
    )
    def test_what_is_not_public_is_refused(self, project, max, url):
        with pytest.raises(InvalidInput, match=r"no public address|has no address"):
            create_webhook(project=project, url=url, events=["ranking.created"], user=max)

    @pytest.mark.parametrize(
        "url", ["", "nonsense", "ftp://host/", "file:///etc/passwd", "http://user:secret@example.com/"]
    )
    def test_what_is_no_address_is_refused(self, project, max, url):
        with pytest.raises(InvalidInput):
            create_webhook(project=project, url=url, events=["ranking.created"], user=max)

    def test_a_name_that_leads_inside_by_then_is_not_followed(self, hook, ada, prompt, listener, settings):
        rank(ada, prompt, "r2 > r1 = r3")
        settings.ALLOW_PRIVATE_ADDRESSES = False

        assert not deliver_webhook(delivery_id=WebhookDelivery.objects.get().pk)

        assert listener.requests == []
        assert "no public address" in WebhookDelivery.objects.get().log[0]["error"]

    def test_the_connection_goes_to_the_address_that_was_looked_at(self, listener, monkeypatch, settings):
        """A name server may answer otherwise the second time it is asked."""
        settings.ALLOW_PRIVATE_ADDRESSES = False
        looked = []

        def resolve(host, port, *rest, **more):
            looked.append(host)
            address = "93.184.216.34" if len(looked) == 1 else "127.0.0.1"
            return [(2, 1, 6, "", (address, port))]

        monkeypatch.setattr(outbound.socket, "getaddrinfo", resolve)
        assert outbound._public_address("rebinding.example", 80) == "93.184.216.34"
        with pytest.raises(outbound.AddressRefused):
            outbound._public_address("rebinding.example", 80)

    def test_unknown_events_are_refused(self, project, max):
        with pytest.raises(InvalidInput, match=r"ranking\.created, ranking\.revised"):
            create_webhook(project=project, url="http://192.0.2.7/", events=["ranking.lost"], user=max)


def test_a_sealed_secret_opens_with_the_old_key_after_a_change(settings):
    sealed = vault.seal("very secret")
    assert "secret" not in sealed
    old, settings.SECRET_KEY = settings.SECRET_KEY, "new"
    with pytest.raises(vault.Unreadable):
        vault.unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert vault.unseal(sealed) == "very secret"


class TestPages:
    def test_a_manager_adds_one_and_sees_its_secret_once(self, client, project, max, listener):
        client.force_login(max)
        page = f"/projects/{project.slug}/webhooks/"
        made = client.post(page, {"url": listener.url, "events": ["ranking.created"]})
        assert b"whsec_" in made.content
        assert b"whsec_" not in client.get(page).content
        assert vault.unseal(Webhook.objects.get().secret).startswith("whsec_")

    def test_an_address_inside_is_refused_on_the_page(self, client, project, max):
        client.force_login(max)
        answer = client.post(
            f"/projects/{project.slug}/webhooks/", {"url": "http://127.0.0.1/", "events": ["run.finished"]}
        )
        assert answer.status_code == 422
        assert b"no public address" in answer.content

    def test_a_delivery_is_read_and_replayed(self, client, project, max, hook, ada, prompt, listener):
        rank(ada, prompt, "r2 > r1 = r3")
        delivery = WebhookDelivery.objects.get()
        deliver_webhook(delivery_id=delivery.pk)
        client.force_login(max)

        page = client.get(f"/projects/{project.slug}/webhooks/{hook[0].pk}/")
        assert delivery.message_id in page.content.decode()
        client.post(f"/projects/{project.slug}/deliveries/{delivery.pk}/replay/")
        assert WebhookDelivery.objects.get().status == "pending"

    def test_annotators_and_strangers_see_nothing(self, client, project, ada, hook):
        client.force_login(ada)
        assert client.get(f"/projects/{project.slug}/webhooks/").status_code == 403


def test_a_payload_is_json_of_the_texts_themselves(project, hook, max):
    webhooks.emit(project=project, kind=EventKind.RUN_FINISHED, data={"error": "Größe ⚠"})
    delivery = WebhookDelivery.objects.get()
    assert json.loads(delivery.payload_text)["data"]["error"] == "Größe ⚠"
