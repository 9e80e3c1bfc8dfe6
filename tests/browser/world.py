"""A project with something on each of its pages, and the list of all pages: what walks through Podium visit."""

import io
from dataclasses import asdict
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from labeling.judgements import Judgement
from labeling.models import Assignment, Job, Project, Prompt, Ranking, Webhook
from labeling.services.exclusions import exclude_annotator, include_annotator
from labeling.services.jobs import keep_upload
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.rankings import record_judgement
from labeling.services.tokens import create_token
from labeling.vault import seal
from rewardmodel.gate import Bounds, judge
from rewardmodel.models import (
    Alias,
    Decision,
    GateVerdict,
    RegistryEvent,
    RewardModel,
    ShadowDisagreement,
    ShadowTally,
    TrainingRun,
)
from rewardmodel.services.events import record
from rewardmodel.services.gate import update_gate_policy
from rewardmodel.services.policies import update_policy
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import make_prompts, rank, tiers_of
from tests.rewardmodel.test_gate import BETTER, gain

FIGURES = {
    "accuracy": 0.7314,
    "accuracy_interval": [0.645, 0.81],
    "log_loss": 0.583,
    "length_baseline_accuracy": 0.548,
    "pairs": 96,
    "prompts": 6,
}
# Sent by forms and scripts, or parts of a page: no pages.
ACTS = {"logout", "token-revoke", "person-remove", "practice-remove", "rank-practice", "retrain", "retrain-policy"}
ACTS |= {
    "annotator-admit",
    "annotator-exclude",
    "annotator-include",
    "dispute-adjudicate",
    "dispute-overlap",
    "decision-policy",
    "gate-policy",
    "judge",
    "promote",
    "reject",
    "send-held",
    "rollback",
    "run-cancel",
    "snapshot-freeze",
    "run-resume",
    "webhook-remove",
    "webhook-switch",
    "delivery-replay",
    "export-file",
    "endpoint-remove",
    "job-cancel",
    "job-resume",
    "row-report",
    "own-data",
}
FRAGMENTS = {"rank-next", "rank-compare", "run-log"}


def furnish(project: Project, ada: User, max: User) -> None:
    """Rankings of Ada's, a prompt she skipped, a practice prompt, two versions of the guidelines, an import, runs."""
    update_project(project=project, guidelines="Prefer the **true** response, then the brief one.", practice=True)
    prompts = make_prompts(project, *(f"p{number}" for number in range(6)), prompt="**为什么**天空是蓝色的？")
    mark_practice(prompt=prompts[5], tiers=tiers_of(prompts[5], "r1 > r2 = r3"), explanation="It is *true*.", user=max)
    project.refresh_from_db()
    rank(ada, prompts[0], "r2 > r1 = r3", rationale="其余的都太啰嗦。")
    rank(max, prompts[1], "r1 > r3 > r2")
    dispute(prompts[0], max)
    exclusion = exclude_annotator(project=project, annotator=ada, reason="太快了。", manager=max, reopen=True)
    include_annotator(exclusion=exclusion, reason="已经说明。", manager=max)
    Assignment.objects.filter(prompt=prompts[1]).update(status="skipped", slot=None, skip_reason="看不懂威尔士语。")
    refused = {"line": 3, "field": "responses", "detail": "2 to 26 responses are needed; got 1"}
    for user in (ada, max):
        create_token(user=user, scopes=["read"], name="notebook")
    Job.objects.create(project=project, created_by=max, kind="import", status="failed", total=9, errors=[refused])
    project.endpoints.create(name="小模型", model="m-1", url="https://93.184.216.34/v1", key=seal("sk"), created_by=max)
    now = timezone.now()
    told = {"prompts": 3, "created": 5, "equal": 1, "failed": 1, "prompt_tokens": 90, "completion_tokens": 61}
    told |= {"cost": "0.000835", "errors": [{"id": "p2", "detail": "m-1: the reply is empty (finish_reason 'length')"}]}
    Job.objects.create(
        project=project, created_by=max, kind="generation", status="succeeded", result=told, ended_at=now
    )
    told = {"ranked": 3, "pairs": 9, "contradicted": 2, "failed": 0, "prompt_tokens": 9, "completion_tokens": 6}
    told |= {"errors": []}
    Job.objects.create(project=project, created_by=max, kind="judging", status="succeeded", result=told, ended_at=now)
    result = {"url": "/exports/x/", "name": "p.jsonl", "bytes": 9, "sha256": "0", "expires_at": "2026-01-01T00:00:00"}
    Job.objects.create(project=project, created_by=max, kind="export", status="succeeded", result=result, ended_at=now)
    Job.objects.create(project=project, created_by=max, kind="generation", status="running", done=3, total=9)
    Job.objects.create(project=project, created_by=max, kind="import", status="running")
    hook = Webhook.objects.create(
        project=project, url="https://93.184.216.34/hook", events=["run.finished"], secret=seal("x"), created_by=max
    )
    told = [{"at": "2026-11-27T08:00:00", "status": 500, "ms": 12, "answer": "a b"}]
    hook.deliveries.create(kind="run.finished", payload={"type": "run.finished"}, due_at=timezone.now(), log=told)
    freeze_snapshot(project=project, created_by=max)
    rank(max, prompts[2], "r1 > r3 > r2")
    snapshot = freeze_snapshot(project=project, created_by=max)
    common = {"project": project, "snapshot": snapshot, "metrics": {"test": FIGURES, "validation": FIGURES}}
    curve = [{"event": "step", "step": 10, "loss": 0.69}, {"event": "step", "step": 20, "loss": 0.61}]
    for version, alias in ((1, Alias.Name.PREVIOUS), (2, Alias.Name.CHAMPION), (3, Alias.Name.CHALLENGER)):
        run = TrainingRun.objects.create(status="succeeded", trigger="manual", created_by=max, curve=curve, **common)
        model = RewardModel.objects.create(version=version, run=run, **common)
        Alias.objects.create(project=project, name=alias, reward_model=model)
    judged(project, max)
    TrainingRun.objects.create(
        project=project, snapshot=snapshot, status="failed", trigger="rankings", error="Out of memory."
    )
    TrainingRun.objects.create(
        project=project, snapshot=snapshot, status="running", trigger="api", step=20, total_steps=60, curve=curve
    )


