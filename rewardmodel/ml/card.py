"""The model card: README.md beside the weights."""

from __future__ import annotations

from typing import Any


def model_card(description: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Markdown with Hugging Face's front matter.

    description, metrics: reward_model.json and metrics.json of the folder.
    """
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

| split | accuracy | 95 % interval | log loss | "the longer wins" | pairs | prompts |
|---|---|---|---|---|---|---|
{rows}

Accuracy: share of held-out pairs whose chosen response scores above the rejected one; equal scores
count one half. The interval draws whole prompts with replacement.

Score with `python -m rewardmodel.ml.score`, which renders conversations as in training
(template `{description["template_hash"][:12]}`, at most {description["max_length"]} tokens),
or load it with `AutoModelForSequenceClassification`: `reward_model.json` holds golden token ids and
scores to check against.
"""


def _row(split: str, figures: dict[str, Any] | None) -> str:
    if figures is None:
        return f"| {split} | none held out | | | | 0 | 0 |"
    low, high = figures["accuracy_interval"]
    cells = [
        split,
        f"{figures['accuracy']:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{figures['log_loss']:.3f}",
        f"{figures['length_baseline_accuracy']:.3f}",
        str(figures["pairs"]),
        str(figures["prompts"]),
    ]
    return f"| {' | '.join(cells)} |"
