"""A person's rankings, newest first, page by page."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from labeling.models import Ranking

PAGE = 50


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """older, newer: the id from which the neighbouring page goes on; None where there is none."""

    rankings: list[Ranking]
    older: int | None
    newer: int | None


def history_page(user: User, *, before: int | None = None, after: int | None = None) -> HistoryPage:
    """The person's rankings before or after that ranking's id, superseded ones too; without either the newest."""
    own = Ranking.objects.filter(annotator=user)
    if after is not None:
        # Read upwards from there, so that the page that is just newer comes and not the newest.
        ids = list(own.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PAGE])
    else:
        older = own if before is None else own.filter(pk__lt=before)
        ids = list(older.order_by("-pk").values_list("pk", flat=True)[:PAGE])
    rankings = list(own.filter(pk__in=ids).select_related("prompt__project").order_by("-pk"))
    if not rankings:
        return HistoryPage([], None, None)
    newest, oldest = rankings[0].pk, rankings[-1].pk
    return HistoryPage(
        rankings=rankings,
        older=oldest if own.filter(pk__lt=oldest).exists() else None,
        newer=newest if own.filter(pk__gt=newest).exists() else None,
    )
