"""JavaScript modules, announced before the script that imports them is read."""

from functools import cache
from pathlib import Path

from django import template
from django.templatetags.static import PrefixNode

register = template.Library()

STATIC = Path(__file__).resolve().parent.parent / "static"


@register.filter
@cache
def modules(folder: str) -> list[str]:
    """The addresses of the modules in a folder of static files, as `import` resolves them: under their own names.

    Modules import modules that import modules; a browser that hears of all at once asks for them together, and not one
    round trip after the other.
    """
    prefix = PrefixNode.handle_simple("STATIC_URL")
    return [f"{prefix}{path.relative_to(STATIC)}" for path in sorted((STATIC / folder).glob("*.js"))]
