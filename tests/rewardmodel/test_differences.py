"""What decided on a snapshot, how two differ, and which models have learned from a ranking."""

import pytest
from django.urls import reverse

from labeling.judgements import Judgement
from labeling.models import AnnotatorReliability
from labeling.selectors.people import pseudonyms
from labeling.services.exclusions import exclude_annotator
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking
from rewardmodel.selectors.snapshots import learned_by, snapshot_difference
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, make_prompts, rank, tiers_of
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def prompts(project):
    update_project(project=project, overlap=2)
    return make_prompts(project, "p-1", "p-2", "p-3")


def freeze(project):
    return freeze_snapshot(project=project, created_by=None)


def test_it_keeps_what_decided_on_its_content(project, ada, max, prompts):
    ranking = rank(ada, prompts[0], "r2 > r1 = r3")
    revise_ranking(
        ranking=ranking, judgement=Judgement(tiers=tiers_of(prompts[0], "r1 > r2 = r3")), idempotency_key="2"
    )
    rank(max, prompts[0], "r3 > r2 > r1")
    exclude_annotator(project=project, annotator=ada, reason="Too fast.", manager=max)

    policy = freeze(project).policy

    assert policy["left_out"] == {
        "hidden_checks": 0,
        "superseded": 1,
        "excluded": 1,
        "adjudicated_since": 0,
        "judges": 0,
    }
    assert policy["excluded_annotators"] == [pseudonyms([ada.pk])[ada.pk]]
    assert policy["split_salt"] == "podium"
    assert policy["weights"].keys() == {pseudonyms([max.pk])[max.pk]}


def test_two_differ_by_what_was_added_revised_and_left_out(project, ada, max, prompts):
    first = rank(ada, prompts[0], "r2 > r1 = r3")
    gone = rank(max, prompts[0], "r1 > r2 > r3")
    rank(ada, prompts[1], "r1 > r2 > r3")
    earlier = freeze(project)
    again, _ = revise_ranking(
        ranking=first, judgement=Judgement(tiers=tiers_of(prompts[0], "r3 > r2 > r1")), idempotency_key="again"
    )
    new = rank(ada, prompts[2], "r3 > r1 > r2")
    exclude_annotator(project=project, annotator=max, reason="Too fast.", manager=ada)

    difference = snapshot_difference(earlier, freeze(project))

    assert [(own.id, own.prompt_id) for own in difference.added] == [(new.pk, "p-3")]
    ((before, after),) = difference.revised
    assert (before.id, after.id) == (first.pk, again.pk)
    assert (before.tiers, after.tiers) == ([["r2"], ["r1", "r3"]], [["r3"], ["r2"], ["r1"]])
    assert [(own.id, own.prompt_id) for own in difference.excluded] == [(gone.pk, "p-1")]


def test_an_annotator_who_weighs_otherwise_is_named(project, ada, max, prompts):
    rank(ada, prompts[0], "r2 > r1 = r3")
    earlier = freeze(project)
    name = pseudonyms([ada.pk])[ada.pk]
    later = freeze(project)
    earlier.policy["weights"], later.policy["weights"] = {name: 1.0}, {name: 0.75}

    assert snapshot_difference(earlier, later).reweighted == {name: (1.0, 0.75)}


def test_the_call_tells_the_difference_and_compares_with_any_other(project, ada, max, prompts):
    rank(ada, prompts[0], "r2 > r1 = r3")
    first = freeze(project)
    new = rank(ada, prompts[1], "r3 > r1 > r2")
    second = freeze(project)
    rank(ada, prompts[2], "r3 > r1 > r2")
    third = freeze(project)

    path = f"/api/v1/snapshots/{third.pk}/difference/"
    assert len(api(max).get(path).json()["added"]) == 1
    assert len(api(max).get(path, {"since": first.pk}).json()["added"]) == 2
    backwards = api(max).get(f"/api/v1/snapshots/{first.pk}/difference/", {"since": second.pk}).json()
    assert [own["id"] for own in backwards["excluded"]] == [new.pk]
    assert api(max).get(path, {"since": "x"}).status_code == 400
    assert api(max).get(f"/api/v1/snapshots/{first.pk}/difference/").status_code == 404


@pytest.mark.parametrize(("split", "learned"), [("train", [1, 2]), ("test", [])])
def test_a_ranking_knows_the_versions_that_have_learned_from_it(project, ada, prompts, tmp_path, split, learned):
    project.prompts.update(split=split)
    ranking = rank(ada, prompts[0], "r2 > r1 = r3")
    freeze(project)
    make_reward_model(project, tmp_path)
    later = rank(ada, prompts[1], "r2 > r1 = r3")
    freeze(project)
    make_reward_model(project, tmp_path)

    assert learned_by([ranking.pk, later.pk]) == {ranking.pk: learned, later.pk: learned[1:]}


def test_pages_show_both(client, project, ada, max, prompts, tmp_path):
    project.prompts.update(split="train")
    rank(ada, prompts[0], "r2 > r1 = r3")
    rank(max, prompts[0], "r1 > r2 > r3")
    freeze(project)
    make_reward_model(project, tmp_path)
    rank(ada, prompts[1], "r2 > r1 = r3")
    client.force_login(max)

    frozen = client.post(reverse("snapshot-freeze", args=[project.slug]), follow=True).content.decode()
    assert "1 added, 0 revised, 0 not there any more" in frozen
    beside = client.get(reverse("dispute", args=[project.slug, prompts[0].pk])).content.decode()
    assert beside.count("version 1") == 2
    listed = client.get(reverse("snapshots", args=[project.slug])).content.decode()
    assert listed.count('class="unbroken" href="/projects/support/models/1/"') == 1


def test_the_weight_of_an_annotator_is_kept(project, ada, prompts, monkeypatch):
    rank(ada, prompts[0], "r2 > r1 = r3")
    monkeypatch.setattr("rewardmodel.services.snapshots.bring_up_to_date", lambda **_: None)
    AnnotatorReliability.objects.update_or_create(
        project=project, annotator=ada, defaults={"reliability": 0.5, "low": 0.4, "high": 0.6, "rankings": 4}
    )

    assert list(freeze(project).policy["weights"].values()) == [0.5]
