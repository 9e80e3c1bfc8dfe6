"""What has drifted since a project's champion was trained."""

from datetime import datetime, timedelta

from django.utils import timezone

from labeling.models import Project
from labeling.selectors.agreement import agreement_around
from rewardmodel.drift import scores_drifted
from rewardmodel.selectors.registry import find_champion

RECENT = timedelta(days=7)
# The newest of either side; more would tell the same and take longer.
MOST_VALUES = 5000


def has_drifted(project: Project, *, since: datetime) -> bool:
    """Whether live scores or the agreement of annotators are others now than before.

    since: what happened before it, a run that has begun above all, is not looked at as recent.
    """
    recent = max(since, timezone.now() - RECENT)
    return _scores_have_drifted(project, recent) or _agreement_has_fallen(project, recent)


def _scores_have_drifted(project: Project, recent: datetime) -> bool:
    champion = find_champion(project)
    if champion is None:
        return False
    scores = champion.decisions.order_by("-pk").values_list("probability", flat=True)
    before = scores.filter(created_at__lt=recent)[:MOST_VALUES]
    return scores_drifted(list(before), list(scores.filter(created_at__gte=recent)[:MOST_VALUES]))


def _agreement_has_fallen(project: Project, recent: datetime) -> bool:
    """Beyond chance: the intervals of before and now do not meet."""
    before, now = agreement_around(project, (recent - timedelta(days=recent.weekday())).date())
    return before is not None and now is not None and now.high < before.low
