"""Rankings in the words that the annotator saw."""

import string

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from labeling.models import Prompt, Ranking
from labeling.ranking import Tiers

register = template.Library()


@register.filter
def as_sentence(ranking: Ranking) -> str:
    """B > A = D | C, in the letters that the responses had on the screen; above the line: what may be shown to a user.

    What the annotator wrote had no letter. No line stands for marks that do not follow the order.
    """
    letters = dict(zip(ranking.display_order, string.ascii_uppercase, strict=False))
    parts = [" = ".join(letters.get(key, _("Mine")) for key in tier) for tier in ranking.tiers]
    line = _line(ranking)
    if line is None:
        return " > ".join(parts)
    return f"{' > '.join(parts[:line])} | {' > '.join(parts[line:])}".strip()


def _line(ranking: Ranking) -> int | None:
    """How many tiers may be shown; None where nothing, or no such upper part of the order, was said."""
    if ranking.acceptable is None:
        return None
    shown = set(ranking.acceptable)
    line = sum(shown.issuperset(tier) for tier in ranking.tiers)
    return line if shown == {key for tier in ranking.tiers[:line] for key in tier} else None


@register.filter
def first_words(prompt: Prompt) -> str:
    """The beginning of what the user asked."""
    asked = next((message["content"] for message in prompt.messages if message["role"] == "user"), "")
    return Truncator(asked).chars(120)


@register.filter
def role_name(role: str) -> str:
    """Who says a message: System, User or Assistant."""
    return {"system": _("System"), "user": _("User"), "assistant": _("Assistant")}.get(role, role)


@register.filter
def in_minutes(seconds: float) -> str:
    """A time such as 42 s or 3 min 5 s."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return _("%(seconds)d s") % {"seconds": rest}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}


@register.filter
def as_order(tiers: Tiers) -> str:
    """B > A = D, of tiers that hold letters already."""
    return " > ".join(" = ".join(tier) for tier in tiers)


@register.filter
def skip_reason(reason: str) -> str:
    """A reason as the reader would have chosen it; what somebody wrote stays in their words."""
    kinds = {
        "not my language": _("Not my language"),
        "needs knowledge I lack": _("Needs knowledge I lack"),
        "unclear": _("The prompt is unclear"),
        "broken": _("Something is broken or cut off"),
    }
    kind, colon, words = reason.partition(": ")
    return f"{kinds[kind]}{colon}{words}" if kind in kinds else reason


@register.filter
def flag_name(flag: str) -> str:
    """What a response was marked as: Harmful, Private data, Off-topic or Broken."""
    names = {
        "harmful": _("Harmful"),
        "private": _("Private data"),
        "off-topic": _("Off-topic"),
        "broken": _("Broken"),
    }
    return names.get(flag, flag)
