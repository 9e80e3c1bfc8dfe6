"""Which rankings are asked for, by when they were made and by how far their prompts' annotators agree."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from labeling.models import Ranking


@dataclass(frozen=True, slots=True)
class Span:
    """since and until: when the ranking was made, the first included and the last not.  agreement: of the prompt's
    annotators, from 0 to 1, at least; prompts of one annotator have none.  judges: rankings by LLMs too."""

    since: datetime | None = None
    until: datetime | None = None
    agreement: float | None = None
    judges: bool = False

    def rankings(self, rankings: QuerySet[Ranking]) -> QuerySet[Ranking]:
        if self.since is not None:
            rankings = rankings.filter(created_at__gte=self.since)
        if self.until is not None:
            rankings = rankings.filter(created_at__lt=self.until)
        return rankings
