"""Training on rankings of K against TRL's `RewardTrainer` on their pairs: the same loss curve, in how much time?

    python -m benchmarks.train_vs_trl [--models encoder decoder] [--responses 2 4 9] [--ratios 1:1 4:1]
    python -m benchmarks.train_vs_trl --data groups.jsonl      # held-out accuracy on real rankings, the encoder

Needs `trl==1.16.0` and `datasets` beside the project's own packages, in an environment of its own. Each arm is a
process: TRL with all pairs of a prompt in one optimizer step (pre-tokenised, in order, a prompt's pairs in each
micro-batch, no checkpointing, float32), and ours `padded`, `packed`, `tree` and `two_pass`, with the same token ids,
weights, head, AdamW, learning rate and prompts a step. First the loss curves of all arms on short texts, which have to
agree within 1e-4; then seconds and peak memory a prompt (medians of the steps after the first). With `--data`, a part
of the prompts is held out, and our evaluation measures what each arm has learnt, TRL with its pairs shuffled too.
`ratio` is the smallest of TRL's seconds a prompt over those of our fastest arm.
"""

import argparse
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import SequentialSampler
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    LlamaConfig,
    LlamaForSequenceClassification,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from benchmarks.instance import report
from rewardmodel.ml.batching import Batches
from rewardmodel.ml.config import MINILM, TrainConfig
from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.evaluation import summarise
from rewardmodel.ml.groups import Ranking, compare
from rewardmodel.ml.losses import build_loss
from rewardmodel.ml.modeling import load_base_model, quiet_transformers
from rewardmodel.ml.objective import Objective
from rewardmodel.ml.reading import read_groups
from rewardmodel.ml.rewards import outcomes, row_tokens, score_groups
from rewardmodel.ml.strategies import choose_strategy
from rewardmodel.ml.template import Template
from rewardmodel.ml.trainer import RewardTrainer
from rewardmodel.ml.wrapper import RewardModule
from tests.rewardmodel.ml.cases import byte_tokenizer

SEED, PROMPTS_A_STEP, LEARNING_RATE = 7, 2, 1e-4
OURS = ("padded", "packed", "tree", "two_pass")
TARGETS = {("encoder", 4): 2.8, ("encoder", 9): 7.0, ("decoder", 4, "1:1"): 3.5, ("decoder", 9, "1:1"): 9.0}
TARGETS |= {("decoder", 4, "4:1"): 6.0, ("decoder", 9, "4:1"): 18.0}
SHAPES = {"1:1": (128, 128), "4:1": (256, 64)}
CURVE_SHAPE, CURVE_STEPS, CURVE_GAP = (24, 16), 12, 1e-4


