"""A challenger before the gate: what is recorded, what is promoted, and what never is."""

import pytest

from labeling.exceptions import Conflict, InvalidInput
from rewardmodel.models import Alias, GatePolicy, GateVerdict, RegistryEvent
from rewardmodel.services import gate
from rewardmodel.services.gate import gate_policy_for, judge_again, judge_challenger, send_unjudged, update_gate_policy
from rewardmodel.services.registry import JUDGE, promote_reward_model, reject_reward_model, roll_back
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model
from tests.rewardmodel.test_gate import BETTER, gain


@pytest.fixture
def models(project, ada, prompt, tmp_path):
    """A champion and a challenger."""
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return [make_reward_model(project, tmp_path) for _ in range(2)]


@pytest.fixture
def found(monkeypatch):
    """What the comparison will say."""

    def say(**changes):
        monkeypatch.setattr(gate, "measure", lambda **_: {**BETTER, **changes})

    say()
    return say


def aliases(project) -> dict[str, int]:
    return dict(Alias.objects.filter(project=project).values_list("name", "reward_model__version"))


def events(project) -> list[tuple[str, int]]:
    rows = RegistryEvent.objects.filter(project=project).order_by("pk")
    return list(rows.values_list("kind", "reward_model__version"))


def test_a_new_challenger_is_sent_to_the_gate(project, ada, prompt, tmp_path, committed):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    made = []
    sent = committed(lambda: made.extend(make_reward_model(project, tmp_path) for _ in range(2)))
    assert [message for message in sent if message[0] == JUDGE] == [(JUDGE, (made[1].pk,))]


def test_one_that_passes_goes_live_by_itself_and_the_trail_says_why(models, project, found):
    verdict = judge_challenger(model_id=models[1].pk)

    assert verdict.passed
    assert aliases(project) == {"champion": 2, "previous": 1}
    assert events(project) == [("registered", 1), ("promoted", 1), ("registered", 2), ("judged", 2), ("promoted", 2)]
    promoted = RegistryEvent.objects.latest("pk")
    assert (promoted.by, promoted.verdict) == (None, verdict)


def test_one_that_does_not_pass_never_does(models, project, found):
    found(**gain(-0.05, -0.08, -0.02))

    verdict = judge_challenger(model_id=models[1].pk)

    assert not verdict.passed
    assert aliases(project) == {"champion": 1, "challenger": 2}
    assert events(project)[-1] == ("judged", 2)


@pytest.mark.parametrize("mode", ["ask", "shadow"])
def test_where_a_manager_decides_it_waits(mode, models, project, max, found):
    update_gate_policy(project=project, by=max, mode=mode)
    assert judge_challenger(model_id=models[1].pk).passed
    assert aliases(project) == {"champion": 1, "challenger": 2}


def test_a_champion_that_changed_meanwhile_is_not_replaced_by_what_was_measured_against_another(
    models, project, tmp_path, monkeypatch
):
    third = make_reward_model(project, tmp_path)

    def promote_another(**_):
        promote_reward_model(reward_model=models[1], by=None)
        return BETTER

    monkeypatch.setattr(gate, "measure", promote_another)
    assert judge_challenger(model_id=third.pk).passed
    assert aliases(project) == {"champion": 2, "challenger": 3, "previous": 1}


def test_a_comparison_that_fails_is_a_verdict_with_its_reason(models, project):
    # The folders of these models hold no weights: the real child process cannot load them.
    verdict = judge_challenger(model_id=models[1].pk)
    assert not verdict.passed
    assert [check["name"] for check in verdict.checks] == ["measured"]
    assert "not whole" in verdict.checks[0]["figures"]["reason"]
    assert aliases(project) == {"champion": 1, "challenger": 2}


def test_there_is_nothing_to_judge_of_a_champion_or_one_that_was_rejected(models, project, max, found):
    assert judge_challenger(model_id=models[0].pk) is None
    reject_reward_model(reward_model=models[1], by=max, reason="Rude.")
    assert judge_challenger(model_id=models[1].pk) is None
    assert judge_challenger(model_id=0) is None
    assert not GateVerdict.objects.exists()
    with pytest.raises(Conflict, match="version 2 is no challenger"):
        judge_again(model=models[1])


def test_what_was_lost_on_its_way_is_sent_again_once(models, project, found, sent, monkeypatch, committed):
    assert send_unjudged() == 0
    monkeypatch.setattr(gate, "LOST_AFTER", gate.LOST_AFTER * 0)
    committed(lambda: send_unjudged())
    assert sent == [(JUDGE, (models[1].pk,))]
    judge_challenger(model_id=models[1].pk)
    assert send_unjudged() == 0


class TestRejecting:
    def test_it_leaves_the_running_and_the_reason_stays(self, models, project, max):
        reject_reward_model(reward_model=models[1], by=max, reason="Worse on refusals.")
        assert aliases(project) == {"champion": 1}
        event = RegistryEvent.objects.latest("pk")
        assert (event.kind, event.by, event.reason) == ("rejected", max, "Worse on refusals.")

    def test_it_needs_a_reason(self, models, project, max):
        with pytest.raises(InvalidInput, match="say why"):
            reject_reward_model(reward_model=models[1], by=max, reason=" ")
        assert aliases(project) == {"champion": 1, "challenger": 2}

    def test_the_champion_is_not_rejected(self, models, max):
        with pytest.raises(Conflict, match="version 1 is the champion"):
            reject_reward_model(reward_model=models[0], by=max, reason="Rude.")


def test_the_trail_names_who_promoted_and_who_rolled_back(models, project, max):
    promote_reward_model(reward_model=models[1], by=max, reason="We have looked at it.")
    roll_back(project=project, by=max)
    last = RegistryEvent.objects.order_by("-pk")[:2]
    assert [(e.kind, e.reward_model.version, e.by, e.reason) for e in last] == [
        ("rolled_back", 1, max, ""),
        ("promoted", 2, max, "We have looked at it."),
    ]


class TestPolicy:
    def test_changes_are_on_record_and_nothing_else_is(self, project, max):
        update_gate_policy(project=project, by=max, mode="ask", max_drop=2.0)
        [event] = RegistryEvent.objects.all()
        assert (event.by, event.details) == (max, {"gate": {"mode": ["automatic", "ask"]}})

    @pytest.mark.parametrize("changes", [{"mode": "never"}, {"max_drop": -1.0}, {"fewest_prompts": 0}])
    def test_what_is_out_of_range_changes_nothing(self, changes, project, max):
        with pytest.raises(InvalidInput):
            update_gate_policy(project=project, by=max, **changes)
        assert gate_policy_for(project).mode == GatePolicy.Mode.AUTOMATIC
        assert not RegistryEvent.objects.exists()
