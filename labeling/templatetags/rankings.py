"""Rankings in the words that the annotator saw."""

import string

from django import template
from django.utils.text import Truncator

from labeling.models import Prompt, Ranking

register = template.Library()


@register.filter
def as_sentence(ranking: Ranking) -> str:
    """B > A = D, in the letters that the responses had on the screen."""
    letters = dict(zip(ranking.display_order, string.ascii_uppercase, strict=False))
    return " > ".join(" = ".join(letters.get(key, "?") for key in tier) for tier in ranking.tiers)


@register.filter
def first_words(prompt: Prompt) -> str:
    """The beginning of what the user asked."""
    asked = next((message["content"] for message in prompt.messages if message["role"] == "user"), "")
    return Truncator(asked).chars(120)
