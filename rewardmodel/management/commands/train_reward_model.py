import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exceptions import LabelingError
from labeling.models import Project
from rewardmodel.models import TrainingRun
from rewardmodel.services.runs import queue_training_run


class Command(BaseCommand):
    help = "Queue a training run for a project; the trainer carries it out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--base-model", help="folder, hub id, or package:NAME/FOLDER")
        parser.add_argument(
            "--wait", action="store_true", help="until the run has ended; fails when it did not succeed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}")
        config = {"base_model": options["base_model"]} if options["base_model"] else {}
        try:
            run = queue_training_run(
                project=project, trigger=TrainingRun.Trigger.COMMAND, created_by=None, config=config
            )
        except LabelingError as error:
            raise CommandError(error.detail) from None
        self.stdout.write(f"run {run.pk} is queued on snapshot {run.snapshot.sha256[:12]}")
        if options["wait"]:
            self._wait(run)

    def _wait(self, run: TrainingRun) -> None:
        while run.is_active:
            time.sleep(1)
            run.refresh_from_db()
        if run.status != TrainingRun.Status.SUCCEEDED:
            raise CommandError(f"run {run.pk} has {run.status}: {run.error or 'no reason given'}")
        self.stdout.write(f"run {run.pk} made version {run.reward_model.version}")
