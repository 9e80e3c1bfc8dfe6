"""Which queue a task goes to, and what beat asks for how often; what a project asks for is in the database."""

from typing import Any

# What starts a child that loads torch runs where torch is.
ROUTES = {
    "rewardmodel.tasks.train_reward_model": {"queue": "training"},
    "rewardmodel.tasks.judge_challenger": {"queue": "training"},
    "rewardmodel.tasks.refresh_priorities": {"queue": "training"},
    "labeling.tasks.run_tokenized_export": {"queue": "training"},
    "rewardmodel.tasks.run_tokenized_snapshot_export": {"queue": "training"},
    "labeling.tasks.run_local_generation": {"queue": "training"},
    "labeling.tasks.run_local_judging": {"queue": "training"},
    # Where the files are.
    "rewardmodel.tasks.clear_checkpoints": {"queue": "training"},
}
BEAT: dict[str, dict[str, Any]] = {
    "retrain-if-due": {"task": "rewardmodel.tasks.retrain_if_due", "schedule": 30.0, "options": {"expires": 60}},
    "reap-stalled-runs": {"task": "rewardmodel.tasks.reap_stalled_runs", "schedule": 15.0, "options": {"expires": 60}},
    "clear-checkpoints": {
        "task": "rewardmodel.tasks.clear_checkpoints",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "refresh-priorities": {
        "task": "rewardmodel.tasks.refresh_priorities",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "mirror-registries": {
        "task": "rewardmodel.tasks.mirror_registries",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "refresh-query-plans": {
        "task": "labeling.tasks.refresh_query_plans",
        "schedule": 120.0,
        "options": {"expires": 60},
    },
    "refresh-statistics": {
        "task": "labeling.tasks.refresh_statistics",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "deliver-webhooks": {"task": "labeling.tasks.deliver_due", "schedule": 10.0, "options": {"expires": 30}},
    "watch-projects": {"task": "labeling.tasks.watch_projects", "schedule": 60.0, "options": {"expires": 60}},
    "remove-old-deliveries": {
        "task": "labeling.tasks.remove_old_deliveries",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "remove-old-uploads": {
        "task": "labeling.tasks.remove_old_uploads",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "remove-old-exports": {
        "task": "labeling.tasks.remove_old_exports",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "reap-stalled-jobs": {"task": "labeling.tasks.reap_stalled_jobs", "schedule": 30.0, "options": {"expires": 60}},
}