def make_model(kind: str, folder: Path) -> None:
    """The base model with its head: MiniLM as it is shipped, or a Llama of 26 million random weights."""
    if kind == "encoder":
        loaded = load_base_model(MINILM, seed=SEED)
        loaded.model.save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)
        return
    tokenizer = byte_tokenizer(["<s>", "</s>", "<pad>"], pad_token="<pad>")
    set_seed(SEED)
    config = LlamaConfig(
        vocab_size=8000,
        hidden_size=384,
        intermediate_size=1024,
        num_hidden_layers=11,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=2048,
        pad_token_id=tokenizer.pad_token_id,
        num_labels=1,
    )
    LlamaForSequenceClassification(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def made_up(responses: int, shape: tuple[int, int], count: int) -> list[EncodedGroup]:
    """Rankings of random tokens, all texts within a quarter of the lengths asked for."""
    draw = np.random.default_rng(SEED)
    ranking = Ranking(tuple((place,) for place in range(responses)))

    def ids(length: int) -> Any:
        return draw.integers(1000, 7000, draw.integers(length * 3 // 4, length * 5 // 4 + 1)).astype(np.int32)

    return [
        EncodedGroup(
            id=f"g{number}",
            prompt_id=f"g{number}",
            split="train",
            prefix=ids(shape[0]),
            responses=tuple(ids(shape[1]) for _ in range(responses)),
            second=False,
            characters=np.ones(responses, np.int32),
            rankings=(ranking,),
            comparisons=compare([ranking]),
            cut_rows=0,
        )
        for number in range(count)
    ]


def real(data: str, folder: Path) -> list[EncodedGroup]:
    """The strict rankings of a file, as our template renders them, with the token types that TRL does not know off."""
    template = Template(AutoTokenizer.from_pretrained(folder))
    encoded = encode_groups(read_groups(data), template, 256)
    groups = [dataclasses.replace(group, second=False) for group in encoded if group.comparisons.rankings]
    for group in groups:
        # TRL weighs every pair alike; with one ranking a group so do we.
        if len(group.rankings) != 1:
            raise SystemExit(f"{data}: group {group.id} has {len(group.rankings)} rankings; give one a group")
    return groups


class Clock(TrainerCallback):
    """Seconds of each optimizer step, on the wall and of the processor."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.processor: list[float] = []

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self.began = time.perf_counter(), time.process_time()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.wall.append(time.perf_counter() - self.began[0])
        self.processor.append(time.process_time() - self.began[1])


def settings(steps: int) -> dict[str, Any]:
    return {
        "max_steps": steps,
        "learning_rate": LEARNING_RATE,
        "lr_scheduler_type": "constant",
        "warmup_steps": 0,
        "weight_decay": 0.01,
        "seed": SEED,
        "bf16": False,
        "use_cpu": not torch.accelerator.is_available(),
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }


def train_ours(arm: str, folder: Path, groups: list[EncodedGroup], steps: int, work: str) -> tuple[Any, Any, Any]:
    """The trained model, the losses of its steps, and what was forwarded."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    choice = choose_strategy(arm, model.to(device), groups, token_types=False, row_tokens=row_tokens(device))
    loss = build_loss(TrainConfig(data="-", output="-"), groups)
    arguments = TrainingArguments(
        output_dir=work, per_device_train_batch_size=1, remove_unused_columns=False, **settings(steps)
    )
    clock = Clock()
    trainer = RewardTrainer(
        RewardModule(model, choice.strategy, loss.initial_parameters()),
        arguments,
        strategy_reason=choice.reason,
        objective=Objective(loss),
        train_groups=groups,
        groups_per_batch=PROMPTS_A_STEP,
        callbacks=[clock],
    )
    in_order(trainer.batches)
    trainer.train()
    facts = {"strategy": choice.strategy.name, "tokens": trainer.state.num_input_tokens_seen}
    return model, losses_of(trainer), (clock, facts)


def in_order(batches: Batches) -> None:
    """The groups as they come, which no epoch shuffles."""
    size = batches.size
    places = list(range(len(batches.groups)))
    batches._batches = [(places[start : start + size], True) for start in range(0, len(places), size)]
    batches.set_epoch = lambda epoch: None  # type: ignore[method-assign]


def train_trl(arm: str, folder: Path, groups: list[EncodedGroup], steps: int, work: str) -> tuple[Any, Any, Any]:
    import datasets
    from trl import RewardConfig
    from trl import RewardTrainer as TrlTrainer

    datasets.disable_progress_bars()

    class Pairs(TrlTrainer):
        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return SequentialSampler(self.train_dataset) if arm == "trl" else super()._get_train_sampler(train_dataset)

    rows = pairs_of(groups)
    pairs = len(rows) // len(groups)
    arguments = RewardConfig(
        output_dir=work,
        per_device_train_batch_size=pairs,
        gradient_accumulation_steps=PROMPTS_A_STEP,
        gradient_checkpointing=False,
        max_length=None,
        **settings(steps),
    )
    clock = Clock()
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    trainer = Pairs(
        model=model,
        args=arguments,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(folder),
        callbacks=[clock],
    )
    trainer.train()
    # Rows as long as they are, without what pads them.
    tokens = sum(len(row["chosen_ids"]) + len(row["rejected_ids"]) for row in rows[: steps * PROMPTS_A_STEP * pairs])
    return model, losses_of(trainer), (clock, {"strategy": "pairs", "tokens": tokens})


def pairs_of(groups: list[EncodedGroup]) -> list[dict[str, list[int]]]:
    """What TRL takes of the rankings."""
    rows = []
    for group in groups:
        texts = [[*group.prefix.tolist(), *response.tolist()] for response in group.responses]
        both = zip(group.comparisons.better, group.comparisons.worse, strict=True)
        rows += [{"chosen_ids": texts[better], "rejected_ids": texts[worse]} for better, worse in both]
    return rows


def accuracy_by_trl(model: Any, folder: Path, held_out: list[EncodedGroup], work: str) -> float:
    """TRL's own evaluation of the model, saved and loaded; a pair a batch, since it averages batches."""
    import datasets
    from trl import RewardConfig
    from trl import RewardTrainer as TrlTrainer

    saved = f"{work}/saved"
    model.save_pretrained(saved)
    pairs = datasets.Dataset.from_list(pairs_of(held_out))
    arguments = RewardConfig(output_dir=work, per_device_eval_batch_size=1, max_length=None, **settings(1))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    trainer = TrlTrainer(
        model=saved, args=arguments, train_dataset=pairs, eval_dataset=pairs, processing_class=tokenizer
    )
    return float(trainer.evaluate()["eval_accuracy"])


def losses_of(trainer: Any) -> list[float]:
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def run_arm(job: dict[str, Any]) -> dict[str, Any]:
    """One arm, in this process."""
    quiet_transformers()
    torch.set_num_threads(job["threads"])
    folder = Path(job["folder"])
    held_out: list[EncodedGroup] = []
    if job["data"]:
        groups = real(job["data"], folder)
        held_out, groups = groups[: job["held_out"]], groups[job["held_out"] :]
        job["steps"] = len(groups) // PROMPTS_A_STEP
    else:
        groups = made_up(job["responses"], job["shape"], job["steps"] * PROMPTS_A_STEP)
    train: Callable[..., Any] = train_ours if job["arm"] in OURS else train_trl
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as work:
        model, losses, (clock, facts) = train(job["arm"], folder, groups, job["steps"], work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "arm": job["arm"],
        **facts,
        "losses": losses,
        "seconds_per_prompt": statistics.median(clock.wall[1:] or clock.wall) / PROMPTS_A_STEP,
        "processor_seconds_per_prompt": statistics.median(clock.processor[1:] or clock.processor) / PROMPTS_A_STEP,
        "tokens_per_prompt": facts["tokens"] / (job["steps"] * PROMPTS_A_STEP),
        "peak_mb": round(peak / 1024),
        "peak_mb_over_start": round((peak - before) / 1024),
    }
    if torch.cuda.is_available():
        figures["peak_cuda_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    if held_out:
        padded = choose_strategy("padded", model, held_out, token_types=False, row_tokens=4096).strategy
        figures["held_out"] = summarise(outcomes(held_out, score_groups(model, padded, held_out)))
        figures["train_seconds"] = sum(clock.wall)
        with tempfile.TemporaryDirectory() as work:
            figures["held_out_accuracy_by_trl"] = accuracy_by_trl(model, folder, held_out, work)
    return figures


def measure(arms: Iterable[str], **job: Any) -> dict[str, dict[str, Any]]:
    """Each arm's figures, measured in a process of its own, one after the other."""
    found = {}
    for arm in arms:
        command = [sys.executable, "-m", "benchmarks.train_vs_trl", "--arm", json.dumps({"arm": arm, **job})]
        threads = {"OMP_NUM_THREADS": str(job["threads"]), "OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
        environment = {**os.environ, **threads, "HF_HUB_OFFLINE": "1"}
        output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        found[arm] = json.loads(output.splitlines()[-1])
        print(f"{arm}: {found[arm]['seconds_per_prompt']:.3f} s a prompt", file=sys.stderr, flush=True)
    return found


def middle(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Those of the round whose speed is the median."""
    return sorted(figures, key=lambda own: own["seconds_per_prompt"])[len(figures) // 2]


def curves_agree(arms: dict[str, dict[str, Any]]) -> float:
    """The widest gap between TRL's loss and one of ours at any step."""
    peer = arms["trl"]["losses"]
    return max(
        abs(own - theirs)
        for name, arm in arms.items()
        if name != "trl"
        for own, theirs in zip(arm["losses"], peer, strict=True)
    )


def compare_arms(kind: str, folder: Path, responses: int, ratio: str, options: argparse.Namespace) -> dict[str, Any]:
    arms = ("trl", *(arm for arm in OURS if arm != "tree" or kind == "decoder"))
    common = {"folder": str(folder), "threads": options.threads, "data": ""}
    curves = measure(arms, responses=responses, shape=CURVE_SHAPE, steps=CURVE_STEPS, **common)
    gap = curves_agree(curves)
    if gap > CURVE_GAP:
        raise SystemExit(f"{kind}, K={responses}: the loss curves differ by {gap:.2g}; no speed is worth reporting")
    # In turned order every other time: a machine that grows slower or faster favours nobody.
    rounds = [
        measure(
            arms[:: -1 if number % 2 else 1], responses=responses, shape=SHAPES[ratio], steps=options.steps, **common
        )
        for number in range(options.rounds)
    ]
    timed = {arm: middle([own[arm] for own in rounds]) for arm in arms}
    for arm in timed.values():
        del arm["losses"]
    fastest = min((timed[arm] for arm in arms[1:]), key=lambda arm: arm["seconds_per_prompt"])
    target = TARGETS.get((kind, responses), TARGETS.get((kind, responses, ratio), 1.0))  # type: ignore[call-overload]
    return {
        "model": kind,
        "responses": responses,
        "prompt_to_response": ratio,
        "widest_gap_of_losses": gap,
        "arms": timed,
        "fastest": fastest["arm"],
        "ratio": round(timed["trl"]["seconds_per_prompt"] / fastest["seconds_per_prompt"], 2),
        "target": target,
        "token_ratio": round(timed["trl"]["tokens_per_prompt"] / fastest["tokens_per_prompt"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=("encoder", "decoder"), default=["encoder", "decoder"])
    parser.add_argument("--responses", nargs="+", type=int, default=[2, 4, 9])
    parser.add_argument("--ratios", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument(
        "--steps", type=int, default=4, help=f"timed steps of {PROMPTS_A_STEP} prompts, the first not counted"
    )
    parser.add_argument("--rounds", type=int, default=1, help="times that each arm is timed; 3 where two are close")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--data", help="ranking groups, one ranking each: what is learnt from them, by the encoder")
    parser.add_argument("--held-out", type=int, default=60, help="groups of --data, the first ones, to measure on")
    parser.add_argument("--arm", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.arm:
        print(json.dumps(run_arm(json.loads(options.arm))))
        return
    with tempfile.TemporaryDirectory(prefix="podium-bench-") as folder:
        for kind in options.models:
            make_model(kind, Path(folder) / kind)
        if options.data:
            encoder = str(Path(folder) / "encoder")
            common = {"folder": encoder, "threads": options.threads, "data": options.data, "held_out": options.held_out}
            arms = measure(("trl", "trl_shuffled", "padded", "packed"), **common, steps=0)
            for arm in arms.values():
                del arm["losses"]
            ratio = arms["trl"]["train_seconds"] / min(arms[name]["train_seconds"] for name in ("padded", "packed"))
            report(data=Path(options.data).name, prompts_per_step=PROMPTS_A_STEP, arms=arms, ratio=round(ratio, 2))
            return
        rows = [
            compare_arms(kind, Path(folder) / kind, responses, ratio, options)
            for kind in options.models
            for responses in options.responses
            for ratio in options.ratios
        ]
    report(threads=options.threads, prompts_per_step=PROMPTS_A_STEP, rows=rows, ratio=min(row["ratio"] for row in rows))


if __name__ == "__main__":
    main()
