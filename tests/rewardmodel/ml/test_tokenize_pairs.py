"""The shape `tokenized`: the very ids that training reads, made by a worker for a named tokenizer."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from transformers import AutoTokenizer

from labeling.exceptions import InvalidInput
from labeling.models import Job
from labeling.selectors.exports import Choices, export_pieces
from labeling.services.exports import RUN_TOKENIZED_EXPORT, exported_file, request_export, run_export_job
from rewardmodel.ml.encoding import encode_groups
from rewardmodel.ml.rows import parse_row
from rewardmodel.ml.template import Template
from rewardmodel.services.exports import RUN_TOKENIZED_SNAPSHOT_EXPORT, run_snapshot_export
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, exported_lines, make_prompts, rank
from tests.fixtures import artifacts, sent

__all__ = ["artifacts", "sent"]


@pytest.fixture
def ranked(project, ada):
    first, second = make_prompts(project, "p-1", "p-2")
    rank(ada, first, "r2 > r1 = r3")
    rank(ada, second, "r3 > r2 > r1")
    return project


def choices(folder: Path, **more) -> Choices:
    return Choices(shape="tokenized", tokenizer=str(folder), max_length=64, **more)


def test_ids_are_those_of_training(ranked, llama_folder):
    lines = b"".join(export_pieces(ranked, choices(llama_folder))).splitlines()
    pairs = [json.loads(line) for line in exported_lines(ranked, shape="dpo")]
    groups = [parse_row(pair, default_id="x", salt="") for pair in pairs]
    expected = list(encode_groups(groups, Template(AutoTokenizer.from_pretrained(llama_folder)), 64))

    assert len(lines) == len(expected) == 5
    for line, encoded in zip(lines, expected, strict=True):
        record = json.loads(line)
        assert list(record) == [
            "chosen_input_ids",
            "chosen_attention_mask",
            "rejected_input_ids",
            "rejected_attention_mask",
        ]
        rows = [[*encoded.prefix, *response] for response in encoded.responses]
        assert [record["chosen_input_ids"], record["rejected_input_ids"]] == rows
        assert record["chosen_attention_mask"] == [1] * len(rows[0])


def test_what_is_too_long_is_cut_to_the_length(ranked, llama_folder):
    cut = Choices(shape="tokenized", tokenizer=str(llama_folder), max_length=12)
    for line in b"".join(export_pieces(ranked, cut)).splitlines():
        assert max(len(ids) for ids in json.loads(line).values()) <= 12


def test_a_worker_makes_the_file(ranked, max, sent, llama_folder, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = request_export(project=ranked, user=max, choices=choices(llama_folder, format="parquet"))
    assert sent == [(RUN_TOKENIZED_EXPORT, (str(job.pk),))]
    run_export_job(job_id=str(job.pk))

    job.refresh_from_db()
    _, path, _ = exported_file(job.result["url"].split("/")[2])
    table = pq.read_table(path, use_threads=False)
    assert table.num_rows == 5
    assert str(table.schema.field("chosen_input_ids").type) == "list<element: int32>"


def test_of_a_snapshot_too(ranked, max, sent, llama_folder, django_capture_on_commit_callbacks):
    snapshot = freeze_snapshot(project=ranked, created_by=max)
    body = {"shape": "tokenized", "tokenizer": str(llama_folder), "max_length": 64, "snapshot": snapshot.pk}
    with django_capture_on_commit_callbacks(execute=True):
        answer = api(max).post("/api/v1/projects/support/exports/", body, format="json")
    assert sent[-1] == (RUN_TOKENIZED_SNAPSHOT_EXPORT, (answer.json()["job"],))
    run_snapshot_export(job_id=answer.json()["job"])

    assert Job.objects.get(pk=answer.json()["job"]).status == "succeeded"


def test_a_web_process_does_not_wait_for_a_tokenizer(ranked, max):
    query = "shape=tokenized&tokenizer=x/y&max_length=64"
    answer = api(max).get(f"/api/v1/projects/support/pairs/?{query}")
    assert answer.status_code == 400
    assert "exports/" in answer.json()["detail"]


def test_a_tokenizer_that_is_not_there_fails_the_job_and_says_why(ranked, max, sent):
    job = request_export(project=ranked, user=max, choices=choices(Path("/no/such/folder")))
    run_export_job(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.status == "failed"
    assert "no such folder" in job.errors[0]["detail"]


@pytest.mark.parametrize(
    "given",
    [
        {"shape": "tokenized"},
        {"shape": "tokenized", "tokenizer": "x"},
        {"shape": "tokenized", "tokenizer": "x", "max_length": 2},
        {"shape": "trl", "tokenizer": "x"},
        {"shape": "trl", "max_length": 64},
    ],
)
def test_choices_that_do_not_go_together_are_refused(given):
    with pytest.raises(InvalidInput, match=r"tokenize|max_length"):
        Choices(**given)


def test_the_page_offers_the_file_and_no_download(ranked, max, client, llama_folder):
    client.force_login(max)
    page = client.get(
        "/projects/support/data/export/",
        {"shape": "tokenized", "format": "jsonl", "tokenizer": str(llama_folder), "max_length": 64},
    )
    assert page.status_code == 200
    assert "Make a file in the background" in page.content.decode()
    assert "/pairs/?" not in page.content.decode()
