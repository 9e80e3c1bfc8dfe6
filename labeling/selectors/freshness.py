"""How old the statistics are that a page shows."""

from dataclasses import dataclass
from datetime import datetime

from labeling.models import Project, ProjectAnalysis, Ranking


@dataclass(frozen=True, slots=True)
class Freshness:
    """tallied_at: when rankings were last counted.  analysed_at: when reliability, consensus and leaderboard were
    fitted.  waiting: some rankings are not counted yet.  stale: what is counted has changed since the fit."""

    tallied_at: datetime | None
    analysed_at: datetime | None
    waiting: bool
    stale: bool


def freshness(project: Project) -> Freshness:
    analysis = ProjectAnalysis.objects.filter(project=project).first() or ProjectAnalysis(project=project)
    waiting = Ranking.objects.filter(tallied=False, prompt__project=project).exists()
    return Freshness(analysis.tallied_at, analysis.analysed_at, waiting, waiting or analysis.stale)
