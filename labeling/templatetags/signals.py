"""Signals about an annotator, by name."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def signal_name(code: str) -> str:
    """In a few words; templates/labeling/quality/signal.html says the rest."""
    return {
        "too-fast": _("faster than reading"),
        "one-slot": _("one place wins"),
        "longest": _("the longest wins"),
        "as-shown": _("left as shown"),
        "all-tied": _("all tied"),
        "gold": _("misses gold orders"),
        "self": _("disagrees with themselves"),
        "others": _("disagrees with the others"),
    }[code]
