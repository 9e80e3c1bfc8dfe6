"""What the loop learns from real responses: 400 prompts with 4 LLM responses each, ranked as a judge scored them.

    python -m benchmarks.kway --data FOLDER     # holds kway_alpacaeval.parquet

The rankings are made over the REST API, one assignment after another, strict wherever the judge's scores differ at
all. Trained with the default base model and its preset. `ratio` is the held-out accuracy over that of "longer wins".
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.instance import call, report, running_podium, train
from tests.podium import Podium

PROMPTS, RESPONSES, SEED = 400, 4, 7


def read_rows(path: Path, prompts: int) -> list[dict[str, Any]]:
    """The first `prompts` prompts that one judge scored, each with 4 of its 16 responses, drawn with a fixed seed."""
    draw = random.Random(SEED)
    rows = []
    table = pq.read_table(path).to_pylist()
    judge = table[0]["annotator"]
    for item in (item for item in table if item["annotator"] == judge):
        chosen = draw.sample(range(len(item["responses"])), RESPONSES)
        texts = [item["responses"][index]["text"] for index in chosen]
        if len(set(texts)) < RESPONSES or not all(text.strip() for text in texts):
            continue
        rows.append(
            {
                "row": {
                    "id": item["prompt_id"],
                    "prompt": item["prompt"],
                    "responses": [
                        {"content": text, "model": item["responses"][index]["model"]}
                        for text, index in zip(texts, chosen, strict=True)
                    ],
                },
                "scores": {text: item["scores"][index] for text, index in zip(texts, chosen, strict=True)},
            }
        )
    return rows[:prompts]


def rank_all(podium: Podium, token: str, rows: list[dict[str, Any]]) -> int:
    """Rank every prompt as the judge scored its responses; how many."""
    # An assignment names neither the prompt's id nor the responses', so both are known again by their text.
    scores = {json.dumps(row["row"]["prompt"]): row["scores"] for row in rows}
    ranked = 0
    while assignment := call(podium, token, "POST", "/projects/kway/assignments/", {}):
        score_of = scores[json.dumps(assignment["prompt"])]
        by_score: dict[float, list[str]] = {}
        for response in assignment["responses"]:
            by_score.setdefault(score_of[response["content"]], []).append(response["id"])
        tiers = [by_score[score] for score in sorted(by_score, reverse=True)]
        path = f"/assignments/{assignment['id']}/ranking/"
        call(podium, token, "POST", path, {"tiers": tiers}, Idempotency_Key=f"judge-{assignment['id']}")
        ranked += 1
    return ranked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with kway_alpacaeval.parquet")
    parser.add_argument("--prompts", type=int, default=PROMPTS)
    arguments = parser.parse_args()
    rows = read_rows(arguments.data / "kway_alpacaeval.parquet", arguments.prompts)
    with running_podium() as (podium, token):
        call(podium, token, "POST", "/projects/", {"slug": "kway", "name": "AlpacaEval"})
        call(podium, token, "POST", "/projects/kway/prompts/", [row["row"] for row in rows])
        ranked = rank_all(podium, token, rows)
        run, seconds = train(podium, token, "kway")
    test = run["metrics"]["test"]
    report(
        benchmark="kway",
        ranked=ranked,
        train_pairs=run["metrics"]["pairs"],
        test=test,
        seconds=round(seconds, 1),
        train_runtime=run["metrics"]["train_runtime"],
        ratio=round(test["accuracy"] / test["length_baseline_accuracy"], 3),
    )


if __name__ == "__main__":
    main()
