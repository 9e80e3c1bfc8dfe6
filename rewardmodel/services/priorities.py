"""Having the champion say which prompts to rank next, for projects whose order is `informative`."""

import json
import logging
import tempfile
from itertools import islice
from pathlib import Path

from django.conf import settings

from labeling.formats.groups import RankingGroup, group_records
from labeling.models import OrderPolicy, Project
from labeling.selectors.groups import ranking_groups
from labeling.selectors.rankings import human_rankings_since, last_ranking_id
from labeling.services.priorities import set_priorities
from rewardmodel.informativeness import informativeness
from rewardmodel.models import PriorityRefresh, RewardModel
from rewardmodel.selectors.registry import find_champion
from rewardmodel.services.jobs import run_module

logger = logging.getLogger(__name__)

# As many prompts as annotators get through before there is a new model; scoring them takes minutes on a CPU, not hours.
MOST_PROMPTS = 5000
# So many new rankings change what the model contradicts.
NEW_RANKINGS = 50
SCORING_SECONDS = 3600.0


def refresh_due_priorities() -> list[str]:
    """Give new priorities where the champion is another one, or enough has been ranked since; the projects' slugs."""
    refreshed = []
    for project in Project.objects.filter(order_policy=OrderPolicy.INFORMATIVE):
        model = find_champion(project)
        if model is None or not _is_due(project, model):
            continue
        try:
            refresh_priorities(project=project, model=model)
        except RuntimeError:
            # The priorities that are there go on serving; the next try is with the next model, or more rankings.
            logger.exception("%s keeps the priorities it has", project.slug)
            _remember(project, model, prompts=0)
        else:
            refreshed.append(project.slug)
    return refreshed


def refresh_priorities(*, project: Project, model: RewardModel) -> int:
    """Score the prompts that wait for annotators, the oldest 5,000, and store what each would teach; how many.

    The scoring is a child process: this one loads no torch. Raises `RuntimeError` when it fails, and then no priority
    has changed.
    """
    groups = list(islice(ranking_groups(project, only_ranked=False, only_wanted=True), MOST_PROMPTS))
    priorities: dict[str, float] = {}
    if groups:
        rewards = _score(groups, model)
        priorities = {
            group.id: informativeness(rewards[group.id], [_places(group, ranking.tiers) for ranking in group.rankings])
            for group in groups
        }
        set_priorities(project=project, priorities=priorities)
    _remember(project, model, prompts=len(priorities))
    return len(priorities)


def _remember(project: Project, model: RewardModel, *, prompts: int) -> None:
    newest = {"reward_model": model, "last_ranking_id": last_ranking_id(project), "prompts": prompts}
    PriorityRefresh.objects.update_or_create(project=project, defaults=newest)


def _is_due(project: Project, model: RewardModel) -> bool:
    refresh = PriorityRefresh.objects.filter(project=project).first()
    return (
        refresh is None
        or refresh.reward_model_id != model.pk
        or human_rankings_since(project, refresh.last_ranking_id) >= NEW_RANKINGS
    )


def _score(groups: list[RankingGroup], model: RewardModel) -> dict[str, list[float]]:
    """The model's rewards by prompt, one a response in the group's order."""
    artifacts = Path(settings.ARTIFACTS_DIR)
    artifacts.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="priorities-", dir=artifacts) as name:
        folder = Path(name)
        with (folder / "groups.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for group in groups for record in group_records(group))
        arguments = [
            f"--model={model.path}",
            f"--data={folder / 'groups.jsonl'}",
            f"--output={folder / 'scores.jsonl'}",
        ]
        run_module("rewardmodel.ml.score", arguments, folder=folder, seconds=SCORING_SECONDS)
        with (folder / "scores.jsonl").open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
    return {row["id"]: row["scores"] for row in rows}


def _places(group: RankingGroup, tiers: list[list[str]]) -> list[list[int]]:
    place = {response["id"]: number for number, response in enumerate(group.responses)}
    return [[place[response] for response in tier] for tier in tiers]
