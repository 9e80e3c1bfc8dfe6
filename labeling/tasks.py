"""What the worker does: adapters over services."""

from celery import shared_task

from labeling.services import analysis, jobs, upkeep


@shared_task
def run_import(job_id: str) -> None:
    jobs.run_import_job(job_id=job_id)


@shared_task
def refresh_statistics() -> list[str]:
    return analysis.refresh_statistics()


@shared_task
def refresh_query_plans() -> bool:
    return upkeep.refresh_query_plans()


@shared_task
def reap_stalled_jobs() -> int:
    return jobs.reap_stalled_jobs()
