"""Every call of the OpenAPI description, made up from it by Schemathesis, as each role.

Whatever is sent: no crash, no answer that the description does not allow, and nothing of a project to who is not in it.
"""

from typing import Any

import pytest
import schemathesis
import yaml
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from labeling.models import ApiToken
from labeling.services.tokens import create_token
from tests.rewardmodel.api.test_contract import in_schema
from tests.rewardmodel.api.world import CALLS, make_world

EXAMPLES = 5
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A superuser may do what Max may.
ROLES = ("max", "ada", "olga", None)


@pytest.fixture(scope="module")
def described(tmp_path_factory) -> Any:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", file=str(path))
    schema = schemathesis.openapi.from_dict(yaml.safe_load(path.read_text()))
    schema.app = WSGIHandler()
    return schema


@pytest.fixture(autouse=True)
def one_transaction():
    """A request that ends closes its connection, which is here the one that will be rolled back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(project, admin, ada, max, olga, tmp_path, sent, scorer):
    return make_world(project, ada, max, tmp_path)


def parts(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_nothing_breaks_and_nothing_leaks(described, world, call, role, request):
    headers = {"Idempotency-Key": "k-1"}
    if role is not None:
        user = request.getfixturevalue(role)
        headers["Authorization"] = f"Bearer {create_token(user=user, scopes=ApiToken.SCOPES)[1]}"
    path = in_schema(call.path)
    operation = described[path][call.method]
    known = {name: world[own] for name, own in zip(parts(path), parts(call.path), strict=True)}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        real=st.integers(0, 7),
    )
    def make(case, real):
        if real != 5:
            case.path_parameters = {name: str(value) for name, value in known.items()}
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS, headers=headers)
        if role is None:
            assert answer.status_code in (401, 404, 405, 406)
        if role in ("olga", None):
            assert b"Support" not in answer.content

    make()
