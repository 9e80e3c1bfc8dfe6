"""What one ranking tells of the habits it was made with. Pure.

Each fact is one plain value, so that facts can be stored as columns and counted over any number of rankings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeling.ranking import expand_ranking

# Silent readers take in 238 English words a minute on average (Brysbaert 2019, a review of 190 studies), which is 24
# characters a second. Nobody reads four times as fast; whoever seems to has decided without reading most of the text.
# Between the two lies skimming, and to skim a response that is plainly bad is no fault.
CHARACTERS_A_SECOND = 100


@dataclass(frozen=True, slots=True)
class RankingFacts:
    """About the responses that were shown; one that the annotator wrote counts in none of it.

    responses: how many were shown.  first_slot: where the response stood, from 1, that was ranked alone on top.
    longest_first, shortest_first: whether that one was the only longest, the only shortest one.  longer_won: out of
    length_pairs, the pairs ordered strictly whose responses differ in length.  as_shown: in the very order shown, no
    tie.  all_tied: in one tier.  characters: of what there was to read.  too_fast: read faster than anybody can.

    None: the first three where no shown response is alone on top, the second and third also where several are equally
    long, too_fast where nothing was timed.
    """

    responses: int
    first_slot: int | None
    longest_first: bool | None
    shortest_first: bool | None
    longer_won: int
    length_pairs: int
    as_shown: bool
    all_tied: bool
    characters: int
    too_fast: bool | None


def ranking_facts(
    tiers: Sequence[Sequence[str]],
    display_order: Sequence[str],
    lengths: Mapping[str, int],
    active_seconds: float | None,
    *,
    prompt_characters: int = 0,
) -> RankingFacts:
    """The facts of a ranking: `tiers` best first, `display_order` as the annotator saw the responses, first slot first.

    lengths: characters of at least the responses shown; prompt_characters: of the prompt above them.
    """
    shown = set(display_order)
    ranked = [kept for tier in tiers if (kept := [response for response in tier if response in shown])]
    top = tiers[0][0] if tiers and len(tiers[0]) == 1 and tiers[0][0] in shown else None
    sizes = {response: lengths[response] for response in display_order}
    longest, shortest = _only_longest(sizes, 1), _only_longest(sizes, -1)
    differences = [
        difference for pair in expand_ranking(ranked) if (difference := sizes[pair.chosen] - sizes[pair.rejected])
    ]
    characters = prompt_characters + sum(sizes.values())
    return RankingFacts(
        responses=len(display_order),
        first_slot=None if top is None else display_order.index(top) + 1,
        longest_first=None if top is None or longest is None else top == longest,
        shortest_first=None if top is None or shortest is None else top == shortest,
        longer_won=sum(difference > 0 for difference in differences),
        length_pairs=len(differences),
        as_shown=ranked == [[response] for response in display_order],
        all_tied=len(ranked) == 1 and len(display_order) > 1,
        characters=characters,
        too_fast=None if active_seconds is None else active_seconds * CHARACTERS_A_SECOND < characters,
    )


def _only_longest(sizes: Mapping[str, int], sign: int) -> str | None:
    """The only longest response, or with a sign of -1 the only shortest one; None where several are equally long."""
    most = max((sign * size for size in sizes.values()), default=0)
    found = [response for response, size in sizes.items() if sign * size == most]
    return found[0] if len(found) == 1 else None
