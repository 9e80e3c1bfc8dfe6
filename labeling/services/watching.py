"""What webhooks are told of that nobody does at one moment: a project is finished, an annotator's habits changed."""

from django.db import transaction

from labeling.models import EventKind, Project, ProjectWatch
from labeling.selectors.habits import habits_of
from labeling.selectors.people import pseudonyms
from labeling.selectors.progress import project_progress
from labeling.services.webhooks import emit


def watch_projects() -> int:
    """Look at every project that has webhooks; how many events that made."""
    return sum(_watch(project) for project in Project.objects.filter(has_webhooks=True))


@transaction.atomic
def _watch(project: Project) -> int:
    ProjectWatch.objects.get_or_create(project=project)
    watch = ProjectWatch.objects.select_for_update().get(project=project)
    progress = project_progress(project)
    finished = progress.prompts > 0 and progress.finished == progress.prompts
    made = 0
    if finished and not watch.finished:
        data = {"prompts": progress.prompts, "rankings": progress.rankings}
        emit(project=project, kind=EventKind.PROJECT_FINISHED, data=data)
        made += 1
    found = _signals(project)
    for name, codes in found.items():
        if new := sorted(set(codes) - set(watch.signals.get(name, []))):
            emit(project=project, kind=EventKind.QUALITY_ALERT, data={"annotator": name, "signals": new})
            made += 1
    if (finished, found) != (watch.finished, watch.signals):
        watch.finished, watch.signals = finished, found
        watch.save()
    return made


def _signals(project: Project) -> dict[str, list[str]]:
    people = list(project.memberships.values_list("user_id", flat=True))
    habits = habits_of(project)
    found: dict[int, list[str]] = {
        person: sorted(str(signal.code) for signal in habits.signals_of(person)) for person in people
    }
    names = pseudonyms(person for person, codes in found.items() if codes)
    return {names[person]: codes for person, codes in found.items() if codes}
