"""How far people order the same responses the same way. Pure.

Tiers are best first, as everywhere. Counts are added up over prompts and divided once, and all sums can be taken back,
so that a project's figures follow each new, revised or excluded ranking without reading the others.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from labeling.ranking import Tiers
from labeling.statistics.shares import ClusterSums, Interval


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """pairs: of responses that both ordered strictly.  agreed: those ordered the same way."""

    agreed: int = 0
    pairs: int = 0

    def __add__(self, other: "PairAgreement") -> "PairAgreement":
        return PairAgreement(self.agreed + other.agreed, self.pairs + other.pairs)

    @property
    def share(self) -> float | None:
        """From 0 to 1; 1/2 is what chance would give. None while there is no pair."""
        return self.agreed / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The pairs of responses that two rankings share, by what the two did with them."""

    concordant: int = 0
    discordant: int = 0
    tied_by_one: int = 0
    tied_by_other: int = 0
    tied_by_both: int = 0

    @property
    def strict(self) -> int:
        """Pairs that both ordered."""
        return self.concordant + self.discordant

    @property
    def share(self) -> float | None:
        """Of the pairs that both ordered, those ordered the same way; None without one."""
        return self.concordant / self.strict if self.strict else None

    @property
    def tau_b(self) -> float | None:
        """Kendall's rank correlation with ties, from -1 to 1 (Kendall 1945).

        None where it is not defined: one of the two ties everything, or they share fewer than two responses.
        """
        decided = (self.strict + self.tied_by_other) * (self.strict + self.tied_by_one)
        return (self.concordant - self.discordant) / sqrt(decided) if decided else None


@dataclass(frozen=True, slots=True)
class AgreementSums:
    """Agreement over many prompts: sums that may be added up and taken back (integers exactly, tau_sum to rounding).

    prompts: those with a pair.  With a agreed pairs out of n on a prompt, over all pairs of its annotators and of
    responses that both ordered strictly: agreed, pairs, agreed_squared, agreed_times_pairs and pairs_squared are the
    sums of a, n, a², an and n².  taus: pairs of rankings for which tau-b is defined; tau_sum: the sum of theirs.
    """

    prompts: int = 0
    agreed: int = 0
    pairs: int = 0
    agreed_squared: int = 0
    agreed_times_pairs: int = 0
    pairs_squared: int = 0
    taus: int = 0
    tau_sum: float = 0.0

    @classmethod
    def of_prompt(cls, agreed: int, pairs: int, tau_sum: float = 0.0, taus: int = 0) -> "AgreementSums":
        return cls(int(pairs > 0), agreed, pairs, agreed**2, agreed * pairs, pairs**2, taus, tau_sum)

    def __add__(self, other: "AgreementSums") -> "AgreementSums":
        return self._joined(other, 1)

    def __sub__(self, other: "AgreementSums") -> "AgreementSums":
        return self._joined(other, -1)

    def _joined(self, other: "AgreementSums", sign: int) -> "AgreementSums":
        return AgreementSums(
            self.prompts + sign * other.prompts,
            self.agreed + sign * other.agreed,
            self.pairs + sign * other.pairs,
            self.agreed_squared + sign * other.agreed_squared,
            self.agreed_times_pairs + sign * other.agreed_times_pairs,
            self.pairs_squared + sign * other.pairs_squared,
            self.taus + sign * other.taus,
            self.tau_sum + sign * other.tau_sum,
        )

    @property
    def clusters(self) -> ClusterSums:
        """The pairs, clustered by prompt."""
        return ClusterSums(
            self.prompts, self.agreed, self.pairs, self.agreed_squared, self.agreed_times_pairs, self.pairs_squared
        )

    @property
    def share(self) -> float | None:
        """How often two annotators order a pair alike (as in Ouyang et al. 2022); 1/2 is chance, None: no pair."""
        return self.agreed / self.pairs if self.pairs else None

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """Of the share, with prompts as the independent part (`ClusterSums.interval`); None without a pair.

        That the same people rank many prompts is left out: it says how far these annotators agree on further prompts.
        """
        return self.clusters.interval(confidence)

    @property
    def tau_b(self) -> float | None:
        """The mean over all pairs of rankings for which it is defined; None without one."""
        return self.tau_sum / self.taus if self.taus else None


@dataclass(frozen=True, slots=True)
class PromptAgreement:
    """What one prompt adds to a project's sums.

    overall: everybody with everybody.  by_annotator: each with all others.  removed: what leaves `overall` when that
    annotator does, so that `overall - removed[somebody]` is how far the others agree. Annotators who have nobody to be
    compared with are in neither.
    """

    overall: AgreementSums
    by_annotator: dict[Hashable, AgreementSums]
    removed: dict[Hashable, AgreementSums]


