import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from labeling.models import Job
from labeling.services.projects import create_project

GOOD = json.dumps({"id": "a", "prompt": "Hello?", "responses": ["Hi", "Yo"]})
BAD = json.dumps({"id": "b", "prompt": "Hello?", "responses": ["Hi"]})


@pytest.fixture
def upload(as_max, project):
    def upload(*lines: str, invalid: str = "refuse", name: str = "prompts.jsonl"):
        file = SimpleUploadedFile(name, "\n".join(lines).encode())
        return as_max.post(reverse("data", args=[project.slug]), {"file": file, "invalid": invalid}, follow=True)

    return upload


def test_an_upload_becomes_prompts(upload, project):
    response = upload(GOOD)
    assert "1 created, 0 unchanged, 0 left out." in response.content.decode()
    assert project.prompts.count() == 1


def test_one_malformed_row_stops_all_and_is_named_by_its_line(upload, project):
    response = upload(GOOD, BAD)
    assert response.status_code == 422
    assert "Line 2" in response.content.decode()
    assert project.prompts.count() == 0


def test_malformed_rows_can_be_left_out_and_are_still_named(upload, project):
    response = upload(GOOD, BAD, invalid="skip")
    page = response.content.decode()
    assert "1 created, 0 unchanged, 1 left out." in page
    assert "Line 2" in page
    assert project.prompts.count() == 1


def test_a_file_of_another_kind_is_refused_on_the_form(upload, project):
    response = upload(GOOD, name="prompts.docx")
    assert response.status_code == 422
    assert "known endings" in response.content.decode()


def test_a_long_file_becomes_a_job_whose_progress_is_shown(upload, as_max, project):
    rows = [json.dumps({"id": str(number), "prompt": "Hello?", "responses": ["Hi", "Yo"]}) for number in range(1001)]
    page = upload(*rows).content.decode()
    job = Job.objects.get()
    assert "Every row is checked" in page
    assert 'hx-trigger="every 2s"' in page
    job.claim()
    Job.objects.update(total=1001, done=400)
    assert "400 of 1001 rows" in as_max.get(reverse("job", args=[project.slug, job.pk])).content.decode()
    job.succeed({"created": 1001, "unchanged": 0, "skipped": 0})
    fragment = as_max.get(reverse("job", args=[project.slug, job.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "1001 created" in fragment
    assert "hx-trigger" not in fragment


def test_a_job_of_another_project_does_not_exist_here(as_max, project, admin):
    other = create_project(creator=admin, slug="other", name="Other")
    job = Job.objects.create(project=other, created_by=admin, kind=Job.Kind.IMPORT)
    assert as_max.get(reverse("job", args=[project.slug, job.pk])).status_code == 404


def test_the_exports_are_named(as_max, project):
    page = as_max.get(reverse("data", args=[project.slug])).content.decode()
    assert "/pairs/?shape=trl&amp;format=jsonl" in page
    assert "export_pairs support --shape trl" in page
