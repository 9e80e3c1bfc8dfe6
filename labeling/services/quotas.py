"""Giving the people on a project's prompts their places again when its quotas change."""

from itertools import groupby

from labeling.models import Assignment, Project, Prompt
from labeling.seats import reseat

# Beyond every slot in use, so that two people can change places although a slot is held once at any time.
ASIDE = 10_000
CHUNK = 500


def reseat_annotators(*, project: Project) -> None:
    """Give everybody on a prompt that still has a free slot the one that is theirs under the project's quotas.

    Full prompts stay as they are: nobody else is wanted there. Runs inside the caller's transaction.
    """
    tags = dict(project.memberships.values_list("user_id", "cohort"))
    prompts = Prompt.objects.with_free_slot().filter(project=project, slots_taken__gt=0)
    last = 0
    while ids := list(prompts.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        # Nobody is lent or gives back one of these meanwhile: both go through the prompt's row.
        list(Prompt.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",)).only("pk"))
        holders = Assignment.objects.filter(prompt__in=ids).exclude(slot=None).order_by("prompt_id", "pk")
        moved = []
        for _prompt, on_prompt in groupby(holders, key=lambda holder: holder.prompt_id):
            people = list(on_prompt)
            slots = reseat(project.cohort_quotas, [tags.get(person.annotator_id, []) for person in people])
            for person, slot in zip(people, slots, strict=True):
                if person.slot != slot:
                    person.slot = slot
                    moved.append(person)
        for place, person in enumerate(moved):
            Assignment.objects.filter(pk=person.pk).update(slot=ASIDE + place)
        for person in moved:
            Assignment.objects.filter(pk=person.pk).update(slot=person.slot)
        last = ids[-1]
