"""Getting a prompt and submitting its ranking with 1, 8 and 50 annotators at 100,000 prompts, on PostgreSQL.

    python -m benchmarks.assignment [--overlap 3] [--policy random] [--peer FILE --peer-venv FOLDER]

Closed loops over the REST API, a process and a token for each annotator: next assignment, `--think` seconds, ranking.
The web server is gunicorn with the product's own options, the database a throw-away cluster that syncs its writes, the
prompts come in through `import_prompts`. CPU is that of gunicorn and its workers for a ranking got and submitted, and
beside it PostgreSQL's. FILE measures another product: a script with a class `LabelStudio` and a `parser`, whose objects
offer what `Podium` below offers; the same loops and texts then serve both, on as many workers and threads. `ratio` is
the other product's web CPU for a ranking over Podium's, the smallest one of all series; null when Podium runs alone.
"""

import argparse
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Protocol, Self
from unittest.mock import patch

import httpx
import psycopg

from benchmarks.instance import report
from config.processes import processes
from tests import services

RESPONSES, SEED, THREADS = 4, 7, 4
WARM_UP_SECONDS = 3.0
NEXT_P95_MS, SUBMIT_P95_MS, CPU_RATIO = 50, 100, 10
WORDS = [f"word{number:03}" for number in range(900)]
# The suite's cluster does without syncing; what is measured here keeps what it has acknowledged.
DURABLE = ("-c", "max_connections=200")

PREPARE = """
from django.contrib.auth.models import User
from labeling.models import Membership
from labeling.services.members import add_member
from labeling.services.projects import create_project
from labeling.services.tokens import create_token
admin = User.objects.create_superuser("admin")
project = create_project(creator=admin, slug="bench", name="Bench", **{fields})
for number in range({annotators}):
    user = User.objects.create_user(f"annotator-{{number}}")
    add_member(project=project, user=user, role=Membership.Role.ANNOTATOR)
    print(create_token(user=user, scopes=["annotate"])[1])
"""
COUNT = "from labeling.models import Ranking; print(Ranking.objects.count())"


class Target(Protocol):
    """A started product with a project and an account for each annotator."""

    pids: list[int]

    def import_tasks(self, tasks: list[dict[str, Any]]) -> float: ...
    def client(self, user: int) -> Any: ...
    def next_task(self, client: Any) -> tuple[Any, int] | None: ...
    def submit(self, client: Any, task: Any, ranking: list[int], lead: float) -> None: ...


