"""Registering models and moving the aliases that decide which one serves."""

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import EventKind, Project
from labeling.queue import enqueue
from labeling.services.webhooks import emit
from rewardmodel.models import Alias, GateVerdict, RegistryEvent, RewardModel, TrainingRun
from rewardmodel.services.events import record
from rewardmodel.services.notifications import PROMOTED, notify
from rewardmodel.services.scoring import warm_up

JUDGE = "rewardmodel.tasks.judge_challenger"
FIRST = "the first of its project"


def register_reward_model(*, run: TrainingRun, output: Path, metrics: dict[str, Any]) -> RewardModel:
    """Take a finished model in as the project's next version; the project's first becomes its champion.

    The files move into a folder of their own, and into the bucket if there is one, before there is a row: a version
    never stands without them, and nobody waits for an upload.
    """
    directory = uuid.uuid4()
    folder = RewardModel(directory=directory).own_path
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    output.rename(folder)
    settings.ARTIFACT_STORE.keep(folder)
    return _register(run, directory, metrics)


@transaction.atomic
def _register(run: TrainingRun, directory: uuid.UUID, metrics: dict[str, Any]) -> RewardModel:
    project = Project.objects.select_for_update().get(pk=run.project_id)
    latest = RewardModel.objects.filter(project=project).aggregate(latest=Max("version"))["latest"] or 0
    model = RewardModel.objects.create(
        project=project,
        version=latest + 1,
        run=run,
        snapshot=run.snapshot,
        metrics=metrics,
        directory=directory,
    )
    record(project, RegistryEvent.Kind.REGISTERED, model=model)
    if Alias.objects.filter(project=project, name=Alias.Name.CHAMPION).exists():
        _point(project, Alias.Name.CHALLENGER, model)
        enqueue(JUDGE, model.pk)
    else:
        _point(project, Alias.Name.CHAMPION, model)
        record(project, RegistryEvent.Kind.PROMOTED, model=model, reason=FIRST)
        _tell_promoted(project, model, reason=FIRST, by_gate=False)
    return model


def promote_reward_model(
    *,
    reward_model: RewardModel,
    by: User | None,
    reason: str = "",
    verdict: GateVerdict | None = None,
    kind: RegistryEvent.Kind = RegistryEvent.Kind.PROMOTED,
) -> RewardModel:
    """Make a version the champion; the champion so far becomes `previous`. Again changes nothing.

    by: None for the gate, whose verdict says why. The scorer holds the version before the first request asks for it.
    """
    warm_up(reward_model)
    return _promote(reward_model, by=by, reason=reason, verdict=verdict, kind=kind)


def _tell_promoted(project: Project, model: RewardModel, *, reason: str, by_gate: bool) -> None:
    data = {"id": model.pk, "version": model.version, "reason": reason, "by_gate": by_gate}
    emit(project=project, kind=EventKind.MODEL_PROMOTED, data=data)


@transaction.atomic
def _promote(
    reward_model: RewardModel, *, by: User | None, reason: str, verdict: GateVerdict | None, kind: RegistryEvent.Kind
) -> RewardModel:
    project = Project.objects.select_for_update().get(pk=reward_model.project_id)
    champion = Alias.objects.filter(project=project, name=Alias.Name.CHAMPION).first()
    if champion is None or champion.reward_model_id != reward_model.pk:
        if champion is not None:
            _point(project, Alias.Name.PREVIOUS, champion.reward_model)
        _point(project, Alias.Name.CHAMPION, reward_model)
        Alias.objects.filter(project=project, name=Alias.Name.CHALLENGER, reward_model=reward_model).delete()
        event = record(project, kind, model=reward_model, by=by, reason=reason, verdict=verdict)
        _tell_promoted(project, reward_model, reason=reason, by_gate=by is None)
        if by is not None:
            notify(PROMOTED, event.pk)
    return reward_model


@transaction.atomic
def reject_reward_model(*, reward_model: RewardModel, by: User | None, reason: str) -> RewardModel:
    """Take a challenger out of the running. `Conflict` for the champion, `InvalidInput` without a reason."""
    project = Project.objects.select_for_update().get(pk=reward_model.project_id)
    if not reason.strip():
        raise InvalidInput(_("say why, for those who come after"), errors=[{"field": "reason", "detail": "empty"}])
    if Alias.objects.filter(project=project, name=Alias.Name.CHAMPION, reward_model=reward_model).exists():
        raise Conflict(
            _("version %(version)s is the champion; roll back, or promote another, before rejecting it")
            % {"version": reward_model.version}
        )
    Alias.objects.filter(project=project, name=Alias.Name.CHALLENGER, reward_model=reward_model).delete()
    record(project, RegistryEvent.Kind.REJECTED, model=reward_model, by=by, reason=reason)
    return reward_model


def roll_back(*, project: Project, by: User | None, reason: str = "") -> RewardModel:
    """Make the previous champion champion again. `Conflict` when there was none before this one."""
    previous = Alias.objects.filter(project=project, name=Alias.Name.PREVIOUS).select_related("reward_model").first()
    if previous is None:
        raise Conflict(_("%(project)s has no previous champion to go back to") % {"project": repr(project.slug)})
    return promote_reward_model(
        reward_model=previous.reward_model, by=by, reason=reason, kind=RegistryEvent.Kind.ROLLED_BACK
    )


def _point(project: Project, name: str, model: RewardModel) -> None:
    Alias.objects.update_or_create(project=project, name=name, defaults={"reward_model": model})
