"""A double click sends two requests at the same instant; eight do no more harm."""

import pytest
from rest_framework.test import APIClient

from labeling.exceptions import AlreadySuperseded, AssignmentClosed
from labeling.judgements import Judgement
from labeling.models import Ranking
from labeling.services.rankings import revise_ranking, submit_ranking
from tests.factories import api, rank, tiers_of
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("overlap", [1, 2])
def test_one_key_eight_times_at_once_is_one_ranking_and_one_answer(ada, assignment, overlap):
    assignment.prompt.slots = overlap
    assignment.prompt.save()
    credentials = api(ada)._credentials
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3"), "rationale": "Shorter."}

    def post():
        client = APIClient()
        client.credentials(**credentials, HTTP_IDEMPOTENCY_KEY="k-1")
        return client.post(f"/api/v1/assignments/{assignment.pk}/ranking/", body)

    answers = at_once([post] * 8)

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert Ranking.objects.count() == 1


def test_eight_keys_at_once_are_one_ranking_and_seven_refusals(assignment):
    judgement = Judgement(tiers=tiers_of(assignment.prompt, "r1 > r2 > r3"))

    outcomes = at_once(
        [
            lambda key=key: submit_ranking(assignment=assignment, judgement=judgement, idempotency_key=key)
            for key in "abcdefgh"
        ]
    )

    assert sum(isinstance(outcome, AssignmentClosed) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert Ranking.objects.count() == 1


def test_eight_revisions_at_once_leave_one_current_ranking(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")
    judgement = Judgement(tiers=tiers_of(prompt, "r3 > r2 > r1"))

    outcomes = at_once(
        [lambda key=key: revise_ranking(ranking=first, judgement=judgement, idempotency_key=key) for key in "abcdefgh"]
    )

    assert sum(isinstance(outcome, AlreadySuperseded) for outcome in outcomes) == 7
    assert Ranking.objects.count() == 2
    assert Ranking.objects.current().count() == 1
