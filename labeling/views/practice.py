"""The managers' page of practice prompts: which there are, and the order that is expected of each."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exceptions import InvalidRanking, LabelingError
from labeling.forms import GoldForm
from labeling.models import GoldOrder, Project
from labeling.ranking import Tiers, parse_order
from labeling.selectors.access import project_for
from labeling.selectors.practice import free_prompts, gold_of, gold_table
from labeling.services.practice import mark_practice, unmark_practice
from labeling.views.requests import UserRequest, sentence, tell_refusal
from labeling.views.tasks import cards, in_letters


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def practice(request: UserRequest, slug: str) -> HttpResponse:
    """All practice prompts; with `?prompt=<id it was imported under>`, that one and the form for its order."""
    project = project_for(request.user, slug, manage=True)
    wanted = request.GET.get("prompt", "")
    # PostgreSQL fails on a NUL even where it is only looked for.
    prompt = project.prompts.filter(external_id=wanted).first() if wanted and "\0" not in wanted else None
    if prompt is None:
        context = {**_page(project), "missing": wanted}
        return render(request, "labeling/practice.html", context, status=404 if wanted else 200)
    gold = GoldOrder.objects.filter(prompt=prompt).first()
    shown = cards(prompt.responses.offered())
    form = GoldForm(request.POST or None, initial=_initial(gold, shown))
    if form.is_valid():
        try:
            mark_practice(
                prompt=prompt,
                tiers=_tiers(form.cleaned_data["order"], shown),
                explanation=form.cleaned_data["explanation"],
                in_round=form.cleaned_data["in_round"],
                user=request.user,
            )
        except LabelingError as error:
            form.add_error("order", sentence(error.detail))
        else:
            messages.success(request, _("%(prompt)s is a gold prompt.") % {"prompt": prompt.external_id})
            return redirect("practice", project.slug)
    context = {**_page(project), "chosen": prompt, "gold": gold, "cards": shown, "form": form}
    return render(request, "labeling/practice.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def remove(request: UserRequest, slug: str, gold_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    gold = gold_of(project, gold_id)
    try:
        unmark_practice(gold=gold)
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        messages.success(
            request, _("%(prompt)s is work again, like every other prompt.") % {"prompt": gold.prompt.external_id}
        )
    return redirect("practice", project.slug)


def _page(project: Project) -> dict[str, Any]:
    return {
        "project": project,
        "manages": True,
        "tab": "settings",
        "rows": [_row(gold) for gold in gold_table(project)],
        "free": free_prompts(project),
    }


def _row(gold: GoldOrder) -> dict[str, Any]:
    letters = {card["key"]: card["letter"] for card in cards(gold.prompt.responses.all())}
    return {
        "gold": gold,
        "order": in_letters(gold.tiers, letters),
        "share": round(100 * gold.all_agreed / gold.all_pairs) if gold.all_pairs else 0,  # type: ignore[attr-defined]
    }


def _tiers(order: str, shown: Sequence[dict[str, str]]) -> Tiers:
    letters = {card["letter"]: card["key"] for card in shown}
    try:
        return parse_order(order, letters=letters)
    except InvalidRanking:
        # In the reader's language, which the parser does not know.
        expected = _("an order is made of letters, each at most once, such as B > A = D; here they are %(letters)s")
        raise InvalidRanking(expected % {"letters": ", ".join(letters)}) from None


def _initial(gold: GoldOrder | None, shown: Sequence[dict[str, str]]) -> dict[str, Any]:
    if gold is None:
        return {}
    letters = {card["key"]: card["letter"] for card in shown}
    return {
        "order": in_letters(gold.tiers, letters),
        "explanation": gold.explanation,
        "in_round": gold.in_round,
    }
