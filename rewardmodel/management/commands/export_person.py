from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from labeling.services.exports import write_aside
from rewardmodel.services.persons import person_document


class Command(BaseCommand):
    help = "Everything that is stored about one person, as JSON, with the snapshots and models that learned from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--output", type=Path, help="a file; standard output when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"no user {options['user']!r}")
        pieces = person_document(user)
        if options["output"] is None:
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        _, size = write_aside(options["output"], (piece.encode() for piece in pieces))
        self.stderr.write(f"{size:,} bytes written to {options['output']}")
