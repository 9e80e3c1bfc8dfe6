"""Practising before real work: an attempt is answered with how it compares."""

import re

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from labeling.exceptions import InvalidRanking, LabelingError
from labeling.models import GoldOrder
from labeling.ranking import Tiers, parse_tiers
from labeling.selectors.access import project_for
from labeling.selectors.admission import entry_test, is_admitted
from labeling.selectors.practice import next_practice, place_in_round, practice_responses, practised_gold, round_result
from labeling.services.practice import attempt_practice
from labeling.sources.decoding import NotJson, decode_json
from labeling.statistics.practice import Pair
from labeling.views.requests import UserRequest
from labeling.views.tasks import cards, in_letters


@require_POST
@login_required
@never_cache
def rank_practice(request: UserRequest, slug: str, gold_id: int) -> HttpResponse:
    """Record an attempt, JSON `{"tiers": […]}`; the answer is a fragment that says how it compares."""
    project = project_for(request.user, slug)
    gold = practised_gold(project, gold_id)
    try:
        tiers = _tiers(request)
        score = attempt_practice(gold=gold, annotator=request.user, tiers=tiers)
    except LabelingError as error:
        return JsonResponse({"detail": error.detail}, status=error.http_status)
    letters = _letters(gold, request)
    number, total = place_in_round(gold, project)
    following = next_practice(request.user, project)
    context = {
        "project": project,
        "gold": gold,
        "score": score,
        "own": in_letters(tiers, letters),
        "expected": in_letters(gold.tiers, letters),
        "turned": _pairs(score.reversed, letters),
        "tied": _pairs(score.tied, letters),
        "explanation": _in_own_letters(gold, letters),
        "left_out": len(letters) - sum(len(tier) for tier in gold.tiers),
        "practice_number": number,
        "practice_total": total,
        "following": following,
        "result": None if following else round_result(request.user, project),
        "entry_test": entry_test(request.user, project) if project.qualification and not following else None,
        "admitted": following is None and is_admitted(request.user, project),
    }
    return render(request, "labeling/rank/feedback.html", context)


def _tiers(request: UserRequest) -> Tiers:
    try:
        body = decode_json(request.body)
    except NotJson as error:
        raise InvalidRanking(str(error)) from None
    return parse_tiers(body.get("tiers") if isinstance(body, dict) else None)


def _letters(gold: GoldOrder, request: UserRequest) -> dict[str, str]:
    return {card["key"]: card["letter"] for card in cards(practice_responses(gold, request.user))}


def _in_own_letters(gold: GoldOrder, letters: dict[str, str]) -> str:
    """The explanation with @A, a letter of the managers' page, turned into the one that this person sees."""
    own = {card["letter"]: letters[card["key"]] for card in cards(gold.prompt.responses.offered())}
    return re.sub(r"(?<!\w)@([A-Z])\b", lambda named: own.get(named[1], named[0]), gold.explanation)


def _pairs(pairs: list[Pair], letters: dict[str, str]) -> list[dict[str, str]]:
    return [{"better": letters[better], "worse": letters[worse]} for better, worse in pairs]
