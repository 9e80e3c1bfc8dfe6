"""Rankings in the words that the annotator saw."""

import string

from django import template
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from labeling.models import Prompt, Ranking

register = template.Library()


@register.filter
def as_sentence(ranking: Ranking) -> str:
    """B > A = D, in the letters that the responses had on the screen. What the annotator wrote had none."""
    letters = dict(zip(ranking.display_order, string.ascii_uppercase, strict=False))
    return " > ".join(" = ".join(letters.get(key, _("Mine")) for key in tier) for tier in ranking.tiers)


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
