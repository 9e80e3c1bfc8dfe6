"""Reward models out of Podium with all that is known of them, and foreign ones in."""

import json
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from labeling.exceptions import InvalidInput
from labeling.models import Project
from rewardmodel.models import DatasetSnapshot, RewardModel, TrainingRun
from rewardmodel.services.runs import queue_training_run
from rewardmodel.verdicts import headline

LINEAGE = "lineage.json"
# What a model consists of beside its weights. All else stays where it is: pickles and programs above all.
TAKEN = (".safetensors", ".json", ".txt", ".model", ".jinja")


def export_reward_model(*, reward_model: RewardModel, target: Path) -> Path:
    """Copy a version's folder to `target`, which must not be there, with `lineage.json` beside its files.

    The folder loads anywhere as a sequence classifier of transformers. Raises `InvalidInput` for a target that is
    taken; then nothing has been written.
    """
    if target.exists():
        raise InvalidInput(_("%(target)s is there already; give a folder that is not") % {"target": target})
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        shutil.copytree(reward_model.path, draft)
        (draft / LINEAGE).write_text(json.dumps(lineage(reward_model), indent=2, ensure_ascii=False) + "\n")
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def push_to_hub(*, reward_model: RewardModel, repository: str) -> str:
    """Upload a version with its lineage to a private repository of a Hugging Face hub; the commit's address.

    The hub and the token are those of the environment (`HF_ENDPOINT`, `HF_TOKEN`). Raises `InvalidInput` with the
    hub's reason when it refuses.
    """
    api = HfApi()
    with tempfile.TemporaryDirectory(prefix="hub-", dir=settings.ARTIFACTS_DIR) as name:
        folder = export_reward_model(reward_model=reward_model, target=Path(name) / "model")
        words = f"{reward_model.project.slug}, version {reward_model.version}"
        try:
            api.create_repo(repository, private=True, exist_ok=True)
            commit = api.upload_folder(repo_id=repository, folder_path=folder, commit_message=words)
        except (HfHubHTTPError, HFValidationError, OSError, ValueError) as error:
            raise InvalidInput(
                _("the hub did not take %(repository)s: %(reason)s")
                % {"repository": repository, "reason": str(error).strip().split("\n")[0]}
            ) from error
    return commit.commit_url


def lineage(reward_model: RewardModel) -> dict[str, Any]:
    """Where a version comes from and what was said of it."""
    run, snapshot = reward_model.run, reward_model.snapshot
    return {
        "project": reward_model.project.slug,
        "version": reward_model.version,
        "aliases": reward_model.alias_names,
        "made_at": reward_model.created_at.isoformat(),
        "run": {
            "id": run.pk,
            "trigger": run.trigger,
            "config": run.config,
            "goes_on_from_version": run.continues.version if run.continues else None,
        },
        "snapshot": {
            "sha256": snapshot.sha256,
            "rankings": snapshot.rankings,
            "prompts": snapshot.groups,
            "pairs": snapshot.pairs,
            "policy": snapshot.policy,
        },
        "verdicts": [
            {"against_version": verdict.champion.version, "passed": verdict.passed, "words": headline(verdict)}
            for verdict in reward_model.verdicts.select_related("champion")
        ],
        "events": [
            {"kind": event.kind, "at": event.created_at.isoformat(), "reason": event.reason}
            for event in reward_model.events.order_by("pk")
        ],
    }


def import_reward_model(
    *, project: Project, source: Path, by: User | None, snapshot: DatasetSnapshot | None = None
) -> TrainingRun:
    """Take a foreign reward model in: a run that trains nothing, but measures it on the project's own test prompts.

    When that has succeeded it is the next version, and the gate judges it like any other. Raises `InvalidInput` for a
    folder that holds no model in safetensors, or one that needs code of its own; else as `queue_training_run`.
    """
    _check(source)
    # On the disk of the runs, so that it can be moved to its run's folder at one stroke.
    draft = Path(settings.ARTIFACTS_DIR) / "runs" / f"importing-{uuid.uuid4().hex}"
    draft.mkdir(mode=0o700, parents=True)
    try:
        for file in source.iterdir():
            if file.is_file() and file.suffix in TAKEN:
                shutil.copy2(file, draft)
        with transaction.atomic():
            run = queue_training_run(
                project=project,
                trigger=TrainingRun.Trigger.IMPORT,
                created_by=by,
                config={"base_model": str(source), "do_train": False},
                snapshot=snapshot,
            )
            kept = run.directory / "imported"
            run.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.rename(kept)
            run.config = {**run.config, "base_model": str(kept)}
            run.save(update_fields=["config"])
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return run


def _check(source: Path) -> None:
    if not source.is_dir():
        raise InvalidInput(_("%(source)s is no folder; give one that save_pretrained has written") % {"source": source})
    if not list(source.glob("*.safetensors")):
        raise InvalidInput(
            _(
                "%(source)s holds no *.safetensors. Pickled weights (*.bin, *.pt) can run code and are not taken; "
                "save the model again with save_pretrained"
            )
            % {"source": source}
        )
    try:
        config = json.loads((source / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(
            _("%(source)s/config.json cannot be read: %(error)s") % {"source": source, "error": error}
        ) from None
    if not isinstance(config, dict) or "auto_map" in config:
        raise InvalidInput(
            _(
                "%(source)s needs code of its own (auto_map in config.json), which Podium does not run; give a model "
                "of a kind that transformers knows"
            )
            % {"source": source}
        )
