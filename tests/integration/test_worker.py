"""A real Celery worker takes what requests hand over."""

import json

import pytest
from rest_framework.test import APIClient

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


def test_an_import_of_more_than_a_thousand_rows_becomes_a_job_that_the_worker_finishes(
    worker, max, project, eventually
):
    client = APIClient()
    client.force_authenticate(max)
    rows = "\n".join(
        json.dumps({"id": f"p-{number}", "prompt": f"Question {number}", "responses": ["yes", "no"]})
        for number in range(1001)
    )

    answer = client.post(f"/api/v1/projects/{project.slug}/prompts/", rows, content_type="application/x-ndjson")

    assert answer.status_code == 202
    job = f"/api/v1/jobs/{answer.data['job']}/"
    eventually(lambda: client.get(job).data["status"] not in {"queued", "running"})
    ended = client.get(job).data
    assert ended["status"] == "succeeded"
    assert ended["result"] == {"created": 1001, "unchanged": 0, "skipped": 0}
    assert (ended["done"], ended["total"]) == (1001, 1001)
    assert project.prompts.count() == 1001
