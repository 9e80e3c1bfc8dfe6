"""The scoring server on its own: who may ask, what it answers, which models stay in memory."""

import uuid
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rewardmodel.ml.errors import InputError
from rewardmodel.scorer import slots
from rewardmodel.scorer.app import build_app
from rewardmodel.scorer.slots import ModelSlots
from tests.loops import run as run_alone

MODEL = uuid.UUID(int=1)
ASKED = {"model": str(MODEL), "inputs": [{"prompt": [{"role": "user", "content": "Why?"}], "responses": ["a", "bcd"]}]}


class Lengths:
    """Instead of a model: the length of a response is its reward. Knows which folders it was made for."""

    loaded: list[Path] = []

    def __init__(self, folder: Path, device: str | None = None) -> None:
        if folder.name == str(uuid.UUID(int=0)):
            raise InputError(f"model {folder}: no such folder")
        self.loaded.append(folder)

    def score(self, inputs):
        return [[float(len(response)) for response in responses] for _, responses in inputs]


@pytest.fixture(autouse=True)
def lengths(monkeypatch):
    monkeypatch.setattr(slots, "load_model", Lengths)
    monkeypatch.setattr(Lengths, "loaded", [])
    return Lengths


@pytest.fixture
def scorer(tmp_path) -> TestClient:
    return TestClient(build_app(artifacts_dir=tmp_path, token="secret"), headers={"Authorization": "Bearer secret"})


def test_it_answers_one_row_of_rewards_for_each_input(scorer, lengths, tmp_path):
    answer = scorer.post("/score", json={**ASKED, "inputs": ASKED["inputs"] * 2})

    assert (answer.status_code, answer.json()) == (200, {"scores": [[1.0, 3.0], [1.0, 3.0]]})
    assert lengths.loaded == [tmp_path / "reward-models" / str(MODEL)]


def test_it_lives_without_a_token(tmp_path):
    assert TestClient(build_app(artifacts_dir=tmp_path, token="secret")).get("/healthz").text == "ok"


@pytest.mark.parametrize("header", ["", "Bearer wrong", "secret", "Bearer secret ", b"Bearer s\xe9cret"])
def test_without_the_token_it_tells_nothing(scorer, header, lengths):
    answer = scorer.post("/score", json=ASKED, headers={"Authorization": header})

    assert answer.status_code == 401
    assert lengths.loaded == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"model": 5, "inputs": []}',
        b'{"model": "../../etc", "inputs": []}',
        b'{"model": "%s"}' % str(MODEL).encode(),
        b'{"model": "%s", "inputs": 4}' % str(MODEL).encode(),
        b'{"model": "%s", "inputs": [{}]}' % str(MODEL).encode(),
    ],
)
def test_what_it_cannot_read_is_400(scorer, body):
    assert scorer.post("/score", content=body).status_code == 400


def test_a_model_it_cannot_load_is_422_with_the_reason(scorer):
    answer = scorer.post("/score", json={**ASKED, "model": str(uuid.UUID(int=0))})

    assert answer.status_code == 422
    assert "no such folder" in answer.text
    assert scorer.post("/score", json=ASKED).status_code == 200


def test_the_model_used_least_recently_leaves_when_the_slots_are_full(tmp_path, lengths):
    a, b, c = (uuid.uuid4() for _ in range(3))

    async def ask() -> None:
        held = ModelSlots(tmp_path, capacity=2)
        for model in (a, b, a, c, a, b):
            await held.get(model)
        held.close()

    run_alone(ask())

    assert [folder.name for folder in lengths.loaded] == [str(model) for model in (a, b, c, b)]
