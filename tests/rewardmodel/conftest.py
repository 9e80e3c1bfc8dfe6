from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rewardmodel.models import TrainingRun
from rewardmodel.services import scoring
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.fixtures import artifacts, assignment, prompt, sent
from tests.rewardmodel.factories import make_reward_model, make_run
from tests.rewardmodel.serving import FromFolder, listening

__all__ = ["artifacts", "assignment", "prompt", "sent"]


@pytest.fixture
def run(project, ada, prompt) -> TrainingRun:
    return make_run(project, ada, prompt)


@pytest.fixture
def committed(sent, django_capture_on_commit_callbacks):
    """Runs what follows as if it were committed; the messages it sent."""

    def commit(act):
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return sent

    return commit


@pytest.fixture
def scorer_url(settings):
    """Where the scorer would listen; nobody does yet."""
    with TemporaryDirectory(prefix="podium-") as folder:
        settings.SCORER_URL = f"unix://{folder}/scorer.sock"
        settings.SCORER_TOKEN = "secret"
        scoring._scorer.cache_clear()
        yield Path(folder) / "scorer.sock"
        scoring._scorer.cache_clear()


@pytest.fixture
def scorer(scorer_url, artifacts, monkeypatch):
    # Here and not above: what it imports takes seconds, and most tests ask for no score.
    from rewardmodel.scorer import slots
    from rewardmodel.scorer.app import build_app

    monkeypatch.setattr(slots, "load_model", FromFolder)
    with listening(build_app(artifacts_dir=artifacts, token="secret"), scorer_url):
        yield


@pytest.fixture
def model(project, ada, prompt, tmp_path):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return make_reward_model(project, tmp_path)
