"""The command `podium`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from podium_client.errors import PodiumError
from podium_client.sync import Podium


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it went well; 1 when the server refused or cannot be reached; 2 for a wrong command."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        with Podium(options.url, options.token) as podium:
            options.act(podium, options)
    except ValueError as error:
        parser.error(str(error))
    except PodiumError as error:
        _say(f"podium: {error.detail}")
        for item in error.errors[:20]:
            _say("  " + " ".join(f"{name}: {value}" for name, value in item.items() if value is not None))
        return 1
    except (httpx.HTTPError, FileNotFoundError) as error:
        _say(f"podium: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="podium", description="Podium from a shell.")
    parser.add_argument("--url", help="its address; PODIUM_URL when not given")
    parser.add_argument("--token", help="PODIUM_TOKEN when not given, which no list of processes shows")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, act: Any, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help)
        added.set_defaults(act=act)
        return added

    command("projects", _projects, "list the projects")
    added = command("import", _import, "import prompts from a file")
    added.add_argument("project")
    added.add_argument("file", type=Path)
    added.add_argument("--recipe", default="prompts", help="what its rows are")
    added.add_argument("--skip-invalid", action="store_true", help="leave malformed rows out, and count them")
    added = command("export", _export, "write pairs or groups to a file")
    added.add_argument("project")
    added.add_argument("-o", "--output", type=Path, required=True)
    for name in ("shape", "format", "compression", "split", "snapshot", "annotator", "cohort", "dimension", "model"):
        added.add_argument(f"--{name}")
    added.add_argument("--since", help="rankings made from this date or moment on")
    added.add_argument("--until", help="rankings made before this date or moment")
    added.add_argument("--min-agreement", type=float)
    added.add_argument("--include-ties", action="store_true", default=None)
    added = command("train", _train, "start a training run")
    added.add_argument("project")
    added.add_argument("--base-model")
    added.add_argument("--wait", action="store_true", help="until it has ended")
    added = command("score", _score, "the champion's rewards, as JSON")
    added.add_argument("project")
    added.add_argument("--prompt", required=True)
    added.add_argument("--response", action="append", required=True, dest="responses")
    return parser


def _projects(podium: Podium, options: argparse.Namespace) -> None:
    for project in podium.projects():
        print(f"{project['slug']}\t{project['name']}")


def _import(podium: Podium, options: argparse.Namespace) -> None:
    with _Bar("Importing") as bar:
        found = podium.import_prompts(
            options.project,
            options.file,
            recipe=options.recipe,
            skip_invalid=options.skip_invalid,
            progress=lambda job: bar.show(job.get("done", 0), job.get("total")),
        )
    print(f"{found['created']} created, {found['unchanged']} unchanged, {found['skipped']} skipped")


def _export(podium: Podium, options: argparse.Namespace) -> None:
    named = ("shape", "format", "compression", "split", "snapshot", "annotator", "cohort", "dimension", "model")
    more = ("since", "until", "min_agreement", "include_ties")
    size = podium.download(options.project, options.output, **{name: getattr(options, name) for name in named + more})
    _say(f"{size:,} bytes written to {options.output}")


def _train(podium: Podium, options: argparse.Namespace) -> None:
    config = {"base_model": options.base_model} if options.base_model else {}
    run = podium.start_run(options.project, **config)
    if options.wait:
        with _Bar("Training") as bar:
            run = podium.wait_for_run(
                run["id"],
                progress=lambda run: bar.show(run["progress"]["step"], run["progress"]["total_steps"] or None),
            )
    print(json.dumps({name: run[name] for name in ("id", "status", "metrics", "reward_model")}))


def _score(podium: Podium, options: argparse.Namespace) -> None:
    print(json.dumps(podium.score(options.project, prompt=options.prompt, responses=options.responses)))


class _Bar:
    """A progress bar on a terminal that has rich; silence elsewhere."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._progress: Any = None

    def __enter__(self) -> "_Bar":
        if sys.stderr.isatty():
            try:
                from rich.console import Console  # noqa: PLC0415 an extra
                from rich.progress import Progress  # noqa: PLC0415 an extra
            except ImportError:
                return self
            self._progress = Progress(console=Console(stderr=True))
            self._progress.start()
            self._task = self._progress.add_task(self._label, total=None)
        return self

    def show(self, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
