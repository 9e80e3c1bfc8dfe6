"""The export over HTTP: how fast it streams, how much memory it takes, and another product's export beside it.

    python -m benchmarks.export [--pairs 10000 1000000] [--database postgresql|sqlite] [--peer FILE --peer-venv FOLDER]
                                [--repeats 1] [--live-only]

For each size a project of prompts with 4 responses and 3 rankings each (6 pairs a ranking), written in bulk, and the
product's own gunicorn in front of it. Each shape and format is downloaded whole and counted; memory is the largest
resident size that the web process reached, over what it had before. Groups are downloaded as things stand and from a
frozen snapshot, which is a file. FILE measures another product: it gets as many
annotations as the smallest project has rankings, of texts of the same size, and exports them as JSON. `ratio` is the
rankings a second of our `groups` JSONL as things stand, at that size, over the other product's annotations a second
(`snapshot_ratio`: from a snapshot); without a peer it is the limit of 150 MB over the most memory any export took.
"""

import argparse
import subprocess
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
from django.db import connection

from benchmarks.assignment import running_peer, texts
from benchmarks.instance import report
from benchmarks.quality import database, fill
from config.processes import processes
from tests import services

PAIRS_A_RANKING, LIMIT_MB = 6, 150
ASKED = [
    {"shape": "groups"},
    {"shape": "trl"},
    {"shape": "trl", "compression": "zstd"},
    {"shape": "dpo", "format": "parquet"},
    {"shape": "hh", "format": "csv"},
]
REPEATS = 3


def measured(pairs: int, kind: str, repeats: int, live_only: bool) -> dict[str, Any]:
    rankings = -(-pairs // PAIRS_A_RANKING)
    with database(kind):
        project = fill(rankings)
        # Which every database does by itself within a minute.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        from labeling.services.analysis import bring_up_to_date
        from labeling.services.tokens import create_token
        from rewardmodel.services.snapshots import freeze_snapshot

        asked, freezing = list(ASKED), None
        if not live_only:
            # Which the worker does as rankings come, and not for all of them at once.
            bring_up_to_date(project=project)
            began = time.perf_counter()
            snapshot = freeze_snapshot(project=project, created_by=project.created_by)
            freezing = round(time.perf_counter() - began, 2)
            asked.append({"shape": "groups", "snapshot": str(snapshot.pk)})
        token = create_token(user=project.created_by, scopes=["read"])[1]
        broker = services.start_valkey()
        port = services.free_port()
        command = next(one.command for one in processes(host="127.0.0.1", port=port) if one.name == "web")
        web = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            client = httpx.Client(
                base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"}, timeout=3600
            )
            wait_for(client)
            # The first answer loads what all later ones use.
            download(client, {"split": "test"})
            return {
                "rankings": project.prompts.count() * 3,
                "freezing_seconds": freezing,
                "exports": [timed(client, workers(web.pid), query, repeats) for query in asked],
            }
        finally:
            services.end_process(web)
            services.end_process(broker)


def timed(client: httpx.Client, pids: list[int], query: dict[str, str], repeats: int) -> dict[str, Any]:
    taken, size = [], 0
    before = sum(memory(pid, "VmRSS") for pid in pids)
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    for _ in range(repeats):
        began = time.perf_counter()
        size = download(client, query)
        taken.append(time.perf_counter() - began)
    peak = sum(memory(pid, "VmHWM") for pid in pids)
    return {**query, "mb": round(size / 1e6, 2), "seconds": round(min(taken), 3), "memory_mb": round(peak - before, 1)}


def download(client: httpx.Client, query: dict[str, str]) -> int:
    with client.stream("GET", "/api/v1/projects/bench/pairs/", params=query) as answer:
        answer.raise_for_status()
        return sum(len(block) for block in answer.iter_raw())


def workers(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int, name: str) -> float:
    """A size of the process in MB, as Linux names it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def wait_for(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            client.get("/healthz").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not come up")


def peer_export(options: argparse.Namespace, annotations: int) -> dict[str, Any]:
    options.workers, options.annotators = 2, [1]
    with running_peer(options) as (peer, _):
        peer.import_tasks(texts(annotations), ranked=True)
        taken = [peer.export() for _ in range(REPEATS)]
    found = {count for _, _, count in taken}
    assert found == {annotations}, found
    best = min(seconds for seconds, _, _ in taken)
    return {"annotations": annotations, "seconds": round(best, 2), "annotations_per_s": round(annotations / best, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--peer", type=Path, help="the script that starts the other product")
    parser.add_argument("--peer-venv", type=Path, help="the virtual environment that it is installed in")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of which the fastest counts")
    parser.add_argument("--live-only", action="store_true", help="no snapshot: freezing millions of pairs takes long")
    options = parser.parse_args()
    series = []
    for pairs in options.pairs:
        # A process each: Django is set up for one database.
        with get_context("spawn").Pool(1) as pool:
            found = pool.apply(measured, (pairs, options.database, options.repeats, options.live_only))
        for export in found["exports"]:
            export["rankings_per_s"] = round(found["rankings"] / export["seconds"])
            export["pairs_per_s"] = round(found["rankings"] * PAIRS_A_RANKING / export["seconds"])
        series.append(found)
    theirs = peer_export(options, series[0]["rankings"]) if options.peer else None
    most = max(export["memory_mb"] for found in series for export in found["exports"])
    ratio, snapshot_ratio = LIMIT_MB / max(most, 0.1), None
    if theirs:
        live, *_, frozen = (export["rankings_per_s"] / theirs["annotations_per_s"] for export in series[0]["exports"])
        ratio, snapshot_ratio = live, round(frozen, 1)
    report(
        database=options.database,
        series=series,
        peer=theirs or "not measured: no --peer",
        targets={"memory_mb": LIMIT_MB, "times_the_peer": 100},
        most_memory_mb=most,
        snapshot_ratio=snapshot_ratio,
        ratio=round(ratio, 1),
    )


if __name__ == "__main__":
    main()
