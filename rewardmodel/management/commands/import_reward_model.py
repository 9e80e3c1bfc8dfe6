from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.models import Project
from rewardmodel.services.transfer import import_reward_model


class Command(BaseCommand):
    help = "Take a foreign reward model (safetensors, one label) in as the next version, measured by the trainer first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("folder", type=Path, help="as save_pretrained or export_reward_model has written it")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}")
        try:
            run = import_reward_model(project=project, source=options["folder"], by=None)
        except LabelingError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"run {run.pk} measures it; when that has succeeded it is the next version")
