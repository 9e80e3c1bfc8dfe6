"""Several machines and one bucket: what one has finished, the others find; against moto's S3 server."""

import io

import pytest

from config.artifacts import Bucket
from labeling.models import Job
from labeling.selectors.exports import Choices
from labeling.services import jobs
from labeling.services.exports import exported_file, remove_old_exports, request_export, run_export_job
from labeling.services.jobs import import_upload, keep_upload, kept_upload, run_import_job
from rewardmodel.scorer import slots
from rewardmodel.services.exports import snapshot_file
from rewardmodel.services.registry import register_reward_model
from rewardmodel.services.snapshots import freeze_snapshot
from tests.buckets import s3
from tests.factories import api, make_prompts, rank, row, to_jsonl
from tests.loops import run as in_loop


@pytest.fixture
def bucket(monkeypatch):
    with s3(monkeypatch, "podium") as client:
        yield client


@pytest.fixture
def on(settings, tmp_path, bucket):
    """Be on the machine of that name: its disk, and the bucket of all."""

    def move(name: str):
        settings.ARTIFACTS_DIR = tmp_path / name
        settings.ARTIFACTS_DIR.mkdir(exist_ok=True)
        settings.ARTIFACT_STORE = Bucket("s3://podium/prod", settings.ARTIFACTS_DIR)
        return settings.ARTIFACTS_DIR

    return move


def keys(bucket) -> list[str]:
    return [one["Key"] for one in bucket.list_objects_v2(Bucket="podium").get("Contents", [])]


def test_a_snapshot_that_one_has_frozen_another_exports(project, ada, max, on, bucket):
    on("web-1")
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r2 > r1 = r3")
    snapshot = freeze_snapshot(project=project, created_by=max)
    here = snapshot.path.read_bytes()
    assert sorted(keys(bucket)) == [
        f"prod/snapshots/{project.pk}/{snapshot.sha256}.index.json",
        f"prod/snapshots/{project.pk}/{snapshot.sha256}.jsonl",
    ]

    there = on("web-2")
    answer = api(max).get(f"/api/v1/projects/support/pairs/?shape=groups&snapshot={snapshot.pk}")
    assert b"".join(answer.streaming_content) == here
    assert snapshot.path.is_relative_to(there)
    trl = api(max).get(f"/api/v1/projects/support/pairs/?shape=trl&snapshot={snapshot.pk}")
    assert len(b"".join(trl.streaming_content).splitlines()) == 2
    assert snapshot_file(snapshot, Choices(shape="groups"), make=False) == snapshot.path


def test_an_upload_is_imported_by_a_worker_elsewhere(project, max, on, bucket, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    on("web-1")
    rows = to_jsonl(*(row(f"p-{number}") for number in range(5)))
    job = import_upload(project=project, user=max, file=io.BytesIO(rows), format="jsonl")
    assert keys(bucket) == [f"prod/uploads/{job.pk}"]

    on("worker")
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.status == "succeeded", job.errors
    assert project.prompts.count() == 5
    assert keys(bucket) == []


def test_a_file_that_is_being_mapped_is_there_on_every_web_process(project, on):
    on("web-1")
    upload = keep_upload(project=project, file=io.BytesIO(b"a,b\n1,2\n"), format="csv")
    on("web-2")
    found = kept_upload(project, upload)
    assert found is not None
    assert found.first_rows(1) == [{"a": "1", "b": "2"}]


def test_a_report_of_refused_rows_is_found_from_elsewhere(project, max, on, sent, client, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 1)
    on("web-1")
    job = import_upload(project=project, user=max, file=io.BytesIO(to_jsonl({"id": "x"}, {"id": "y"})), format="jsonl")
    on("worker")
    run_import_job(job_id=str(job.pk))
    assert Job.objects.get().status == "failed"
    on("web-2")
    client.force_login(max)
    report = client.get(f"/projects/support/data/reports/{job.pk}/")
    assert len(b"".join(report.streaming_content).splitlines()) == 3


def test_an_export_is_downloaded_where_it_was_not_made(project, ada, max, on, bucket, sent, client, monkeypatch):
    on("web-1")
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r2 > r1 = r3")
    job = request_export(project=project, user=max, choices=Choices())
    there = on("worker")
    run_export_job(job_id=str(job.pk))
    job.refresh_from_db()

    on("web-1")
    assert len(b"".join(client.get(job.result["url"]).streaming_content).splitlines()) == 2
    _, path, _ = exported_file(job.result["url"].split("/")[2])
    assert not path.is_relative_to(there)
    monkeypatch.setattr("labeling.services.exports.KEPT_SECONDS", -1)
    remove_old_exports()
    assert not [key for key in keys(bucket) if "/exports/" in key]


def test_a_model_is_brought_to_the_scorer_that_is_asked_for_it(project, ada, run, on, monkeypatch, tmp_path):
    trained = on("trainer")
    output = tmp_path / "output"
    (output / "tokenizer").mkdir(parents=True)
    (output / "model.safetensors").write_bytes(b"weights")
    (output / "tokenizer" / "vocab.txt").write_bytes(b"words")
    model = register_reward_model(run=run, output=output, metrics={})
    assert model.path.is_relative_to(trained)

    there = on("scorer")
    asked = []
    monkeypatch.setattr(slots, "load_model", lambda folder, device: asked.append(folder))
    from django.conf import settings

    held = slots.ModelSlots(there / "reward-models", capacity=1, bring=settings.ARTIFACT_STORE.bring)
    in_loop(held.get(model.directory))
    assert (asked[0] / "model.safetensors").read_bytes() == b"weights"
    assert (asked[0] / "tokenizer" / "vocab.txt").read_bytes() == b"words"
    assert not list(there.rglob("*.fetching"))


def test_what_is_nowhere_is_not_there(on, tmp_path):
    root = on("web-1")
    from django.conf import settings

    assert not settings.ARTIFACT_STORE.bring(root / "snapshots" / "none.jsonl").exists()
    # Neither is a file that only begins with the same letters.
    (root / "a").mkdir()
    (root / "a" / "long-name").write_bytes(b"1")
    settings.ARTIFACT_STORE.keep(root / "a" / "long-name")
    assert not settings.ARTIFACT_STORE.bring(root / "a" / "long").exists()
    assert settings.ARTIFACT_STORE.bring(tmp_path / "elsewhere") == tmp_path / "elsewhere"
