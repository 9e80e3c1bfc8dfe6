"""What views know about a request and how they answer a refusal."""

import re

from django.contrib import messages
from django.contrib.auth.models import User
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from labeling.exceptions import LabelingError


class UserRequest(HttpRequest):
    """A request that `login_required` let through."""

    user: User


def row_id(text: str) -> int | None:
    """The id in a query string; None for what is none. More digits than an id has would overflow the database."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def tell_form(form: BaseForm, error: LabelingError) -> None:
    """Show on the form what a service refused, beside the field that it is about where the service names one."""
    named = [item for item in error.errors if item.get("field") in form.fields]
    for item in named:
        form.add_error(item["field"], sentence(item["detail"]))
    if not named:
        form.add_error(None, sentence(error.detail))


def tell_refusal(request: HttpRequest, error: LabelingError) -> None:
    """Show on the next page what was refused and why, in the service's own words."""
    messages.error(request, sentence(error.detail))


def sentence(detail: str) -> str:
    return detail[:1].upper() + detail[1:] + ("" if detail.endswith((".", "!", "?", "。", "！", "？")) else _("."))
