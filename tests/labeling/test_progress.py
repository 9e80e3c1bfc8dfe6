"""Progress is read from counters; here it is counted the long way round, in every state that a prompt can be in."""

from django.db.models import F

from labeling.models import Assignment, AssignmentKind, Project
from labeling.selectors.progress import Progress, project_progress
from labeling.services.assignments import adjudicate_prompt, skip_assignment
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from tests.factories import lend, make_prompts, rank, tiers_of


def counted(project: Project) -> Progress:
    prompts = list(project.prompts.filter(gold=None))
    work = Assignment.objects.filter(kind=AssignmentKind.WORK, status=Assignment.Status.SUBMITTED)
    made = [(work.filter(prompt=prompt).count(), prompt.slots) for prompt in prompts]
    return Progress(
        prompts=len(prompts),
        finished=sum(rankings >= slots for rankings, slots in made),
        rankings=sum(rankings for rankings, _ in made),
        slots=sum(slots for _, slots in made),
        filled=sum(min(rankings, slots) for rankings, slots in made),
    )


def test_progress_is_what_counting_all_assignments_gives(project, ada, max, admin, olga):
    update_project(project=project, overlap=3)
    prompts = make_prompts(project, *(f"p{number}" for number in range(5)))
    for annotator in (ada, max, admin):
        rank(annotator, prompts[0], "r1 > r2 > r3")
    rank(ada, prompts[1], "r1 > r2 > r3")
    skip_assignment(assignment=lend(max, prompts[1]), reason="unclear")
    lend(max, prompts[2])
    rank(ada, prompts[2], "r1 > r2 > r3")
    lend(ada, prompts[3])
    adjudicate_prompt(prompt=prompts[3], manager=olga)
    mark_practice(prompt=prompts[4], tiers=tiers_of(prompts[4], "r1 > r2"), explanation="", user=max)
    assert project_progress(project) == counted(project) == Progress(4, 1, 5, 12, 5)

    # Fewer are wanted than are at it: two hold a slot of the third prompt, and one of them has ranked it.
    project.prompts.filter(slots__gt=0).update(slots=F("slots") - 2)
    assert project_progress(project) == counted(project) == Progress(4, 3, 5, 4, 3)
