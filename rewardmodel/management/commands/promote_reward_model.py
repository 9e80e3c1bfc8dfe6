from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rewardmodel.models import RewardModel
from rewardmodel.services.registry import promote_reward_model


class Command(BaseCommand):
    help = "Make a version of a project's reward model the champion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("version", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        model = RewardModel.objects.filter(project__slug=options["project"], version=options["version"]).first()
        if model is None:
            raise CommandError(f"{options['project']!r} has no version {options['version']}")
        promote_reward_model(reward_model=model, by=None)
        self.stdout.write(f"version {model.version} of {options['project']} is the champion")