class Connection:
    """An annotator's connection over the standard library, which leaves the cores that it shares to the server."""

    def __init__(self, address: str, token: str) -> None:
        self._connection = HTTPConnection(address, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """What the API answered, None for no content."""
        self._connection.request("POST", f"/api/v1{path}", json.dumps(body), {**self._headers, **(headers or {})})
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise httpx.HTTPError(f"{answer.status} for {path}: {content[:200]!r}")
        return json.loads(content) if content else None


class Podium:
    """The web processes and the broker of `make run`; the rest of it has nothing to do here."""

    def __init__(self, folder: Path, *, annotators: int, **fields: Any) -> None:
        self._folder = folder
        self._manage("migrate", "-v", "0")
        prepared = self._manage("shell", "-v", "0", "-c", PREPARE.format(fields=fields, annotators=annotators))
        self._tokens = prepared.split()
        port = services.free_port()
        self._address = f"127.0.0.1:{port}"
        self._broker = services.start_valkey()
        command = next(process.command for process in processes(host="127.0.0.1", port=port) if process.name == "web")
        with (folder / "web.log").open("wb") as log:
            self._web = subprocess.Popen(command, stdout=log, stderr=log)
        self.pids = [self._web.pid]
        self._wait()

    def stop(self) -> None:
        services.end_process(self._web)
        services.end_process(self._broker)

    def import_tasks(self, tasks: list[dict[str, Any]]) -> float:
        """Seconds that `import_prompts` took, its own start included."""
        path = self._folder / "prompts.jsonl"
        with path.open("w") as file:
            for number, task in enumerate(tasks):
                file.write(json.dumps({"id": f"p-{number}", **task}) + "\n")
        began = time.monotonic()
        self._manage("import_prompts", "bench", str(path))
        return time.monotonic() - began

    def client(self, user: int) -> Connection:
        return Connection(self._address, self._tokens[user])

    def next_task(self, client: Connection) -> tuple[Any, int] | None:
        assignment = client.post("/projects/bench/assignments/", {})
        if assignment is None:
            return None
        keys = [response["id"] for response in assignment["responses"]]
        return (assignment["id"], keys), len(keys)

    def submit(self, client: Connection, task: Any, ranking: list[int], lead: float) -> None:
        pk, keys = task
        body = {"tiers": [[keys[place]] for place in ranking], "seconds": lead}
        client.post(f"/assignments/{pk}/ranking/", body, {"Idempotency-Key": f"bench-{pk}"})

    def rankings(self) -> int:
        return int(self._manage("shell", "-v", "0", "-c", COUNT))

    def _manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def _wait(self) -> None:
        for _ in range(600):
            try:
                httpx.get(f"http://{self._address}/healthz").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise RuntimeError(f"gunicorn did not come up:\n{(self._folder / 'web.log').read_text()}")


def texts(prompts: int) -> list[dict[str, Any]]:
    draw = random.Random(SEED)

    def words(count: int) -> str:
        return " ".join(draw.choices(WORDS, k=count))

    return [
        {"prompt": f"{number} {words(25)}", "responses": [words(60) for _ in range(RESPONSES)]}
        for number in range(prompts)
    ]


def annotate(target: Target, user: int, until: float, think: float, results: Pipe) -> None:
    """One annotator's loop; sends the seconds of each call, and what went wrong."""
    draw = random.Random(SEED + user)
    taken: dict[str, list[float]] = {"next": [], "submit": []}
    errors = []
    with target.client(user) as client:
        while time.time() < until:
            try:
                began = time.perf_counter()
                found = target.next_task(client)
                if found is None:
                    errors.append("no prompt was left")
                    break
                taken["next"].append(time.perf_counter() - began)
                time.sleep(think)
                task, responses = found
                ranking = draw.sample(range(responses), responses)
                began = time.perf_counter()
                target.submit(client, task, ranking, max(think, 0.1))
                taken["submit"].append(time.perf_counter() - began)
            except httpx.HTTPError as error:
                errors.append(repr(error))
                time.sleep(0.1)
    results.send((taken, errors))


def at_once(target: Target, annotators: int, seconds: float, think: float) -> tuple[dict[str, list[float]], list[str]]:
    fork = get_context("fork")
    taken: dict[str, list[float]] = {"next": [], "submit": []}
    errors: list[str] = []
    until = time.time() + seconds
    running = []
    for user in range(annotators):
        results, sending = fork.Pipe(duplex=False)
        process = fork.Process(target=annotate, args=(target, user, until, think, sending))
        process.start()
        running.append((process, results))
    for process, results in running:
        own, failures = results.recv()
        process.join()
        errors += failures
        for call, durations in own.items():
            taken[call] += durations
    return taken, errors


def measure(target: Target, database: int, annotators: int, seconds: float, think: float) -> dict[str, Any]:
    began, web, postgresql = time.monotonic(), cpu_seconds(target.pids[0]), cpu_seconds(database)
    taken, errors = at_once(target, annotators, seconds, think)
    rankings = len(taken["submit"])
    return {
        "annotators": annotators,
        "think_seconds": think,
        "rankings": rankings,
        "rankings_per_s": round(rankings / (time.monotonic() - began), 1),
        **{call: spread(durations) for call, durations in taken.items()},
        "web_cpu_ms_per_ranking": round(1000 * (cpu_seconds(target.pids[0]) - web) / max(rankings, 1), 2),
        "postgresql_cpu_ms_per_ranking": round(1000 * (cpu_seconds(database) - postgresql) / max(rankings, 1), 2),
        "errors": len(errors),
        "first_errors": errors[:2],
    }


def measure_all(target: Target, database: int, tasks: list[dict[str, Any]], options: argparse.Namespace) -> Any:
    seconds = target.import_tasks(tasks)
    at_once(target, max(options.annotators), WARM_UP_SECONDS, 0)
    series = [
        measure(target, database, annotators, options.seconds, think)
        for think in options.think
        for annotators in options.annotators
    ]
    return {"prompts": len(tasks), "import_seconds": round(seconds, 1), "series": series}


def spread(seconds: Sequence[float]) -> dict[str, float] | None:
    if len(seconds) < 2:
        return None
    cuts = statistics.quantiles(seconds, n=20)
    return {"p50_ms": round(1000 * cuts[9], 1), "p95_ms": round(1000 * cuts[-1], 1)}


def cpu_seconds(pid: int) -> float:
    """What a process, its descendants, and those of them that have ended used so far, in user and system mode."""
    used, waiting = 0, [pid]
    while waiting:
        process = Path(f"/proc/{waiting.pop()}")
        try:
            # After the name, which may hold anything, utime to cstime are the fields 14 to 17 of proc(5).
            used += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
            for task in (process / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except FileNotFoundError:
            continue
    return used / os.sysconf("SC_CLK_TCK")


def postmaster(url: str) -> int:
    """The process whose children serve a database's connections."""
    with psycopg.connect(url) as connection:
        backend = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    return int(backend.rpartition(")")[2].split()[1])


@contextmanager
def running_podium(options: argparse.Namespace) -> Iterator[tuple[Podium, int]]:
    """Podium on a cluster of its own, and the cluster's main process."""
    programs = services.find_postgresql()
    if programs is None:
        raise SystemExit("no PostgreSQL on this machine; install it (Debian: apt-get install postgresql)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="podium-bench-")))
        url = stack.enter_context(services.postgresql_cluster(programs, DURABLE))
        environment = {"PODIUM_STATE": str(folder), "DATABASE_URL": url, "WEB_CONCURRENCY": str(options.workers)}
        stack.enter_context(patch.dict(os.environ, environment))
        os.environ.pop("REDIS_URL", None)
        podium = Podium(
            folder, annotators=max(options.annotators), overlap=options.overlap, order_policy=options.policy
        )
        stack.callback(podium.stop)
        yield podium, postmaster(url)


@contextmanager
def running_peer(options: argparse.Namespace) -> Iterator[tuple[Any, int]]:
    """The other product on PostgreSQL and gunicorn, and the main process of its cluster."""
    spec = importlib.util.spec_from_file_location("peer", options.peer)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{options.peer} is no Python file")
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    folders = ["--venv", str(options.peer_venv), "--pg-bin", str(services.find_postgresql())]
    size = ["--workers", str(options.workers), "--threads", str(THREADS)]
    target = peer.LabelStudio(peer.parser().parse_args(["--db", "postgres", "--server", "gunicorn", *folders, *size]))
    # Ours names our settings; the other product takes it over, and would look for them.
    target.env.pop("DJANGO_SETTINGS_MODULE", None)
    try:
        target.start()
        target.setup(max(options.annotators))
        yield target, postmaster(f"postgres://postgres@127.0.0.1:{target.pgport}/{target.env['POSTGRE_NAME']}")
    finally:
        target.stop()


def web_cpu_ratios(podium: dict[str, Any], peer: dict[str, Any]) -> list[float]:
    pairs = zip(podium["series"], peer["series"], strict=True)
    return [round(theirs["web_cpu_ms_per_ranking"] / ours["web_cpu_ms_per_ranking"], 1) for ours, theirs in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--annotators", type=int, nargs="+", default=[1, 8, 50])
    parser.add_argument("--seconds", type=float, default=30, help="of each series")
    parser.add_argument("--think", type=float, nargs="+", default=[0.0, 1.0], help="seconds between prompt and ranking")
    parser.add_argument("--overlap", type=int, default=1)
    parser.add_argument("--policy", default="oldest", help="the project's order policy")
    parser.add_argument("--workers", type=int, default=2, help="WEB_CONCURRENCY")
    parser.add_argument("--peer", type=Path, help="the script that starts the other product")
    parser.add_argument("--peer-venv", type=Path, help="the virtual environment that it is installed in")
    parser.add_argument("--peer-prompts", type=int, help="how many it is given; as many as Podium unless said")
    options = parser.parse_args()
    if options.peer and not options.peer_venv:
        parser.error("--peer needs --peer-venv")
    tasks = texts(options.prompts)
    with running_podium(options) as (podium, database):
        ours = measure_all(podium, database, tasks, options)
        ours["rankings_stored"] = podium.rankings()
    theirs = None
    if options.peer:
        with running_peer(options) as (peer, database):
            theirs = measure_all(peer, database, tasks[: options.peer_prompts], options)
    ratios = web_cpu_ratios(ours, theirs) if theirs else None
    report(
        responses=RESPONSES,
        workers=options.workers,
        threads=THREADS,
        overlap=options.overlap,
        policy=options.policy,
        podium=ours,
        peer=theirs or "not measured: no --peer",
        targets={
            "next_p95_ms": NEXT_P95_MS,
            "submit_p95_ms": SUBMIT_P95_MS,
            "annotators": 8,
            "web_cpu_ratio": CPU_RATIO,
        },
        web_cpu_ratios=ratios,
        ratio=min(ratios) if ratios else None,
    )


if __name__ == "__main__":
    main()
