"""Scores come from the champion, over the socket on which the scorer listens."""

import pytest

from labeling.exceptions import InvalidInput
from rewardmodel.exceptions import NoCalibration, NoRewardModel, ScorerUnavailable
from rewardmodel.scorer.app import build_app
from rewardmodel.services.decisions import decide
from rewardmodel.services.registry import promote_reward_model
from rewardmodel.services.scoring import Scored, parse_inputs, score_responses
from tests.factories import api
from tests.rewardmodel.factories import make_reward_model
from tests.rewardmodel.serving import listening

SCORE = "/api/v1/projects/support/score/"
DECIDE = "/api/v1/projects/support/decide/"
ASKED = {"prompt": "Why?", "responses": ["Because it rains.", {"content": "No.", "id": "b", "model": "gpt-x"}]}


def test_the_call_answers_with_the_champions_rewards(model, scorer, ada):
    answer = api(ada, "score").post(SCORE, ASKED)

    assert answer.status_code == 200
    assert answer.json() == {
        "model": {"id": model.pk, "version": 1},
        "scores": [[model.run_id * 1000 + 17, model.run_id * 1000 + 3]],
        "best": [0],
    }


def test_many_inputs_are_scored_in_one_call(model, scorer, max):
    inputs = [ASKED, {"prompt": [{"role": "user", "content": "Why?"}], "responses": ["Yes."]}]

    body = api(max).post(SCORE, {"inputs": inputs}).json()

    assert [len(row) for row in body["scores"]] == [2, 1]
    assert body["best"] == [0, 0]


def test_after_a_promotion_the_new_champion_answers(project, model, scorer, ada, tmp_path):
    second = make_reward_model(project, tmp_path)
    assert api(ada).post(SCORE, ASKED).json()["model"]["version"] == 1

    promote_reward_model(reward_model=second, by=None)

    body = api(ada).post(SCORE, ASKED).json()
    assert body["model"] == {"id": second.pk, "version": 2}
    assert body["scores"][0][1] == second.run_id * 1000 + 3


def test_without_a_champion_it_is_409_whether_the_scorer_lives_or_not(project, scorer_url, ada):
    answer = api(ada).post(SCORE, ASKED)

    assert (answer.status_code, answer.json()["type"]) == (409, "no-reward-model")
    assert "rank some prompts and start a training run" in answer.json()["detail"]
    with pytest.raises(NoRewardModel):
        score_responses(project=project, body=ASKED)


def test_while_the_scorer_is_down_it_is_503(model, scorer_url, ada):
    answer = api(ada).post(SCORE, ASKED)

    assert (answer.status_code, answer.json()["type"]) == (503, "scorer-unavailable")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_champion_whose_files_are_damaged_is_503_with_the_reason(project, model, scorer_url, artifacts):
    with (
        listening(build_app(artifacts_dir=artifacts, token="secret"), scorer_url),
        pytest.raises(ScorerUnavailable, match=r"the scorer answered 422: model .*not whole"),
    ):
        score_responses(project=project, body=ASKED)


def test_another_token_is_503(project, model, scorer, settings):
    settings.SCORER_TOKEN = "other"

    with pytest.raises(ScorerUnavailable, match="the scorer answered 401"):
        score_responses(project=project, body=ASKED)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, 'expected {"prompt", "responses"} or {"inputs"'),
        ([], 'expected {"prompt", "responses"}'),
        ({}, "got the fields none"),
        ({"prompt": "Why?"}, "got the fields prompt"),
        ({**ASKED, "inputs": []}, "got the fields inputs, prompt, responses"),
        ({"inputs": []}, "inputs must hold 1 to 256 prompts; got 0"),
        ({"inputs": [ASKED] * 257}, "got 257"),
        ({"inputs": ["x"]}, "inputs[0]: expected"),
        ({"inputs": [ASKED, {"prompt": "Why?", "responses": [""]}]}, "inputs[1].responses[0]: expected text"),
        ({"prompt": "", "responses": ["a"]}, "prompt: expected text; got an empty one"),
        ({"prompt": "Why?", "responses": []}, "responses: expected 1 to 26 responses; got 0"),
        ({"prompt": "Why?", "responses": ["x"] * 27}, "got 27"),
        ({"prompt": "\ud800", "responses": ["x"]}, "prompt: holds half of a surrogate pair"),
        ({"prompt": "Why?", "responses": ["x"], "\ud800": 1}, "got the fields"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_its_place(project, body, said):
    with pytest.raises(InvalidInput) as refusal:
        score_responses(project=project, body=body)

    assert said in refusal.value.detail


def test_inputs_go_to_the_scorer_code_point_for_code_point():
    text = " e\u0301\r\n\u2028"

    assert parse_inputs({"prompt": text, "responses": [text]}) == [
        {"prompt": [{"role": "user", "content": text}], "responses": [text]}
    ]


def test_of_equal_scores_the_first_is_best():
    assert Scored(model=None, scores=[[1.0, 2.0, 2.0], [0.0], [-1.0, -1.0]]).best == [1, 0, 0]


def test_deciding_is_409_without_a_champion_and_without_a_calibration(project, ada, request):
    body = {"prompt": "Why?", "response": "Because."}
    answer = api(ada).post(DECIDE, body)
    assert (answer.status_code, answer.json()["type"]) == (409, "no-reward-model")

    request.getfixturevalue("model")
    answer = api(ada).post(DECIDE, body)
    assert (answer.status_code, answer.json()["type"]) == (409, "no-calibration")
    with pytest.raises(NoCalibration, match="version 1 has no calibration"):
        decide(project=project, body=body)


@pytest.mark.parametrize("body", [None, {}, {"prompt": "Why?"}, {"prompt": "Why?", "response": ""}, ASKED])
def test_what_cannot_be_decided_is_400(project, body):
    with pytest.raises(InvalidInput):
        decide(project=project, body=body)
