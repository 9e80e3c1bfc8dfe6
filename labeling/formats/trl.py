"""The `trl` shape: conversational preference pairs as TRL's `RewardTrainer` takes them, with their provenance. Pure."""

from collections.abc import Iterator
from typing import Any

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.ranking import PreferencePair, expand_ranking


def trl_records(group: RankingGroup, *, include_ties: bool = False) -> Iterator[dict[str, Any]]:
    """One record a preference, by the places of chosen and rejected among the prompt's responses.

    With `include_ties` those of equal tier come too, margin 0; every record then says in `tie` which kind it is.
    """
    place = {response["id"]: index for index, response in enumerate(group.responses)}
    for ranking in group.rankings:
        pairs = expand_ranking(ranking.tiers, weight=ranking.weight, include_ties=include_ties)
        for pair in sorted(pairs, key=lambda pair: (place[pair.chosen], place[pair.rejected])):
            yield _record(group, ranking, pair, mark_ties=include_ties)


def _record(group: RankingGroup, ranking: GroupRanking, pair: PreferencePair, *, mark_ties: bool) -> dict[str, Any]:
    responses = {response["id"]: response for response in group.responses}
    chosen, rejected = responses[pair.chosen], responses[pair.rejected]
    return {
        "prompt": group.prompt,
        "chosen": [{"role": "assistant", "content": chosen["content"]}],
        "rejected": [{"role": "assistant", "content": rejected["content"]}],
        "margin": pair.margin,
        "weight": pair.weight,
        "prompt_id": group.id,
        "ranking_id": ranking.id,
        "annotator": ranking.annotator,
        "chosen_model": chosen["model"],
        "rejected_model": rejected["model"],
        "split": group.split,
        **({"tie": pair.tied} if mark_ties else {}),
    }
