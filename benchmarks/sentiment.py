"""Does the loop learn at all: film reviews, positive chosen over negative, about 2,000 pairs to train on.

    python -m benchmarks.sentiment --data FOLDER     # holds imdb.parquet: text, label (0 or 1)

Imported with the recipe `sentiment`, split by hash, trained with the default base model and its preset through a
running Podium. `ratio` is the held-out accuracy over the 0.90 that is asked of it.
"""

import argparse
from pathlib import Path

from benchmarks.instance import call, report, running_podium, train

TARGET = 0.90
# Four fifths of them fall into the train split.
PAIRS = 2500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with imdb.parquet")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="pairs to import, in all splits together")
    arguments = parser.parse_args()
    with running_podium() as (podium, token):
        call(podium, token, "POST", "/projects/", {"slug": "sentiment", "name": "Sentiment"})
        file = str((arguments.data / "imdb.parquet").resolve())
        podium.manage("import_prompts", "sentiment", file, "--recipe", "sentiment", "--limit", str(arguments.pairs))
        run, seconds = train(podium, token, "sentiment")
    test = run["metrics"]["test"]
    report(
        benchmark="sentiment",
        train_pairs=run["metrics"]["pairs"],
        test=test,
        seconds=round(seconds, 1),
        train_runtime=run["metrics"]["train_runtime"],
        target=TARGET,
        ratio=round(test["accuracy"] / TARGET, 3),
    )


if __name__ == "__main__":
    main()
