"""The OpenAPI description against the design's table: every call, and the fields of every object."""

import json
from dataclasses import fields
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator

from labeling.selectors.exports import Choices
from tests.factories import api
from tests.rewardmodel.api.world import CALLS, make_world

# DESIGN section 5, field by field.
FIELDS = {
    "Member": {"user", "role", "cohort", "admitted"},
    "Exclusion": {
        "id",
        "user",
        "annotator",
        "reason",
        "reopened",
        "created_by",
        "created_at",
        "lifted_by",
        "lifted_at",
        "lifted_reason",
    },
    "ImportReport": {"created", "unchanged", "skipped", "errors"},
    "JobReference": {"job"},
    "Job": {"id", "kind", "status", "done", "total", "errors", "result"},
    "Assignment": {"id", "project", "prompt", "responses", "lease_expires_at", "guidelines_version"},
    "Message": {"role", "content"},
    "ShownResponse": {"id", "content"},
    "Run": {"id", "status", "trigger", "snapshot", "attempt", "progress", "metrics", "error", "reward_model"},
    "RunProgress": {"step", "total_steps"},
    "RewardModel": {"id", "version", "aliases", "metrics", "run", "snapshot"},
    "ScoreAnswer": {"model", "scores", "best"},
    "ModelReference": {"id", "version"},
    "Decision": {"decision", "probability", "threshold", "reason", "model"},
    "Problem": {"type", "title", "status", "detail", "errors"},
}
AT_LEAST = {
    "Ranking": {
        "id",
        "prompt_id",
        "annotator",
        "tiers",
        "display_order",
        "ratings",
        "acceptable",
        "flags",
        "confidence",
        "rationale",
        "supersedes",
        "created_at",
    },
    "Project": {"slug", "name", "guidelines", "overlap", "lease_minutes", "allow_ties", "dimensions"},
    "Snapshot": {"id", "sha256"},
}
LISTS = [
    "projects/",
    *(f"projects/{{slug}}/{name}/" for name in ("members", "annotators", "exclusions", "rankings")),
    *(f"projects/{{slug}}/{name}/" for name in ("snapshots", "training-runs", "reward-models")),
]
# Where the table answers with other things than 200 and a body.
ANSWERS = {
    "POST projects/": {"201"},
    "DELETE projects/{slug}/": {"204"},
    "POST projects/{slug}/members/": {"201"},
    "DELETE projects/{slug}/members/": {"204"},
    "POST projects/{slug}/exclusions/": {"201"},
    "POST projects/{slug}/prompts/": {"201", "202"},
    "POST projects/{slug}/assignments/": {"200", "204"},
    "POST projects/{slug}/guidelines-seen/": {"204"},
    "POST assignments/{assignment}/ranking/": {"200", "201"},
    "POST assignments/{assignment}/skip/": {"204"},
    "PUT assignments/{assignment}/draft/": {"204"},
    "POST rankings/{ranking}/revise/": {"200", "201"},
    "POST projects/{slug}/snapshots/": {"201"},
    "POST projects/{slug}/exports/": {"202"},
    "POST projects/{slug}/imports/": {"202"},
    "POST projects/{slug}/gold/": {"201"},
    "DELETE gold/{gold}/": {"204"},
    "POST tokens/": {"201"},
    "DELETE tokens/{token}/": {"204"},
    "POST projects/{slug}/endpoints/": {"201"},
    "DELETE endpoints/{endpoint}/": {"204"},
    "POST projects/{slug}/generations/": {"202"},
    "POST projects/{slug}/judgings/": {"202"},
    "POST projects/{slug}/webhooks/": {"201"},
    "DELETE webhooks/{webhook}/": {"204"},
    "POST projects/{slug}/training-runs/": {"201"},
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory) -> dict[str, Any]:
    """As drf-spectacular makes it; a warning fails."""
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    described: dict[str, Any] = yaml.safe_load(path.read_text())
    return described


