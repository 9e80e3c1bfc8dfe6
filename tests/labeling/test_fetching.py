"""Imports from elsewhere: the web, a bucket, a data set; and what may not be reached through them."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO

import pytest
from datasets import Dataset, DatasetDict, load_dataset_builder
from django.core.management import CommandError, call_command

from labeling.exceptions import InvalidInput
from labeling.fetching import NotFetched, fetch, source_of
from labeling.models import Job
from labeling.services.jobs import import_url, resume_job, run_import_job
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.fetch_dataset import check_files
from tests.buckets import s3
from tests.factories import row, to_jsonl

ROWS = [row("p-1"), row("p-2")]


@pytest.fixture
def web(settings):
    """A server with a file, a way round to it, and a way to where nobody may go."""
    paths = {
        "/rows.jsonl": (200, {}, to_jsonl(*ROWS)),
        "/moved.jsonl": (302, {"Location": "/rows.jsonl"}, b""),
        "/loop.jsonl": (302, {"Location": "/loop.jsonl"}, b""),
    }
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = paths.get(self.path, (404, {}, b"none"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.IMPORT_URLS = ["http://", "hf://", "s3://open/"]
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(monkeypatch):
    with s3(monkeypatch, "open") as client:
        client.put_object(Bucket="open", Key="a folder/rows.jsonl", Body=to_jsonl(*ROWS))
        yield client


def imported(job: Job) -> Job:
    run_import_job(job_id=str(job.pk))
    job.refresh_from_db()
    return job


@pytest.mark.parametrize("path", ["rows.jsonl", "moved.jsonl"])
def test_a_file_on_the_web_is_fetched_and_imported(project, max, web, sent, path):
    job = imported(import_url(project=project, user=max, url=f"{web[0]}/{path}"))

    assert job.status == "succeeded", job.errors
    assert (job.result["created"], job.total) == (2, 2)
    assert imported(import_url(project=project, user=max, url=f"{web[0]}/{path}")).result["unchanged"] == 2


@pytest.mark.parametrize(("path", "said"), [("none.jsonl", "404"), ("loop.jsonl", "redirects")])
def test_what_cannot_be_fetched_says_why_and_leaves_nothing(project, max, web, sent, artifacts, path, said):
    job = imported(import_url(project=project, user=max, url=f"{web[0]}/{path}"))

    assert job.status == "failed"
    assert said in job.errors[0]["detail"]
    assert list((artifacts / "uploads").iterdir()) == []


def test_a_fetch_that_failed_is_tried_again(project, max, web, sent, settings):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    job = imported(import_url(project=project, user=max, url=f"{web[0]}/rows.jsonl"))
    assert "no public address" in job.errors[0]["detail"]
    assert web[1] == []

    settings.ALLOW_PRIVATE_ADDRESSES = True
    resume_job(job=job)
    assert imported(job).status == "succeeded"


def test_what_was_mended_there_is_what_goes_on(project, max, bucket, web, sent):
    bucket.put_object(Bucket="open", Key="bad.jsonl", Body=to_jsonl(row("p-1", responses=["one"])))
    job = imported(import_url(project=project, user=max, url="s3://open/bad.jsonl"))
    assert job.status == "failed"

    bucket.put_object(Bucket="open", Key="bad.jsonl", Body=to_jsonl(row("p-1")))
    resume_job(job=job)
    assert imported(job).status == "succeeded"


def test_a_redirect_inward_is_not_followed(project, max, web, sent, settings, monkeypatch):
    # The first address counts as public, the one that it leads to does not.
    from labeling import outbound

    settings.ALLOW_PRIVATE_ADDRESSES = False
    seen = iter([True, False])
    monkeypatch.setattr(outbound, "_is_public", lambda address: next(seen))
    job = imported(import_url(project=project, user=max, url=f"{web[0]}/moved.jsonl"))

    assert "no public address" in job.errors[0]["detail"]
    assert web[1] == ["/moved.jsonl"]


def test_an_object_in_a_bucket_is_imported(project, max, web, bucket, sent):
    job = imported(import_url(project=project, user=max, url="s3://open/a folder/rows.jsonl"))

    assert job.status == "succeeded", job.errors
    assert project.prompts.count() == 2
    assert (
        "NoSuchKey" in imported(import_url(project=project, user=max, url="s3://open/none.jsonl")).errors[0]["detail"]
    )


def test_the_command_reads_buckets_that_managers_may_not(project, bucket, capsys):
    call_command("import_prompts", project.slug, "s3://open/a folder/rows.jsonl")
    assert "2 created" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "s3://private/rows.jsonl",
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://example.org/rows.jsonl",
        "http://example.org/rows.zip::file:///etc/passwd.jsonl",
        "memory://rows.jsonl",
    ],
)
def test_managers_import_only_from_where_they_may(project, max, web, url):
    with pytest.raises(InvalidInput, match="IMPORT_URLS"):
        import_url(project=project, user=max, url=url)
    assert not Job.objects.exists()


@pytest.mark.parametrize("name", ["hf:///etc", "hf://../../etc", "hf://a/b/c", "hf://~/x", "hf://a/b?data_dir=x"])
def test_the_name_of_a_data_set_is_no_path(tmp_path, name):
    with pytest.raises(NotFetched, match=r"hf://owner/name|unknown data_dir"):
        fetch(source_of(name, format="parquet", inside=True), tmp_path / "rows")


def test_a_name_without_a_known_ending_needs_its_format(project, max, web, sent):
    with pytest.raises(InvalidInput, match="say which format"):
        import_url(project=project, user=max, url=f"{web[0]}/rows")


def test_a_folder_of_datasets_is_imported_by_the_command(project, tmp_path, capsys):
    DatasetDict(train=Dataset.from_list(ROWS), test=Dataset.from_list([row("p-3")])).save_to_disk(tmp_path / "saved")
    Dataset.from_list([row("p-4")]).save_to_disk(tmp_path / "one")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "train.jsonl").write_bytes(to_jsonl(row("p-5")))

    for folder in ("saved", "one", "files"):
        call_command("import_prompts", project.slug, str(tmp_path / folder))
    assert sorted(project.prompts.values_list("external_id", flat=True)) == ["p-1", "p-2", "p-4", "p-5"]


def test_pairs_of_trl_come_from_a_data_set(project, tmp_path):
    rows = [
        {
            "chosen": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}],
            "rejected": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "No."}],
            "score_chosen": 8.0,
        }
    ]
    Dataset.from_list(rows).save_to_disk(tmp_path / "pairs")
    call_command("import_prompts", project.slug, str(tmp_path / "pairs"), "--recipe", "pairs")

    assert project.prompts.get().rankings.count() == 1


def test_a_folder_that_is_no_data_set_says_so(project, tmp_path):
    (tmp_path / "x.bin").write_bytes(b"1")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_prompts", project.slug, str(tmp_path))


def test_a_data_set_on_the_hub_is_not_a_folder_that_lies_here(project, tmp_path, monkeypatch):
    with pytest.raises(NotFetched, match="in the way"):
        fetch(source_of("hf://tests/labeling", inside=True), tmp_path / "rows")


def test_errors_of_rows_come_as_a_report(project, max, client):
    client.force_login(max)
    file = BytesIO(to_jsonl(row("p-1", responses=["=1+1"])))
    file.name = "rows.jsonl"
    page = client.post("/projects/support/data/", {"file": file, "invalid": "refuse"})
    assert page.status_code == 422
    link = next(part for part in page.content.decode().split('"') if "/data/reports/" in part)

    report = client.get(link)
    assert report.headers["Content-Disposition"] == 'attachment; filename="support-refused-rows.csv"'
    assert b"expected 2 to 26 responses" in b"".join(report.streaming_content)


def test_the_page_has_an_address_imported(project, max, client, web, sent):
    client.force_login(max)
    answer = client.post(
        "/projects/support/data/", {"act": "fetch", "from-url": f"{web[0]}/rows.jsonl", "from-recipe": "prompts"}
    )
    assert answer.status_code == 302
    assert imported(Job.objects.get()).status == "succeeded"

    refused = client.post(
        "/projects/support/data/", {"act": "fetch", "from-url": "file:///x", "from-recipe": "prompts"}
    )
    assert refused.status_code == 422
    assert "IMPORT_URLS" in refused.content.decode()


def test_a_data_set_of_the_hub_does_not_lead_to_files_of_this_machine(tmp_path):
    secret = tmp_path / "elsewhere" / "snapshot.jsonl"
    secret.parent.mkdir()
    secret.write_bytes(to_jsonl(row("p-1")))
    described = tmp_path / "described"
    described.mkdir()
    text = f"---\nconfigs:\n- config_name: default\n  data_files: {secret}\n---\n"
    (described / "README.md").write_text(text)
    builder = load_dataset_builder(str(described))

    # The library follows it, so somebody has to look.
    assert [str(file) for files in builder.config.data_files.values() for file in files] == [str(secret)]
    with pytest.raises(InputError, match="outside of itself"):
        check_files(builder.config.data_files, "owner/name")
    check_files({"train": ["hf://datasets/owner/name@main/train.jsonl"]}, "owner/name")
