from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.services.backups import write_backup


class Command(BaseCommand):
    help = (
        "Write database, artifacts and secret key to one archive, while people work. Keep it safe: with it, anybody "
        "can be anybody."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .tar that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = write_backup(options["file"])
        except LabelingError as error:
            raise CommandError(error.detail) from None
        size = options["file"].stat().st_size
        self.stdout.write(f"{size:,} bytes of Podium {manifest['version']} written to {options['file']}")
