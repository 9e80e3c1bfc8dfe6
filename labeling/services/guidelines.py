"""Who has been told of which version of the guidelines."""

from django.contrib.auth.models import User
from django.db import transaction

from labeling.exceptions import InvalidInput
from labeling.models import GuidelinesSeen, Project


def meet_guidelines(*, project: Project, user: User) -> None:
    """On a person's first visit the guidelines are as they are: nothing has changed for them."""
    _remember(project, user, project.guidelines_version)


@transaction.atomic
def see_guidelines(*, project: Project, user: User, version: int) -> None:
    """Note that the person has been shown that version, so that it is not announced to them again.

    A version older than what they have seen changes nothing. Raises `InvalidInput` for one that does not exist.
    """
    if not 1 <= version <= project.guidelines_version:
        raise InvalidInput(
            f"version must be one of this project's guidelines, 1 to {project.guidelines_version}; got {version}"
        )
    _remember(project, user, version)
    GuidelinesSeen.objects.filter(project=project, user=user, version__lt=version).update(version=version)


def _remember(project: Project, user: User, version: int) -> None:
    # Two tabs may come at once: the first row stays.
    GuidelinesSeen.objects.bulk_create(
        [GuidelinesSeen(project=project, user=user, version=version)], ignore_conflicts=True
    )
