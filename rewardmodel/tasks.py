"""What trainer and beat do: adapters over services."""

from celery import shared_task

from rewardmodel.services import exports, gate, mirror, notifications, policies, priorities, runs, shadow, training


@shared_task
def train_reward_model(run_id: int) -> None:
    training.carry_out_run(run_id=run_id)


@shared_task
def retrain_if_due() -> list[int]:
    return policies.retrain_if_due()


@shared_task
def retrain_on_schedule(project_id: int) -> int | None:
    return policies.retrain_on_schedule(project_id)


@shared_task
def send_notification(kind: str, row_id: int) -> int:
    return notifications.send_notification(kind=kind, row_id=row_id)


@shared_task
def run_snapshot_export(job_id: str) -> None:
    exports.run_snapshot_export(job_id=job_id)


@shared_task
def run_tokenized_snapshot_export(job_id: str) -> None:
    exports.run_snapshot_export(job_id=job_id)


@shared_task
def clear_checkpoints() -> int:
    return runs.clear_checkpoints()


@shared_task
def refresh_priorities() -> list[str]:
    return priorities.refresh_due_priorities()


@shared_task
def judge_challenger(model_id: int) -> None:
    gate.judge_challenger(model_id=model_id)


@shared_task
def shadow_score(champion_id: int, challenger_id: int, message: str) -> None:
    shadow.listen(champion_id=champion_id, challenger_id=challenger_id, message=message)


@shared_task
def mirror_registry(project_id: int) -> bool:
    return mirror.mirror_one(project_id=project_id)


@shared_task
def mirror_registries() -> int:
    return mirror.mirror_all()


@shared_task
def reap_stalled_runs() -> int:
    return runs.reap_stalled_runs() + gate.send_unjudged()
