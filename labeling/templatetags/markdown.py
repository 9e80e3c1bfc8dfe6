from django import template
from django.utils.safestring import SafeString, mark_safe

from labeling.rendering import render_markdown

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Rendered and sanitised; the only place where text from outside is marked safe."""
    return mark_safe(render_markdown(text))  # noqa: S308  the sanitiser's output
