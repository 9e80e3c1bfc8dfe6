"""How a person wants to see Podium: the theme, kept in a cookie, for there may be nobody signed in yet; and the words
of the interface for its scripts. The language itself is Django's `set_language`, a cookie too."""

import hashlib
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override, to_locale
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import JavaScriptCatalog

THEME_COOKIE = "theme"
# "system" follows the operating system; tokens.css obeys the other two.
THEMES = {"system": _("Like the system"), "light": _("Light"), "dark": _("Dark")}
YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "system"


def preferences(request: HttpRequest) -> dict[str, Any]:
    """For every template: the theme, what can be chosen, and where the words for scripts are ("": none needed)."""
    return {
        "theme": theme_of(request),
        "themes": THEMES.items(),
        # Django's own tag would translate the names, for those who can read the translation.
        "languages": settings.LANGUAGES,
        "catalogue_url": _catalogue_url(get_language() or ""),
    }


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme and go back to `next`, a page of ours."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("home")
    response = HttpResponseRedirect(back)
    if (theme := request.POST.get("theme")) in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=YEAR,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@require_safe
def catalogue(request: HttpRequest, language: str) -> HttpResponseBase:
    """Django's JavaScript catalogue in `language`. Its address changes with its content, so browsers may keep it."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with override(language):
        response = JavaScriptCatalog.as_view(packages=["labeling"])(request)
    patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return response


@cache
def _catalogue_url(language: str) -> str:
    """English is what the scripts say by themselves."""
    files = [path / to_locale(language) / "LC_MESSAGES" / "djangojs.mo" for path in settings.LOCALE_PATHS]
    content = b"".join(file.read_bytes() for file in files if file.exists())
    if not content:
        return ""
    return f"{reverse('jsi18n', args=[language])}?{hashlib.sha256(content).hexdigest()[:12]}"
