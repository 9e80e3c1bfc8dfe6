"""`make setup` on a machine that lacks something: one line that says what to type."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("uname", "printf", "touch", "sh", "dirname")


@pytest.fixture
def bare_machine(tmp_path):
    """A PATH with no Python on it but what the test puts there."""
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    return tmp_path


def setup(path: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PODIUM_PYTHON"}
    return subprocess.run(
        ["/bin/sh", "requirements/setup.sh", str(path / "venv")],
        env={**environment, "PATH": str(path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def python(path: Path, *, version_fits: bool, has_venv: bool, name: str = "python3") -> None:
    """A program that answers the two questions that setup asks a Python, and says what else it is told to do."""
    program = path / name
    program.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"*version_info*) exit {0 if version_fits else 1};;\n"
        f"*ensurepip*) exit {0 if has_venv else 1};;\n"
        "esac\n"
        f'echo {name} "$@"\n'
    )
    program.chmod(0o755)


def test_no_python_ends_with_the_command_that_brings_one(bare_machine):
    ended = setup(bare_machine)
    assert ended.returncode == 1
    assert "Podium needs Python 3.11, 3.12 or 3.13" in ended.stderr
    assert "install python" in ended.stderr


def test_an_old_python_counts_as_none(bare_machine):
    python(bare_machine, version_fits=False, has_venv=True)
    assert "Podium needs Python 3.11, 3.12 or 3.13" in setup(bare_machine).stderr


def test_a_python_without_venv_ends_with_the_command_that_brings_it(bare_machine):
    python(bare_machine, version_fits=True, has_venv=False)
    ended = setup(bare_machine)
    assert ended.returncode == 1
    assert "python3 cannot make virtual environments" in ended.stderr
    assert "python3-venv" in ended.stderr or "brew install" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_package_of_the_very_python_is_named(bare_machine):
    python(bare_machine, version_fits=False, has_venv=True)
    python(bare_machine, version_fits=True, has_venv=False, name="python3.12")
    ended = setup(bare_machine)
    assert "python3.12-venv" in ended.stderr or "brew install" in ended.stderr


def test_of_two_that_fit_the_one_that_can_make_environments_is_taken(bare_machine):
    python(bare_machine, version_fits=True, has_venv=False, name="python3.11")
    python(bare_machine, version_fits=True, has_venv=True, name="python3.13")
    assert "python3.13 -m venv" in setup(bare_machine).stdout


def test_every_target_of_the_makefile_is_listed_by_make_alone():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"setup", "run", "test", "check", "bench", "screenshots"} <= set(targets)
    assert [target for target in targets if not re.search(rf"^{target} ", listed, re.MULTILINE)] == []


def test_a_second_setup_does_nothing_until_a_requirement_changes(tmp_path):
    (tmp_path / "requirements").mkdir()
    for name in ("Makefile", "requirements.txt", "requirements/web.txt", "requirements/setup.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    done = tmp_path / ".venv" / ".complete"
    done.parent.mkdir()
    done.touch()
    assert nothing_to_do(tmp_path)

    os.utime(tmp_path / "requirements/web.txt", (done.stat().st_mtime + 10,) * 2)

    assert not nothing_to_do(tmp_path)


def nothing_to_do(folder: Path) -> bool:
    return subprocess.run(["make", "-q", "setup"], cwd=folder, capture_output=True).returncode == 0
