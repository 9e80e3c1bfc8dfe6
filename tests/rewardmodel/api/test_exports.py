"""Exports of snapshots in ranges and by ETag, and exports that a worker makes."""

import gzip
import hashlib
import io
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.utils import timezone

from labeling.models import Job
from labeling.services import exports
from labeling.services.exports import remove_old_exports, run_export_job
from rewardmodel.services.exports import run_snapshot_export
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, exported_lines, make_prompts, rank

PAIRS = "/api/v1/projects/support/pairs/"
EXPORTS = "/api/v1/projects/support/exports/"


@pytest.fixture
def snapshot(project, ada, max):
    for prompt in make_prompts(project, "p-1", "p-2", "p-3"):
        rank(ada, prompt, "r2 > r1 = r3")
    return freeze_snapshot(project=project, created_by=max)


@pytest.mark.parametrize("query", [{}, {"shape": "groups"}, {"shape": "hh", "compression": "gzip"}], ids=str)
class TestSnapshots:
    def test_a_download_that_broke_off_goes_on(self, snapshot, max, query):
        query = {**query, "snapshot": snapshot.pk}
        whole = api(max).get(PAIRS, query)
        content, etag = whole.getvalue(), whole["ETag"]

        rest = api(max).get(PAIRS, query, headers={"Range": "bytes=100-", "If-Range": etag})
        middle = api(max).get(PAIRS, query, headers={"Range": "bytes=5-9"})
        last = api(max).get(PAIRS, query, headers={"Range": "bytes=-7"})

        assert (whole.status_code, whole["Accept-Ranges"]) == (200, "bytes")
        assert (rest.status_code, rest["Content-Range"]) == (206, f"bytes 100-{len(content) - 1}/{len(content)}")
        assert content[:100] + rest.getvalue() == content
        assert middle.getvalue() == content[5:10]
        assert middle["Content-Length"] == "5"
        assert last.getvalue() == content[-7:]

    def test_what_somebody_has_is_not_sent_again(self, snapshot, max, query):
        query = {**query, "snapshot": snapshot.pk}
        etag = api(max).get(PAIRS, query)["ETag"]
        assert api(max).get(PAIRS, query, headers={"If-None-Match": etag}).status_code == 304
        assert api(max).get(PAIRS, query, headers={"If-Match": '"other"'}).status_code == 412

    def test_a_range_of_another_version_gives_everything(self, snapshot, max, query):
        query = {**query, "snapshot": snapshot.pk}
        answer = api(max).get(PAIRS, query, headers={"Range": "bytes=5-9", "If-Range": '"other"'})
        assert answer.status_code == 200
        assert answer.getvalue() == api(max).get(PAIRS, query).getvalue()


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(snapshot, max, asked):
    answer = api(max).get(PAIRS, {"snapshot": snapshot.pk}, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"].startswith("bytes */")


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=-", "bytes=1-2,5-6", "lines=1-2", "bytes=x-"])
def test_a_range_that_is_none_is_passed_over(snapshot, max, asked):
    assert api(max).get(PAIRS, {"snapshot": snapshot.pk}, headers={"Range": asked}).status_code == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "2026-01-01"}, "leave since out"),
        ({"min_agreement": "0.5", "until": "2026-01-01"}, "leave until and min_agreement out"),
        ({"after": "3"}, "goes on by HTTP range"),
    ],
)
def test_what_a_snapshot_does_not_hold_cannot_be_asked(snapshot, max, query, said):
    answer = api(max).get(PAIRS, {**query, "snapshot": snapshot.pk})
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)


def test_a_choice_that_does_not_exist_is_not_passed_over(snapshot, max):
    answer = api(max).get(PAIRS, {"spilt": "train"})
    assert answer.status_code == 400
    assert "no choice 'spilt'" in answer.json()["detail"]


class TestJobs:
    def ended(self, max, job: str) -> dict:
        answer = api(max).get(f"/api/v1/jobs/{job}/").json()
        assert answer["status"] == "succeeded", answer["errors"]
        assert answer["done"] == answer["result"]["bytes"]
        return answer["result"]

    def test_a_worker_makes_what_the_call_gives(self, project, snapshot, max):
        asked = api(max).post(EXPORTS, {"shape": "trl", "compression": "gzip", "include_ties": True})
        assert asked.status_code == 202
        run_export_job(job_id=asked.json()["job"])

        result = self.ended(max, asked.json()["job"])
        download = Client().get(result["url"])

        content = download.getvalue()
        assert gzip.decompress(content) == b"".join(exported_lines(project, include_ties=True))
        assert result["sha256"] == hashlib.sha256(content).hexdigest()
        assert result["name"] == "support-trl.jsonl.gz"
        assert Client().get(result["url"], headers={"Range": "bytes=0-9"}).getvalue() == content[:10]

    def test_a_snapshot_too(self, snapshot, max):
        asked = api(max).post(EXPORTS, {"shape": "groups", "format": "parquet", "snapshot": snapshot.pk})
        run_snapshot_export(job_id=asked.json()["job"])

        content = Client().get(self.ended(max, asked.json()["job"])["url"]).getvalue()
        assert pq.read_table(io.BytesIO(content), use_threads=False).column("id").to_pylist() == ["p-1", "p-2", "p-3"]

    def test_the_link_is_good_for_a_day(self, snapshot, max, monkeypatch):
        job = api(max).post(EXPORTS, {}).json()["job"]
        run_export_job(job_id=job)
        url = self.ended(max, job)["url"]

        assert Client().get(url[:-4] + "abc/").status_code == 404
        monkeypatch.setattr(exports, "LINK_LIFE", timedelta(seconds=-1))
        assert Client().get(url).status_code == 404

    def test_its_file_goes_when_no_link_leads_to_it(self, snapshot, max, monkeypatch):
        job = api(max).post(EXPORTS, {}).json()["job"]
        run_export_job(job_id=job)
        url = self.ended(max, job)["url"]
        assert remove_old_exports() == 0

        monkeypatch.setattr(exports, "KEPT_SECONDS", -timezone.now().timestamp())
        assert remove_old_exports() == 1
        assert Client().get(url).status_code == 404

    @pytest.mark.parametrize(
        "body", [{"shape": "x"}, {"after": "p"}, {"spilt": "train"}, [], {"snapshot": "x"}], ids=str
    )
    def test_what_cannot_be_made_is_refused_at_once(self, snapshot, max, body):
        assert api(max).post(EXPORTS, body).status_code == 400
        assert not Job.objects.exists()

    def test_cancelled_between_pieces_it_leaves_no_file(self, snapshot, max, monkeypatch):
        monkeypatch.setattr(exports, "BEAT_BYTES", 1)
        job = api(max).post(EXPORTS, {}).json()["job"]
        assert api(max).post(f"/api/v1/jobs/{job}/cancel/").status_code == 200
        run_export_job(job_id=job)
        assert Job.objects.get(pk=job).status == "cancelled"
        assert not list(exports.export_path(snapshot.project, "x").parent.glob(f"{job}*"))
