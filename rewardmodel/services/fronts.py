"""Other systems' ways to ask for a reward, told in ours: OpenRLHF, TEI, Cohere, vLLM."""

import math
import re
from collections.abc import Sequence
from typing import Any

from labeling.exceptions import InvalidInput
from labeling.formats.hh import turns_of
from labeling.models import Project
from labeling.sources.rows import MOST_RESPONSES, InvalidRow, parse_messages
from rewardmodel.models import RewardModel
from rewardmodel.selectors.registry import champion
from rewardmodel.services.scoring import MOST_INPUTS, rewards

Messages = list[dict[str, str]]
MOST_TEXTS = 4096
# What generation leaves at a response's end when special tokens are decoded too; none of it is text.
ENDINGS = re.compile(
    r"(?:\s*(?:</s>|<\|im_end\|>|<\|endoftext\|>|<\|eot_id\|>|<\|end_of_text\|>|<\|end\|>|<end_of_turn>|<eos>|<pad>"
    r"|\[PAD\]|<\|pad\|>|<\|finetune_right_pad_id\|>))+\s*$"
)
UNREADABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_START = 32
# Whole turns, and what may stand around them: the token that begins a sequence, the start of the assistant's turn.
TEMPLATES = (
    (
        re.compile(r"<\|im_start\|>(?P<role>system|user|assistant)\n(?P<content>.*?)<\|im_end\|>\n?", re.S),
        re.compile(r"\s*(<\|im_start\|>assistant\s*)?"),
    ),
    (
        re.compile(
            r"<\|start_header_id\|>(?P<role>system|user|assistant)<\|end_header_id\|>\n\n"
            r"(?P<content>.*?)<\|eot_id\|>",
            re.S,
        ),
        re.compile(r"(<\|begin_of_text\|>)?\s*(<\|start_header_id\|>assistant<\|end_header_id\|>\s*)?"),
    ),
)


def score_pairs(project: Project, pairs: Sequence[tuple[Messages, str]]) -> tuple[RewardModel, list[float]]:
    """The champion's reward of each response to its prompt, all by one version; prompts that recur are encoded once.

    Raises what `score_responses` raises.
    """
    model = champion(project)
    grouped: dict[str, list[int]] = {}
    for index, (prompt, _) in enumerate(pairs):
        grouped.setdefault(repr(prompt), []).append(index)
    chunks = [
        indexes[start : start + MOST_RESPONSES]
        for indexes in grouped.values()
        for start in range(0, len(indexes), MOST_RESPONSES)
    ]
    found = [0.0] * len(pairs)
    for start in range(0, len(chunks), MOST_INPUTS):
        asked = chunks[start : start + MOST_INPUTS]
        inputs = [{"prompt": pairs[own[0]][0], "responses": [pairs[index][1] for index in own]} for own in asked]
        for own, scores in zip(asked, rewards(model, inputs), strict=True):
            for index, score in zip(own, scores, strict=True):
                found[index] = score
    return model, found


def openrlhf_pairs(body: object) -> list[tuple[Messages, str]]:
    """`{"query": [prompt and response], "prompts": [prompt]}`: the response is what the query has after its prompt.

    A prompt may also be a list of messages; then its query is the response alone. End-of-text tokens at the end of a
    query are taken away.
    """
    if (
        not isinstance(body, dict)
        or not isinstance(body.get("query"), list)
        or not isinstance(body.get("prompts"), list)
    ):
        raise InvalidInput('expected {"query": [texts], "prompts": [texts]}, as OpenRLHF sends them')
    queries, prompts = body["query"], body["prompts"]
    if len(queries) != len(prompts):
        raise InvalidInput(f"query and prompts must be of one length; got {len(queries)} and {len(prompts)}")
    _check_number("query", queries)
    return [_query(query, prompt, index) for index, (query, prompt) in enumerate(zip(queries, prompts, strict=True))]


