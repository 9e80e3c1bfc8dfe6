"""The `kto` shape: unpaired, one record for each response that somebody was asked about: may it be shown? Pure."""

from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import assistant


def kto_records(group: RankingGroup, options: Options) -> Iterator[Record]:
    """By ranking, then by the response's place; rankings whose author was not asked have none."""
    said = {response["id"]: assistant(response["content"]) for response in group.responses}
    for ranking in group.rankings:
        if ranking.acceptable is None:
            continue
        acceptable, ranked = set(ranking.acceptable), {response for tier in ranking.tiers for response in tier}
        for response in group.responses:
            if response["id"] in ranked and options.model in ("", response["model"]):
                label = response["id"] in acceptable
                yield {"prompt": group.prompt, "completion": said[response["id"]], "label": label}
