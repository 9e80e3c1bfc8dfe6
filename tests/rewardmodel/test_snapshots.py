"""A snapshot is a file named by its hash: frozen, it never changes, whatever is ranked later."""

import hashlib

import pytest

from labeling.judgements import Judgement
from labeling.selectors.exports import Choices, pieces_of
from labeling.services.projects import create_project, update_project
from labeling.services.rankings import revise_ranking
from rewardmodel.exceptions import NothingToTrainOn
from rewardmodel.ml.groups import compare
from rewardmodel.ml.reading import read_groups
from rewardmodel.models import DatasetSnapshot
from rewardmodel.selectors.snapshots import snapshot_groups, snapshot_lines
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, exported_lines, make_prompts, rank, tiers_of
from tests.racing import at_once

PAIRS = "/api/v1/projects/support/pairs/"


def exports(snapshot: DatasetSnapshot) -> tuple[bytes, bytes]:
    return b"".join(pieces_of(snapshot_groups(snapshot), Choices())), b"".join(snapshot_lines(snapshot))


def left_over(artifacts) -> list[str]:
    return [path.name for path in artifacts.rglob("writing*")]


def test_a_snapshot_is_the_groups_export_under_its_hash(project, ada, max, artifacts):
    first, second, _ = make_prompts(project, "p-1", "p-2", "p-3")
    rank(ada, first, "r2 > r1 = r3")
    last = rank(ada, second, "r1 > r2 > r3")

    snapshot = freeze_snapshot(project=project, created_by=max)

    content = snapshot.path.read_bytes()
    assert content == b"".join(exported_lines(project, shape="groups"))
    assert snapshot.sha256 == hashlib.sha256(content).hexdigest()
    assert (snapshot.groups, snapshot.rankings, snapshot.pairs) == (2, 2, 5)
    assert (snapshot.created_by, snapshot.last_ranking_id) == (max, last.pk)
    assert left_over(artifacts) == []


def test_the_same_rankings_are_one_snapshot(project, ada, max, prompt):
    rank(ada, prompt, "r2 > r1 = r3")

    assert freeze_snapshot(project=project, created_by=ada) == freeze_snapshot(project=project, created_by=max)
    assert DatasetSnapshot.objects.get().created_by == ada


def test_nothing_ranked_is_nothing_to_freeze(project, prompt, artifacts):
    with pytest.raises(NothingToTrainOn, match="nobody has ranked a prompt of 'support' yet"):
        freeze_snapshot(project=project, created_by=None)

    assert not DatasetSnapshot.objects.exists()
    assert [path for path in artifacts.rglob("*") if path.is_file()] == []


def test_its_exports_are_those_of_its_day_and_stay_so(project, ada, max):
    first, second = make_prompts(project, "p-1", "p-2")
    ranking = rank(ada, first, "r2 > r1 = r3")
    frozen_pairs, frozen_groups = b"".join(exported_lines(project)), b"".join(exported_lines(project, shape="groups"))
    snapshot = freeze_snapshot(project=project, created_by=max)

    rank(ada, second, "r1 > r2 > r3")
    revise_ranking(ranking=ranking, judgement=Judgement(tiers=tiers_of(first, "r3 > r2 > r1")), idempotency_key="again")
    later = freeze_snapshot(project=project, created_by=max)

    assert later.sha256 != snapshot.sha256
    assert exports(snapshot) == (frozen_pairs, frozen_groups)
    assert exports(later) == (b"".join(exported_lines(project)), b"".join(exported_lines(project, shape="groups")))


def test_a_revision_that_says_the_same_changes_no_byte(project, ada, max, prompt):
    ranking = rank(ada, prompt, "r2 > r1 = r3")
    snapshot = freeze_snapshot(project=project, created_by=max)
    before = exports(snapshot)
    revised, _ = revise_ranking(
        ranking=ranking, judgement=Judgement(tiers=tiers_of(prompt, "r2 > r1 = r3")), idempotency_key="again"
    )

    again = freeze_snapshot(project=project, created_by=max)

    assert again == snapshot
    assert exports(snapshot) == before
    again.refresh_from_db()
    assert again.last_ranking_id == revised.pk


def test_two_projects_with_the_same_rankings_keep_their_own_ids(project, ada, max):
    other = create_project(creator=ada, slug="other", name="Other")
    snapshots = []
    for place in (project, other):
        rank(ada, make_prompts(place, "p-1")[0], "r2 > r1 = r3")
        snapshots.append(freeze_snapshot(project=place, created_by=max))

    first, second = snapshots
    assert first.sha256 == second.sha256
    assert exports(first)[0] == b"".join(exported_lines(project))
    assert exports(second)[0] == b"".join(exported_lines(other))


@pytest.mark.django_db(transaction=True)
def test_eight_that_freeze_at_once_make_one_snapshot(project, ada, prompt, artifacts):
    rank(ada, prompt, "r2 > r1 = r3")

    outcomes = at_once([lambda: freeze_snapshot(project=project, created_by=None)] * 8)

    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {DatasetSnapshot.objects.get().pk}
    assert exports(DatasetSnapshot.objects.get())[0] == b"".join(exported_lines(project))
    assert left_over(artifacts) == []


@pytest.mark.parametrize("shape", ["trl", "groups"])
@pytest.mark.parametrize("split", ["", "train", "validation"])
def test_the_call_exports_a_snapshot_as_it_was(project, ada, max, shape, split):
    prompts = make_prompts(project, *(f"p-{number}" for number in range(12)))
    for prompt in prompts[:10]:
        rank(ada, prompt, "r2 > r1 = r3")
    query = {"shape": shape, **({"split": split} if split else {})}
    then = api(max).get(PAIRS, query).getvalue()
    number = api(max).post("/api/v1/projects/support/snapshots/").json()["id"]
    rank(ada, prompts[10], "r2 > r1 = r3")

    assert api(max).get(PAIRS, {**query, "snapshot": number}).getvalue() == then
    assert then
    if not split:
        assert api(max).get(PAIRS, query).getvalue() != then


def test_ties_come_from_a_snapshot_too(project, ada, max, prompt):
    rank(ada, prompt, "r2 > r1 = r3")
    number = api(max).post("/api/v1/projects/support/snapshots/").json()["id"]

    query = {"include_ties": "1"}
    assert api(max).get(PAIRS, {**query, "snapshot": number}).getvalue() == b"".join(
        exported_lines(project, include_ties=True)
    )


def test_another_projects_snapshot_is_404(project, ada, max, prompt):
    other = create_project(creator=max, slug="other", name="Other")
    rank(max, make_prompts(other, "p-1")[0], "r2 > r1 = r3")
    snapshot = freeze_snapshot(project=other, created_by=max)

    assert api(max).get(PAIRS, {"snapshot": snapshot.pk}).status_code == 404


def test_the_trainer_reads_rankings_that_do_not_hold_every_response(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    first = rank(ada, prompt, "r1 > r2 > r3")
    rank(max, prompt, "r3 > r2 = r1", better_response="Four.")
    first.refresh_from_db()
    assert len(first.tiers) == 3

    (group,) = read_groups(freeze_snapshot(project=project, created_by=None).path)

    assert group.responses == ("One.", "Two.", "Three.", "Four.")
    assert [ranking.tiers for ranking in group.rankings] == [((0,), (1,), (2,)), ((3,), (2,), (1, 0))]
    pairs = compare(group.rankings)
    assert (pairs.rankings, len(pairs.better)) == (2, 3 + 5)
    # Ada never saw the fourth: nothing that she said speaks of it.
    assert 3 not in [*pairs.better[:3], *pairs.worse[:3]]
