"""Preference pairs as token ids, exactly as training would read them.

    python -m rewardmodel.ml.tokenize_pairs --tokenizer DIR_OR_ID --max-length 1024 < pairs.jsonl > tokens.jsonl

Reads {"prompt", "chosen", "rejected"} a line and writes, in the same order, {"chosen_input_ids",
"chosen_attention_mask", "rejected_input_ids", "rejected_attention_mask"}. What does not fit is cut as in
`rewardmodel.ml.encoding`; nothing is padded.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from huggingface_hub.errors import HFValidationError
from transformers import AutoTokenizer

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.encoding import GROUPS_AT_ONCE, encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.lifecycle import DONE, run_command
from rewardmodel.ml.modelpath import locate
from rewardmodel.ml.rows import parse_row
from rewardmodel.ml.template import Template


def load_template(name: str) -> Template:
    """Raises `InputError` for a tokenizer that cannot be loaded."""
    try:
        # A tokenizer needs no weights beside it, so a folder is taken as it is.
        place = name if Path(name).is_dir() else locate(name)
        return Template(AutoTokenizer.from_pretrained(place, trust_remote_code=False))
    except (OSError, ValueError, KeyError, ImportError, HFValidationError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(f"tokenizer {name}: cannot be loaded ({reason}).") from error


def tokenized(pairs: Iterable[RankingGroup], template: Template, max_length: int) -> Iterator[dict[str, Any]]:
    """A record for each group of two, of which the first response is the chosen one."""
    for encoded in encode_groups(pairs, template, max_length):
        record: dict[str, Any] = {}
        for name, response in zip(("chosen", "rejected"), encoded.responses, strict=True):
            ids = [*encoded.prefix.tolist(), *response.tolist()]
            record[f"{name}_input_ids"] = ids
            record[f"{name}_attention_mask"] = [1] * len(ids)
        yield record


def write_tokens(lines: Iterable[str], template: Template, max_length: int, output: TextIO) -> None:
    rows = (parse_row(json.loads(line), default_id=f"line-{number}", salt="") for number, line in enumerate(lines, 1))
    while batch := list(itertools.islice(rows, GROUPS_AT_ONCE)):
        for record in tokenized(batch, template, max_length):
            json.dump(record, output, separators=(",", ":"))
            output.write("\n")
        output.flush()


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(prog="python -m rewardmodel.ml.tokenize_pairs", description="Preference pairs as token ids.")
    parser.add_argument("--tokenizer", required=True, help="a folder, package:NAME/FOLDER or a Hugging Face id")
    parser.add_argument("--max-length", type=int, required=True)

    def run() -> int:
        given = parser.parse_args(argv)
        write_tokens(sys.stdin, load_template(given.tokenizer), given.max_length, sys.stdout)
        return DONE

    return run_command(run)


if __name__ == "__main__":
    sys.exit(main())
