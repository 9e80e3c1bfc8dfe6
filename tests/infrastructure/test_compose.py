"""docker-compose.yml and Dockerfile, without a Docker engine: what they name must exist."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from config.processes import processes

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
GPU = yaml.safe_load((ROOT / "docker-compose.gpu.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = ("prepare", "web", "worker", "trainer", "beat", "scorer")
# What the specification knows of a service, as far as this file uses it.
SERVICE_KEYS = {
    "build", "command", "depends_on", "deploy", "environment", "healthcheck", "image", "ports", "restart",
    "stop_signal", "volumes",
}  # fmt: skip


def variables_read() -> set[str]:
    text = (ROOT / "config/env.py").read_text() + "".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    return set(re.findall(r'(?:text|flag|integer|words)\(\s*"([A-Z_]+)"', text))


def test_the_services_are_the_five_processes_their_stores_and_one_that_prepares():
    assert set(COMPOSE["services"]) == {*OURS, "db", "redis"}
    for name, service in COMPOSE["services"].items():
        assert set(service) <= SERVICE_KEYS, name


@pytest.mark.parametrize("name", ["web", "worker", "trainer", "beat", "scorer"])
def test_a_service_runs_what_make_run_runs(name):
    """The same module and the same application or queue; ports and file names differ."""
    (local,) = [process for process in processes(host="127.0.0.1", port=8000) if process.name == name]
    command = shlex.split(COMPOSE["services"][name]["command"])
    said = {"config.wsgi", "config.scorer:create_app", "-Q", "default", "training", "beat", "gthread", "gunicorn"}
    assert command[:3] == ["python", "-m", local.command[2]]
    assert said & set(command) == said & set(local.command)


@pytest.mark.parametrize("name", ["web", "worker", "trainer", "beat", "scorer", "db", "redis"])
def test_each_service_that_stays_up_has_a_health_check(name):
    assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_nothing_waits_for_a_service_that_does_not_exist():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])


def test_every_variable_handed_over_is_read():
    handed = set(COMPOSE["services"]["web"]["environment"])
    assert handed - variables_read() == set()


def test_secrets_have_no_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "PODIUM_ADMIN_PASSWORD"):
        assert re.findall(rf"\${{{secret}(..)", text)
        assert set(re.findall(rf"\${{{secret}(..)", text)) == {":?"}


def test_every_variable_that_is_read_is_explained_in_the_example():
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert variables_read() - explained == set()
    assert explained - variables_read() == {"POSTGRES_PASSWORD"}


def test_volumes_are_declared():
    used = {mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])


def test_the_gpu_is_asked_for_in_a_file_of_its_own():
    assert "deploy" not in COMPOSE["services"]["trainer"]
    for name in ("trainer", "scorer"):
        (device,) = GPU["services"][name]["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]


def test_the_images_run_as_nobody_special_and_web_goes_without_torch():
    targets = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    by_name = {target.split("\n")[0].split(" AS ")[1]: target for target in targets}
    assert {service["build"]["target"] for service in COMPOSE["services"].values() if "build" in service} <= set(
        by_name
    )
    assert "USER podium" in by_name["web"]
    assert "USER podium" in by_name["full"]
    assert by_name["web"].startswith("base ")
    assert "worker.txt" not in by_name["web"] + by_name["base"]


def test_everything_the_dockerfile_copies_exists():
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    for words in copied:
        for source in words.split()[:-1]:
            assert (ROOT / source).exists(), source


@pytest.mark.parametrize("name", ["worker", "trainer"])
def test_the_health_check_of_a_worker_asks_the_name_that_it_runs_under(name):
    service = COMPOSE["services"][name]
    assert f"-n {name}@%h" in service["command"]
    assert service["healthcheck"]["test"].endswith(f"-d {name}@$$HOSTNAME")
