"""An upload of up to 1,000 rows is imported at once; a longer one becomes a job that a worker carries out."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.exceptions import Conflict, InvalidImport
from labeling.models import Job
from labeling.services import jobs
from labeling.services.jobs import (
    RUN_IMPORT,
    cancel_job,
    import_upload,
    reap_stalled_jobs,
    remove_old_uploads,
    resume_job,
    run_import_job,
)
from labeling.sources import readers
from tests.factories import row, to_jsonl


def upload(project, user, content: bytes, **options):
    return import_upload(project=project, user=user, file=io.BytesIO(content), format="jsonl", **options)


def rows(count: int) -> bytes:
    return to_jsonl(*(row(f"p-{number}", responses=["a", "b"]) for number in range(count)))


@pytest.fixture
def job(project, max, monkeypatch, sent, django_capture_on_commit_callbacks) -> Job:
    """A queued import of five rows, in batches of two."""
    monkeypatch.setattr("labeling.services.imports.BATCH", 2)
    monkeypatch.setattr(jobs, "BATCH", 4)
    with django_capture_on_commit_callbacks(execute=True):
        return upload(project, max, rows(5))


def left_behind(artifacts) -> list[str]:
    return [path.name for path in (artifacts / "uploads").iterdir()]


def test_a_thousand_rows_are_imported_at_once(project, max, artifacts):
    report = upload(project, max, rows(1000))

    assert report.as_dict() == {"created": 1000, "unchanged": 0, "skipped": 0}
    assert not Job.objects.exists()
    assert left_behind(artifacts) == []


def test_one_row_more_becomes_a_job(project, max, sent, artifacts, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = upload(project, max, rows(1001))

    assert isinstance(job, Job)
    assert (job.status, job.total, job.done, job.created_by) == ("queued", None, 0, max)
    assert sent == [(RUN_IMPORT, (str(job.pk),))]
    assert left_behind(artifacts) == [str(job.pk)]
    assert not project.prompts.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_when_the_row_is_not_committed(project, max, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 4)

    with transaction.atomic():
        upload(project, max, rows(5))
        transaction.set_rollback(True)

    assert sent == []
    assert not Job.objects.exists()


def test_a_refused_upload_leaves_neither_file_nor_rows(project, max, artifacts):
    with pytest.raises(InvalidImport):
        upload(project, max, rows(2) + b"nonsense\n")

    assert left_behind(artifacts) == []
    assert not project.prompts.exists()


def test_a_file_that_turns_out_unreadable_after_a_thousand_rows_fails_its_job(project, max, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 4)
    monkeypatch.setattr(readers, "LONGEST_LINE", 200)

    job = upload(project, max, rows(5) + b"x" * 300)
    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "failed"
    assert "line 6 is longer than 200 bytes" in job.errors[0]["detail"]
    assert not project.prompts.exists()


def test_the_worker_carries_the_job_out_and_tells_how_far_it_is(job, project, artifacts, monkeypatch):
    told: list[int] = []
    beat = Job.beat
    monkeypatch.setattr(Job, "beat", lambda self, *, done: told.append(done) or beat(self, done=done))

    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.status, job.done, job.result) == ("succeeded", 5, {"created": 5, "unchanged": 0, "skipped": 0})
    assert told == [0, 0, 0, 2, 4, 5]
    assert job.total == 5
    assert job.ended_at is not None
    assert project.prompts.count() == 5
    assert left_behind(artifacts) == []


def test_a_message_that_comes_twice_imports_once(job, project):
    run_import_job(job_id=str(job.pk))
    ended = Job.objects.get().ended_at

    run_import_job(job_id=str(job.pk))

    assert Job.objects.get().ended_at == ended
    assert project.prompts.count() == 5


def test_a_job_with_a_bad_row_fails_with_the_lines(project, max, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 4)
    job = upload(project, max, rows(5) + b'{"id": "p-9", "\\u0000": 1}\n')

    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "failed"
    assert [(error["line"], error["field"]) for error in job.errors] == [(6, "\\0")]
    assert not project.prompts.exists()


def test_a_job_that_skips_invalid_rows_counts_them(project, max, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 4)
    job = upload(project, max, rows(5) + b"nonsense\n", skip_invalid=True)

    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "succeeded"
    assert (job.result["created"], job.result["skipped"]) == (5, 1)
    assert job.result["errors"][0]["line"] == 6


def test_a_crash_ends_the_job_with_its_reason(job, monkeypatch):
    def full_disk(**_):
        raise OSError("no space left")

    monkeypatch.setattr(jobs, "import_prompts", full_disk)

    with pytest.raises(OSError, match="no space left"):
        run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.status, job.errors) == ("failed", [{"detail": "OSError: no space left"}])


def test_a_queued_job_is_cancelled_at_once(job, project, artifacts):
    cancel_job(job=job)
    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "cancelled"
    assert not project.prompts.exists()


@pytest.mark.parametrize(("at", "kept"), [(0, 0), (2, 2)])
def test_a_running_job_stops_after_its_batch_and_keeps_it(job, project, artifacts, monkeypatch, at, kept):
    beat = Job.beat

    def cancelled_at(self: Job, *, done: int) -> bool:
        if done == at:
            cancel_job(job=Job.objects.get(pk=self.pk))
        return beat(self, done=done)

    monkeypatch.setattr(Job, "beat", cancelled_at)

    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "cancelled"
    assert project.prompts.count() == kept

    monkeypatch.setattr(Job, "beat", beat)
    resume_job(job=job)
    run_import_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "succeeded"
    assert (job.result["created"], job.result["unchanged"]) == (5 - kept, kept)
    assert left_behind(artifacts) == []


def test_a_job_whose_file_is_gone_cannot_go_on(job, artifacts, time_machine):
    cancel_job(job=job)
    time_machine.move_to(timezone.now() + timedelta(days=2))
    assert remove_old_uploads() == 1

    with pytest.raises(Conflict, match="not kept any longer"):
        resume_job(job=job)


def test_the_file_of_a_job_that_waits_is_kept_however_long(job, artifacts, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=2))
    assert remove_old_uploads() == 0
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.status == "succeeded"


def test_a_job_that_works_or_is_done_does_not_go_on(job):
    with pytest.raises(Conflict, match="is queued"):
        resume_job(job=job)
    run_import_job(job_id=str(job.pk))
    with pytest.raises(Conflict, match="is succeeded"):
        resume_job(job=job)


def test_every_refused_row_is_in_the_report(project, max, sent, artifacts, client):
    bad = to_jsonl(*({"id": f"p-{number}", "prompt": "", "responses": ["a", "b"]} for number in range(1500)))
    job = upload(project, max, bad)
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()
    assert len(job.errors) == 1000

    client.force_login(max)
    page = client.get(f"/projects/support/data/jobs/{job.pk}/").content.decode()
    report = b"".join(client.get(f"/projects/support/data/reports/{job.pk}/").streaming_content).decode()
    assert f"/projects/support/data/reports/{job.pk}/" in page
    assert len(report.splitlines()) == 1501
    assert report.splitlines()[0] == "line,id,field,detail"
    assert report.splitlines()[-1].startswith("1500,")


def test_a_job_that_has_ended_cannot_be_cancelled(job):
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()

    with pytest.raises(Conflict, match="has succeeded already"):
        cancel_job(job=job)

    job.refresh_from_db()
    assert job.status == "succeeded"


def test_a_job_whose_worker_is_gone_is_sent_again(job, project, sent, django_capture_on_commit_callbacks):
    assert job.claim()
    sent.clear()
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.update(heartbeat_at=long_ago, created_at=long_ago)

    with django_capture_on_commit_callbacks(execute=True):
        assert reap_stalled_jobs() == 1

    assert sent == [(RUN_IMPORT, (str(job.pk),))]
    run_import_job(job_id=str(job.pk))
    assert project.prompts.count() == 5


def test_a_job_that_gives_signs_of_life_is_left_alone(job, sent, django_capture_on_commit_callbacks):
    assert job.claim()
    sent.clear()

    with django_capture_on_commit_callbacks(execute=True):
        assert reap_stalled_jobs() == 0

    assert sent == []
    assert Job.objects.get().status == "running"


def test_a_job_is_claimed_once(job):
    other = Job.objects.get(pk=job.pk)

    assert job.claim()
    assert not other.claim()


def test_a_job_that_is_not_running_takes_no_result(job):
    assert not job.succeed({"created": 1})
    assert not job.fail([{"detail": "x"}])
    assert not job.beat(done=1)

    job.refresh_from_db()
    assert (job.status, job.result, job.errors, job.done) == ("queued", None, [], 0)


def test_an_unknown_job_is_an_error(db):
    with pytest.raises(Job.DoesNotExist):
        run_import_job(job_id=str(uuid4()))
