"""A Hugging Face hub in miniature on loopback: takes models and lends data sets, as real clients ask for."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """files: by repository and path, what was committed.  datasets: what may be read, likewise.  tokens: what callers
    showed.  refuses: answers 403 to everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, dict[str, bytes]] = {}
        self.datasets: dict[str, dict[str, bytes]] = {}
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
            address = f"{self.server.url}/{repository}/commit/{COMMIT}"
            self._say({"success": True, "commitOid": COMMIT, "commitUrl": address})
        else:
            self._say({})

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        self.server.tokens.add(self.headers.get("Authorization", ""))
        if self.server.refuses:
            self._say({"error": "no rights"}, 403)
        elif found := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path):
            self._lend(*found.groups())
        elif found := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)(/.*)?", path):
            self._describe(found[1], found[2] or "")
        else:
            self._say({"sha": COMMIT, "siblings": []})

    do_HEAD = do_GET  # noqa: N815

    def _describe(self, name: str, asked: str) -> None:
        files = self.server.datasets.get(name)
        if files is None:
            self._say({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        elif asked.startswith("/tree/"):
            folder = asked.split("/", 3)[3] if asked.count("/") > 2 else ""
            listed = [path for path in files if path.startswith(folder and f"{folder}/")]
            self._say([{"type": "file", "path": path, "size": len(files[path]), "oid": oid(path)} for path in listed])
        else:
            self._say({"id": name, "sha": COMMIT, "siblings": [{"rfilename": path} for path in files]})

    def _lend(self, name: str, path: str) -> None:
        if (content := self.server.datasets.get(name, {}).get(path)) is None:
            missing = "EntryNotFound" if name in self.server.datasets else "RepoNotFound"
            self._say({"error": missing}, 404, {"X-Error-Code": missing})
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(span[1]), int(span[2] or len(content) - 1)) if span else (0, len(content) - 1)
        piece = content[first : last + 1]
        self.send_response(206 if span else 200)
        self.send_header("ETag", f'"{oid(path)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(piece)))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{first + len(piece) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(piece)

    def _say(self, answer: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def oid(path: str) -> str:
    """What stands for the content of that file; here no content changes."""
    return hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()
