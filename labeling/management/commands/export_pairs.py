import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.formats.compression import COMPRESSIONS
from labeling.formats.containers import CONTAINERS
from labeling.formats.shapes import SHAPES
from labeling.models import Project, Prompt
from labeling.selectors.exports import Choices, export_pieces
from labeling.services.exports import write_aside


class Command(BaseCommand):
    help = "Export a project's rankings as pairs or groups."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--shape", choices=list(SHAPES), default="trl")
        parser.add_argument("--format", choices=list(CONTAINERS), default="jsonl")
        parser.add_argument("--compression", choices=list(COMPRESSIONS), default="")
        parser.add_argument("--split", choices=Prompt.Split.values, default="")
        parser.add_argument("--include-ties", action="store_true", help="ties as pairs of margin 0, marked")
        parser.add_argument("--annotator", default="", help="the rankings of this pseudonym alone")
        parser.add_argument("--cohort", default="", help="the rankings of annotators with this tag alone")
        parser.add_argument("--dimension", default="", help="preferences by the ratings on this dimension")
        parser.add_argument("--model", default="", help="what involves a response of this model alone")
        parser.add_argument("--tokenizer", default="", help="of the shape tokenized: a folder or a Hugging Face id")
        parser.add_argument("--max-length", type=int, help="of the shape tokenized, in tokens")
        parser.add_argument("--judges", action="store_true", help="rankings by LLMs too")
        parser.add_argument("--output", type=Path, help="a file; standard output when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}")
        filters = ("split", "include_ties", "annotator", "cohort", "dimension", "model", "judges")
        named = ("shape", "format", "compression", "tokenizer", "max_length", *filters)
        try:
            pieces = export_pieces(project, Choices(**{name: options[name] for name in named}))
        except LabelingError as error:
            raise CommandError(error.detail) from None
        if (path := options["output"]) is None:
            sys.stdout.buffer.writelines(pieces)
            return
        digest, size = write_aside(path, pieces)
        self.stderr.write(f"{size:,} bytes written to {path} (SHA-256 {digest})")
