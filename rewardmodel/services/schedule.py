"""The cron line of a retrain policy, kept by django-celery-beat."""

import json
from datetime import datetime, timedelta

from celery.schedules import ParseException, crontab
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from labeling.exceptions import InvalidInput
from rewardmodel.models import RetrainPolicy

RETRAIN = "rewardmodel.tasks.retrain_on_schedule"
PARTS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def check_cron(cron: str) -> None:
    """Raises `InvalidInput` for what is no cron line of five parts."""
    try:
        crontab.from_string(cron)
    except (ParseException, ValueError) as error:
        raise InvalidInput(
            _("cron: got “%(cron)s”, which cannot be read (%(error)s). “0 3 * * 1” is every Monday at 3:00.")
            % {"cron": cron, "error": error}
        ) from None


def keep_schedule(policy: RetrainPolicy) -> None:
    """Have beat ask at the policy's times, and no longer when it is paused or has none."""
    if policy.paused or not policy.cron:
        drop_schedule(policy.project_id)
        return
    PeriodicTask.objects.update_or_create(
        name=_name(policy.project_id),
        defaults={
            "crontab": _crontab(policy),
            "task": RETRAIN,
            "args": json.dumps([policy.project_id]),
            "enabled": True,
        },
    )


def drop_schedule(project_id: int) -> None:
    PeriodicTask.objects.filter(name=_name(project_id)).delete()


def next_time(policy: RetrainPolicy) -> datetime | None:
    """When beat will ask next; None without a cron line."""
    if not policy.cron:
        return None
    now = timezone.now()
    moment: datetime = now + _crontab(policy).schedule.remaining_estimate(now)
    # What remains is worked out with a clock of its own, a few milliseconds later.
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _crontab(policy: RetrainPolicy) -> CrontabSchedule:
    parts = dict(zip(PARTS, policy.cron.split(), strict=True))
    return CrontabSchedule.objects.get_or_create(**parts, timezone=policy.time_zone)[0]


def _name(project_id: int) -> str:
    return f"retrain project {project_id}"
