"""A project's guidelines as they were, and what a person has yet to be told of."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import Http404

from labeling.models import GuidelinesSeen, GuidelinesVersion, Project


@dataclass(frozen=True, slots=True)
class GuidelinesChange:
    """One version, and the text that it replaced, Markdown; None for the first."""

    version: GuidelinesVersion
    before: str | None


def guidelines_change(project: Project, version: int) -> GuidelinesChange:
    """That version of the guidelines; `Http404` when there is none."""
    versions = project.guidelines_versions.filter(version__lte=version).order_by("-version")[:2]
    found = list(versions)
    if not found or found[0].version != version:
        raise Http404(f"no version {version} of these guidelines")
    return GuidelinesChange(version=found[0], before=found[1].text if len(found) > 1 else None)


def unseen_change(user: User, project: Project) -> dict[str, int | str] | None:
    """What changed since the version this person saw last: version, before, after; None when nothing did."""
    seen = GuidelinesSeen.objects.filter(project=project, user=user).values_list("version", flat=True).first()
    if seen is None or seen >= project.guidelines_version:
        return None
    before = project.guidelines_versions.filter(version=seen).values_list("text", flat=True).first() or ""
    if before == project.guidelines:
        return None
    return {"version": project.guidelines_version, "before": before, "after": project.guidelines}
