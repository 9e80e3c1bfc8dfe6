from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.services.backups import restore_backup


class Command(BaseCommand):
    help = (
        "Put a backup in the place of what is here, and migrate it to this version. Stop everything first; runs that "
        "were active when it was made go on when the trainer starts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` has written")
        parser.add_argument("--force", action="store_true", help="over a database that has users")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore_backup(options["file"], force=options["force"])
        except LabelingError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"restored what Podium {manifest['version']} was on {manifest['made_at']}")
        if manifest["secret_key"] != settings.SECRET_KEY:
            self.stdout.write(
                "Its secret key is another one than this instance's: sealed secrets (keys of models, webhooks) cannot "
                "be read before it is set. It stands in the archive's manifest.json; set SECRET_KEY to it, or add it "
                "to SECRET_KEY_FALLBACKS."
            )
