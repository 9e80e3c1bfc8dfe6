"""A Hugging Face hub in miniature on loopback: takes repositories and commits, so that the real client talks to it."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hub(ThreadingHTTPServer):
    """files: by repository and path, what was committed. refuses: answers 403 to everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.tokens: set[str] = set()
        self.refuses = False

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server_address[:2])


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.tokens.add(self.headers.get("Authorization", ""))
        if self.server.refuses:
            self._say({"error": "no rights"}, 403)
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(part for part in (asked.get("organization"), asked["name"]) if part)
            self.server.files.setdefault(name, {})
            self.server.private[name] = asked.get("private", False) or asked.get("visibility") == "private"
            self._say({"url": f"{self.server.url}/{name}"})
        elif "/preupload/" in self.path:
            paths = [own["path"] for own in json.loads(body)["files"]]
            self._say({"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]})
        elif "/commit/" in self.path:
            repository = self.path.removeprefix("/api/models/").partition("/commit/")[0]
            for line in body.splitlines():
                said = json.loads(line)
                if said["key"] == "file":
                    content = base64.b64decode(said["value"]["content"])
                    self.server.files[repository][said["value"]["path"]] = content
            address = f"{self.server.url}/{repository}/commit/abc123"
            self._say({"success": True, "commitOid": "abc123", "commitUrl": address})
        else:
            self._say({})

    def do_GET(self) -> None:
        self._say({"error": "no rights"}, 403) if self.server.refuses else self._say({"sha": "abc123", "siblings": []})

    def _say(self, answer: object, status: int = 200) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
