"""What a test is given: a folder for files, the messages sent, a prompt, an assignment. Its conftest imports them."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from labeling import queue
from labeling.models import Assignment, Project, Prompt
from tests.factories import lend, make_prompts


@pytest.fixture(autouse=True)
def artifacts(settings, tmp_path: Path) -> Path:
    """Where uploads, snapshots and models lie during this test alone."""
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    return tmp_path / "artifacts"


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, tuple[int | str, ...]]]:
    """The messages that reach the broker: the task's name and its arguments. None is sent for real."""
    messages: list[tuple[str, tuple[int | str, ...]]] = []
    monkeypatch.setattr(queue, "_send", lambda task, args: messages.append((task, args)))
    return messages


@pytest.fixture
def prompt(project: Project) -> Prompt:
    """Prompt p-1 with the responses r1, r2 and r3."""
    return make_prompts(project, "p-1")[0]


@pytest.fixture
def assignment(ada: User, prompt: Prompt) -> Assignment:
    """Prompt p-1, lent to Ada."""
    return lend(ada, prompt)
