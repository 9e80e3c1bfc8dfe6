"""Prompts that LLMs are to answer, and what came of it."""

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from labeling.models import GenerationRecord, Job, Project, Prompt, Which

LISTED_FAILURES = 1000


def prompts_to_answer(project: Project, which: Which) -> QuerySet[Prompt]:
    """Gold prompts are none of them: the order expected there is of the responses they have."""
    prompts = project.prompts.filter(gold=None).order_by("pk")
    if which == Which.UNANSWERED:
        return prompts.filter(awaits_responses=True)
    if which == Which.UNRANKED:
        return prompts.filter(slots_taken=0)
    return prompts


def left_to_answer(job: Job, which: Which) -> QuerySet[Prompt]:
    """Those that the job has not been through yet."""
    done = GenerationRecord.objects.filter(job=job, prompt=OuterRef("pk"))
    return prompts_to_answer(job.project, which).filter(~Exists(done))


def counts_to_answer(project: Project) -> dict[str, int]:
    """How many prompts each choice comes to."""
    prompts = project.prompts.filter(gold=None)
    return prompts.aggregate(
        unanswered=Count("pk", filter=Q(awaits_responses=True)),
        unranked=Count("pk", filter=Q(slots_taken=0)),
        all=Count("pk"),
    )


def generation_outcome(job: Job) -> dict[str, Any]:
    """Of all the runs of a job together; failures by prompt, the first thousand of them."""
    records = GenerationRecord.objects.filter(job=job)
    totals = records.aggregate(
        prompts=Count("pk"),
        created=Sum("created", default=0),
        equal=Sum("equal", default=0),
        prompt_tokens=Sum("prompt_tokens", default=0),
        completion_tokens=Sum("completion_tokens", default=0),
        cost=Sum("cost", default=0),
    )
    failed = records.exclude(failures=[]).order_by("pk").values_list("failures", F("prompt__external_id"))
    errors = [{"id": name, "detail": detail} for failures, name in failed[:LISTED_FAILURES] for detail in failures]
    return {
        **totals,
        "cost": format(totals["cost"].normalize(), "f"),
        "failed": failed.count(),
        "errors": errors[:LISTED_FAILURES],
    }
