"""The one place where a conversation becomes text, and text is given its special tokens.

Training, evaluation, the scorer and the server all come through here; the template's hash is stored with a model, and
a model is refused when the hash has changed. One of three layouts, chosen by the tokenizer:

    chat      the tokenizer's own chat template up to the response, the response, what the template closes with
    segments  encoders (a [CLS] and a [SEP]):  [CLS] prompt [SEP] response [SEP]
    text      other decoders:                  BOS prompt response EOS

Without a chat template a prompt of one message is its bare text for an encoder; otherwise every message is "Role:
text", a blank line between them, and for decoders "Assistant: " comes last. An empty prompt is no conversation: the
response stands alone between the tokenizer's special tokens, in every layout.

Prompt and response are always tokenised apart, so that all responses to a prompt share its exact tokens. Response
text is never read as special tokens: a "</s>" that somebody wrote is four letters, not an end.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Message

# Llama 3's template, for one, writes today's date: yesterday's scores would not come back. Templates ask for it by a
# function, `strftime_now`, and transformers hands them plain values only; so a macro of that name, which knows this
# one date, goes before the template and hides the function.
PINNED_DATE = datetime.date(2024, 7, 26)
PINNED_NOW = (
    "{% macro strftime_now(format) %}{{ format"
    + "".join(
        f"|replace('{code}', '{PINNED_DATE.strftime(code)}')"
        for code in ("%-d", "%d", "%-m", "%m", "%y", "%Y", "%b", "%B", "%a", "%A", "%H", "%M", "%S")
    )
    + " }}{% endmacro +%}"
)
# Stands for the response while a chat template is rendered. Private-use characters: no template has or trims them.
HERE = "\ue000\ue001\ue000"


@dataclass(frozen=True)
class Frame:
    """What stands around one prompt's responses.

    opening, text, seam: token ids, the prompt's text (not yet tokenised), token ids; together the shared prefix.
    closing: token ids after every response. second: the response is a segment of its own, with token type 1.
    """

    opening: list[int]
    text: str
    seam: list[int]
    closing: list[int]
    second: bool = False


@dataclass(frozen=True)
class Template:
    tokenizer: PreTrainedTokenizerBase

    @cached_property
    def layout(self) -> str:
        if self.tokenizer.chat_template:
            return "chat"
        return "segments" if self.tokenizer.cls_token and self.tokenizer.sep_token else "text"

    @cached_property
    def hash(self) -> str:
        """sha256 of all that decides a conversation's tokens, apart from the vocabulary."""
        parts = [1, self.layout, self.tokenizer.chat_template, str(PINNED_DATE), self._single, self._double]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def frame(self, prompt: tuple[Message, ...]) -> Frame:
        """Raises `InputError` when the tokenizer's chat template refuses the prompt."""
        opening, closing = self._single
        if not prompt:
            return Frame(opening, "", [], closing)
        if self.layout == "chat":
            return self._chat_frame(prompt)
        if self.layout == "segments":
            opening, seam, closing = self._double
            text = prompt[0]["content"] if len(prompt) == 1 else _labelled(prompt)
            return Frame(opening, text, seam, closing, second=True)
        return Frame(opening, _labelled(prompt) + "\n\nAssistant: ", [], closing)

    def ids(self, texts: list[str], *, special: bool = False) -> list[list[int]]:
        """Token ids of many texts in one call. special: read special tokens in them, as in a rendered template."""
        if not texts:
            return []
        encoded = self.tokenizer(
            texts,
            add_special_tokens=False,
            split_special_tokens=not special,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids

    def _chat_frame(self, prompt: tuple[Message, ...]) -> Frame:
        messages = [{"role": m["role"], "content": m["content"]} for m in prompt]
        try:
            rendered: Any = self.tokenizer.apply_chat_template(
                [*messages, {"role": "assistant", "content": HERE}],
                tokenize=False,
                chat_template=PINNED_NOW + self.tokenizer.get_chat_template(),
                date_string=PINNED_DATE.strftime("%d %b %Y"),
            )
        except TemplateError as error:
            raise InputError(
                f"the model's chat template refuses a prompt with the roles "
                f"{', '.join(m['role'] for m in prompt)}: {error}. "
                "Give roles it knows, or another base model."
            ) from error
        if rendered.count(HERE) != 1:
            raise InputError("the model's chat template does not write an assistant's message once. Mend the template.")
        before, _, after = rendered.partition(HERE)
        # The template writes its own BOS, so none is added: two of them shift every score.
        bos = self.tokenizer.bos_token
        opening = [self.tokenizer.bos_token_id] if bos and before.startswith(bos) else []
        text = before.removeprefix(bos) if opening else before
        [closing] = self.ids([after], special=True)
        return Frame(opening, text, [], closing)

    @cached_property
    def _single(self) -> tuple[list[int], list[int]]:
        """Special tokens before and after a text that stands alone; a decoder's closes with EOS, where it pools."""
        [bare] = self.ids(["a"])
        before, after = _around(self.tokenizer("a")["input_ids"], bare)
        eos = self.tokenizer.eos_token_id
        if self.layout != "segments" and eos is not None and eos not in after:
            after = [*after, eos]
        return before, after

    @cached_property
    def _double(self) -> tuple[list[int], list[int], list[int]]:
        """Special tokens before, between and after two segments."""
        [bare] = self.ids(["a"])
        before, rest = _around(self.tokenizer("a", "a")["input_ids"], bare)
        between, after = _around(rest, bare)
        return before, between, after


def _labelled(prompt: tuple[Message, ...]) -> str:
    return "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in prompt)


def _around(ids: list[int], part: list[int]) -> tuple[list[int], list[int]]:
    for start in range(len(ids) - len(part) + 1):
        if ids[start : start + len(part)] == part:
            return ids[:start], ids[start + len(part) :]
    raise InputError("the tokenizer writes a text otherwise beside special tokens than alone. Use another base model.")
