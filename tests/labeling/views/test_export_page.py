"""The export page: what would be in it, how to load it, and the file that a worker makes."""

from labeling.models import Job
from labeling.services.exports import run_export_job
from tests.factories import exported_lines, rank

PAGE = "/projects/support/data/export/"


def test_it_shows_the_first_records_and_how_to_load_them(client, max, ada, project, prompt):
    rank(ada, prompt, "r2 > r1 = r3")
    client.force_login(max)

    page = client.get(PAGE, {"shape": "dpo", "format": "parquet", "split": prompt.split}).content.decode()

    assert page.count("&quot;rejected&quot;") == 2
    assert f"shape=dpo&amp;format=parquet&amp;split={prompt.split}" in page
    assert "load_dataset(&quot;parquet&quot;, data_files=&quot;support-dpo.parquet&quot;" in page


def test_what_does_not_go_together_is_said(client, max, project):
    client.force_login(max)
    answer = client.get(PAGE, {"shape": "kto", "format": "jsonl", "include_ties": "on"})
    assert answer.status_code == 422
    assert b"the shape kto has none" in answer.content


def test_a_file_is_made_and_its_link_shown(client, max, ada, project, prompt):
    rank(ada, prompt, "r2 > r1 = r3")
    client.force_login(max)
    made = client.post(PAGE, {"shape": "trl", "format": "jsonl", "include_ties": "on"})
    job = Job.objects.get()
    assert made.headers["Location"].endswith(f"/jobs/{job.pk}/")
    run_export_job(job_id=str(job.pk))

    page = client.get(made.headers["Location"])
    job.refresh_from_db()
    assert job.result["url"] in page.content.decode()
    assert client.get(job.result["url"]).getvalue() == b"".join(exported_lines(project, include_ties=True))


def test_an_annotator_has_no_export(client, ada, project):
    client.force_login(ada)
    assert client.get(PAGE).status_code == 403
