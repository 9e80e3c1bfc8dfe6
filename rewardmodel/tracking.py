"""A server that speaks MLflow's REST API (MLflow 2.3 and later): as much of it as a mirror of models needs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

API, FILES = "api/2.0/mlflow", "api/2.0/mlflow-artifacts/artifacts"
# An upload of weights may take as long as it takes; a server that says nothing may not.
TIMEOUT = httpx.Timeout(30.0, write=None)
# What the API takes at once, and of one value.
MOST_METRICS, MOST_PARAMETERS, LONGEST_VALUE = 1000, 100, 500
PROXIED = "mlflow-artifacts:"


class TrackingError(Exception):
    """The server refused a call or did not answer; the message says which and why, and holds no credentials."""


class TrackingServer:
    """Use it in a `with` block. Every call raises `TrackingError`."""

    def __init__(self, url: str, *, token: str = "", user: str = "", password: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        auth = httpx.BasicAuth(user, password) if user and not token else None
        self._http = httpx.Client(base_url=url.rstrip("/") + "/", timeout=TIMEOUT, headers=headers, auth=auth)

    def __enter__(self) -> TrackingServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def experiment(self, name: str) -> str:
        """The id of the experiment of that name, made when there is none."""
        found = self._get("experiments/get-by-name", missing_ok=True, experiment_name=name)
        if found:
            return str(found["experiment"]["experiment_id"])
        return str(self._post("experiments/create", name=name)["experiment_id"])

    def start_run(self, experiment: str, name: str, tags: Mapping[str, str], at: float) -> dict[str, Any]:
        """The run's `info`. at: seconds since the epoch."""
        run = self._post(
            "runs/create", experiment_id=experiment, run_name=name, start_time=round(1000 * at), tags=_pairs(tags)
        )["run"]
        info: dict[str, Any] = run["info"]
        return info

    def log(self, run: str, *, parameters: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        own = [{"key": key, "value": str(value)[:LONGEST_VALUE]} for key, value in parameters.items()]
        for start in range(0, len(own), MOST_PARAMETERS):
            self._post("runs/log-batch", run_id=run, params=own[start : start + MOST_PARAMETERS])
        now = round(1000 * time.time())
        measured = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in metrics.items()]
        for start in range(0, len(measured), MOST_METRICS):
            self._post("runs/log-batch", run_id=run, metrics=measured[start : start + MOST_METRICS])

    def upload(self, run: Mapping[str, Any], folder: Path, files: Iterable[Path]) -> None:
        """Put files of `folder` among the run's artifacts. run: its `info`."""
        root = str(run["artifact_uri"])
        if not root.startswith(PROXIED):
            raise TrackingError(
                f"the server keeps artifacts at {root}, where only MLflow's own client can put them; start it with "
                "--serve-artifacts, its default"
            )
        base = root.removeprefix(PROXIED).lstrip("/")
        for file in files:
            place = quote(f"{base}/{file.relative_to(folder).as_posix()}")
            with file.open("rb") as content:
                self._ask("PUT", f"{FILES}/{place}", content=content)

    def finish_run(self, run: str, at: float) -> None:
        self._post("runs/update", run_id=run, status="FINISHED", end_time=round(1000 * at))

    def model(self, name: str, description: str) -> dict[str, str]:
        """The registered model of that name, made when there is none; its aliases, by name the version."""
        found = self._get("registered-models/get", missing_ok=True, name=name)
        if not found:
            self._post("registered-models/create", name=name, description=description)
            return {}
        aliases = found["registered_model"].get("aliases", [])
        return {alias["alias"]: str(alias["version"]) for alias in aliases}

    def versions(self, name: str) -> list[dict[str, Any]]:
        """Each with `version`, `run_id` and `tags` as a mapping."""
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            words = {"filter": f"name='{name}'", "max_results": "200", "page_token": token}
            page = self._ask("GET", f"{API}/model-versions/search", params=words)
            found += page.get("model_versions", [])
            if not (token := page.get("next_page_token", "")):
                return [{**one, "tags": {tag["key"]: tag["value"] for tag in one.get("tags", [])}} for one in found]

    def add_version(self, name: str, run: Mapping[str, Any], tags: Mapping[str, str], description: str) -> str:
        """The number of a new version, whose files are the run's."""
        made = self._post(
            "model-versions/create",
            name=name,
            source=run["artifact_uri"],
            run_id=run["run_id"],
            tags=_pairs(tags),
            description=description,
        )
        return str(made["model_version"]["version"])

    def tag_version(self, name: str, version: str, key: str, value: str) -> None:
        self._post("model-versions/set-tag", name=name, version=version, key=key, value=value)

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self._post("registered-models/alias", name=name, alias=alias, version=version)

    def remove_alias(self, name: str, alias: str) -> None:
        self._ask("DELETE", f"{API}/registered-models/alias", json={"name": name, "alias": alias})

    def _get(self, path: str, *, missing_ok: bool = False, **words: str) -> dict[str, Any]:
        return self._ask("GET", f"{API}/{path}", missing_ok=missing_ok, params=words)

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._ask("POST", f"{API}/{path}", json=body)

    def _ask(self, method: str, path: str, *, missing_ok: bool = False, **sent: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **sent)
        except httpx.HTTPError as error:
            raise TrackingError(f"{method} {path}: {type(error).__name__}: {error}") from None
        if answer.status_code == 404 and missing_ok:
            return {}
        if not answer.is_success:
            raise TrackingError(f"{method} {path}: {answer.status_code}: {_said(answer)}")
        if not answer.content:
            return {}
        try:
            body = answer.json()
        except ValueError:
            raise TrackingError(f"{method} {path}: answered with something else than JSON") from None
        return body if isinstance(body, dict) else {}


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value[:LONGEST_VALUE]} for key, value in tags.items()]


def _said(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return str(body["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]
