import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rewardmodel.ml.evaluate import main as evaluate
from rewardmodel.ml.groups import Message
from rewardmodel.ml.score import RewardScorer
from rewardmodel.ml.score import main as score

from .cases import ranking_row

LOAD_IN_A_FRESH_PROCESS = """
import json, sys, torch
from transformers import AutoModelForSequenceClassification
folder, rows, types = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
with torch.no_grad():
    scores = [
        model(input_ids=torch.tensor([row]), token_type_ids=torch.tensor([kind])).logits.item()
        for row, kind in zip(rows, types)
    ]
print(json.dumps(scores))
"""


@pytest.fixture
def scorer(trained_folder: Path) -> RewardScorer:
    return RewardScorer(trained_folder)


def test_scores_come_back_in_the_order_of_prompts_and_responses(scorer: RewardScorer):
    prompt = [Message(role="user", content="w1 w2")]

    [[bad, good], none, [alone]] = scorer.score([(prompt, ["bad bad", "good good"]), (prompt, []), ([], ["w4"])])

    assert good > bad
    assert none == []
    assert scorer.score([(prompt, ["good good"])]) == [[pytest.approx(good, abs=1e-5)]]
    assert scorer.score([([], ["w4"])]) == [[pytest.approx(alone, abs=1e-5)]]
    assert scorer.score([]) == []


def test_hugging_face_alone_gives_the_same_scores_in_a_fresh_process(scorer: RewardScorer, trained_folder: Path):
    golden = scorer.description["golden"][1]
    rows = golden["input_ids"]
    types = [[0] * (row.index(3) + 1) + [1] * (len(row) - row.index(3) - 1) for row in rows]

    answer = subprocess.run(
        [sys.executable, "-c", LOAD_IN_A_FRESH_PROCESS, str(trained_folder), json.dumps(rows), json.dumps(types)],
        capture_output=True,
        text=True,
        check=True,
    )

    np.testing.assert_allclose(json.loads(answer.stdout), golden["scores"], atol=1e-5)


def test_the_command_writes_one_line_a_group_in_the_files_order(trained_folder: Path, tmp_path: Path, write_rows):
    rows = [ranking_row(n, responses=2 + n % 3) for n in range(7)]
    rows.append(
        {"id": "bare", "prompt": "w1", "responses": ["w2"]}
    )  # nothing ranked, one response: scored all the same
    output = tmp_path / "scores.jsonl"

    code = score(["--data", write_rows(rows), "--model", str(trained_folder), "--output", str(output)])

    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert code == 0
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    assert [len(line["scores"]) for line in lines] == [len(row["responses"]) for row in rows]
    assert not list(tmp_path.glob("*.partial"))


def test_the_report_of_evaluate_equals_the_metrics_of_training(trained_folder: Path, tmp_path: Path):
    data, output = trained_folder.parent / "groups.jsonl", tmp_path / "report.json"

    code = evaluate(["--data", str(data), "--model", str(trained_folder), "--output", str(output)])

    report = json.loads(output.read_text())
    metrics = json.loads((trained_folder / "metrics.json").read_text())
    assert code == 0
    assert report["test"]["accuracy_interval"] == metrics["test"]["accuracy_interval"]
    numbers = {name for name, value in metrics["test"].items() if isinstance(value, float | int)}
    assert {"log_loss", "ece", "kendall_tau_b", "temperature"} <= numbers
    assert {name: report["test"][name] for name in numbers} == pytest.approx(
        {name: metrics["test"][name] for name in numbers}, rel=1e-5
    )
    assert report["validation"] is None
    assert report["all"]["pairs"] == report["train"]["pairs"] + report["test"]["pairs"] == 96


def test_the_golden_scores_are_verified_from_the_shell(trained_folder: Path, capsys: pytest.CaptureFixture[str]):
    assert score(["--model", str(trained_folder), "--verify-golden"]) == 0
    assert "golden scores and token ids are equal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model", "/none", "--verify-golden"], "model /none: no such folder"),
        (["--model", "/none"], "--data and --output are needed"),
        ([], "required: --model"),
    ],
)
def test_wrong_flags_are_explained(flags: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    assert score(flags) == 2
    assert message in capsys.readouterr().err
