"""A person's data: all of it comes out, and it goes for good when that is asked for."""

import json

import pytest
from axes.models import AccessLog
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from labeling.exceptions import Conflict
from labeling.models import ApiToken, Assignment, Membership, PromptStatistics, Pseudonym, Ranking, Response
from labeling.selectors.people import pseudonyms
from labeling.selectors.progress import project_progress
from labeling.services.analysis import bring_up_to_date
from labeling.services.assignments import next_assignment
from labeling.services.erasure import erase_person
from labeling.services.projects import update_project
from labeling.services.tokens import create_token
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import exported_lines, make_prompts, rank
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def worked(project, ada, max, tmp_path):
    """Ada and Max have ranked the first of two prompts, Ada the second too; a model has learned from it."""
    update_project(project=project, overlap=2)
    first, second = make_prompts(project, "p-1", "p-2")
    User.objects.filter(pk=ada.pk).update(email="ada@example.org", first_name="Ada", last_name="Lovelace")
    rank(ada, first, "r2 > r1 > r3", rationale="I liked it.")
    rank(ada, second, "r1 > r2 > r3")
    rank(max, first, "r1 > r2 > r3")
    create_token(user=ada, scopes=["read"], name="notebook")
    AccessLog.objects.create(username="ada", ip_address="203.0.113.9", path_info="/", user_agent="x")
    freeze_snapshot(project=project, created_by=max)
    make_reward_model(project, tmp_path)
    ada.refresh_from_db()
    return project


def document(client, user) -> dict:
    client.force_login(user)
    answer = client.get("/me/data/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    return json.loads(b"".join(answer.streaming_content))


def test_a_person_gets_all_of_theirs_and_nothing_of_others(client, worked, ada):
    found = document(client, ada)

    assert found["account"][0]["email"] == "ada@example.org"
    assert [one["prompt__external_id"] for one in found["rankings"]] == ["p-1", "p-2"]
    assert found["rankings"][0]["rationale"] == "I liked it."
    assert found["sign_ins"][0]["ip_address"] == "203.0.113.9"
    assert found["api_tokens"][0]["name"] == "notebook"
    assert "digest" not in json.dumps(found)
    assert "password" not in json.dumps(found)
    assert "max" not in json.dumps(found)
    assert len(found["learned_from"]["snapshots"]) == len(found["learned_from"]["reward_models"]) == 1


def test_the_command_writes_the_same_to_a_file(worked, tmp_path, client, ada):
    call_command("export_person", "ada", "--output", str(tmp_path / "ada.json"))
    assert json.loads((tmp_path / "ada.json").read_text())["rankings"] == document(client, ada)["rankings"]
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("export_person", "nobody")


def test_kept_rankings_count_on_under_another_name(worked, ada, max, client):
    before = pseudonyms([ada.pk])[ada.pk]
    client.force_login(ada)
    assert erase_person(user=ada, keep_rankings=True) == 2

    gone = User.objects.get(pk=ada.pk)
    assert gone.username.startswith("erased-")
    assert (gone.email, gone.first_name, gone.last_name, gone.is_active) == ("", "", "", False)
    assert not gone.has_usable_password()
    for model in (ApiToken, Membership, Pseudonym):
        assert not model.objects.filter(user=ada).exists()
    assert not AccessLog.objects.filter(username="ada").exists()
    # Whoever is signed in is out.
    assert client.get("/me/").status_code == 302
    groups = b"".join(exported_lines(worked, shape="groups"))
    assert groups.count(b'"annotator"') == 3
    assert before.encode() not in groups


def test_deleted_rankings_free_their_places_and_leave_the_statistics(worked, ada, max):
    bring_up_to_date(project=worked)
    assert PromptStatistics.objects.get(prompt__external_id="p-1").rankings == 2
    erase_person(user=ada, keep_rankings=False)

    assert not Ranking.objects.filter(annotator=ada).exists()
    assert not Assignment.objects.filter(annotator=ada).exists()
    assert project_progress(worked).rankings == 1
    assert list(worked.prompts.order_by("pk").values_list("slots_taken", flat=True)) == [1, 0]
    bring_up_to_date(project=worked)
    counted = PromptStatistics.objects.filter(prompt__external_id="p-1").first()
    assert counted is None or counted.rankings == 1
    assert len(exported_lines(worked, shape="groups")) == 1
    assert next_assignment(project=worked, annotator=max) is not None


def test_what_they_wrote_stays_only_where_somebody_ranked_it(project, ada, max):
    update_project(project=project, overlap=2, allow_better_response=True)
    first, second = make_prompts(project, "p-1", "p-2")
    rank(ada, first, "r1 > r2 > r3", better_response="Mine.")
    rank(ada, second, "r1 > r2 > r3", better_response="Nobody saw it.")
    written = Response.objects.get(content="Mine.")
    assignment = next_assignment(project=project, annotator=max)
    rank_all = f"{written.external_id} > r1 > r2 > r3"
    assert assignment.prompt_id == first.pk
    rank(max, first, rank_all)
    erase_person(user=ada, keep_rankings=False)

    assert not Response.objects.filter(content="Nobody saw it.").exists()
    written.refresh_from_db()
    assert written.written_in is None
    assert exported_lines(project, shape="groups")


def test_the_command_lists_what_learned_from_them_and_asks_first(worked, ada, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "somebody")
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("erase_person", "ada")
    assert User.objects.filter(username="ada").exists()

    call_command("erase_person", "ada", "--delete-rankings", "--yes")
    said = capsys.readouterr().out
    assert "snapshot" in said
    assert "reward model 1 of support learned from them" in said
    assert "2 rankings deleted" in said


def test_the_last_superuser_is_not_erased(project, admin):
    with pytest.raises(Conflict, match="last active superuser"):
        erase_person(user=admin, keep_rankings=True)
