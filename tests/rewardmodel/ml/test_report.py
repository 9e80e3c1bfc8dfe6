"""The report for people: all figures, nothing that a name could do to the page."""

import json
from pathlib import Path

import pytest

from rewardmodel.ml.evaluate import main
from rewardmodel.ml.report import html_report, markdown_report

HOSTILE = '<script>alert(1)</script>|*[x](javascript:alert(1))"'


@pytest.fixture(scope="module")
def report(trained_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    output = tmp_path_factory.mktemp("report") / "report.json"
    data = trained_folder.parent / "groups.jsonl"
    assert main(["--data", str(data), "--model", str(trained_folder), "--output", str(output)]) == 0
    assert output.with_suffix(".html").read_text().startswith("<!doctype html>")
    assert output.with_suffix(".md").read_text().startswith("# model on groups.jsonl")
    return json.loads(output.read_text())


@pytest.mark.parametrize("render", [html_report, markdown_report])
def test_every_figure_stands_in_it_with_its_interval(render, report):
    page = render(report, title="A report")
    low, high = report["test"]["accuracy_interval"]
    for shown in (f"{report['test']['accuracy']:.3f}", f"{low:.3f} to {high:.3f}", f"{report['test']['brier']:.3f}"):
        assert shown in page
    assert "No pair to measure" in page, "there is no validation split"
    assert "24 pairs of 8 prompts" in page


@pytest.mark.parametrize("render", [html_report, markdown_report])
def test_names_are_text_whatever_they_hold(render, report):
    hostile = json.loads(json.dumps(report))
    hostile["test"]["slices"]["model"] = {HOSTILE: {"accuracy": 0.5, "pairs": 20}}
    hostile["test"]["warnings"] = [HOSTILE]
    page = render(hostile, title=HOSTILE)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    if render is markdown_report:
        assert "[x](" not in page


def test_the_page_needs_nothing_else(report):
    page = html_report(report, title="A report")
    assert "http" not in page
    assert page.count("<svg") == 4, "two plots for each split that has pairs"
