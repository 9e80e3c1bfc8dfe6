"""The LLMs of a project: entering and removing them. A key is sealed as it comes and leaves only towards its LLM."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from labeling import outbound
from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Endpoint, Project
from labeling.vault import seal

LONGEST_SYSTEM_PROMPT = 100_000
BOUNDS: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "max_tokens": (1, 131_072),
    "seed": (0, 2**53),
    "requests_per_minute": (0, 1_000_000),
    "concurrency": (1, 64),
    "prompt_price": (0, 100_000),
    "completion_price": (0, 100_000),
}


def create_endpoint(
    *, project: Project, user: User, model: str, url: str = "", name: str = "", key: str = "", **sampling: Any
) -> Endpoint:
    """name: what its responses' `model` will be; the model's own name by default. Without a URL it is a local model.

    Raises `InvalidInput`, and `Conflict` for a name that is taken.
    """
    if url:
        try:
            outbound.check_url(url)
        except outbound.AddressRefused as error:
            raise InvalidInput(f"url: {error}") from None
    elif key:
        raise InvalidInput(_("a local model needs no key; give the address of an endpoint, or leave the key out"))
    endpoint = checked_endpoint(
        Endpoint(project=project, created_by=user, url=url, model=model, name=name or model, **sampling), key
    )
    try:
        with transaction.atomic():
            endpoint.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            _("there is a model called %(name)s already; give this one another name") % {"name": repr(endpoint.name)}
        ) from None
    return endpoint


def checked_endpoint(endpoint: Endpoint, key: str) -> Endpoint:
    """The endpoint with its key, everything about it found possible. Raises `InvalidInput`."""
    for field, (least, most) in BOUNDS.items():
        value = getattr(endpoint, field)
        if value is not None and not least <= value <= most:
            bounds = {"field": field, "least": least, "most": most, "value": value}
            detail = _("%(field)s must lie between %(least)s and %(most)s; got %(value)s") % bounds
            raise InvalidInput(detail, errors=[{"field": field, "detail": detail}])
    if len(endpoint.system_prompt) > LONGEST_SYSTEM_PROMPT:
        raise InvalidInput(_("a system prompt has at most %(most)s characters") % {"most": LONGEST_SYSTEM_PROMPT})
    if not key.isascii() or any(character.isspace() for character in key):
        raise InvalidInput(_("a key holds neither spaces nor other characters than ASCII"))
    endpoint.key = seal(key) if key else ""
    try:
        endpoint.clean_fields(exclude=["project", "created_by"])
    except ValidationError as error:
        errors = [{"field": field, "detail": " ".join(messages)} for field, messages in error.message_dict.items()]
        raise InvalidInput("; ".join(f"{item['field']}: {item['detail']}" for item in errors), errors=errors) from None
    return endpoint


def delete_endpoint(*, endpoint: Endpoint) -> None:
    """What it has written stays."""
    endpoint.delete()
