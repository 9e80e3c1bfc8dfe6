"""What views know about a request and how they answer a refusal."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest

from labeling.exceptions import LabelingError


class UserRequest(HttpRequest):
    """A request that `login_required` let through."""

    user: User


def tell_refusal(request: HttpRequest, error: LabelingError) -> None:
    """Show on the next page what was refused and why, in the service's own words."""
    messages.error(request, sentence(error.detail))


def sentence(detail: str) -> str:
    return detail[:1].upper() + detail[1:] + ("" if detail.endswith((".", "!", "?")) else ".")
