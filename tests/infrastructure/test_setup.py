"""`make setup` on a machine that lacks something: one line that says what to type."""

import os
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


def python(path: Path, *, version_fits: bool, has_venv: bool) -> None:
    """A `python3` that answers the two questions that setup asks it."""
    program = path / "python3"
    program.write_text(
        "#!/bin/sh\n"
        f'case "$2" in *version_info*) exit {0 if version_fits else 1};; *ensurepip*) exit {0 if has_venv else 1};; esac\n'
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
