"""What can go wrong between a caller and Podium."""

from typing import Any

import httpx


class PodiumError(Exception):
    """The server refused a call. type: what kind of refusal, for programs; errors: by field or by row, if any."""

    def __init__(self, status: int, type: str, detail: str, errors: list[Any]) -> None:
        self.status, self.type, self.detail, self.errors = status, type, detail, errors
        super().__init__(f"{status} {type}: {detail}")


class JobFailed(PodiumError):
    """A job or a training run has ended otherwise than well; `result` is what the server tells of it."""

    def __init__(self, kind: str, result: dict[str, Any]) -> None:
        self.result = result
        said = result.get("error") or "; ".join(str(item.get("detail", item)) for item in result.get("errors") or [])
        super().__init__(200, f"{kind}-{result['status']}", said or f"the {kind} has {result['status']}", [])


def refusal(answer: httpx.Response) -> PodiumError:
    """The error of an answer that is one; whatever stands between, a proxy say, need not speak problem JSON."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict) or "detail" not in problem:
        return PodiumError(answer.status_code, "about:blank", answer.text[:500] or answer.reason_phrase, [])
    kind = str(problem.get("type", "about:blank"))
    return PodiumError(answer.status_code, kind, str(problem["detail"]), list(problem.get("errors") or []))