def rerank_pairs(body: object) -> tuple[list[tuple[Messages, str]], list[str]]:
    """TEI's `{"query", "texts"}` or Cohere's `{"query", "documents"}`: each text is a response to the query."""
    if not isinstance(body, dict) or not isinstance(texts := body.get("texts", body.get("documents")), list):
        raise InvalidInput('expected {"query": text, "texts": [texts]} or {"query": text, "documents": [texts]}')
    texts = [item.get("text") if isinstance(item, dict) else item for item in texts]
    _check_number("texts", texts)
    prompt = _messages(body.get("query"), "query")
    said = [_text(text, f"texts[{index}]") for index, text in enumerate(texts)]
    return [(prompt, text) for text in said], said


def classify_pairs(body: object) -> list[tuple[Messages, str]]:
    """vLLM's `{"messages"}` or `{"input"}`: conversations that end with the assistant's turn.

    `input` is one of them or a list; each is a list of messages or a transcript of "\\n\\nHuman: …\\n\\nAssistant: …".
    """
    if not isinstance(body, dict) or ("messages" in body) == ("input" in body):
        raise InvalidInput('expected either "messages" or "input"')
    given = [body["messages"]] if "messages" in body else body["input"]
    if isinstance(given, str) or (isinstance(given, list) and given and isinstance(given[0], dict)):
        given = [given]
    if not isinstance(given, list):
        raise InvalidInput("input must be a conversation or a list of conversations")
    _check_number("input", given)
    return [_conversation(item, f"input[{index}]") for index, item in enumerate(given)]


def sigmoid(score: float) -> float:
    """A reward as a number from 0 to 1, in the same order; it is no probability."""
    return 1 / (1 + math.exp(-score)) if score > -700 else 0.0


def _query(query: object, prompt: object, index: int) -> tuple[Messages, str]:
    text = ENDINGS.sub("", _text(query, f"query[{index}]"))
    if isinstance(prompt, str):
        # A token that begins every sequence may stand before it.
        before, found, after = text.partition(prompt)
        if not found or len(before) > LONGEST_START:
            raise InvalidInput(
                f"query[{index}] does not begin with prompts[{index}], so where the response begins is not known; "
                "give the prompt as it stands in the query"
            )
        text, prompt = after, _rendered(prompt)
    return _messages(prompt, f"prompts[{index}]"), text


def _rendered(prompt: str) -> str | Messages:
    """The messages of a prompt that a ChatML or Llama 3 template has rendered; any other text as it is.

    The reward model renders them with its own template: markers of another one would be text to it.
    """
    for turns, start in TEMPLATES:
        found = list(turns.finditer(prompt))
        rest = turns.sub("", prompt)
        if found and (not rest.strip() or start.fullmatch(rest)):
            return [{"role": turn["role"], "content": turn["content"]} for turn in found]
    return prompt


def _conversation(value: object, path: str) -> tuple[Messages, str]:
    if isinstance(value, str):
        turns = turns_of(value)
        if turns is None:
            raise InvalidInput(
                f"{path}: where its prompt ends is not known; send a list of messages that ends with the assistant's, "
                'or a transcript of "\\n\\nHuman: …\\n\\nAssistant: …"'
            )
        value = turns
    messages = _messages(value, path)
    if len(messages) < 2 or messages[-1]["role"] != "assistant":
        raise InvalidInput(f"{path}: the last message must be the assistant's, after at least one other")
    return messages[:-1], messages[-1]["content"]


def _messages(value: object, path: str) -> Messages:
    try:
        return parse_messages(value, path)
    except InvalidRow as error:
        raise InvalidInput(str(error), errors=[{"field": error.field, "detail": error.detail}]) from None


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{path}: expected text; got {type(value).__name__}")
    # A policy in training writes anything; its reward must not end the training.
    return UNREADABLE.sub("\ufffd", value)


def _check_number(name: str, values: Sequence[Any]) -> None:
    if not 1 <= len(values) <= MOST_TEXTS:
        raise InvalidInput(f"{name} must hold 1 to {MOST_TEXTS:,}; got {len(values):,}")
