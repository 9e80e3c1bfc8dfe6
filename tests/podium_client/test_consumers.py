"""What leaves Podium is taken as it is by those who train on it: `datasets` and TRL, the real ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, KTOConfig, KTOTrainer, RewardConfig, RewardTrainer

from labeling.selectors.exports import Choices, export_pieces
from labeling.services.tokens import create_token
from podium_client import GRPOReward, Podium
from tests.factories import make_prompts, rank
from tests.fixtures import artifacts, prompt
from tests.rewardmodel.conftest import model, scorer, scorer_url
from tests.rewardmodel.ml.conftest import llama_folder

__all__ = ["artifacts", "llama_folder", "model", "prompt", "scorer", "scorer_url"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.torch]

CHATML = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def ranked(project, ada):
    for made in make_prompts(project, *(f"p-{number}" for number in range(8))):
        keys = dict(made.responses.values_list("external_id", "key"))
        rank(ada, made, "r2 > r3 > r1", acceptable=[keys["r2"]])


@pytest.fixture
def token(max) -> str:
    return create_token(user=max, scopes=["read", "score"])[1]


def written(project, folder: Path, **choices) -> str:
    chosen = Choices(**choices)
    path = folder / f"export{chosen.suffix}"
    path.write_bytes(b"".join(export_pieces(project, chosen)))
    return str(path)


@pytest.fixture
def tokenizer(llama_folder):
    tokenizer = AutoTokenizer.from_pretrained(llama_folder)
    tokenizer.chat_template = CHATML
    return tokenizer


def quiet(folder: Path, **options):
    common = {"max_steps": 2, "per_device_train_batch_size": 2, "use_cpu": True, "bf16": False, "save_strategy": "no"}
    return {"output_dir": str(folder), "report_to": "none", "disable_tqdm": True, **common, **options}


class TestDatasets:
    @pytest.mark.parametrize("shape", ["trl", "dpo", "kto", "openrlhf", "hh", "groups"])
    @pytest.mark.parametrize("format", ["jsonl", "parquet"])
    def test_every_shape_loads_from_its_file(self, project, ranked, tmp_path, shape, format):
        path = written(project, tmp_path, shape=shape, format=format)
        loaded = load_dataset("json" if format == "jsonl" else "parquet", data_files=path, split="train")
        assert len(loaded) == {"kto": 24, "groups": 8}.get(shape, 24)

    def test_csv_and_compressed_files_load(self, project, ranked, tmp_path):
        rows = load_dataset("csv", data_files=written(project, tmp_path, shape="hh", format="csv"), split="train")
        assert rows[0]["chosen"].startswith("\n\nHuman: ")
        for compression in ("gzip", "zstd"):
            path = written(project, tmp_path, compression=compression)
            assert len(load_dataset("json", data_files=path, split="train")) == 24

    def test_it_loads_from_the_url_with_a_token(self, live_server, token, project, ranked, tmp_path):
        url = f"{live_server.url}/api/v1/projects/support/pairs/?shape=trl&split=train"
        # In a process of its own: this one tells the library that there is no network.
        code = (
            "import sys; from datasets import load_dataset\n"
            "headers = {'headers': {'Authorization': 'Bearer ' + sys.argv[2]}}\n"
            "options = {**headers, 'client_kwargs': headers}\n"
            "print(len(load_dataset('json', data_files=sys.argv[1], split='train', storage_options=options)))\n"
        )
        environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hub")}
        found = subprocess.run(
            [sys.executable, "-c", code, url, token], env=environment, capture_output=True, text=True, timeout=120
        )
        assert found.returncode == 0, found.stderr[-2000:]
        expected = sum(made.split == "train" for made in project.prompts.all()) * 3
        assert int(found.stdout) == expected

    def test_the_client_gives_a_dataset(self, live_server, token, ranked):
        with Podium(live_server.url, token) as podium:
            assert podium.dataset("support", shape="dpo").column_names == ["prompt", "chosen", "rejected"]


class TestTrl:
    def test_the_reward_trainer_takes_trl_as_it_is(self, project, ranked, tmp_path, llama_folder, tokenizer):
        model = AutoModelForSequenceClassification.from_pretrained(llama_folder, num_labels=1)
        model.config.pad_token_id = tokenizer.pad_token_id
        data = load_dataset("json", data_files=written(project, tmp_path), split="train")
        arguments = RewardConfig(**quiet(tmp_path / "out", max_length=64))
        trainer = RewardTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
        assert torch.isfinite(torch.tensor(trainer.train().training_loss))
        assert len(trainer.train_dataset) == 24

    def test_the_dpo_trainer_takes_dpo_as_it_is(self, project, ranked, tmp_path, llama_folder, tokenizer):
        model = AutoModelForCausalLM.from_pretrained(llama_folder)
        path = written(project, tmp_path, shape="dpo", format="parquet")
        data = load_dataset("parquet", data_files=path, split="train")
        arguments = DPOConfig(**quiet(tmp_path / "out", max_length=64))
        trainer = DPOTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
        assert torch.isfinite(torch.tensor(trainer.train().training_loss))

    def test_the_kto_trainer_takes_kto_as_it_is(self, project, ranked, tmp_path, llama_folder, tokenizer):
        model = AutoModelForCausalLM.from_pretrained(llama_folder)
        data = load_dataset("json", data_files=written(project, tmp_path, shape="kto"), split="train")
        arguments = KTOConfig(**quiet(tmp_path / "out", max_length=64))
        trainer = KTOTrainer(model=model, args=arguments, train_dataset=data, processing_class=tokenizer)
        assert torch.isfinite(torch.tensor(trainer.train().training_loss))

    def test_grpo_is_rewarded_by_the_champion(
        self, live_server, token, model, scorer, project, tmp_path, llama_folder, tokenizer, monkeypatch
    ):
        policy = AutoModelForCausalLM.from_pretrained(llama_folder)
        prompts = [{"prompt": f"hello {number}"} for number in range(4)]
        path = tmp_path / "prompts.jsonl"
        path.write_text("".join(json.dumps(prompt) + "\n" for prompt in prompts))
        data = load_dataset("json", data_files=str(path), split="train")
        said = []
        with Podium(live_server.url, token) as podium:
            reward = GRPOReward("support", client=podium)

            def heard(prompts, completions, **more):
                rewards = reward(prompts, completions, **more)
                said.extend(zip(completions, rewards, strict=True))
                return rewards

            heard.__name__ = reward.__name__
            arguments = GRPOConfig(**quiet(tmp_path / "out", num_generations=2, max_completion_length=8))
            trainer = GRPOTrainer(
                model=policy, reward_funcs=heard, args=arguments, train_dataset=data, processing_class=tokenizer
            )
            trainer.train()

        assert said
        # The scorer of the tests says the run's number and the length of the response.
        for completion, value in said:
            assert value == model.run_id * 1000 + len(completion if completion.strip() else "(no response)"), completion
        assert any("rewards/podium_support/mean" in entry for entry in trainer.state.log_history)
