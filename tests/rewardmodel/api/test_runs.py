"""Snapshots, runs and reward models over the API."""

import pytest

from labeling.services.projects import create_project
from rewardmodel.models import DatasetSnapshot, TrainingRun
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, make_prompts, rank
from tests.rewardmodel.factories import make_reward_model

RUNS = "/api/v1/projects/support/training-runs/"
MODELS = "/api/v1/projects/support/reward-models/"
SNAPSHOTS = "/api/v1/projects/support/snapshots/"
ROLLBACK = "/api/v1/projects/support/rollback/"


@pytest.fixture
def ranked(ada, prompt, sent):
    return rank(ada, prompt, "r2 > r1 = r3")


def test_a_run_goes_from_queued_to_its_end(max, ranked, tmp_path):
    started = api(max).post(RUNS, {"config": {"seed": 7}})

    run = TrainingRun.objects.get()
    path = f"/api/v1/training-runs/{run.pk}/"
    assert started.status_code == 201
    assert started.json() == {
        "id": run.pk,
        "status": "queued",
        "trigger": "api",
        "snapshot": DatasetSnapshot.objects.get().pk,
        "attempt": 1,
        "progress": {"step": 0, "total_steps": 0},
        "metrics": {},
        "error": "",
        "reward_model": None,
    }
    assert run.created_by == max

    run.claim()
    run.beat(step=3, total_steps=9, curve=[])
    seen = api(max).get(path).json()
    assert (seen["status"], seen["progress"]) == ("running", {"step": 3, "total_steps": 9})

    asked = api(max).post(f"{path}cancel/")
    assert (asked.status_code, asked.json()["status"]) == (200, "running")
    run.end_cancelled()
    assert api(max).post(f"{path}cancel/").json()["type"] == "run-ended"

    again = api(max).post(f"{path}resume/")
    assert (again.status_code, again.json()["status"], again.json()["attempt"]) == (200, "queued", 2)
    assert api(max).post(f"{path}resume/").json()["type"] == "run-active"
    assert [item["id"] for item in api(max).get(RUNS).json()["results"]] == [run.pk]


def test_one_run_at_a_time(max, ranked):
    api(max).post(RUNS)

    refused = api(max).post(RUNS)

    assert (refused.status_code, refused.json()["type"]) == (409, "run-active")
    assert TrainingRun.objects.count() == 1


def test_with_nothing_ranked_it_is_422(project, max, prompt):
    refused = api(max).post(RUNS)

    assert (refused.status_code, refused.json()["type"]) == (422, "nothing-to-train-on")
    assert "nobody has ranked" in refused.json()["detail"]
    assert api(max).post(SNAPSHOTS).status_code == 422
    assert not TrainingRun.objects.exists()


def test_with_ties_alone_it_is_422(max, ada, prompt, sent):
    rank(ada, prompt, "r1 = r2 = r3")

    refused = api(max).post(RUNS)

    assert (refused.status_code, refused.json()["type"]) == (422, "nothing-to-train-on")
    assert "every one is a tie" in refused.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"config": {"nonsense": 1}},
        {"config": {"output": "elsewhere"}},
        {"config": {"learning_rate": -1}},
        {"config": {"learning_rate": 10**400}},
        {"config": {"base_model": "\0"}},
        {"config": []},
        {"config": None},
        {"snapshot": "x"},
        [],
    ],
)
def test_a_request_that_cannot_be_is_400(max, ranked, body):
    refused = api(max).post(RUNS, body)

    assert (refused.status_code, refused.json()["type"]) == (400, "invalid")
    assert not TrainingRun.objects.exists()


def test_a_run_may_take_a_frozen_snapshot_of_its_project_alone(project, max, ada, ranked):
    frozen = api(max).post(SNAPSHOTS).json()
    rank(ada, make_prompts(project, "p-2")[0], "r1 > r2 > r3")
    other = create_project(creator=max, slug="other", name="Other")
    rank(max, make_prompts(other, "p-1")[0], "r1 > r2 > r3")
    foreign = freeze_snapshot(project=other, created_by=max)

    assert api(max).post(RUNS, {"snapshot": foreign.pk}).status_code == 404
    assert api(max).post(RUNS, {"snapshot": 10**30}).status_code == 404
    assert api(max).post(RUNS, {"snapshot": frozen["id"]}).json()["snapshot"] == frozen["id"]


def test_snapshots_are_frozen_and_listed(max, ranked):
    frozen = api(max).post(SNAPSHOTS)

    assert frozen.status_code == 201
    assert {name: frozen.json()[name] for name in ("groups", "rankings", "pairs")} == {
        "groups": 1,
        "rankings": 1,
        "pairs": 2,
    }
    assert len(frozen.json()["sha256"]) == 64
    assert api(max).post(SNAPSHOTS).json() == frozen.json()
    assert api(max).get(SNAPSHOTS).json()["results"] == [frozen.json()]


def test_models_are_listed_promoted_and_rolled_back(project, max, ada, ranked, tmp_path):
    freeze_snapshot(project=project, created_by=max)
    first, second = (make_reward_model(project, tmp_path) for _ in range(2))

    listed = api(max).get(MODELS).json()["results"]
    assert [set(item) for item in listed] == [{"id", "version", "aliases", "metrics", "run", "snapshot"}] * 2
    assert [(item["version"], item["aliases"]) for item in listed] == [(2, ["challenger"]), (1, ["champion"])]
    assert listed[1] == {
        "id": first.pk,
        "version": 1,
        "aliases": ["champion"],
        "metrics": first.metrics,
        "run": first.run_id,
        "snapshot": first.snapshot_id,
    }
    assert api(max).post(ROLLBACK).status_code == 409

    promoted = api(max).post(f"/api/v1/reward-models/{second.pk}/promote/").json()
    assert (promoted["version"], promoted["aliases"]) == (2, ["champion"])
    back = api(max).post(ROLLBACK).json()
    assert (back["version"], back["aliases"]) == (1, ["champion"])
    assert api(max).get(f"/api/v1/training-runs/{first.run_id}/").json()["reward_model"] == first.pk
