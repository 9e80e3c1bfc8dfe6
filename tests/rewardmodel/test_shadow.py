"""A challenger in the shadow of the champion: it hears what is asked now and then, and nobody waits for it."""

import json

import pytest

from rewardmodel.models import GatePolicy, ShadowDisagreement, ShadowTally
from rewardmodel.services import shadow
from rewardmodel.services.gate import update_gate_policy
from rewardmodel.services.scoring import Scored
from rewardmodel.services.shadow import LISTEN, let_listen, listen
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model

PROMPT = [{"role": "user", "content": "Why?"}]
INPUTS = [
    {"prompt": PROMPT, "responses": ["One.", "Two."]},
    {"prompt": PROMPT, "responses": ["Three.", "Four."]},
    {"prompt": PROMPT, "responses": ["Alone."]},
]


@pytest.fixture
def models(project, ada, prompt, tmp_path, monkeypatch):
    monkeypatch.setattr(shadow, "_last", {})
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return [make_reward_model(project, tmp_path) for _ in range(2)]


def ask(project, models) -> None:
    scored = Scored(model=models[0], scores=[[2.0, 1.0], [2.0, 1.0], [1.0]])
    let_listen(project=project, inputs=INPUTS, scored=scored)


@pytest.mark.parametrize(("mode", "messages"), [("shadow", 1), ("ask", 0), ("automatic", 0)])
def test_it_listens_where_the_project_lets_it(mode, messages, project, max, models, committed):
    update_gate_policy(project=project, by=max, mode=mode)
    sent = committed(lambda: ask(project, models))
    heard = [message for message in sent if message[0] == LISTEN]
    assert len(heard) == messages
    if heard:
        assert heard[0][1][:2] == (models[0].pk, models[1].pk)


def test_of_a_flood_it_hears_one_request_a_second(project, max, models, committed, monkeypatch):
    update_gate_policy(project=project, by=max, mode=GatePolicy.Mode.SHADOW)
    now = [100.0]
    monkeypatch.setattr(shadow.time, "monotonic", lambda: now[0])

    def flood():
        for _ in range(10):
            ask(project, models)
        now[0] += 1.0
        ask(project, models)

    assert len([message for message in committed(flood) if message[0] == LISTEN]) == 2


def test_where_the_two_would_choose_differently_is_kept(models, monkeypatch):
    monkeypatch.setattr(shadow, "rewards", lambda *_: [[0.0, 1.0], [5.0, 1.0], [9.0]])
    message = json.dumps({"inputs": INPUTS, "best": [0, 0, 0]})
    for _ in range(2):
        listen(champion_id=models[0].pk, challenger_id=models[1].pk, message=message)

    tally = ShadowTally.objects.get()
    assert (tally.scored, tally.agreed) == (4, 2)
    kept = ShadowDisagreement.objects.first()
    assert (kept.chosen_by_champion, kept.chosen_by_challenger) == ("One.", "Two.")
    assert ShadowDisagreement.objects.count() == 2


def test_a_model_that_has_gone_is_no_error(models):
    listen(champion_id=models[0].pk, challenger_id=0, message="{}")
    assert not ShadowTally.objects.exists()
