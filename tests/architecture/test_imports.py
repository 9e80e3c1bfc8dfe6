"""Importing does nothing, and the web process stays small."""

import subprocess
import sys

import pytest

WEB = """
import sys
from config.wsgi import application
from django.urls import get_resolver
import labeling.tasks, rewardmodel.tasks
get_resolver().url_patterns
print(sorted({"torch", "transformers", "datasets", "accelerate"} & set(sys.modules)))
"""
ML = """
import sys
import rewardmodel.ml.train, rewardmodel.ml.evaluate, rewardmodel.ml.score
print(sorted({"django", "rest_framework", "celery", "labeling", "config"} & set(sys.modules)))
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_web_process_loads_no_torch():
    assert run(WEB) == "[]"


def test_the_trainer_s_library_loads_no_django():
    assert run(ML) == "[]"


@pytest.mark.parametrize("module", ["config.supervisor", "config.prepare", "rewardmodel.ml.train", "config.processes"])
def test_importing_a_module_says_and_starts_nothing(module):
    assert run(f"import {module}") == ""
