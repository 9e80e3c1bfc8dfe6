from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.models import Pseudonym
from labeling.services.erasure import erase_person
from rewardmodel.selectors.learned import learned_from


class Command(BaseCommand):
    help = (
        "Forget a person. The rankings stay under a new pseudonym, or go with --delete-rankings. Snapshots and models "
        "that learned from them are listed and stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--delete-rankings", action="store_true", help="the rankings go too")
        parser.add_argument("--yes", action="store_true", help="do not ask; it cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"no user {options['user']!r}")
        pseudonym = Pseudonym.objects.filter(user=user).values_list("name", flat=True).first()
        learned = learned_from(pseudonym) if pseudonym else None
        for snapshot in learned.snapshots if learned else ():
            self.stdout.write(f"snapshot {snapshot.pk} of {snapshot.project.slug} holds rankings of theirs")
        for model in learned.models if learned else ():
            self.stdout.write(f"reward model {model.version} of {model.project.slug} learned from them")
        if not options["yes"] and input(f"Forget {user.get_username()}? Type the name: ") != user.get_username():
            raise CommandError("nothing was changed")
        try:
            count = erase_person(user=user, keep_rankings=not options["delete_rankings"])
        except LabelingError as error:
            raise CommandError(error.detail) from None
        kept = "deleted" if options["delete_rankings"] else "kept under a new pseudonym"
        self.stdout.write(f"forgotten; {count} rankings {kept}")
