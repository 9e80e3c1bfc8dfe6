from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling.models import Project
from rewardmodel.services.mirror import mirror_registry
from rewardmodel.tracking import TrackingError


class Command(BaseCommand):
    help = "Bring the mirror of a project's registry on MLFLOW_TRACKING_URI up to date now, as happens by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"there is no project {options['project']!r}")
        if not settings.MLFLOW_TRACKING_URI:
            raise CommandError("MLFLOW_TRACKING_URI names no server; set it, as docs/operating.md says")
        try:
            new = mirror_registry(project=project)
        except TrackingError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"podium-{project.slug} is up to date; {len(new)} versions were new")
