"""Going on from the champion when a tenth of the rankings is new, against training from the base model on all of them.

    python -m benchmarks.incremental --data FOLDER [--pairs 1600] [--share 0.1] [--replay 1.0]

FOLDER holds `imdb.parquet` (text, label). Pairs of a praising and a damning review are split by review into train and
test. The champion learns all train pairs but the newest share. Then the two ways, each `python -m rewardmodel.ml.train`
in a process of its own: everything from the base model; or the champion with the new pairs and `--replay` known ones
for each. `ratio` is the time of training of the second over that of the first (target: at most 0.25), and
`accuracy_difference` the second's accuracy on the test pairs less the first's, with a bootstrap interval (target: not
below -1 point).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from benchmarks.instance import report

SEED, TEST_PAIRS, LONGEST = 11, 1000, 128
TARGETS = {"ratio": 0.25, "accuracy_points": -1.0}


def pairs_of(folder: Path, count: int) -> list[dict[str, Any]]:
    """`count` train pairs, oldest first, and the test pairs; no review is in two."""
    table = pyarrow.parquet.read_table(folder / "imdb.parquet", columns=["text", "label"]).to_pydict()
    draw = np.random.default_rng(SEED)
    texts = {
        label: [t for t, own in zip(table["text"], table["label"], strict=True) if own == label] for label in (0, 1)
    }
    needed = count + TEST_PAIRS
    if short := [label for label, own in texts.items() if len(own) < needed]:
        raise SystemExit(f"imdb.parquet: {needed} reviews of label {short[0]} are needed; give fewer --pairs")
    good, bad = ([texts[label][place] for place in draw.permutation(len(texts[label]))[:needed]] for label in (1, 0))
    return [
        {"id": f"pair-{place}", "chosen": chosen, "rejected": rejected, "split": "train" if place < count else "test"}
        for place, (chosen, rejected) in enumerate(zip(good, bad, strict=True))
    ]


def write(rows: list[dict[str, Any]], path: Path) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def train(output: Path, data: str, *options: str) -> dict[str, Any]:
    """Train in a process of its own, and measure it."""
    flags = ["--data", data, "--output", str(output), "--max-length", str(LONGEST), "--num-train-epochs", "1"]
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "rewardmodel.ml.train", *flags, *options], check=True)
    whole = time.perf_counter() - began
    metrics = json.loads((output / "metrics.json").read_text())
    figures = {name: metrics[name] for name in ("train_runtime", "prompts", "renewal", "tokens_forwarded")}
    return {**figures, "process_seconds": whole, "accuracy": metrics["test"]["accuracy"]}


def wins(model: Path, data: str, work: Path) -> np.ndarray[Any, Any]:
    """(pairs,) 1 where the chosen review of a test pair scores higher, one half where the scores are equal."""
    scored = work / f"{model.name}.jsonl"
    command = [sys.executable, "-m", "rewardmodel.ml.score", "--data", data, "--model", str(model)]
    subprocess.run([*command, "--output", str(scored)], check=True, stdout=subprocess.DEVNULL)
    scores = np.array([json.loads(line)["scores"] for line in scored.read_text().splitlines()])
    return (np.sign(scores[:, 0] - scores[:, 1]) + 1) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=1600)
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--replay", type=float, default=1.0)
    options = parser.parse_args()
    rows = pairs_of(options.data, options.pairs)
    known = options.pairs - round(options.pairs * options.share)
    held_out = rows[options.pairs :]

    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        before = write(rows[:known] + held_out, work / "before.jsonl")
        now = write(rows, work / "now.jsonl")
        champion = train(work / "champion", before)
        full = train(work / "full", now)
        renewing = ["--base-model", str(work / "champion"), "--known-data", before, "--replay", str(options.replay)]
        renewed = train(work / "renewed", now, *renewing)
        test = write(held_out, work / "test.jsonl")
        difference = wins(work / "renewed", test, work) - wins(work / "full", test, work)
    draws = np.random.default_rng(SEED).integers(0, len(difference), (2000, len(difference)))
    low, high = np.quantile(difference[draws].mean(1), [0.025, 0.975])
    report(
        pairs=options.pairs,
        new_pairs=options.pairs - known,
        replay=options.replay,
        champion=champion,
        full=full,
        renewed=renewed,
        accuracy_difference=float(difference.mean()),
        accuracy_difference_interval=[float(low), float(high)],
        process_ratio=renewed["process_seconds"] / full["process_seconds"],
        ratio=renewed["train_runtime"] / full["train_runtime"],
        targets=TARGETS,
    )


if __name__ == "__main__":
    main()
