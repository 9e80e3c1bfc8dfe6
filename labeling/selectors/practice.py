"""Practice prompts: which comes next for whom, how it is shown, how it went."""

import random
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.http import Http404

from labeling.models import Assignment, GoldOrder, PracticeAttempt, Project, Prompt, Response

FREE_PROMPTS = 8


@dataclass(frozen=True, slots=True)
class RoundResult:
    """agreed: pairs in the expected order.  pairs: those that the expected orders decide.  prompts: attempted."""

    agreed: int
    pairs: int
    prompts: int


def gold_orders(project: Project) -> QuerySet[GoldOrder]:
    """All prompts of the project with an expected order."""
    return GoldOrder.objects.filter(prompt__project=project).select_related("prompt").order_by("pk")


def round_orders(project: Project) -> QuerySet[GoldOrder]:
    """Those of the practice round, in the order in which they are practised."""
    return gold_orders(project).filter(in_round=True)


def gold_table(project: Project) -> QuerySet[GoldOrder]:
    """The practice prompts with how they were attempted: `people`, and the sums `all_agreed` and `all_pairs`."""
    return (
        gold_orders(project)
        .prefetch_related("prompt__responses")
        .annotate(
            people=Count("attempts__annotator", distinct=True),
            all_agreed=Sum("attempts__agreed", default=0),
            all_pairs=Sum("attempts__pairs", default=0),
        )
    )


def free_prompts(project: Project) -> QuerySet[Prompt]:
    """A few of the newest prompts that nobody has been lent: those that can become practice prompts."""
    lent = Assignment.objects.filter(prompt=OuterRef("pk"))
    return project.prompts.filter(~Exists(lent), gold=None, awaits_responses=False).order_by("-pk")[:FREE_PROMPTS]


def gold_of(project: Project, gold_id: int) -> GoldOrder:
    """That practice prompt of the project; `Http404` when there is none."""
    gold = gold_orders(project).filter(pk=gold_id).first()
    if gold is None:
        raise Http404(f"no practice prompt {gold_id}")
    return gold


def practised_gold(project: Project, gold_id: int) -> GoldOrder:
    """That prompt of the practice round; `Http404` when there is none, or no round is on.

    What may come as a hidden check is none of anybody's business: who practised on it would be told the answer.
    """
    gold = round_orders(project).filter(pk=gold_id).first() if _has_round(project) else None
    if gold is None:
        raise Http404(f"no practice prompt {gold_id}")
    return gold


def next_practice(user: User, project: Project, *, after: int | None = None) -> GoldOrder | None:
    """The first practice prompt that this person has not attempted; None when no round is on or it is over.

    `after` is the one they are at: it counts as attempted.
    """
    if not _has_round(project):
        return None
    attempted = PracticeAttempt.objects.filter(gold=OuterRef("pk"), annotator=user)
    return next((gold for gold in round_orders(project).filter(~Exists(attempted))[:2] if gold.pk != after), None)


def place_in_round(gold: GoldOrder, project: Project) -> tuple[int, int]:
    """Which of how many practice prompts it is, from 1."""
    ids = list(round_orders(project).values_list("pk", flat=True))
    return ids.index(gold.pk) + 1, len(ids)


def practice_responses(gold: GoldOrder, user: User) -> list[Response]:
    """The responses in the order this person sees them, each time the same: nothing is lent, so nothing keeps it."""
    responses = list(gold.prompt.responses.offered())
    random.Random(f"{gold.pk}-{user.pk}").shuffle(responses)  # noqa: S311  an order on the screen, not a secret
    return responses


def round_result(user: User, project: Project) -> RoundResult:
    """How the person's last attempts at all the practice prompts went, taken together."""
    last: dict[int, tuple[int, int]] = {}
    attempts = PracticeAttempt.objects.filter(annotator=user, gold__in=round_orders(project)).order_by("pk")
    for gold, agreed, pairs in attempts.values_list("gold_id", "agreed", "pairs"):
        last[gold] = agreed, pairs
    return RoundResult(
        agreed=sum(agreed for agreed, _ in last.values()),
        pairs=sum(pairs for _, pairs in last.values()),
        prompts=len(last),
    )


def _has_round(project: Project) -> bool:
    return project.practice or project.qualification
