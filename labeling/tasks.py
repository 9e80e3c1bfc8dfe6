"""What the worker does: adapters over services."""

from celery import shared_task

from labeling.services import analysis, exports, generation, jobs, judging, upkeep, watching, webhooks


@shared_task
def run_import(job_id: str) -> None:
    jobs.run_import_job(job_id=job_id)


@shared_task
def run_export(job_id: str) -> None:
    exports.run_export_job(job_id=job_id)


@shared_task
def run_tokenized_export(job_id: str) -> None:
    exports.run_export_job(job_id=job_id)


@shared_task
def run_generation(job_id: str) -> None:
    generation.run_generation_job(job_id=job_id)


@shared_task
def run_local_generation(job_id: str) -> None:
    generation.run_generation_job(job_id=job_id)


@shared_task
def run_judging(job_id: str) -> None:
    judging.run_judging_job(job_id=job_id)


@shared_task
def run_local_judging(job_id: str) -> None:
    judging.run_judging_job(job_id=job_id)


@shared_task
def remove_old_exports() -> int:
    return exports.remove_old_exports()


@shared_task
def remove_old_uploads() -> int:
    return jobs.remove_old_uploads()


@shared_task
def deliver_webhook(delivery_id: int) -> bool:
    return webhooks.deliver_webhook(delivery_id=delivery_id)


@shared_task
def deliver_due() -> int:
    return webhooks.deliver_due()


@shared_task
def watch_projects() -> int:
    return watching.watch_projects()


@shared_task
def remove_old_deliveries() -> int:
    return webhooks.remove_old_deliveries()


@shared_task
def refresh_statistics() -> list[str]:
    return analysis.refresh_statistics()


@shared_task
def refresh_query_plans() -> bool:
    return upkeep.refresh_query_plans()


@shared_task
def reap_stalled_jobs() -> int:
    return jobs.reap_stalled_jobs()
