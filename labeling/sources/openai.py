"""The recipe `openai`: chat logs and preference files in the JSONL of OpenAI's API. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labeling.sources.adopted import Ranked, adopted, object_of
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, Parsed, PromptRow, id_by_content, parse_unanswered

TURN_FIELDS = ("role", "content")


def openai(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """One conversation a row.

    - `{"messages"}`, as for fine-tuning: what the assistant said last is a response, the rest the prompt.
    - A logged request with its answer, `{"request": {"messages"}, "response": {"choices"}}` or both in one object, and
      a line of a batch's output: every choice is a response.
    - `{"input": {"messages"}, "preferred_output", "non_preferred_output"}`: a ranked pair.

    Conversations with fewer than two responses wait for more of them. Tool calls and pictures are refused.
    """
    for line, value in decoded:
        try:
            yield line, _conversation(object_of(value))
        except InvalidRow as error:
            yield line, error


def _conversation(row: Mapping[str, Any]) -> PromptRow:
    if "preferred_output" in row:
        prompt = _messages(object_of(row.get("input"), "messages", path="input")["messages"], "input.messages")
        texts = [_last(_messages(row.get(name), name), name) for name in ("preferred_output", "non_preferred_output")]
        responses = [{"id": f"r{index}", "content": text} for index, text in enumerate(texts, start=1)]
        return adopted(_named(row, prompt, texts), prompt, responses, [Ranked(None, [["r1"], ["r2"]])])
    request = _body(row.get("request") or row)
    answer = _body(row.get("response") or row)
    prompt = _messages(request.get("messages"), "messages")
    model = answer.get("model") or request.get("model")
    if isinstance(choices := answer.get("choices"), list):
        texts = [
            _text(
                object_of(object_of(choice, path="choices").get("message"), path="choices.message"), "choices.message"
            )
            for choice in choices
        ]
    elif prompt[-1]["role"] == "assistant":
        texts, prompt = [prompt[-1]["content"]], prompt[:-1]
    else:
        texts = []
    if not prompt:
        raise InvalidRow("messages", "expected what the assistant replied to; got its reply alone")
    told = {"id": _named(row, prompt, texts), "prompt": prompt, "metadata": row.get("metadata")}
    return parse_unanswered({**told, "responses": [{"content": text, "model": model} for text in texts]})


def _body(value: Any) -> Mapping[str, Any]:
    """A request or an answer; a batch's files wrap both in a body."""
    found = object_of(value, path="request or response")
    return object_of(found["body"], path="body") if isinstance(found.get("body"), Mapping) else found


def _named(row: Mapping[str, Any], prompt: Any, texts: Any) -> Any:
    return next((row[name] for name in ("id", "custom_id") if row.get(name)), None) or id_by_content(prompt, texts)


def _messages(value: Any, path: str) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        raise InvalidRow(path, "expected a list of messages")
    messages = [object_of(message, "role", path=f"{path}[{index}]") for index, message in enumerate(value)]
    # "developer" is what the API calls the system's role for newer models.
    roles = {"developer": "system"}
    return [
        {"role": roles.get(message["role"], message["role"]), "content": _text(message, f"{path}[{index}]")}
        for index, message in enumerate(messages)
    ]


def _text(message: Mapping[str, Any], path: str) -> str:
    content = message.get("content")
    if isinstance(content, list) and all(isinstance(part, Mapping) and part.get("type") == "text" for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    if not isinstance(content, str):
        raise InvalidRow(f"{path}.content", "expected text; tool calls, sound and pictures cannot be ranked here")
    return content


def _last(messages: list[dict[str, str]], path: str) -> str:
    if messages[-1]["role"] != "assistant":
        raise InvalidRow(path, "expected the assistant's message at the end")
    return messages[-1]["content"]
