"""Rules of the house that a machine can hold."""

import json
import re
from pathlib import Path

import pytest
from celery import current_app
from django.contrib.staticfiles import finders
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("asset", ["django_htmx/htmx-2.min.js", "uplot/uplot.iife.min.js", "uplot/uplot.min.css"])
def test_each_front_end_asset_comes_with_its_package(asset):
    assert finders.find(asset)


def test_each_management_command_is_named_in_a_test():
    ours = [name for name, app in get_commands().items() if app in {"labeling", "rewardmodel"}]
    tests = "".join(path.read_text() for path in sources("tests"))
    assert ours
    assert [name for name in ours if f'"{name}"' not in tests] == []


def test_each_task_that_is_named_exists():
    current_app.loader.import_default_modules()
    text = "".join(path.read_text() for path in sources("labeling", "rewardmodel", "config"))
    named = set(re.findall(r'"((?:labeling|rewardmodel)\.tasks\.\w+)"', text))
    assert named
    assert named <= set(current_app.tasks)


def test_the_demo_s_files_are_json_lines():
    for path in (ROOT / "labeling/demo").glob("*.jsonl"):
        assert all(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def test_no_file_outgrows_one_look():
    long = [path for path in sources("config", "labeling", "rewardmodel") if len(path.read_text().splitlines()) > 300]
    assert long == []
