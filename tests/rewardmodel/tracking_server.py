"""What the mirror asks of an MLflow server, on loopback. What MLflow has no call or field for fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

FIELDS = {
    "experiments/create": {"name"},
    "runs/create": {"experiment_id", "run_name", "start_time", "tags"},
    "runs/log-batch": {"run_id", "metrics", "params"},
    "runs/update": {"run_id", "status", "end_time"},
    "registered-models/create": {"name", "description"},
    "registered-models/alias": {"name", "alias", "version"},
    "model-versions/create": {"name", "source", "run_id", "tags", "description"},
    "model-versions/set-tag": {"name", "version", "key", "value"},
}


class TrackingHub(ThreadingHTTPServer):
    """experiments: ids by name.  runs, versions: as MLflow tells of them, in order.  files: uploads by place.
    breaks_at: the call that answers 503 once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.experiments: dict[str, str] = {}
        self.runs: list[dict[str, Any]] = []
        self.models: dict[str, dict[str, str]] = {}
        self.versions: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.root = "mlflow-artifacts:"
        self.credentials: set[str] = set()
        self.breaks_at = ""

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server_address[:2])


@contextmanager
def running_tracking_server() -> Iterator[TrackingHub]:
    server = TrackingHub()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: TrackingHub

    def _take(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        self.server.credentials.add(self.headers.get("Authorization", ""))
        asked = urlsplit(self.path)
        kind, _, call = asked.path.removeprefix("/api/2.0/").partition("/")
        if self.server.breaks_at and call.startswith(self.server.breaks_at):
            self.server.breaks_at = ""
            self._say({"message": "not now"}, 503)
        elif kind == "mlflow-artifacts" and self.command == "PUT":
            self.server.files[unquote(call.removeprefix("artifacts/"))] = content
            self._say(None)
        else:
            words = json.loads(content) if content else dict(parse_qsl(asked.query))
            unknown = set(words) - FIELDS.get(call, set(words))
            if unknown:
                self._say({"message": f"{call}: unknown {unknown}"}, 400)
            else:
                self._say(*self._answered(f"{self.command} {call}", words))

    do_GET = do_POST = do_PUT = do_DELETE = _take  # noqa: N815

    def _answered(self, call: str, words: dict[str, Any]) -> tuple[dict[str, Any], int]:
        server = self.server
        missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"}, 404
        match call:
            case "GET experiments/get-by-name":
                found = server.experiments.get(words["experiment_name"])
                return ({"experiment": {"experiment_id": found}}, 200) if found else missing
            case "POST experiments/create":
                server.experiments[words["name"]] = found = str(len(server.experiments) + 1)
                return {"experiment_id": found}, 200
            case "POST runs/create":
                number = f"run{len(server.runs)}"
                uri = f"{server.root}/{words['experiment_id']}/{number}/artifacts"
                server.runs.append(
                    {**words, "info": {"run_id": number, "artifact_uri": uri}, "metrics": {}, "params": {}}
                )
                return {"run": {"info": server.runs[-1]["info"]}}, 200
            case "POST runs/log-batch":
                run = self._run(words["run_id"])
                run["metrics"] |= {one["key"]: one["value"] for one in words.get("metrics", [])}
                run["params"] |= {one["key"]: one["value"] for one in words.get("params", [])}
            case "POST runs/update":
                self._run(words["run_id"])["status"] = words["status"]
            case "GET registered-models/get":
                if (aliases := server.models.get(words["name"])) is None:
                    return missing
                told = [{"alias": alias, "version": version} for alias, version in aliases.items()]
                return {"registered_model": {"name": words["name"], **({"aliases": told} if told else {})}}, 200
            case "POST registered-models/create":
                server.models[words["name"]] = {}
            case "POST registered-models/alias":
                server.models[words["name"]][words["alias"]] = words["version"]
            case "DELETE registered-models/alias":
                del server.models[words["name"]][words["alias"]]
            case "GET model-versions/search":
                own = [one for one in server.versions if f"name='{one['name']}'" == words["filter"]]
                # One a page, so that all pages are read.
                at = int(words.get("page_token") or 0)
                more = {"next_page_token": str(at + 1)} if at + 1 < len(own) else {}
                return {"model_versions": own[at : at + 1], **more}, 200
            case "POST model-versions/create":
                server.versions.append({**words, "version": str(len(server.versions) + 1)})
                return {"model_version": {"version": server.versions[-1]["version"]}}, 200
            case "POST model-versions/set-tag":
                version = next(one for one in server.versions if one["version"] == words["version"])
                kept = [tag for tag in version["tags"] if tag["key"] != words["key"]]
                version["tags"] = [*kept, {"key": words["key"], "value": words["value"]}]
            case _:
                return {"message": f"no call {call}"}, 404
        return {}, 200

    def _run(self, number: str) -> dict[str, Any]:
        return next(run for run in self.server.runs if run["info"]["run_id"] == number)

    def _say(self, answer: object, status: int = 200) -> None:
        content = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
