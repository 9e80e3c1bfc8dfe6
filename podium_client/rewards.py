"""The champion's reward as a function for RL trainers."""

import re
from collections.abc import Sequence
from typing import Any

from podium_client.sync import Podium

MOST_INPUTS, MOST_RESPONSES = 256, 26
# A policy may also write what no database holds: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
Text = str | list[dict[str, str]]


class GRPOReward:
    """A reward function for TRL's `GRPOTrainer` (and what else calls with `prompts` and `completions`).

    Responses to one prompt are scored together, so that the prompt is encoded once. Raises what the client raises: a
    training goes on with no reward that was made up.
    """

    def __init__(self, project: str, client: Podium | None = None) -> None:
        self._project, self._client = project, client or Podium()
        # TRL names the column of its logs by it.
        self.__name__ = f"podium_{project}"

    def __call__(self, prompts: Sequence[Text], completions: Sequence[Text], **_: Any) -> list[float]:
        grouped: dict[str, list[int]] = {}
        for index, prompt in enumerate(prompts):
            grouped.setdefault(repr(prompt), []).append(index)
        chunks = [
            indexes[start : start + MOST_RESPONSES]
            for indexes in grouped.values()
            for start in range(0, len(indexes), MOST_RESPONSES)
        ]
        rewards = [0.0] * len(prompts)
        for start in range(0, len(chunks), MOST_INPUTS):
            asked = chunks[start : start + MOST_INPUTS]
            inputs = [
                {"prompt": prompts[own[0]], "responses": [_said(completions[index]) for index in own]} for own in asked
            ]
            for own, scores in zip(asked, self._client.score_all(self._project, inputs), strict=True):
                for index, score in zip(own, scores, strict=True):
                    rewards[index] = score
        return rewards


def _said(completion: Text) -> str:
    # A conversational trainer hands over messages: the assistant's turn, of which the text counts. Nothing at all is
    # what a policy may say too, and Podium takes no empty response.
    text = completion if isinstance(completion, str) else "".join(message["content"] for message in completion)
    text = UNSTORABLE.sub("\ufffd", text)
    return text if text.strip() else "(no response)"
