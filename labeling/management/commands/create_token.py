from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from labeling.models import ApiToken
from labeling.services.tokens import create_token


class Command(BaseCommand):
    help = "Make an API token. It is printed once, alone on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="whom the token acts for")
        parser.add_argument("--scope", action="append", required=True, choices=ApiToken.SCOPES, help="repeatable")
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--days", type=int, help="how long it is good for; without an end when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"no active user {options['user']!r}")
        expires_at = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        _, secret = create_token(user=user, scopes=options["scope"], name=options["name"], expires_at=expires_at)
        self.stdout.write(secret)
