"""What all shapes of pairs have in common: a ranking's preferences with the messages they are about. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.formats.options import Options, Record
from labeling.ranking import PreferencePair, expand_ranking

Messages = list[dict[str, str]]


class GroupPair(NamedTuple):
    """One preference. chosen and rejected: an assistant's message each, the same list for every pair of a response."""

    ranking: GroupRanking
    pair: PreferencePair
    chosen: Messages
    rejected: Messages
    chosen_model: str
    rejected_model: str

    def mark(self, options: Options) -> Record:
        return {"tie": self.pair.tied} if options.include_ties else {}


def group_pairs(group: RankingGroup, options: Options) -> Iterator[GroupPair]:
    """Every preference, by ranking, then by the places of chosen and rejected among the prompt's responses."""
    place = {response["id"]: index for index, response in enumerate(group.responses)}
    model = {response["id"]: response["model"] for response in group.responses}
    said = {response["id"]: assistant(response["content"]) for response in group.responses}
    for ranking in group.rankings:
        pairs = expand_ranking(ranking.tiers, weight=ranking.weight, include_ties=options.include_ties)
        for pair in sorted(pairs, key=lambda pair: (place[pair.chosen], place[pair.rejected])):
            models = model[pair.chosen], model[pair.rejected]
            if not options.model or options.model in models:
                yield GroupPair(ranking, pair, said[pair.chosen], said[pair.rejected], *models)


def assistant(content: str) -> Messages:
    return [{"role": "assistant", "content": content}]
