"""A version leaves with its history, and a foreign model comes in as one, or with the reason why not."""

import json
import pickle
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from huggingface_hub import HfApi

from labeling.exceptions import InvalidInput
from rewardmodel.models import TrainingRun
from rewardmodel.services import transfer
from rewardmodel.services.snapshots import freeze_snapshot
from rewardmodel.services.transfer import export_reward_model, import_reward_model
from tests.factories import rank
from tests.hub import COMMIT, running_hub
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def model(project, ada, prompt, tmp_path, sent):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return make_reward_model(project, tmp_path)


@pytest.fixture
def foreign(tmp_path):
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "num_labels": 1}')
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "modeling_own.py").write_text("print('run me')")
    (folder / "optimizer.pt").write_bytes(pickle.dumps({}))
    return folder


def test_a_version_leaves_with_its_files_and_its_history(model, tmp_path, capsys):
    target = tmp_path / "out" / "v1"
    target.parent.mkdir()

    call_command("export_reward_model", "support", "1", "--output", str(target))

    assert (target / "model.safetensors").read_text() == (model.path / "model.safetensors").read_text()
    told = json.loads((target / "lineage.json").read_text())
    assert (told["project"], told["version"], told["aliases"]) == ("support", 1, ["champion"])
    assert told["snapshot"]["sha256"] == model.snapshot.sha256
    assert [event["kind"] for event in told["events"]] == ["registered", "promoted"]
    assert f"version 1 of support is in {target}" in capsys.readouterr().out
    assert [path.name for path in target.parent.iterdir()] == ["v1"]


@pytest.fixture
def hub(monkeypatch):
    with running_hub() as hub:
        # The client has read its environment long ago.
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr(transfer, "HfApi", partial(HfApi, endpoint=hub.url, token="hf_secret"))
        yield hub


def test_a_version_is_pushed_to_a_private_repository(model, hub, capsys, artifacts):
    call_command("export_reward_model", "support", "1", "--push-to-hub", "acme/support-rm")

    pushed = hub.files["acme/support-rm"]
    assert pushed["model.safetensors"] == (model.path / "model.safetensors").read_bytes()
    assert json.loads(pushed["lineage.json"])["version"] == 1
    assert hub.private["acme/support-rm"]
    assert f"commit/{COMMIT}" in capsys.readouterr().out
    assert not list(artifacts.glob("hub-*"))


def test_a_hub_that_refuses_says_why_and_no_token_is_shown(model, hub):
    hub.refuses = True

    with pytest.raises(CommandError, match=r"the hub did not take acme/x: .*403") as refusal:
        call_command("export_reward_model", "support", "1", "--push-to-hub", "acme/x")

    assert "hf_secret" not in str(refusal.value)


def test_nothing_is_overwritten(model, tmp_path):
    with pytest.raises(InvalidInput, match="is there already"):
        export_reward_model(reward_model=model, target=tmp_path)


def test_an_unknown_version_is_named(model, tmp_path):
    with pytest.raises(CommandError, match="'support' has no reward model of version 7"):
        call_command("export_reward_model", "support", "7", "--output", str(tmp_path / "out"))


def test_a_foreign_model_becomes_a_run_that_trains_nothing(project, model, foreign, capsys):
    call_command("import_reward_model", "support", str(foreign))

    run = TrainingRun.objects.latest("pk")
    kept = run.directory / "imported"
    assert (run.trigger, run.config) == ("import", {"base_model": str(kept), "do_train": False})
    assert sorted(path.name for path in kept.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert not list(kept.parent.parent.glob("importing-*"))
    assert f"run {run.pk} measures it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "no \\*.safetensors"),
        (lambda folder: (folder / "config.json").write_text('{"auto_map": {"AutoModel": "x.Y"}}'), "code of its own"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "config.json").unlink(), "cannot be read"),
    ],
)
def test_what_cannot_be_trusted_is_refused_and_leaves_nothing(project, model, foreign, artifacts, spoil, said):
    spoil(foreign)

    with pytest.raises(InvalidInput, match=said):
        import_reward_model(project=project, source=foreign, by=None)

    assert TrainingRun.objects.count() == 1
    assert not list(artifacts.rglob("importing-*"))


def test_a_refused_run_leaves_nothing_either(project, model, foreign, artifacts, ada):
    import_reward_model(project=project, source=foreign, by=ada)

    with pytest.raises(Exception, match="is queued"):
        import_reward_model(project=project, source=foreign, by=ada)

    assert not list(artifacts.rglob("importing-*"))
    assert len(list((artifacts / "runs").iterdir())) == 1
