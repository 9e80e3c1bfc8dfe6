"""The model card: README.md beside the weights."""

from __future__ import annotations

from typing import Any


def model_card(description: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Markdown with Hugging Face's front matter.

    description, metrics: reward_model.json and metrics.json of the folder.
    """
    temperature = f"{(description['calibration'] or {}).get('temperature', 1.0):.3g}"
    figures = metrics["test"] or metrics["validation"] or {}
    warnings = "".join(f"\n**{warning}.**\n" for warning in figures.get("warnings", []))
    rows = "\n".join(_row(split, metrics[split]) for split in ("validation", "test"))
    return f"""---
library_name: transformers
pipeline_tag: text-classification
tags: [reward-model, preference-model]
---
# Reward model

Gives a response to a prompt one number, the reward: the higher, the rather would the annotators
have preferred it. Rewards compare responses to one prompt; their zero and their scale mean nothing,
and differ between models.

Trained by Podium from `{description["base_model"]}`
on {metrics["prompts"]} prompts with {metrics["pairs"]} pairs
(loss `{description["loss"]}`, seed {description["seed"]},
data sha256 `{description["data_sha256"]}`).

| split | accuracy | 95 % interval | log loss | calibration error | tau-b | "the longer wins" | pairs | prompts |
|---|---|---|---|---|---|---|---|---|
{rows}

Accuracy: share of held-out pairs whose chosen response scores above the rejected one; equal scores
count one half. The interval draws whole prompts with replacement. Calibration error: after dividing
score differences by the temperature {temperature}, which was fitted on `validation`.
{warnings}
## Intended use and limits
Comparing responses to one prompt of the kind that it was trained on, in the judgement of the people
who ranked them. It has learned what they preferred, their habits included: see the correlation with
length in `metrics.json`. A score says nothing about truth or safety by itself.

Score with `python -m rewardmodel.ml.score`, which renders conversations as in training
(template `{description["template_hash"][:12]}`, at most {description["max_length"]} tokens),
or load it with `AutoModelForSequenceClassification`: `reward_model.json` holds golden token ids and
scores to check against.
"""


def _row(split: str, figures: dict[str, Any] | None) -> str:
    if figures is None:
        return f"| {split} | none held out | | | | | | 0 | 0 |"
    low, high = figures["accuracy_interval"]
    cells = [
        split,
        f"{figures['accuracy']:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{figures['log_loss']:.3f}",
        f"{figures['ece_calibrated']:.3f}",
        f"{figures['kendall_tau_b']:.3f}",
        f"{figures['length_baseline_accuracy']:.3f}",
        str(figures["pairs"]),
        str(figures["prompts"]),
    ]
    return f"| {' | '.join(cells)} |"
