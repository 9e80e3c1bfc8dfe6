"""A real model behind the scoring server: its scores, its memory, and a swap under load."""

import asyncio
import json
import shutil
import uuid
from pathlib import Path

import httpx
import pytest

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.score import RewardScorer
from rewardmodel.ml.train import main
from rewardmodel.scorer.app import build_app
from rewardmodel.scorer.served import ServedModel
from tests.loops import run as run_alone

from .cases import ranking_row

PROMPT = [{"role": "user", "content": "w1 w2"}]
INPUTS = [
    (PROMPT, ["good good w3", "bad w2 w4", "good good w3"]),
    (PROMPT, ["w9", "good good w3"]),
    ([{"role": "user", "content": "w5 " * 80}], ["good", "bad " * 20]),
]


@pytest.fixture(scope="module")
def decoder_folder(llama_folder: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    data = folder / "groups.jsonl"
    data.write_text("".join(json.dumps(ranking_row(n, split="train")) + "\n" for n in range(8)))
    output = folder / "model"
    flags = ["--base-model", str(llama_folder), "--max-length", "200", "--learning-rate", "1e-2", "--max-steps", "4"]
    assert main(["--data", str(data), "--output", str(output), *flags]) == 0
    return output


@pytest.mark.parametrize("folder", ["trained_folder", "decoder_folder"])
def test_it_scores_as_the_plain_model_whatever_it_remembers(folder, request):
    path = request.getfixturevalue(folder)
    plain, served = RewardScorer(path, strategy="padded"), ServedModel(path)
    expected = plain.score(INPUTS)
    for _ in range(2):
        for row, own in zip(served.score(INPUTS), expected, strict=True):
            assert row == pytest.approx(own, abs=1e-4)
    assert (served.hits, served.misses) == (7, 7)
    # Beside another sibling the long prompt is cut elsewhere, so its response is another text to the model.
    alone = [(INPUTS[2][0], ["good"])]
    assert served.score(alone)[0] == pytest.approx(plain.score(alone)[0], abs=1e-4)


def test_its_memory_is_bounded(trained_folder):
    served = ServedModel(trained_folder, remembered=3)
    for _ in range(3):
        served.score(INPUTS)
    assert len(served._memory) == 3


def test_one_that_scores_otherwise_than_in_training_is_not_served(trained_folder, tmp_path):
    damaged = tmp_path / "damaged"
    shutil.copytree(trained_folder, damaged)
    description = json.loads((damaged / "reward_model.json").read_text())
    description["golden"][0]["scores"][0] += 1.0
    text = json.dumps(description)
    (damaged / "reward_model.json").write_text(text)
    mark = json.loads((damaged / "complete.json").read_text())
    mark["files"]["reward_model.json"] = len(text.encode())
    (damaged / "complete.json").write_text(json.dumps(mark))
    with pytest.raises(InputError, match="the scores differ by 1"):
        ServedModel(damaged)


def test_a_swap_under_load_fails_nobody_and_no_reply_mixes_two_versions(trained_folder, decoder_folder, tmp_path):
    names = [uuid.uuid4(), uuid.uuid4()]
    for name, folder in zip(names, (trained_folder, decoder_folder), strict=True):
        shutil.copytree(folder, tmp_path / "reward-models" / str(name))
    expected = [RewardScorer(folder).score(INPUTS) for folder in (trained_folder, decoder_folder)]
    asked = [{"prompt": prompt, "responses": responses} for prompt, responses in INPUTS]
    app = build_app(artifacts_dir=tmp_path, token="secret")

    async def run():
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://scorer", headers={"Authorization": "Bearer secret"}
        )
        champion = [names[0]]
        answers = []

        async def caller():
            for _ in range(30):
                name = champion[0]
                answer = await client.post("/score", json={"model": str(name), "inputs": asked})
                answers.append((names.index(name), answer.status_code, answer.json()["scores"]))

        async def swap():
            await asyncio.sleep(0.05)
            assert (await client.post("/load", json={"model": str(names[1])})).text == "loaded"
            champion[0] = names[1]

        await asyncio.gather(*(caller() for _ in range(8)), swap())
        return answers, (await client.get("/metrics")).text

    answers, metrics = run_alone(run())
    assert {status for _, status, _ in answers} == {200}
    assert {version for version, _, _ in answers} == {0, 1}
    for version, _, scores in answers:
        for row, own in zip(scores, expected[version], strict=True):
            assert row == pytest.approx(own, abs=1e-4)
    assert "podium_scoring_requests_total 240.0" in metrics
    assert "podium_scoring_models 2.0" in metrics