def pair_agreement(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> PairAgreement:
    """Compare two rankings (tiers, best first) of the same prompt, on the responses that both hold.

    A pair that either of them tied says nothing: it counts neither for nor against.
    """
    comparison = compare_rankings(one, other)
    return PairAgreement(comparison.concordant, comparison.strict)


def compare_rankings(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> Comparison:
    """What two rankings of the same prompt did with each pair of the responses that both hold."""
    here, there = _places(one), _places(other)
    places = [(place, there[response]) for response, place in here.items() if response in there]
    concordant = discordant = tied_by_one = tied_by_other = tied_by_both = 0
    for (first_here, first_there), (second_here, second_there) in combinations(places, 2):
        product = (first_here - second_here) * (first_there - second_there)
        if product > 0:
            concordant += 1
        elif product < 0:
            discordant += 1
        elif first_here != second_here:
            tied_by_other += 1
        elif first_there != second_there:
            tied_by_one += 1
        else:
            tied_by_both += 1
    return Comparison(concordant, discordant, tied_by_one, tied_by_other, tied_by_both)


def prompt_agreement(rankings: Sequence[tuple[Hashable, Tiers]]) -> PromptAgreement:
    """Compare all rankings of one prompt, (annotator, tiers) each; for a cohort, give only its members' rankings.

    Two rankings of the same person are compared with others' and never with each other.
    """
    compared = [
        ({one, other}, compare_rankings(here, there))
        for (one, here), (other, there) in combinations(rankings, 2)
        if one != other
    ]
    overall = _summed([comparison for _, comparison in compared])
    by_annotator, removed = {}, {}
    for annotator in dict.fromkeys(annotator for annotator, _ in rankings):
        if own := [comparison for people, comparison in compared if annotator in people]:
            by_annotator[annotator] = _summed(own)
            removed[annotator] = overall - _summed([one for people, one in compared if annotator not in people])
    return PromptAgreement(overall, by_annotator, removed)


def midranks(tiers: Sequence[Sequence[str]]) -> dict[str, float]:
    """The rank of each response, 1 for the best; tied responses share the mean of the ranks that they take up."""
    ranks: dict[str, float] = {}
    above = 0
    for tier in tiers:
        ranks |= dict.fromkeys(tier, above + (len(tier) + 1) / 2)
        above += len(tier)
    return ranks


def relative_ranks(tiers: Sequence[Sequence[str]]) -> dict[str, float]:
    """The middle of each response's mid-rank as a share of the ranking, within (0, 1): (rank - 1/2) / K.

    One scale for prompts with few and many responses. On mid-ranks themselves a rank of 9 can only meet high ranks, and
    purely random rankings of prompts with 2 or 9 responses would reach an alpha of 0.28; on this scale it is 0. Where
    every prompt has the same K, alpha is the same for both. Equal shares are equal floats whatever K.
    """
    responses = sum(map(len, tiers))
    return {response: (rank - 0.5) / responses for response, rank in midranks(tiers).items()}


def kendalls_w(rankings: Sequence[Tiers]) -> float | None:
    """Kendall's coefficient of concordance of several rankings of one prompt, corrected for ties: 0 to 1.

    W = 12 S / (m² (n³ - n) - m sum of (t³ - t)), S being the squared deviations of the n rank sums and t the sizes of
    tied groups (Kendall & Smith 1939; Siegel & Castellan 1988, section 9.5). Over the responses that all m rankings
    hold. None with fewer than two rankings or such responses, or where everybody ties everything.
    """
    if len(rankings) < 2:
        return None
    shared = set.intersection(*({response for tier in tiers for response in tier} for tiers in rankings))
    kept = [[[response for response in tier if response in shared] for tier in tiers] for tiers in rankings]
    ranks = [midranks(tiers) for tiers in kept]
    m, n = len(rankings), len(shared)
    ties = sum(len(tier) ** 3 - len(tier) for tiers in kept for tier in tiers)
    if not (most := m * m * (n**3 - n) - m * ties):
        return None
    return 12 * sum((sum(rank[response] for rank in ranks) - m * (n + 1) / 2) ** 2 for response in shared) / most


def _summed(comparisons: Sequence[Comparison]) -> AgreementSums:
    taus = [tau for comparison in comparisons if (tau := comparison.tau_b) is not None]
    agreed, pairs = sum(one.concordant for one in comparisons), sum(one.strict for one in comparisons)
    return AgreementSums.of_prompt(agreed, pairs, sum(taus), len(taus))


def _places(tiers: Sequence[Sequence[str]]) -> dict[str, int]:
    return {response: place for place, tier in enumerate(tiers) for response in tier}
