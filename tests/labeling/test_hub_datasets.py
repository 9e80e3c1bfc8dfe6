"""Data sets of the Hugging Face hub: a hub in miniature, asked by the real `datasets` and `huggingface_hub`."""

import pytest
from django.core.management import CommandError, call_command

from labeling.models import Ranking
from labeling.services.jobs import import_url, run_import_job
from tests.factories import row, to_jsonl
from tests.hub import running_hub

CONFIGS = b"""---
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train.jsonl}
  - {split: test, path: data/test.jsonl}
---
"""
PAIR = {"prompt": "Why?", "chosen": "Because.", "rejected": "No."}


@pytest.fixture
def hub(monkeypatch, settings, tmp_path):
    settings.IMPORT_URLS = ["hf://"]
    with running_hub() as hub:
        hub.datasets["acme/replies"] = {
            "README.md": CONFIGS,
            "data/train.jsonl": to_jsonl(*(row(f"p-{number}") for number in range(30))),
            "data/test.jsonl": to_jsonl(row("t-1")),
        }
        for name, value in {"ENDPOINT": hub.url, "HUB_OFFLINE": "0", "HOME": str(tmp_path), "TOKEN": "hf_ours"}.items():
            monkeypatch.setenv(f"HF_{name}", value)
        yield hub


@pytest.mark.parametrize(("address", "prompts"), [("", 30), ("?split=test", 1), ("@main?config=default", 30)])
def test_a_split_is_imported(project, hub, address, prompts):
    call_command("import_prompts", "support", f"hf://acme/replies{address}")
    assert project.prompts.count() == prompts
    assert "Bearer hf_ours" in hub.tokens


def test_a_manager_reaches_only_what_is_public(project, max, hub, sent):
    job = import_url(project=project, user=max, url="hf://datasets/acme/replies?split=train")
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()

    assert (job.status, job.result["created"]) == ("succeeded", 30), job.errors
    assert hub.tokens == {""}


def test_pairs_become_rankings(project, hub):
    hub.datasets["acme/pairs"] = {"train.jsonl": to_jsonl(*({**PAIR, "prompt": f"Why {n}?"} for n in range(5)))}
    call_command("import_prompts", "support", "hf://acme/pairs", "--recipe", "pairs")
    assert Ranking.objects.filter(prompt__project=project).count() == 5


@pytest.mark.parametrize(
    ("files", "address", "said"),
    [
        (None, "hf://acme/none", "doesn't exist on the Hub or cannot be accessed"),
        ({"train.jsonl": to_jsonl(PAIR)}, "hf://acme/other?split=test", "has no split 'test'; name one of train"),
        ({"train.jsonl": to_jsonl(PAIR)}, "hf://acme/other?config=x", "Available"),
        ({"notes.bin": b"MZ"}, "hf://acme/other", "cannot be read"),
        ({"other.py": b"raise SystemExit('mine')", "README.md": b""}, "hf://acme/other", "cannot be read"),
        (
            {"README.md": CONFIGS.replace(b"data/train.jsonl", b"/etc/hostname")},
            "hf://acme/other",
            "names a file outside|cannot be read",
        ),
    ],
    ids=["none", "split", "config", "no-data", "code", "this-machine"],
)
def test_what_cannot_be_read_says_why_and_imports_nothing(project, hub, files, address, said):
    if files is not None:
        hub.datasets["acme/other"] = files
    with pytest.raises(CommandError, match=said):
        call_command("import_prompts", "support", address)
    assert not project.prompts.exists()
