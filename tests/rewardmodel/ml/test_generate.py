"""Replies of a local model: the same ones for the same seed, whatever else is asked for beside them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labeling.completions import Unavailable
from labeling.models import Job
from labeling.replies import Ask, from_child
from labeling.services.endpoints import create_endpoint
from labeling.services.generation import request_generation, run_generation_job
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.generate import Generator, Sampling
from tests.factories import import_file, to_jsonl
from tests.fixtures import artifacts, sent

from .test_template import CHATML

__all__ = ["artifacts", "sent"]
WHY = [{"role": "user", "content": "Why?"}]


@pytest.fixture(scope="module")
def chat_folder(llama_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small decoder, tuned to chat as far as its template goes."""
    folder = tmp_path_factory.mktemp("chat") / "model"
    shutil.copytree(llama_folder, folder)
    (folder / "chat_template.jinja").write_text(CHATML)
    return folder


def texts(generator: Generator, *numbers: int) -> list[str]:
    return [reply["content"] for reply in generator.replies(WHY, numbers)["replies"]]


def test_a_reply_is_the_same_whatever_is_drawn_beside_it(chat_folder: Path):
    generator = Generator(str(chat_folder), Sampling(max_new_tokens=12, seed=3))

    together = texts(generator, 0, 1, 2)
    assert len(set(together)) == 3
    assert together == [*texts(generator, 0), *texts(generator, 1), *texts(generator, 2)]
    assert texts(Generator(str(chat_folder), Sampling(max_new_tokens=12, seed=4)), 0) == together[1:2]


def test_without_temperature_it_says_what_transformers_would(chat_folder: Path):
    generator = Generator(str(chat_folder), Sampling(temperature=0.0, max_new_tokens=10))
    tokenizer, model = generator.tokenizer, generator.model

    text = tokenizer.apply_chat_template(WHY, tokenize=False, add_generation_prompt=True)
    encoded = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    expected = model.generate(**encoded, max_new_tokens=10, do_sample=False)[0, encoded["input_ids"].shape[1] :]

    assert texts(generator, 0) == [tokenizer.decode(expected, skip_special_tokens=True)]


def test_top_p_leaves_the_unlikely_out(chat_folder: Path):
    narrow = Generator(str(chat_folder), Sampling(top_p=0.0001, max_new_tokens=10, seed=5))
    likeliest = Generator(str(chat_folder), Sampling(temperature=0.0, max_new_tokens=10))

    assert texts(narrow, 0) == texts(likeliest, 0)


def test_a_conversation_that_does_not_fit_is_a_failure_of_its_own(chat_folder: Path):
    generator = Generator(str(chat_folder), Sampling(max_new_tokens=4))
    answer = generator.replies([{"role": "user", "content": "x" * 300}], [0, 1])

    assert answer["replies"] == []
    assert len(answer["failures"]) == 2
    assert "the model takes 256" in answer["failures"][0]


def test_a_model_without_a_chat_template_is_refused(llama_folder: Path):
    with pytest.raises(InputError, match="no chat template"):
        Generator(str(llama_folder), Sampling())


def test_the_command_answers_in_order_and_ends_with_its_input(chat_folder: Path):
    asked = [{"messages": WHY, "n": 2, "first": 0}, {"messages": WHY, "n": 1, "first": 1}]
    command = [sys.executable, "-m", "rewardmodel.ml.generate", "--model", str(chat_folder), "--max-new-tokens", "6"]
    done = subprocess.run(command, input=to_jsonl(*asked), capture_output=True, check=True, timeout=120)

    first, second = map(json.loads, done.stdout.splitlines())
    assert second["replies"] == first["replies"][1:]


def test_a_child_that_dies_says_why():
    with pytest.raises(Unavailable, match="no such folder"):
        list(
            from_child(
                [Ask(WHY, 1)],
                [sys.executable, "-m", "rewardmodel.ml.generate", "--model", "/no/such/model"],
                alive=lambda: None,
            )
        )


def test_prompts_are_answered_by_a_local_model(project, max, sent, chat_folder: Path):
    import_file(project, to_jsonl(*({"prompt": f"Why {number}?"} for number in range(40))), recipe="unanswered")
    endpoint = create_endpoint(
        project=project, user=max, model=str(chat_folder), name="tiny", max_tokens=8, system_prompt="Be brief."
    )
    job = request_generation(project=project, user=max, endpoints=[endpoint], n=2)
    run_generation_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.errors
    assert job.result["prompts"] == 40
    assert job.result["created"] + job.result["equal"] + len(job.result["errors"]) >= 80
    assert project.prompts.filter(awaits_responses=False).count() > 30
