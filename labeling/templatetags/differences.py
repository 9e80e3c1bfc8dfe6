"""Two texts side by side, with what differs marked."""

from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from labeling import differences
from labeling.rendering.characters import show_invisible

register = template.Library()


@register.inclusion_tag("labeling/difference.html")
def difference(before: str, after: str, before_name: str = "", after_name: str = "") -> dict[str, Any]:
    """The two texts, their source as it is written, in two columns headed by their names."""
    return {
        "difference": differences.compare(before, after),
        "before_name": before_name or _("Before"),
        "after_name": after_name or _("Now"),
    }


@register.filter
def visible(text: str) -> SafeString:
    """Escaped, with marks where characters would be invisible or turn their neighbours round."""
    return mark_safe(show_invisible(escape(text)))  # noqa: S308  escaped, then marks of our own
