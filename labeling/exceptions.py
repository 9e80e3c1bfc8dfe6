"""What can be refused, each with the words the caller sees: what came, what was needed, what to do."""

from http import HTTPStatus
from typing import Any


def printable(text: str) -> str:
    """`text` for an answer or a page: what no encoding can write and no database can store comes escaped."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


class LabelingError(Exception):
    """A refusal. `code` names it for programs, `http_status` is what the API answers with.

    `errors` lists the parts where there are several.
    """

    code = "refused"
    http_status = HTTPStatus.BAD_REQUEST

    def __init__(self, detail: str, *, errors: list[dict[str, Any]] | None = None) -> None:
        # A refusal quotes what came, and that may be the very text that was refused for its characters.
        self.detail = printable(detail)
        super().__init__(self.detail)
        self.errors = errors or []


class InvalidInput(LabelingError):
    """The request cannot be understood or breaks a rule of its own; nothing was stored."""

    code = "invalid"


class InvalidRanking(InvalidInput):
    code = "invalid-ranking"


class InvalidImport(InvalidInput):
    code = "invalid-import"


class Conflict(LabelingError):
    """The request is sound, but the state of things does not allow it now."""

    code = "conflict"
    http_status = HTTPStatus.CONFLICT


class AssignmentClosed(Conflict):
    code = "assignment-closed"


class LeaseLost(Conflict):
    code = "lease-lost"


class NotQualified(Conflict):
    """The entry test has yet to be passed."""

    code = "not-qualified"


class SetAside(Conflict):
    """The person's rankings in the project do not count at present."""

    code = "set-aside"


class AlreadySuperseded(Conflict):
    code = "already-superseded"


class KeyReused(LabelingError):
    """An idempotency key came back with another body."""

    code = "idempotency-key-reused"
    http_status = HTTPStatus.UNPROCESSABLE_ENTITY
