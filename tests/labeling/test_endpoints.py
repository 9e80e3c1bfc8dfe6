"""Entering an LLM: what it may be, where it may lie, and that its key stays shut."""

import pytest

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Endpoint
from labeling.services.endpoints import create_endpoint
from tests.labeling.test_generation import endpoint, server

__all__ = ["endpoint", "server"]


def test_the_key_is_sealed(project, max, endpoint):
    assert endpoint.key
    assert "sk-secret" not in endpoint.key


def test_addresses_inside_are_refused_unless_they_are_allowed(project, max, server, settings, sent):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    with pytest.raises(InvalidInput, match="ALLOW_PRIVATE_ADDRESSES"):
        create_endpoint(project=project, user=max, url=server.url, model="m")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", 2.1),
        ("temperature", float("nan")),
        ("top_p", 0),
        ("max_tokens", 0),
        ("concurrency", 65),
        ("seed", -1),
        ("key", "two words"),
        ("model", ""),
        ("model", "m" * 256),
        ("name", "n" * 101),
    ],
)
def test_figures_that_cannot_be_are_refused(project, max, server, field, value):
    given = {"model": "m", field: value}
    with pytest.raises(InvalidInput):
        create_endpoint(project=project, user=max, url=server.url, **given)
    assert not Endpoint.objects.exists()


def test_a_name_is_used_once(project, max, server, endpoint):
    with pytest.raises(Conflict, match="another name"):
        create_endpoint(project=project, user=max, url=server.url, model="m-1")
