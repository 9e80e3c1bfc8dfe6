import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.fetching import NotFetched, fetch, source_of
from labeling.models import Project
from labeling.services.imports import ImportFile, import_prompts
from labeling.sources.readers import READERS, UnreadableFile, format_of
from labeling.sources.recipes import RECIPES


class Command(BaseCommand):
    help = "Import prompts with their responses from a JSONL, JSON, CSV, TSV, Parquet or Arrow file. All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("file", help="a file, a folder of `datasets`, or an address: https://, s3://, hf://, …")
        parser.add_argument("--format", choices=sorted(READERS), help="when the file's name does not tell")
        parser.add_argument(
            "--recipe", choices=sorted(RECIPES), default="prompts", help="how rows become prompts; docs/data.md"
        )
        parser.add_argument("--limit", type=int, help="no more than this many prompts")
        parser.add_argument("--skip-invalid", action="store_true", help="leave malformed rows out, and count them")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).select_related("created_by").first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}; make it first")
        path = Path(options["file"])
        try:
            with tempfile.TemporaryDirectory() as folder:
                if path.is_file():
                    format = options["format"] or format_of(path.name)
                else:
                    if "://" not in options["file"] and not path.is_dir():
                        raise CommandError(f"no file {path}")
                    source = source_of(options["file"], format=options["format"] or "", inside=True)
                    path, format = Path(folder) / "rows", source.format
                    fetch(source, path, inside=True)
                file = ImportFile(path, format, options["recipe"], options["limit"])
                report = import_prompts(
                    project=project, user=project.created_by, file=file, skip_invalid=options["skip_invalid"]
                )
        except (LabelingError, UnreadableFile, NotFetched) as error:
            self._list(getattr(error, "errors", []))
            raise CommandError(str(error)) from None
        self._list(report.errors)
        self.stdout.write(f"{report.created} created, {report.unchanged} unchanged, {report.skipped} skipped")

    def _list(self, errors: list[dict[str, Any]]) -> None:
        for error in errors:
            where = f"line {error['line']}, {error['field']}" if error["field"] else f"line {error['line']}"
            self.stderr.write(f"{where}: {error['detail']}")
