"""The cast on the pages: Ada annotates, Max manages, Olga is an outsider; each fixture is a browser signed in as them."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labeling.models import Project
from labeling.services.imports import ImportFile, import_prompts
from labeling.services.members import add_member
from labeling.services.projects import create_project


@pytest.fixture
def admin_user(db):
    return User.objects.create_superuser("root", password="root")


@pytest.fixture
def project(admin_user):
    return create_project(creator=admin_user, slug="bakery", name="Bakery support", guidelines="Be *brief*.")


@pytest.fixture
def ada(project):
    return _signed_in("ada", project, role="annotator")


@pytest.fixture
def max(project):
    return _signed_in("max", project, role="manager")


@pytest.fixture
def olga(db):
    return _signed_in("olga")


@pytest.fixture
def prompts(project, admin_user, tmp_path):
    """Three prompts with three responses each."""
    rows = [
        {
            "id": f"p{number}",
            "prompt": [
                {"role": "system", "content": "You help bakers."},
                {"role": "user", "content": f"Question {number}?"},
            ],
            "responses": [
                {"id": f"r{index}", "content": f"Reply {number}.{index}", "model": f"secret-model-{index}"}
                for index in range(3)
            ],
        }
        for number in range(3)
    ]
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    import_prompts(project=project, user=admin_user, file=ImportFile(path=path, format="jsonl"))
    return list(project.prompts.order_by("pk"))


def _signed_in(name: str, project: Project | None = None, *, role: str = "") -> Client:
    user = User.objects.create_user(name)
    if project is not None:
        add_member(project=project, user=user, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
