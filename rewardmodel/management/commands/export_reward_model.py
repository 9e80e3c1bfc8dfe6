from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from rewardmodel.models import RewardModel
from rewardmodel.services.transfer import export_reward_model, push_to_hub


class Command(BaseCommand):
    help = (
        "Copy a version of a reward model to a folder or a hub, with where it comes from and what the gate said of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("version", type=int)
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--output", type=Path, help="a folder that is not there yet")
        where.add_argument("--push-to-hub", metavar="OWNER/NAME", help="a private repository, made when it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, version = options["project"], options["version"]
        model = RewardModel.objects.filter(project__slug=slug, version=version).first()
        if model is None:
            raise CommandError(f"{slug!r} has no reward model of version {version}")
        try:
            if options["push_to_hub"]:
                target: object = push_to_hub(reward_model=model, repository=options["push_to_hub"])
            else:
                target = export_reward_model(reward_model=model, target=options["output"])
        except LabelingError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"version {version} of {slug} is in {target}")
