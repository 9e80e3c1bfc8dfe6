import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.models import Project, Prompt
from labeling.selectors.exports import FORMATS, SHAPES, export_lines


class Command(BaseCommand):
    help = "Export a project's rankings as pairs or groups."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--shape", choices=SHAPES, default="trl")
        parser.add_argument("--format", choices=list(FORMATS), default="jsonl")
        parser.add_argument("--split", choices=Prompt.Split.values, default="")
        parser.add_argument("--include-ties", action="store_true", help="ties as pairs of margin 0, marked")
        parser.add_argument("--output", type=Path, help="a file; standard output when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}")
        choices = {name: options[name] for name in ("shape", "format", "split", "include_ties")}
        lines = export_lines(project, **choices)
        if (path := options["output"]) is None:
            sys.stdout.buffer.writelines(lines)
            return
        # Written aside and renamed: a file under the name asked for is complete.
        draft: Path = path.with_name(path.name + ".writing")
        count = 0
        with draft.open("wb") as file:
            for line in lines:
                file.write(line)
                count += 1
        draft.rename(path)
        self.stderr.write(f"{count} lines written to {path}")
