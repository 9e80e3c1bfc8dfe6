"""Every call of the API, who may make it, and a small world in which each of them finds what it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.utils import timezone

from labeling.models import Job, Project, Webhook
from labeling.services.assignments import next_assignment
from labeling.services.exclusions import exclude_annotator
from labeling.services.generation import RUN_GENERATION
from labeling.services.members import add_member
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.tokens import create_token
from labeling.vault import seal
from rewardmodel.models import TrainingRun
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import Caller, make_prompts, rank, row, tiers_of
from tests.rewardmodel.factories import make_reward_model

Fill = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Call:
    """`path` names the world's things in braces. ada and max: the status each gets; Max manages, Ada annotates.

    admin: what a superuser gets, where it is not what Max gets.
    """

    method: str
    path: str
    scope: str
    ada: int
    max: int
    olga: int = 404
    admin: int | None = None
    body: Fill = field(default=lambda world: None)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def make(self, caller: Caller, world: dict[str, Any]) -> HttpResponseBase:
        path = "/api/v1/" + self.path.format(**world)
        send = getattr(caller, self.method.lower())
        answer: HttpResponseBase = send(path, self.body(world), headers={"Idempotency-Key": "key"})
        return answer


PROJECT = "projects/{slug}/"
# Public; nothing is ever sent to it here.
HOOK = "http://93.184.216.34/"
ALL = {"which": "all", "n": 2}
TRANSCRIPT = "\n\nHuman: a\n\nAssistant: b"
CALLS = [
    Call("GET", "projects/", "read", 200, 200, olga=200),
    Call("POST", "projects/", "write", 201, 201, olga=201, body=lambda w: {"slug": "new", "name": "New"}),
    Call("GET", PROJECT, "read", 200, 200),
    Call("PATCH", PROJECT, "write", 403, 200, body=lambda w: {"name": "Help"}),
    Call("DELETE", PROJECT, "write", 403, 409),
    Call("GET", PROJECT + "members/", "read", 403, 200),
    Call("POST", PROJECT + "members/", "write", 403, 201, body=lambda w: {"user": "admin", "role": "annotator"}),
    Call("DELETE", PROJECT + "members/", "write", 403, 204, body=lambda w: {"user": "ada"}),
    Call("GET", PROJECT + "annotators/", "read", 403, 200),
    Call("GET", PROJECT + "exclusions/", "read", 403, 200),
    Call("POST", PROJECT + "exclusions/", "write", 403, 201, body=lambda w: {"user": "max", "reason": "A test."}),
    Call("POST", "exclusions/{exclusion}/lift/", "write", 403, 200, body=lambda w: {"reason": "Cleared up."}),
    Call("POST", PROJECT + "prompts/", "write", 403, 201, body=lambda w: [row("p-9")]),
    # Nobody has said that addresses of this kind may be read.
    Call("POST", PROJECT + "imports/", "write", 403, 400, body=lambda w: {"url": "s3://bucket/rows.jsonl"}),
    Call("GET", PROJECT + "quality/{report}/", "read", 403, 200),
    Call("GET", PROJECT + "gold/", "read", 403, 200),
    Call("POST", PROJECT + "gold/", "write", 403, 201, body=lambda w: {"prompt": "p-3", "tiers": [["r2"], ["r1"]]}),
    Call("DELETE", "gold/{gold}/", "write", 403, 204),
    Call("GET", "tokens/", "read", 200, 200, olga=200),
    Call("POST", "tokens/", "write", 201, 201, olga=201, body=lambda w: {"scopes": ["write"], "name": "nightly"}),
    # Max's own: of somebody else's nobody knows.
    Call("DELETE", "tokens/{token}/", "write", 404, 204, admin=404),
    Call("GET", PROJECT + "endpoints/", "read", 403, 200),
    Call("POST", PROJECT + "endpoints/", "write", 403, 201, body=lambda w: {"url": HOOK, "model": "m", "key": "k"}),
    Call("DELETE", "endpoints/{endpoint}/", "write", 403, 204),
    Call("POST", PROJECT + "generations/", "write", 403, 202, body=lambda w: {**ALL, "endpoints": [w["endpoint"]]}),
    Call("POST", PROJECT + "judgings/", "write", 403, 202, body=lambda w: {"endpoint": w["endpoint"]}),
    Call("POST", "jobs/{stopped}/resume/", "write", 403, 200),
    Call("POST", PROJECT + "assignments/", "annotate", 200, 200),
    Call("POST", PROJECT + "guidelines-seen/", "annotate", 204, 204, body=lambda w: {"version": 1}),
    Call("GET", PROJECT + "rankings/", "read", 200, 200),
    Call("GET", PROJECT + "disputes/", "read", 403, 200),
    Call("POST", PROJECT + "prompts/overlap/", "write", 403, 200, body=lambda w: {"prompts": ["p-1"], "overlap": 2}),
    Call("POST", PROJECT + "adjudications/", "annotate", 403, 200, body=lambda w: {"prompt": "p-1"}),
    Call("GET", PROJECT + "pairs/", "read", 403, 200),
    Call("POST", PROJECT + "exports/", "read", 403, 202, body=lambda w: {"shape": "dpo", "format": "parquet"}),
    Call("GET", PROJECT + "snapshots/", "read", 403, 200),
    Call("POST", PROJECT + "snapshots/", "train", 403, 201),
    # The project's first: there is none before it to compare with.
    Call("GET", "snapshots/{snapshot}/difference/", "read", 403, 404),
    Call("GET", PROJECT + "training-runs/", "read", 403, 200),
    Call("POST", PROJECT + "training-runs/", "train", 403, 409, body=lambda w: {}),
    Call("GET", PROJECT + "reward-models/", "read", 403, 200),
    Call("POST", PROJECT + "rollback/", "train", 403, 409),
    # A member may score; here the scorer is down and the champion has no calibration.
    Call("POST", PROJECT + "score/", "score", 503, 503, body=lambda w: {"prompt": "Why?", "responses": ["a", "b"]}),
    Call("POST", PROJECT + "score/openrlhf/", "score", 503, 503, body=lambda w: {"query": ["ab"], "prompts": ["a"]}),
    Call("POST", PROJECT + "score/rerank/", "score", 503, 503, body=lambda w: {"query": "a", "texts": ["b"]}),
    Call("POST", PROJECT + "score/classify/", "score", 503, 503, body=lambda w: {"input": TRANSCRIPT}),
    Call("POST", PROJECT + "decide/", "score", 409, 409, body=lambda w: {"prompt": "Why?", "response": "a"}),
    Call("GET", PROJECT + "webhooks/", "read", 403, 200),
    Call("POST", PROJECT + "webhooks/", "write", 403, 201, body=lambda w: {"url": HOOK, "events": ["ranking.created"]}),
    Call("PATCH", "webhooks/{webhook}/", "write", 403, 200, body=lambda w: {"active": False}),
    Call("GET", "webhooks/{webhook}/deliveries/", "read", 403, 200),
    Call("POST", "webhook-deliveries/{delivery}/replay/", "write", 403, 200),
    Call("DELETE", "webhooks/{webhook}/", "write", 403, 204),
    Call("GET", "jobs/{job}/", "read", 403, 200),
    Call("POST", "jobs/{job}/cancel/", "write", 403, 200),
    # Assignments and rankings are their annotator's: a manager has no part in them.
    Call("POST", "assignments/{assignment}/ranking/", "annotate", 201, 404, body=lambda w: {"tiers": w["tiers"]}),
    Call("POST", "assignments/{assignment}/heartbeat/", "annotate", 200, 404),
    Call("POST", "assignments/{assignment}/skip/", "annotate", 204, 404, body=lambda w: {"reason": "too long"}),
    Call("PUT", "assignments/{assignment}/draft/", "annotate", 204, 404, body=lambda w: {"tiers": []}),
    Call("POST", "rankings/{ranking}/revise/", "annotate", 201, 404, body=lambda w: {"tiers": w["ranked"]}),
    Call("GET", "training-runs/{run}/", "read", 403, 200),
    Call("POST", "training-runs/{run}/cancel/", "train", 403, 200),
    Call("POST", "training-runs/{run}/resume/", "train", 403, 409),
    Call("POST", "reward-models/{model}/promote/", "train", 403, 200),
    # The world's one model is the champion, which is neither rejected nor judged.
    Call("POST", "reward-models/{model}/reject/", "train", 403, 409, body=lambda w: {"reason": "Worse on refusals."}),
    Call("GET", "reward-models/{model}/verdicts/", "read", 403, 200),
    Call("POST", "reward-models/{model}/verdicts/", "train", 403, 409),
    Call("GET", PROJECT + "registry-events/", "read", 403, 200),
    Call("GET", PROJECT + "decisions/", "read", 403, 200),
    Call("POST", PROJECT + "held/send/", "write", 403, 200),
    Call("GET", PROJECT + "decision-policy/", "read", 403, 200),
    Call("PATCH", PROJECT + "decision-policy/", "train", 403, 200, body=lambda w: {"show_from": 0.9}),
    Call("GET", PROJECT + "retrain-policy/", "read", 403, 200),
    Call("PATCH", PROJECT + "retrain-policy/", "train", 403, 200, body=lambda w: {"cron": "0 3 * * 1"}),
    Call("GET", PROJECT + "gate-policy/", "read", 403, 200),
    Call("PATCH", PROJECT + "gate-policy/", "train", 403, 200, body=lambda w: {"mode": "ask"}),
]


def make_world(project: Project, ada: User, max: User, folder: Path, *, champion: bool = True) -> dict[str, Any]:
    """Ada has ranked one prompt and holds the next; a job, a run and (unless told not to) a champion are there."""
    update_project(project=project, overlap=2)
    first, second, _, held = make_prompts(project, "p-1", "p-2", "p-3", "p-4")
    gold = mark_practice(prompt=held, tiers=tiers_of(held, "r1 > r2"), explanation="So.", user=max)
    ranking = rank(ada, first, "r2 > r1 = r3")
    assignment = next_assignment(project=project, annotator=ada)
    assert assignment is not None
    snapshot = freeze_snapshot(project=project, created_by=max)
    model = make_reward_model(project, folder) if champion else None
    run = TrainingRun.objects.create(project=project, snapshot=snapshot, trigger="manual")
    job = Job.objects.create(project=project, created_by=max, kind="import", total=3)
    add_member(project=project, user=ada, role="annotator", cohort=["de"])
    gone = User.objects.create_user("gone")
    exclusion = exclude_annotator(project=project, annotator=gone, reason="Only looked in.", manager=max)
    endpoint = project.endpoints.create(name="m-1", model="m-1", url=HOOK, key=seal("sk"), created_by=max)
    stopped = Job.objects.create(
        project=project, created_by=max, kind="generation", status="failed", params={"task": RUN_GENERATION}
    )
    webhook = Webhook.objects.create(
        project=project, url=HOOK, events=["ranking.created"], secret=seal("whsec_c2VjcmV0"), created_by=max
    )
    delivery = webhook.deliveries.create(kind="ranking.created", payload={}, due_at=timezone.now())
    return {
        "slug": project.slug,
        "report": "agreement",
        "gold": gold.pk,
        "token": create_token(user=max, scopes=["read"], name="old")[0].pk,
        "endpoint": endpoint.pk,
        "stopped": stopped.pk,
        "webhook": webhook.pk,
        "delivery": delivery.pk,
        "exclusion": exclusion.pk,
        "job": job.pk,
        "assignment": assignment.pk,
        "ranking": ranking.pk,
        "run": run.pk,
        "model": model.pk if model else 0,
        "snapshot": snapshot.pk,
        "tiers": tiers_of(second, "r1 > r2 = r3"),
        "ranked": tiers_of(first, "r1 > r2 = r3"),
    }
