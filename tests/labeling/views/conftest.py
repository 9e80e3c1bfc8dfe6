"""The cast's browsers, signed in; and prompts to rank."""

import pytest
from django.test import Client

from labeling.models import Prompt
from tests.factories import make_prompts
from tests.pages import signed_in


@pytest.fixture
def as_ada(ada) -> Client:
    return signed_in(ada)


@pytest.fixture
def as_max(max) -> Client:
    return signed_in(max)


@pytest.fixture
def as_olga(olga) -> Client:
    return signed_in(olga)


@pytest.fixture
def prompts(project) -> list[Prompt]:
    """Three prompts, each with three responses of secret models."""
    responses = [{"id": f"r{number}", "content": f"Reply {number}", "model": f"secret-{number}"} for number in range(3)]
    for number in range(3):
        messages = [
            {"role": "system", "content": "You help bakers."},
            {"role": "user", "content": f"Question {number}?"},
        ]
        make_prompts(project, f"p{number}", responses=responses, prompt=messages)
    return list(project.prompts.order_by("pk"))
