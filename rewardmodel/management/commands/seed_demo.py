from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from labeling.models import Project
from labeling.services.demo import SLUG, seed_demo
from rewardmodel.models import RetrainPolicy
from rewardmodel.services.policies import update_policy

# Of the 14 prompts that wait for a newcomer; few enough that they see it happen.
DEMO_RETRAINS_AFTER = 10


class Command(BaseCommand):
    help = "Make the admin, three annotators and the demo project, as far as they are missing; print new passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        passwords = seed_demo(admin_password=settings.ADMIN_PASSWORD)
        project = Project.objects.get(slug=SLUG)
        if not RetrainPolicy.objects.filter(project=project).exists():
            update_policy(project=project, paused=False, every_n_rankings=DEMO_RETRAINS_AFTER)
        for username, password in passwords.items():
            self.stdout.write(f"{username} {password}")