def judged(project: Project, max: User) -> None:
    """A challenger that did not pass, a policy that was changed, a calibrated champion and what it has decided."""
    _, champion, challenger = project.reward_models.order_by("version")
    checks = [asdict(check) for check in judge({**BETTER, **gain(-0.03, -0.06, -0.01)}, Bounds())]
    verdict = GateVerdict.objects.create(
        reward_model=challenger, champion=champion, passed=False, checks=checks, comparison={}
    )
    record(project, RegistryEvent.Kind.JUDGED, model=challenger, verdict=verdict)
    update_gate_policy(project=project, by=max, mode="ask")
    update_policy(project=project, by=max, config={"max_length": 64}, time_zone=ZoneInfo("Asia/Shanghai"))
    ShadowTally.objects.create(challenger=challenger, scored=20, agreed=19)
    ShadowDisagreement.objects.create(
        challenger=challenger,
        champion=champion,
        prompt=[{"role": "user", "content": "为什么？" * 60}],
        chosen_by_champion="因为瑞利散射。" * 60,
        chosen_by_challenger="不知道。",
    )
    curve = [
        {"threshold": share / 20, "wrongly_shown": 1 - share / 20, "wrongly_held": share / 20, "shown": 0.5}
        for share in range(1, 20)
    ]
    fit = {"slope": 1.0, "intercept": 0.0}
    known = {"platt": fit, "labels": 60, "acceptable": 40, "test": {"labels": 61, "ece": 0.04, "curve": curve}}
    champion.metrics = {**champion.metrics, "acceptability": known}
    champion.save()
    for kind in ("show", "hold", "regenerate"):
        Decision.objects.create(
            project=project,
            reward_model=champion,
            kind=kind,
            score=0.1,
            probability=0.5,
            threshold=0.8,
            prompt=[{"role": "user", "content": "为什么？"}],
            prompt_key="0" * 64,
            response="因为瑞利散射。" * 20,
        )


def dispute(prompt: Prompt, max: User) -> None:
    """Somebody orders its responses the other way round and flags one."""
    judgement = Judgement(tiers=tiers_of(prompt, "r3 > r1 > r2"), flags={tiers_of(prompt, "r2")[0][0]: ["off-topic"]})
    source = Ranking.Source.HUMAN
    record_judgement(prompt=prompt, annotator=max, judgement=judgement, source=source, idempotency_key="dispute")


def kept(project: Project) -> UUID:
    content = "问题,回复_1,回复_2\n为什么？,一,二\n".encode()
    return keep_upload(project=project, file=io.BytesIO(content), format="csv")


def pages_of(project: Project) -> dict[str, list[str]]:
    """Where each page lies, by the name of its address; several paths where one has several states."""
    slug = [project.slug]
    of_project = [
        "project",
        "rank",
        "data",
        "export",
        "generate",
        "people",
        "settings",
        "guidelines",
        "practice",
        "webhooks",
        "runs",
        "snapshots",
        "models",
        "decisions",
    ]
    return {
        **{name: [reverse(name)] for name in ("home", "login", "me", "history", "project-create")},
        **{name: [reverse(name, args=slug)] for name in of_project},
        **{name: [reverse(name, args=slug)] for name in ("quality", "bias", "leaderboard")},
        "annotators": [reverse("annotators", args=slug)],
        "annotator": [
            reverse("annotator", args=[project.slug, member.user_id]) for member in project.memberships.all()
        ],
        "disputes": [reverse("disputes", args=slug) + query for query in ("", "?show=settled", "?show=all&below=")],
        "dispute": [reverse("dispute", args=[project.slug, prompt.pk]) for prompt in project.prompts.all()[:6:5]],
        "import-mapping": [reverse("import-mapping", args=[project.slug, kept(project)])],
        "webhook": [reverse("webhook", args=[project.slug, own.pk]) for own in project.webhooks.all()],
        "job": [reverse("job", args=[project.slug, job.pk]) for job in project.jobs.all()],
        "model": [reverse("model", args=[project.slug, model.version]) for model in project.reward_models.all()],
        "run-new": [reverse("run-new", args=slug) + query for query in ("", "?preset=decoder-lora")],
        "snapshot": [reverse("snapshot", args=[project.slug, own.pk]) for own in project.snapshots.all()],
        "run": [reverse("run", args=[run.pk]) for run in project.training_runs.all()[:3]],
    }


FOR_ANNOTATORS = ("home", "me", "history", "project", "rank", "guidelines", "settings")
