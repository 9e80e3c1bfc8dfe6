"""Judgements that a file holds already, stored as rankings of the people whom it names."""

import pytest
from django.contrib.auth.models import User

from labeling.exceptions import InvalidImport
from labeling.models import Prompt, Ranking, Response
from labeling.services import imports
from labeling.services.projects import create_project
from tests.factories import import_file, to_jsonl

VOTES = [
    {
        "item_id": item,
        "prompt": f"About {item}?",
        "response_a": "One.",
        "response_b": "Two.",
        "winner": w,
        "annotator": n,
    }
    for item in ("q1", "q2")
    for n, w in (("w1", "a"), ("w2", "b"), (None, "tie"))
]


def test_votes_are_stored_as_rankings_of_the_annotators_that_the_data_names(project, admin):
    report = import_file(project, to_jsonl(*VOTES), recipe="votes")

    assert report.as_dict() == {"created": 2, "unchanged": 0, "skipped": 0}
    rankings = Ranking.objects.filter(prompt__external_id="q1").order_by("pk")
    assert [one.annotator.username for one in rankings] == ["support:w1", "support:w2", "admin"]
    assert {one.source for one in rankings} == {Ranking.Source.IMPORT}
    names = dict(Response.objects.filter(prompt__external_id="q1").values_list("key", "external_id"))
    assert [[[names[key] for key in tier] for tier in one.tiers] for one in rankings] == [
        [["a"], ["b"]],
        [["b"], ["a"]],
        [["a", "b"]],
    ]
    assert set(project.prompts.values_list("slots_taken", flat=True)) == {3}


def test_annotators_of_imported_judgements_cannot_sign_in(project):
    import_file(project, to_jsonl(*VOTES), recipe="votes")

    for user in User.objects.filter(username__startswith="support:"):
        assert not user.is_active
        assert not user.has_usable_password()


def test_the_same_name_is_the_same_user_in_a_project_and_another_one_in_another(project, admin):
    import_file(project, to_jsonl(*VOTES[:3]), recipe="votes")
    import_file(project, to_jsonl(*VOTES[3:]), recipe="votes")
    import_file(create_project(creator=admin, slug="other", name="Other"), to_jsonl(*VOTES), recipe="votes")

    made = User.objects.filter(username__contains=":").order_by("username").values_list("username", flat=True)
    assert list(made) == ["other:w1", "other:w2", "support:w1", "support:w2"]


def test_long_names_stay_apart(project):
    rows = [{**VOTES[0], "annotator": "w" * 200 + end} for end in "xy"]
    import_file(project, to_jsonl(*rows), recipe="votes")

    usernames = User.objects.filter(username__startswith="support:").values_list("username", flat=True)
    assert [len(username) for username in usernames] == [150, 150]


def test_the_same_votes_again_are_unchanged_and_more_of_them_are_told(project):
    import_file(project, to_jsonl(*VOTES), recipe="votes")
    again = import_file(project, to_jsonl(*VOTES), recipe="votes")
    more = import_file(project, to_jsonl(*VOTES, {**VOTES[0], "annotator": "w9"}), recipe="votes", skip_invalid=True)

    assert again.unchanged == 2
    assert [(error["id"], error["field"]) for error in more.errors] == [("q1", "id")]
    assert Ranking.objects.count() == 6


def test_a_batch_is_closed_by_its_judgements_too(project, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 4)
    done = []

    def progress(count):
        done.append(count)
        return True

    import_file(project, to_jsonl(*VOTES, {**VOTES[0], "item_id": "q3"}), recipe="votes", progress=progress)

    assert done == [0, 0, 2, 3]


def test_a_bad_vote_lets_nothing_in(project):
    with pytest.raises(InvalidImport) as refusal:
        import_file(project, to_jsonl(*VOTES, VOTES[0]), recipe="votes")

    assert [(error["line"], error["field"]) for error in refusal.value.errors] == [(7, "annotator")]
    assert not Prompt.objects.exists()
    assert not User.objects.filter(username__startswith="support:").exists()
