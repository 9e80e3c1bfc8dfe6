"""How much a ranking of each prompt would teach, as somebody who knows has found it."""

from collections.abc import Mapping

from django.db import transaction

from labeling.models import Project, Prompt

BATCH = 500


def set_priorities(*, project: Project, priorities: Mapping[str, float]) -> int:
    """Store the priority of prompts, by the id each was imported under; how many are this project's.

    Prompts that are not named keep the one they have. They are lent by it where the project's order is `informative`.
    """
    ids = list(priorities)
    stored = 0
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            # In one order, as whoever lends or submits locks single rows meanwhile.
            prompts = list(
                project.prompts.filter(external_id__in=ids[start : start + BATCH])
                .select_for_update(of=("self",), no_key=True)
                .only("external_id")
                .order_by("pk")
            )
            for prompt in prompts:
                prompt.priority = priorities[prompt.external_id]
            stored += Prompt.objects.bulk_update(prompts, ["priority"])
    return stored
