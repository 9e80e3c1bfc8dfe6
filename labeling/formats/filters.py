"""What an export leaves out, decided group by group, so that live data and a snapshot are filtered alike. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from labeling.formats.groups import GroupRanking, RankingGroup


@dataclass(frozen=True, slots=True)
class Filters:
    """split: of the prompt.  annotator: their pseudonym.  cohort: a tag of theirs.  dimension: rankings that rate it.
    Empty = everything."""

    split: str = ""
    annotator: str = ""
    cohort: str = ""
    dimension: str = ""

    def __bool__(self) -> bool:
        return bool(self.split or self.annotator or self.cohort or self.dimension)

    def admits(self, ranking: GroupRanking) -> bool:
        return (
            self.annotator in ("", ranking.annotator)
            and (not self.cohort or self.cohort in ranking.cohort)
            and (not self.dimension or any(self.dimension in rated for rated in ranking.ratings.values()))
        )


def filtered(groups: Iterable[RankingGroup], filters: Filters, *, by_rating: bool) -> Iterator[RankingGroup]:
    """The groups with the rankings that are admitted; those of which none is are left out.

    by_rating: a dimension's ratings take the place of the tiers, so that pairs are preferences on that dimension.
    """
    for group in groups:
        if filters.split not in ("", group.split):
            continue
        rankings = [ranking for ranking in group.rankings if filters.admits(ranking)]
        if filters.dimension and by_rating:
            rankings = [_rated(ranking, filters.dimension) for ranking in rankings]
        if rankings:
            yield group if rankings == group.rankings else replace(group, rankings=rankings)


def _rated(ranking: GroupRanking, dimension: str) -> GroupRanking:
    """The ranking that the ratings on `dimension` give; responses not rated on it are not in it."""
    rated = {response: given[dimension] for response, given in ranking.ratings.items() if dimension in given}
    levels = sorted(set(rated.values()), reverse=True)
    return ranking._replace(tiers=[[one for one in rated if rated[one] == level] for level in levels])
