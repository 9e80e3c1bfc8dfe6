"""How many annotators single prompts get."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Case, F, When
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Project

FEWEST, MOST = 1, 50


@transaction.atomic
def set_overlap(*, project: Project, prompts: Collection[str], overlap: int | None) -> int:
    """Have prompts, named by the ids they were imported under, ranked by so many annotators; how many they are.

    None: as many as the project says, from now on too. What a dispute has added stays on top. Raises `InvalidInput` for
    a number that cannot be and for an id that is not there, `Conflict` for a gold prompt, which nobody is lent as work.
    """
    # A new overlap of the project is written to all prompts without one of their own; it must not be under way.
    locked = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    least = max(FEWEST, sum(locked.cohort_quotas.values()))
    if overlap is not None and not least <= overlap <= MOST:
        raise InvalidInput(
            _("a prompt gets %(least)s to %(most)s annotators, at least as many as the quotas want; got %(overlap)s")
            % {"least": least, "most": MOST, "overlap": overlap}
        )
    found = locked.prompts.filter(external_id__in=prompts)
    if missing := set(prompts) - set(found.values_list("external_id", flat=True)):
        raise InvalidInput(_("there is no prompt %(id)s in this project") % {"id": repr(min(missing))})
    if (gold := found.exclude(gold=None).first()) is not None:
        raise Conflict(_("%(id)s is a gold prompt, which nobody is lent as work") % {"id": repr(gold.external_id)})
    # What waits for responses has no slots until it has them.
    slots = Case(When(awaits_responses=True, then=0), default=(overlap or locked.overlap) + F("extra_slots"))
    return found.update(own_overlap=overlap, slots=slots)
