"""Measure a finished model on groups or pairs.

    python -m rewardmodel.ml.evaluate --data groups.jsonl --model DIR --output report.json

The report holds `train`, `validation`, `test` and `all`, each as `metrics.json` has them, null where there is no pair.
Beside the JSON it writes the same for people, as HTML and as Markdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rewardmodel.ml.lifecycle import DONE, calm_openmp, run_command

if __name__ == "__main__":
    calm_openmp()

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.checkpoint import write_json
from rewardmodel.ml.figures import figures_of
from rewardmodel.ml.head_figures import heads_figures
from rewardmodel.ml.modeling import quiet_transformers
from rewardmodel.ml.reading import data_sha256, read_groups
from rewardmodel.ml.report import html_report, markdown_report
from rewardmodel.ml.score import RewardScorer
from rewardmodel.ml.splitting import SPLITS


def evaluate(data: str, scorer: RewardScorer, *, salt: str) -> dict[str, Any]:
    """The report: figures of every split and of all groups together, and what was left out of them."""
    encoded = scorer.encode(list(read_groups(data, salt=salt)))
    groups = [group for group in encoded if group.comparisons.rankings]
    outputs = scorer.run_encoded(groups)
    scores = [own[:, 0] for own in outputs]
    report: dict[str, Any] = {}
    for split in (*SPLITS, "all"):
        own = [place for place, group in enumerate(groups) if split in (group.split, "all")]
        chosen = [groups[place] for place in own]
        figures = figures_of(chosen, [scores[place] for place in own], temperature=scorer.temperature, people=True)
        if figures is not None:
            figures["heads"] = heads_figures(chosen, [outputs[place][:, 1:] for place in own], scorer.heads)
        report[split] = figures
    return {
        **report,
        "dropped": len(encoded) - len(groups),
        "truncated": sum(group.cut_rows for group in groups),
        "strategy": scorer.strategy.name,
        "data_sha256": data_sha256(data),
    }


def main(argv: Sequence[str] | None = None) -> int:
    def command() -> int:
        parser = Parser(prog="python -m rewardmodel.ml.evaluate", description="Measure a reward model.")
        parser.add_argument("--data", required=True, help="groups or pairs, JSONL or Parquet")
        parser.add_argument("--model", required=True, help="folder that rewardmodel.ml.train has written")
        parser.add_argument("--output", required=True, help="JSON file to write")
        parser.add_argument("--split-salt", default="podium", help="for rows without a split (default: podium)")
        arguments = parser.parse_args(argv)
        quiet_transformers()
        report = evaluate(arguments.data, RewardScorer(arguments.model), salt=arguments.split_salt)
        output = Path(arguments.output)
        write_json(output, report)
        title = f"{Path(arguments.model).name} on {Path(arguments.data).name}"
        output.with_suffix(".html").write_text(html_report(report, title=title), encoding="utf-8")
        output.with_suffix(".md").write_text(markdown_report(report, title=title), encoding="utf-8")
        print(f"report written: {arguments.output}")
        return DONE

    return run_command(command)


if __name__ == "__main__":
    raise SystemExit(main())