def in_schema(path: str) -> str:
    names = {
        "job": "job_id",
        "assignment": "assignment_id",
        "ranking": "ranking_id",
        "run": "run_id",
        "snapshot": "snapshot_id",
        "model": "model_id",
        "exclusion": "exclusion_id",
        "stopped": "job_id",
        "gold": "gold_id",
        "token": "token_id",
        "endpoint": "endpoint_id",
        "webhook": "webhook_id",
        "delivery": "delivery_id",
    }
    for name, called in names.items():
        path = path.replace("{" + name + "}", "{" + called + "}")
    return "/api/v1/" + path


def test_every_call_of_the_design_is_described_and_no_other(schema):
    described = {(method.upper(), path) for path, methods in schema["paths"].items() for method in methods}

    assert described == {(call.method, in_schema(call.path)) for call in CALLS}


@pytest.mark.parametrize("name", FIELDS)
def test_an_object_has_the_fields_of_the_design(schema, name):
    assert set(schema["components"]["schemas"][name]["properties"]) == FIELDS[name]


@pytest.mark.parametrize("name", AT_LEAST)
def test_an_object_with_more_has_those_of_the_design(schema, name):
    assert set(schema["components"]["schemas"][name]["properties"]) >= AT_LEAST[name]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_call_answers_as_described_or_with_a_problem(schema, call):
    answers = schema["paths"][in_schema(call.path)][call.method.lower()]["responses"]

    assert set(answers) == ANSWERS.get(str(call), {"200"}) | {"default"}
    problem = answers["default"]["content"]["application/problem+json"]["schema"]
    assert problem == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_described_as_the_page_it_is(schema, path):
    answer = schema["paths"][in_schema(path)]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = schema["components"]["schemas"][answer["$ref"].rpartition("/")[2]]

    assert set(page["properties"]) == {"next", "previous", "results"}


def test_the_ranking_calls_ask_for_an_idempotency_key(schema):
    for path in ("assignments/{assignment}/ranking/", "rankings/{ranking}/revise/"):
        (header,) = [item for item in schema["paths"][in_schema(path)]["post"]["parameters"] if item["in"] == "header"]
        assert (header["name"], header["required"]) == ("Idempotency-Key", True)


def test_the_export_describes_its_choices(schema):
    parameters = schema["paths"]["/api/v1/projects/{slug}/pairs/"]["get"]["parameters"]
    query = {item["name"]: item["schema"] for item in parameters if item["in"] == "query"}

    assert set(query) == {"snapshot", *(field.name for field in fields(Choices))}
    assert (query["format"]["default"], query["shape"]["default"]) == ("jsonl", "trl")
    assert set(query["shape"]["enum"]) == {"trl", "dpo", "kto", "openrlhf", "hh", "groups", "tokenized"}
    assert query["include_ties"]["type"] == "boolean"


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_what_a_call_really_answers_is_what_the_description_says(schema, project, ada, max, tmp_path, sent, call):
    world = make_world(project, ada, max, tmp_path)
    user = ada if call.ada < 300 else max
    answer = call.make(api(user), world)
    answers = schema["paths"][in_schema(call.path)][call.method.lower()]["responses"]
    content = answers.get(str(answer.status_code), answers["default"]).get("content")
    if content is None or answer.streaming:
        assert answer.status_code in {200, 204}
        return

    described = content[answer["Content-Type"]]["schema"]
    body = json.loads(answer.content)

    Draft202012Validator({**described, "components": schema["components"]}).validate(body)
    if "$ref" in described:
        properties = schema["components"]["schemas"][described["$ref"].rpartition("/")[2]]["properties"]
        # `errors` of an import's report comes only where there are some.
        assert set(body) | {"errors"} >= set(properties)
        assert set(body) <= set(properties)


def test_the_description_and_its_pages_are_open(client):
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/docs/").status_code == 200
