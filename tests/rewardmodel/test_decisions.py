"""What an application may show: by the champion's probability, never without one; and the way back to people."""

import math

import pytest

from labeling.exceptions import InvalidInput
from labeling.models import Prompt
from rewardmodel.exceptions import NoCalibration, ScorerUnavailable
from rewardmodel.models import Decision, RegistryEvent, RewardModel
from rewardmodel.services import decisions
from rewardmodel.services.decisions import decide, send_held, update_decision_policy
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, rank
from tests.rewardmodel.factories import make_reward_model

ASKED = {"prompt": "Why?", "response": "Because it rains."}
DECIDE = "/api/v1/projects/support/decide/"


@pytest.fixture
def model(project, ada, prompt, tmp_path):
    """A champion whose probability is that of its score as it is."""
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    champion = make_reward_model(project, tmp_path)
    champion.metrics = {"acceptability": {"platt": {"slope": 1.0, "intercept": 0.0}}}
    champion.save()
    return champion


@pytest.fixture
def scores(monkeypatch):
    """What the scorer says next."""

    def say(probability: float):
        monkeypatch.setattr(decisions, "rewards", lambda *_: [[math.log(probability / (1 - probability))]])

    say(0.9)
    return say


@pytest.mark.parametrize(
    ("probability", "kind"), [(0.81, "show"), (0.79, "hold"), (0.31, "hold"), (0.29, "regenerate")]
)
def test_the_policy_says_what_a_probability_means(probability, kind, project, max, model, scores):
    update_decision_policy(project=project, by=max, show_from=0.8, regenerate_below=0.3)
    scores(probability)

    decision = decide(project=project, body=ASKED)

    assert (decision.kind, decision.reward_model, decision.threshold) == (kind, model, 0.8)
    assert decision.probability == pytest.approx(probability)
    stored = Decision.objects.get()
    assert (stored.prompt, stored.response) == ([{"role": "user", "content": "Why?"}], "Because it rains.")


def test_the_answer_names_the_version_and_the_reason(project, ada, model, scores):
    answer = api(ada).post(DECIDE, ASKED).json()
    assert answer.pop("probability") == pytest.approx(0.9)
    assert answer == {
        "decision": "show",
        "threshold": 0.8,
        "reason": "acceptable with probability 0.90, shown from 0.80 on",
        "model": {"id": model.pk, "version": 1},
    }


def test_scores_beyond_all_measure_are_no_crash(project, model, monkeypatch):
    for score, expected in ((1e9, 1.0), (-1e9, 0.0)):
        monkeypatch.setattr(decisions, "rewards", lambda *_, own=score: [[own]])
        assert decide(project=project, body=ASKED).probability == pytest.approx(expected)


def test_without_a_number_nothing_is_shown(project, model, monkeypatch):
    monkeypatch.setattr(decisions, "rewards", lambda *_: [[float("nan")]])
    with pytest.raises(ScorerUnavailable, match="gave no number"):
        decide(project=project, body=ASKED)
    assert not Decision.objects.exists()


def test_too_few_labels_are_counted(project, ada, model, scores):
    known = {"platt": None, "labels": 12, "acceptable": 9, "needed": {"labels": 50, "of_a_kind": 10}}
    RewardModel.objects.update(metrics={"acceptability": known})
    with pytest.raises(NoCalibration, match=r"12 labels .* \(9 of them acceptable\)\. At least 50 are needed, 10 of"):
        decide(project=project, body=ASKED)
    assert api(ada).post(DECIDE, ASKED).status_code == 409


class TestPolicy:
    @pytest.mark.parametrize("changes", [{"show_from": 1.1}, {"show_from": 0.2, "regenerate_below": 0.3}])
    def test_what_cannot_be_changes_nothing(self, changes, project, max):
        with pytest.raises(InvalidInput):
            update_decision_policy(project=project, by=max, **changes)
        assert not RegistryEvent.objects.exists()

    def test_a_change_is_on_record(self, project, max):
        update_decision_policy(project=project, by=max, show_from=0.7)
        assert RegistryEvent.objects.get().details == {"decisions": {"show_from": [0.8, 0.7]}}


class TestHeld:
    def test_responses_to_one_prompt_become_a_prompt_to_rank_once(self, project, max, model, scores):
        scores(0.5)
        for response in ("One.", "Two.", "Two."):
            decide(project=project, body={"prompt": "Why?", "response": response})
        decide(project=project, body={"prompt": "How?", "response": "Alone."})

        sent = send_held(project=project, by=max)

        assert (sent.created, sent.waiting) == (1, 1)
        made = Prompt.objects.latest("pk")
        assert made.messages == [{"role": "user", "content": "Why?"}]
        assert [response.content for response in made.responses.order_by("position")] == ["One.", "Two."]
        again = send_held(project=project, by=max)
        assert (again.created, again.waiting) == (0, 1)

        decide(project=project, body={"prompt": "How?", "response": "Together."})
        assert send_held(project=project, by=max).created == 1

    def test_what_was_shown_is_nobodys_work(self, project, max, model, scores):
        for response in ("One.", "Two."):
            decide(project=project, body={"prompt": "Why?", "response": response})
        sent = send_held(project=project, by=max)
        assert (sent.created, sent.waiting) == (0, 0)
