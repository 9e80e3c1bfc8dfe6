"""Other systems' requests for a reward, answered as those systems expect."""

import base64
import math

import pytest
import requests
from django.test import Client

from labeling.exceptions import InvalidInput
from labeling.services.tokens import create_token
from rewardmodel.services.fronts import classify_pairs, openrlhf_pairs, rerank_pairs, score_pairs
from tests.factories import api

SCORE = "/api/v1/projects/support/score/"
WHY = [{"role": "user", "content": "Why?"}]


def test_openrlhf_gets_rewards_in_its_order(model, scorer, ada):
    asked = {"query": ["Why?Rain.", "How?So.</s>", "Why?It rains.<|im_end|>\n"], "prompts": ["Why?", "How?", "Why?"]}

    answer = api(ada, "score").post(SCORE + "openrlhf/", asked)

    base = model.run_id * 1000
    assert answer.json()["rewards"] == [base + 5, base + 3, base + 9], "the length of what follows the prompt"
    assert answer.json()["extra_logs"] == {"model_version": [1, 1, 1]}


def test_what_no_database_holds_is_scored_as_a_sign_in_its_place():
    assert openrlhf_pairs({"query": ["Why?a\0\ud800b"], "prompts": ["Why?"]}) == [(WHY, "a\ufffd\ufffdb")]


def test_a_prompt_of_messages_goes_with_the_response_alone():
    assert openrlhf_pairs({"query": ["Rain."], "prompts": [WHY]}) == [(WHY, "Rain.")]


@pytest.mark.parametrize(
    "prompt",
    [
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ],
    ids=["chatml", "llama3"],
)
def test_a_prompt_that_a_template_has_rendered_is_told_as_messages(prompt):
    asked = {"query": [f"<s>{prompt}Rain.<|eot_id|>"], "prompts": [prompt]}
    assert openrlhf_pairs(asked) == [([{"role": "system", "content": "Be brief."}, *WHY], "Rain.")]


def test_markers_that_are_no_whole_turns_are_text():
    prompt = "What does <|im_start|>user mean?"
    assert openrlhf_pairs({"query": [prompt + "A."], "prompts": [prompt]}) == [
        ([{"role": "user", "content": prompt}], "A.")
    ]


def test_more_responses_than_fit_one_input_are_all_scored_by_one_version(project, model, scorer):
    pairs = [(WHY, "x" * length) for length in range(1, 61)]
    version, scores = score_pairs(project, pairs)
    assert scores == [model.run_id * 1000 + length for length in range(1, 61)]
    assert version == model


def test_a_token_in_the_url_is_enough(model, scorer, ada):
    """OpenRLHF is given a URL and no header."""
    secret = create_token(user=ada, scopes=["score"])[1]
    prepared = requests.Request("POST", f"http://podium:{secret}@host/").prepare()
    answer = Client().post(
        SCORE + "openrlhf/",
        {"query": ["ab"], "prompts": ["a"]},
        content_type="application/json",
        headers={"Authorization": prepared.headers["Authorization"]},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "credentials", ["!!!", base64.b64encode(b"podium:wrong").decode(), base64.b64encode(b"\xff").decode()]
)
def test_credentials_that_are_none_are_401(ada, project, credentials):
    answer = Client().get("/api/v1/projects/", headers={"Authorization": f"Basic {credentials}"})
    assert answer.status_code == 401


class TestRerank:
    def test_tei_gets_a_list_best_first(self, model, scorer, ada):
        asked = {"query": "Why?", "texts": ["No.", "It rains.", "Maybe"], "raw_scores": True, "return_text": True}
        answer = api(ada, "score").post(SCORE + "rerank/", asked).json()
        assert [(item["index"], item["text"]) for item in answer] == [(1, "It rains."), (2, "Maybe"), (0, "No.")]
        assert answer[0]["score"] == model.run_id * 1000 + 9

    def test_cohere_gets_the_first_of_them_from_0_to_1(self, model, scorer, ada):
        asked = {"query": "Why?", "documents": ["No.", {"text": "It rains."}], "top_n": 1, "return_documents": True}
        answer = api(ada, "score").post(SCORE + "rerank/", asked).json()
        assert [item["index"] for item in answer["results"]] == [1]
        assert 0 <= answer["results"][0]["relevance_score"] <= 1
        assert answer["results"][0]["document"] == {"text": "It rains."}


class TestClassify:
    TURNS = [*WHY, {"role": "assistant", "content": "Rain."}]

    @pytest.mark.parametrize(
        "body",
        [
            {"messages": TURNS},
            {"input": TURNS},
            {"input": [TURNS]},
            {"input": "\n\nHuman: Why?\n\nAssistant: Rain."},
            {"input": ["\n\nHuman: Why?\n\nAssistant: Rain."], "model": "any"},
        ],
    )
    def test_a_conversation_in_any_form_is_its_last_turn(self, body):
        assert classify_pairs(body) == [(WHY, "Rain.")]

    def test_vllms_answer(self, model, scorer, ada):
        answer = api(ada, "score").post(SCORE + "classify/", {"messages": self.TURNS}).json()
        [item] = answer["data"]
        assert item == {"index": 0, "label": "LABEL_0", "probs": [model.run_id * 1000 + 5], "num_classes": 1}
        assert answer["model"] == "support/1"


@pytest.mark.parametrize(
    ("parse", "body", "said"),
    [
        (openrlhf_pairs, [], "as OpenRLHF sends them"),
        (openrlhf_pairs, {"query": "a", "prompts": ["a"]}, "as OpenRLHF sends them"),
        (openrlhf_pairs, {"query": ["a", "b"], "prompts": ["a"]}, "got 2 and 1"),
        (openrlhf_pairs, {"query": ["b"], "prompts": ["a"]}, r"query\[0\] does not begin with prompts\[0\]"),
        (openrlhf_pairs, {"query": [], "prompts": []}, "must hold 1 to 4,096; got 0"),
        (openrlhf_pairs, {"query": [1], "prompts": ["a"]}, r"query\[0\]: expected text; got int"),
        (rerank_pairs, {"query": "a"}, "expected .*texts"),
        (rerank_pairs, {"texts": ["a"]}, "query: expected text or a list of messages"),
        (classify_pairs, {}, 'either "messages" or "input"'),
        (classify_pairs, {"input": "Why? Rain."}, "where its prompt ends is not known"),
        (classify_pairs, {"input": 5}, "a conversation or a list"),
        (classify_pairs, {"messages": WHY}, "must be the assistant's"),
    ],
)
def test_what_cannot_be_read_is_named(parse, body, said):
    with pytest.raises(InvalidInput, match=said):
        parse(body)


def test_a_reward_from_0_to_1_keeps_the_order_at_both_ends():
    from rewardmodel.services.fronts import sigmoid

    values = [sigmoid(score) for score in (-1e9, -3.0, 0.0, 3.0, 1e9)]
    assert values == sorted(values)
    assert values[2] == 0.5
    assert not any(math.isnan(value) for value in values)
