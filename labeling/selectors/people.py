"""People under the names that leave Podium."""

from collections.abc import Iterable

from labeling.models import Pseudonym


def pseudonyms(user_ids: Iterable[int]) -> dict[int, str]:
    """The pseudonym of each user; those who have none yet get one."""
    wanted = set(user_ids)
    names = dict(Pseudonym.objects.filter(pk__in=wanted).values_list("pk", "name"))
    if missing := wanted - names.keys():
        # Two callers may name the same person at once: the first wins, and both read what it wrote.
        Pseudonym.objects.bulk_create([Pseudonym(pk=pk) for pk in missing], ignore_conflicts=True)
        names.update(Pseudonym.objects.filter(pk__in=missing).values_list("pk", "name"))
    return names
