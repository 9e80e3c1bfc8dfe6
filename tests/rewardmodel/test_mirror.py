"""The registry on an MLflow server: every version once, aliases where they are here, and a server that is away."""

import pytest
from django.core.management import CommandError, call_command

from rewardmodel.models import RegistryEvent
from rewardmodel.services.mirror import MIRROR, mirror_all, mirror_one, mirror_registry
from rewardmodel.services.registry import promote_reward_model, reject_reward_model
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model
from tests.rewardmodel.tracking_server import running_tracking_server


@pytest.fixture
def tracking(settings):
    with running_tracking_server() as server:
        settings.MLFLOW_TRACKING_URI = server.url
        yield server


@pytest.fixture
def models(project, ada, prompt, tracking, tmp_path, sent):
    """Two versions: the champion, and the challenger that came after it."""
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    found = [make_reward_model(project, tmp_path / name) for name in "ab"]
    for model, share in zip(found, (0.7, 0.8), strict=True):
        model.metrics = {"test": {"pair_accuracy": share, "by slice": {"a/b": 0.5}}, "nothing": None, "flag": True}
        model.save()
    return found


def tags(version) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in version["tags"]}


def test_each_version_is_there_with_its_run_and_its_files(project, models, tracking):
    assert mirror_registry(project=project) == [1, 2]

    assert list(tracking.experiments) == ["podium-support"]
    assert tracking.models == {"podium-support": {"champion": "1", "challenger": "2"}}
    assert [tags(version)["podium.version"] for version in tracking.versions] == ["1", "2"]
    assert tags(tracking.versions[0])["podium.snapshot"] == models[0].snapshot.sha256
    first = tracking.runs[0]
    assert first["metrics"] == {"test.pair_accuracy": 0.7, "test.by slice.a/b": 0.5}
    assert first["status"] == "FINISHED"
    assert tracking.versions[0]["source"] == first["info"]["artifact_uri"]
    weights = (models[0].path / "model.safetensors").read_bytes()
    assert tracking.files["1/run0/artifacts/model.safetensors"] == weights


def test_again_it_adds_nothing_and_follows_what_has_changed(project, max, models, tracking):
    mirror_registry(project=project)
    promote_reward_model(reward_model=models[1], by=max, reason="better")

    assert mirror_registry(project=project) == []
    assert tracking.models["podium-support"] == {"champion": "2", "previous": "1"}
    assert (len(tracking.runs), len(tracking.versions)) == (2, 2)


def test_a_challenger_turned_down_is_none_there_either(project, max, models, tracking):
    mirror_registry(project=project)
    reject_reward_model(reward_model=models[1], by=max, reason="too long-winded")
    mirror_registry(project=project)
    assert tracking.models["podium-support"] == {"champion": "1"}


@pytest.mark.parametrize("call", ["runs/log-batch", "artifacts/", "model-versions/create", "registered-models/alias"])
def test_what_broke_off_is_made_up_for_and_no_version_comes_twice(project, models, tracking, call):
    tracking.breaks_at = call
    assert not mirror_one(project_id=project.pk)
    assert mirror_all() == 1

    assert [tags(version)["podium.version"] for version in tracking.versions] == ["1", "2"]
    assert tracking.models["podium-support"] == {"champion": "1", "challenger": "2"}
    assert all(
        run["status"] == "FINISHED"
        for run in tracking.runs
        if run["info"]["run_id"] in {version["run_id"] for version in tracking.versions}
    )


def test_a_change_of_the_registry_has_it_done(project, max, models, committed):
    assert (MIRROR, (project.pk,)) in committed(lambda: promote_reward_model(reward_model=models[1], by=max))


def test_without_a_server_nothing_is_asked(project, max, models, committed, settings):
    settings.MLFLOW_TRACKING_URI = ""
    sent = committed(lambda: promote_reward_model(reward_model=models[1], by=max))
    assert MIRROR not in [task for task, _ in sent]
    assert mirror_all() == 0
    with pytest.raises(CommandError, match="MLFLOW_TRACKING_URI"):
        call_command("mirror_to_mlflow", "support")


def test_a_token_is_shown_to_the_server_and_to_nobody_else(project, models, tracking, settings, caplog):
    settings.MLFLOW_TRACKING_TOKEN = "secret-token"
    mirror_registry(project=project)
    tracking.breaks_at = "registered-models/get"
    mirror_one(project_id=project.pk)

    assert tracking.credentials == {"Bearer secret-token"}
    assert "503" in caplog.text
    assert "secret-token" not in caplog.text


def test_artifacts_that_only_its_own_client_reaches_are_said_to_be_so(project, models, tracking, capsys):
    tracking.root = "s3://bucket/mlflow"
    with pytest.raises(CommandError, match="--serve-artifacts"):
        call_command("mirror_to_mlflow", "support")
    assert not tracking.versions

    tracking.root = "mlflow-artifacts:"
    call_command("mirror_to_mlflow", "support")
    assert "2 versions were new" in capsys.readouterr().out


def test_a_server_that_is_away_breaks_nothing(project, max, models, settings):
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:9"
    assert not mirror_one(project_id=project.pk)
    promote_reward_model(reward_model=models[1], by=max)
    assert RegistryEvent.objects.filter(kind="promoted", reward_model=models[1]).exists()
