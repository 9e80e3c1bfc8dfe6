"""Answer conversations with a local LLM.

    python -m rewardmodel.ml.generate --model DIR_OR_ID [--temperature 1.0 --top-p 1.0 --max-new-tokens 1024 --seed 0]

Reads {"messages": […], "n": 4, "first": 0} a line from standard input and writes, in the same order, {"replies":
[{"content", "prompt_tokens", "completion_tokens"}], "failures": […]} a line to standard output. The `first`-th reply to
a conversation is drawn from the same seed whenever it is asked for, alone or among others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rewardmodel.ml.lifecycle import DONE, calm_openmp, run_command

if __name__ == "__main__":
    calm_openmp()

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.modeling import is_only_in_cache, quiet_transformers
from rewardmodel.ml.modelpath import locate

# Replies drawn in one pass.
ROWS_AT_ONCE = 16
# Of what a model wrote: what no database can store.
UNSTORABLE = ("\0",)


@dataclass(frozen=True)
class Sampling:
    """temperature 0 takes the likeliest token each time, so that all replies to a conversation are the same."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_new_tokens: int = 1024
    seed: int = 0


class Generator:
    """A causal model in memory, with its chat template. In bfloat16 on an accelerator, float32 on a CPU."""

    def __init__(self, name: str, sampling: Sampling) -> None:
        """Raises `InputError` for a model that cannot be loaded or has no chat template."""
        place = locate(name)
        cached = not Path(place).is_dir() and is_only_in_cache(name)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
                place, trust_remote_code=False, local_files_only=cached, padding_side="left"
            )
            model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
                place,
                dtype=torch.bfloat16 if self.device.type == "cuda" else torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=cached,
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().split("\n")[0]
            raise InputError(
                f"model {name}: cannot be loaded ({reason}). Needed a causal model in safetensors."
            ) from error
        if not self.tokenizer.chat_template:
            raise InputError(f"model {name}: its tokenizer has no chat template. Needed one that was tuned to chat.")
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.model = model.to(self.device).eval()  # type: ignore[arg-type]
        self.sampling = sampling

    @torch.inference_mode()
    def replies(self, messages: Sequence[dict[str, str]], numbers: Sequence[int]) -> dict[str, Any]:
        """The replies of these numbers to one conversation; a failure where the model says nothing, or has no room."""
        text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        encoded = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"].to(self.device)
        longest = getattr(self.model.config, "max_position_embeddings", None)
        length = encoded.shape[1]
        if longest is not None and length >= longest:
            failure = f"the conversation has {length} tokens and the model takes {longest}"
            return {"replies": [], "failures": [failure] * len(numbers)}
        room = self.sampling.max_new_tokens if longest is None else min(self.sampling.max_new_tokens, longest - length)
        replies: list[dict[str, Any]] = []
        failures: list[str] = []
        for drawn in _batches(numbers, ROWS_AT_ONCE):
            for ids in self._draw(encoded, drawn, room):
                content = str(self.tokenizer.decode(ids, skip_special_tokens=True))
                if not content.strip() or any(character in content for character in UNSTORABLE):
                    failures.append("the model wrote nothing that can be shown")
                else:
                    replies.append({"content": content, "prompt_tokens": length, "completion_tokens": len(ids)})
        return {"replies": replies, "failures": failures}

    def _draw(self, encoded: Tensor, numbers: Sequence[int], room: int) -> Iterator[Tensor]:
        """New tokens of each reply, up to and without the one that ends it."""
        ends = _end_tokens(self.model, self.tokenizer)
        randoms = [torch.Generator().manual_seed(self.sampling.seed + number) for number in numbers]
        rows = encoded.repeat(len(numbers), 1)
        cache = None
        step_input = rows
        written: list[list[int]] = [[] for _ in numbers]
        open_rows = set(range(len(numbers)))
        for _ in range(room):
            output = self.model(input_ids=step_input, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            tokens = self._pick(output.logits[:, -1].float().cpu(), randoms)
            for row in list(open_rows):
                if int(tokens[row]) in ends:
                    open_rows.discard(row)
                else:
                    written[row].append(int(tokens[row]))
            if not open_rows:
                break
            step_input = tokens[:, None].to(self.device)
        for ids in written:
            yield torch.tensor(ids, dtype=torch.long)

    def _pick(self, logits: Tensor, randoms: Sequence[torch.Generator]) -> Tensor:
        if self.sampling.temperature == 0:
            return logits.argmax(dim=-1)
        chances = torch.softmax(logits / self.sampling.temperature, dim=-1)
        if self.sampling.top_p < 1:
            ordered, places = chances.sort(dim=-1, descending=True)
            # What comes before a token; the likeliest one always stays.
            ordered[ordered.cumsum(dim=-1) - ordered >= self.sampling.top_p] = 0
            chances = torch.zeros_like(chances).scatter(-1, places, ordered)
        drawn = [torch.multinomial(row, 1, generator=random) for row, random in zip(chances, randoms, strict=True)]
        return torch.cat(drawn)


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    configured = model.generation_config.eos_token_id if model.generation_config is not None else None
    ends = configured if isinstance(configured, list) else [configured]
    return {int(end) for end in (*ends, tokenizer.eos_token_id) if end is not None}


def _batches(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))


def answer(generator: Generator, lines: Iterable[str], output: TextIO) -> None:
    for line in lines:
        asked = json.loads(line)
        numbers = range(asked["first"], asked["first"] + asked["n"])
        json.dump(generator.replies(asked["messages"], numbers), output)
        output.write("\n")
        output.flush()


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(prog="python -m rewardmodel.ml.generate", description="Answer conversations with a local LLM.")
    parser.add_argument("--model", required=True, help="a folder, package:NAME/FOLDER or a Hugging Face id")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=1.0)
    parser.add_argument("--max-new-tokens", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)

    def run() -> int:
        given = parser.parse_args(argv)
        quiet_transformers()
        sampling = Sampling(given.temperature, given.top_p, given.max_new_tokens, given.seed)
        answer(Generator(given.model, sampling), sys.stdin, sys.stdout)
        return DONE

    return run_command(run)


if __name__ == "__main__":
    sys.exit(main())
