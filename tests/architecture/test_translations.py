"""The catalogues in locale/: complete, faithful to their sources, and compiled. `make messages` refreshes them."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
SOURCES = ["config", "labeling", "rewardmodel", "templates", "locale", "manage.py", "pyproject.toml"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
TAG = re.compile(r"</?\w[^>]*>")


@pytest.fixture(params=CATALOGUES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def catalogue(request) -> polib.POFile:
    return polib.pofile(str(request.param))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_language_but_english_has_both_catalogues():
    languages = {path.parent.parent.name for path in CATALOGUES}
    assert languages == {"zh_Hans"}
    assert [code for code, _ in settings.LANGUAGES] == ["en", "zh-hans"]
    assert [path.stem for path in CATALOGUES] == ["django", "djangojs"]


def test_every_string_is_translated_and_none_by_guess(catalogue):
    assert [entry.msgid for entry in catalogue if entry.fuzzy or not all(translations(entry))] == []


def test_translations_keep_placeholders_and_markup(catalogue):
    # A plural that Chinese has no singular for takes its placeholders from the plural.
    wrong = [
        (entry.msgid, said)
        for entry in catalogue
        for said in translations(entry)
        for pattern in (PLACEHOLDER, TAG)
        if sorted(pattern.findall(said)) != sorted(pattern.findall(entry.msgid_plural or entry.msgid))
    ]
    assert wrong == []


def test_sentences_end_as_sentences(catalogue):
    # "…" and a closing bracket end none; a Chinese full stop stands where an English one does.
    wrong = [
        (entry.msgid, said)
        for entry in catalogue
        for said in translations(entry)
        if (entry.msgid.endswith(".") and not entry.msgid.endswith("..")) != said.endswith("。")
    ]
    assert wrong == []


def test_compiled_catalogues_say_what_their_sources_say(catalogue):
    with Path(catalogue.fpath).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    wrong = [
        entry.msgid
        for entry in catalogue
        if (
            compiled.ngettext(entry.msgid, entry.msgid_plural, 2)
            if entry.msgid_plural
            else compiled.gettext(entry.msgid)
        )
        != translations(entry)[0]
    ]
    assert wrong == [], "stale; run make messages"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed: nothing else reads the sources")
def test_the_catalogues_hold_every_string_of_the_sources(tmp_path):
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    environment = {**os.environ, "PODIUM_STATE": str(tmp_path / "state")}
    subprocess.run(
        [sys.executable, "-m", "config.messages"], cwd=tmp_path, env=environment, check=True, capture_output=True
    )
    for path in CATALOGUES:
        fresh = polib.pofile(str(tmp_path / path.relative_to(ROOT)))
        kept = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path))}
        assert {(entry.msgctxt, entry.msgid) for entry in fresh} == kept, "stale; run make messages"
