"""The examples in the OpenAPI description are calls that were made; `RECORD_EXAMPLES=1` makes and writes them anew."""

import json
import os
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import transaction
from jsonschema import Draft202012Validator

from config.described import EXAMPLES
from tests.factories import api
from tests.rewardmodel.api.test_contract import in_schema
from tests.rewardmodel.api.world import CALLS, Call, make_world

# What cannot happen in the tests' world: there is nothing to learn from yet, or nobody has calibrated the model.
RUN = {
    "id": 12,
    "status": "queued",
    "trigger": "api",
    "snapshot": 7,
    "attempt": 1,
    "progress": {"step": 0, "total_steps": 0},
    "metrics": {},
    "error": "",
    "reward_model": None,
}
DECISION = {
    "decision": "show",
    "probability": 0.93,
    "threshold": 0.8,
    "reason": "acceptable",
    "model": {"id": 4, "version": 2},
}
BY_HAND: dict[str, tuple[int, Any]] = {
    "POST projects/{slug}/training-runs/": (201, RUN),
    "POST training-runs/{run}/resume/": (200, RUN),
    "POST projects/{slug}/decide/": (200, DECISION),
    "POST projects/{slug}/imports/": (202, {"job": "6a1f0f3e-6f5e-4a6e-9d3b-1f0f3e6a1f0f"}),
}
# Those that the world refuses, and whose answers are those of a call beside them.
WITHOUT_ANSWER = {
    "GET snapshots/{snapshot}/difference/",
    "POST projects/{slug}/rollback/",
    "POST reward-models/{model}/reject/",
    "POST reward-models/{model}/verdicts/",
}


@pytest.fixture
def world(project, ada, max, tmp_path, sent, scorer):
    return make_world(project, ada, max, tmp_path)


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", file=str(path))
    described: dict[str, Any] = yaml.safe_load(path.read_text())
    return described


def made(call: Call, world: dict[str, Any], ada, max) -> dict[str, Any]:
    """The call as whoever may make it; nothing of it stays."""
    caller = api(max if call.max < 400 or call.ada >= 400 else ada)
    with transaction.atomic():
        answer = call.make(caller, world)
        transaction.set_rollback(True)
    example: dict[str, Any] = {}
    if (body := call.body(world)) is not None:
        example["request"] = body
    if answer.status_code < 300:
        example["status"] = answer.status_code
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            example["answer"] = answer.json()
    elif str(call) in BY_HAND:
        example["status"], example["answer"] = BY_HAND[str(call)]
    return example


def test_every_call_has_an_example_that_was_made(world, ada, max):
    examples = {f"{call.method} {in_schema(call.path)}": made(call, world, ada, max) for call in CALLS}
    if os.environ.get("RECORD_EXAMPLES"):
        text = json.dumps(examples, indent=1, ensure_ascii=False, sort_keys=True, default=str)
        EXAMPLES.write_text(text + "\n", encoding="utf-8")
    stored = json.loads(EXAMPLES.read_text(encoding="utf-8"))

    assert stored.keys() == examples.keys()
    for name, example in examples.items():
        assert stored[name].keys() == example.keys(), name
        assert stored[name].get("status") == example.get("status"), name


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_an_example_keeps_to_the_description(schema, call):
    operation = schema["paths"][in_schema(call.path)][call.method.lower()]
    bodies = [
        content
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in part.get("content", {}).values()
        if "example" in content
    ]
    for content in bodies:
        described = {**content["schema"], "components": schema["components"]}
        errors = list(Draft202012Validator(described).iter_errors(content["example"]))
        assert not errors, errors[0]
    if str(call) not in WITHOUT_ANSWER and call.path != "projects/{slug}/pairs/":
        answers = [part for part in operation["responses"].values() if part.get("content")]
        has_json = any("application/json" in part["content"] for part in answers)
        assert not has_json or any("example" in part["content"].get("application/json", {}) for part in answers)
