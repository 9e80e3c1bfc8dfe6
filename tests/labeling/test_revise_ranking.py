"""A revision supersedes a ranking; a judgement made elsewhere is recorded beside the others."""

import pytest

from labeling.exceptions import AlreadySuperseded, KeyReused
from labeling.judgements import Judgement
from labeling.models import Assignment, Prompt, Ranking
from labeling.services.rankings import record_judgement, revise_ranking, submit_ranking
from tests.factories import rank, tiers_of


def judge(assignment: Assignment, order: str = "r2 > r1 = r3", **said) -> Judgement:
    return Judgement(tiers=tiers_of(assignment.prompt, order), **said)


def submit(assignment: Assignment, order: str = "r2 > r1 = r3", *, key: str = "k-1", **said):
    return submit_ranking(assignment=assignment, judgement=judge(assignment, order, **said), idempotency_key=key)


def test_a_revision_supersedes(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")

    second, created = revise_ranking(
        ranking=first, judgement=judge(first.assignment, "r3 > r2 > r1"), idempotency_key="k-2"
    )

    first.refresh_from_db()
    assert created
    assert second.supersedes == first
    assert first.superseded_at is not None
    assert list(Ranking.objects.current()) == [second]
    assert second.tiers == tiers_of(prompt, "r3 > r2 > r1")
    assert (second.display_order, second.assignment) == (first.display_order, first.assignment)


def test_the_same_revision_again_is_one_ranking(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")
    revision = {"ranking": first, "judgement": judge(first.assignment), "idempotency_key": "k-2"}

    second, _ = revise_ranking(**revision)
    again, created = revise_ranking(**revision)

    assert (again, created) == (second, False)
    assert Ranking.objects.count() == 2


def test_only_the_newest_ranking_can_be_revised(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")
    revise_ranking(ranking=first, judgement=judge(first.assignment), idempotency_key="k-2")

    with pytest.raises(AlreadySuperseded, match="revise the newest one"):
        revise_ranking(ranking=first, judgement=judge(first.assignment), idempotency_key="k-3")

    assert Ranking.objects.count() == 2


def test_a_revision_needs_a_key_of_its_own(ada, prompt):
    first = rank(ada, prompt, "r2 > r1 = r3", key="k-1")

    for order in ("r2 > r1 = r3", "r3 > r2 > r1"):
        with pytest.raises(KeyReused):
            revise_ranking(ranking=first, judgement=judge(first.assignment, order), idempotency_key="k-1")

    first.refresh_from_db()
    assert first.superseded_at is None
    assert Ranking.objects.count() == 1


def test_the_first_submission_replayed_after_a_revision_still_answers_the_first(ada, prompt):
    first = rank(ada, prompt, "r2 > r1 = r3", key="k-1")
    revise_ranking(ranking=first, judgement=judge(first.assignment, "r1 > r2 > r3"), idempotency_key="k-2")

    assert submit(first.assignment) == (first, False)
    assert Ranking.objects.count() == 2


def test_a_judgement_made_elsewhere_gets_a_slot_of_its_own(ada, max, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    ranking = record_judgement(
        prompt=prompt,
        annotator=max,
        judgement=Judgement(tiers=tiers_of(prompt, "r3 > r2 > r1")),
        source=Ranking.Source.DEMO,
        idempotency_key="demo-1",
    )

    assert (ranking.source, ranking.assignment.slot, ranking.assignment.status) == ("demo", 2, "submitted")
    assert Prompt.objects.get().slots_taken == 2
