"""What people see when something is not there, not allowed, too old, too much, or broken."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from django.test import Client
from django.urls import reverse

from labeling.views import projects
from tests.pages import signed_in


@pytest.fixture
def broken(monkeypatch, ada) -> Client:
    """Ada's browser at a Podium that fails on the list of projects."""

    def fail(user):
        raise RuntimeError("the list is broken")

    client = signed_in(ada)
    client.raise_request_exception = False
    monkeypatch.setattr(projects, "projects_for", fail)
    return client


def test_a_failure_is_owned_up_to_in_the_reader_s_language_and_theme(broken):
    answer = broken.get("/")
    assert answer.status_code == 500
    assert "It is our fault" in answer.content.decode()
    broken.cookies["theme"] = "dark"
    page = broken.get("/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert 'data-theme="dark"' in page
    assert '<html lang="zh-hans"' in page
    assert "list is broken" not in page


def test_the_page_of_a_failure_needs_neither_database_nor_list_of_static_files(broken, monkeypatch):
    def refuse(*args, **kwargs):
        raise RuntimeError("gone")

    def lose_the_database(user):
        monkeypatch.setattr(connection, "cursor", refuse)
        refuse()

    monkeypatch.setattr(staticfiles_storage, "url", refuse)
    # Only once the view has been reached: until then the session is read.
    monkeypatch.setattr(projects, "projects_for", lose_the_database)
    answer = broken.get("/")
    monkeypatch.undo()
    assert answer.status_code == 500
    assert "It is our fault" in answer.content.decode()


def test_a_stranger_who_follows_a_dead_link_is_told_so(db):
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


def test_a_form_from_before_the_sign_in_is_refused_in_words(ada):
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(reverse("login"), {"username": "ada", "password": "correct horse battery"})
    assert answer.status_code == 403
    assert "This page was too old" in answer.content.decode()


def test_a_guesser_is_told_how_long_to_wait(ada, settings):
    settings.AXES_FAILURE_LIMIT = 2
    browser = Client(REMOTE_ADDR="127.0.0.9")
    for _ in range(3):
        answer = browser.post(reverse("login"), {"username": "ada", "password": "wrong"})
    assert answer.status_code == 429
    page = answer.content.decode()
    assert "Too many attempts" in page
    assert "15 minutes" in page
