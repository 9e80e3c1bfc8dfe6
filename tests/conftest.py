"""The cast, and what several folders of tests need: Ada annotates, Max manages, Olga is an outsider."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import translation
from playwright.sync_api import Browser, Page, expect, sync_playwright

from labeling.models import Membership, Project
from labeling.services.members import add_member
from labeling.services.projects import create_project
from tests.services import find_chromium

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its reader's language in the thread, and the next test runs in the same one."""
    yield
    translation.activate("en")


@pytest.fixture
def admin(db) -> User:
    return User.objects.create_superuser("admin", password="correct horse battery")


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password="correct horse battery")


@pytest.fixture
def max(db) -> User:
    return User.objects.create_user("max", password="correct horse battery")


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_user("olga", password="correct horse battery")


@pytest.fixture
def project(admin, ada, max) -> Project:
    """Ada annotates it and Max manages it; it has no prompts yet."""
    project = create_project(creator=admin, slug="support", name="Support", guidelines="Prefer the **true** answer.")
    add_member(project=project, user=ada, role=Membership.Role.ANNOTATOR)
    add_member(project=project, user=max, role=Membership.Role.MANAGER)
    return project


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if (program := find_chromium()) is None:
        pytest.skip("no Chromium on this machine; the suite's last line says how to install it")
    # On a busy machine a page may take its time; that it comes is what is tested.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
