"""The gate over real models: a better one goes live, one that learned from turned labels does not, whatever the new
test prompts say.
"""

import hashlib
import json
from pathlib import Path

import pytest

from rewardmodel.ml.train import main
from rewardmodel.models import DatasetSnapshot, RewardModel, TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services.gate import judge_challenger, update_gate_policy
from rewardmodel.services.registry import register_reward_model
from rewardmodel.verdicts import headline
from tests.fixtures import artifacts

from .cases import ranking_row

__all__ = ["artifacts"]


def turned(row: dict) -> dict:
    [ranking] = row["rankings"]
    return {**row, "rankings": [{**ranking, "tiers": ranking["tiers"][::-1]}]}


@pytest.fixture
def version(project, artifacts, bert_folder, tmp_path):
    """Train on groups, for so many passes, and register what comes of it."""

    def make(groups: list[dict], epochs: int) -> RewardModel:
        text = "".join(json.dumps(group) + "\n" for group in groups)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        snapshot, _ = DatasetSnapshot.objects.get_or_create(
            project=project, sha256=sha256, defaults={"groups": len(groups), "rankings": len(groups), "pairs": 1}
        )
        snapshot.path.parent.mkdir(parents=True, exist_ok=True)
        snapshot.path.write_text(text)
        run = TrainingRun.objects.create(project=project, snapshot=snapshot, trigger="manual")
        run.claim()
        output: Path = tmp_path / f"run-{run.pk}"
        flags = ["--data", str(snapshot.path), "--output", str(output), "--base-model", str(bert_folder)]
        flags += ["--max-length", "64", "--learning-rate", "1e-2", "--num-train-epochs", str(epochs)]
        assert main(flags) == 0
        metrics = json.loads((output / "metrics.json").read_text())
        run.succeed(metrics)
        return register_reward_model(run=run, output=output, metrics=metrics)

    return make


def test_a_better_model_goes_live_and_a_poisoned_one_never_does(project, max, version):
    update_gate_policy(project=project, by=max, max_slowdown=100.0, max_ece=1.0, max_length_correlation=1.0)
    known = [ranking_row(n, split="train") for n in range(40)] + [ranking_row(100 + n, split="test") for n in range(60)]

    # One step from its random head, against what learned for six passes.
    first = version(known[:3] + known[40:], 1)
    better = version(known, 6)
    assert champion(project) == first
    verdict = judge_challenger(model_id=better.pk)
    assert verdict.passed, headline(verdict)
    assert champion(project) == better

    # A batch turned round, in training and among the new test prompts: by those it looks the better model.
    poison = [turned(ranking_row(n, split="train")) for n in range(200, 360)]
    poison += [turned(ranking_row(n, split="test")) for n in range(400, 700)]
    poisoned = version(known + poison, 6)
    verdict = judge_challenger(model_id=poisoned.pk)

    assert verdict.comparison["difference"] > 0.3
    assert not verdict.passed
    assert [check["name"] for check in verdict.checks if not check["passed"]] == ["no_slice_worse"]
    assert "“measured_before: yes”" in headline(verdict)
    assert champion(project) == better
