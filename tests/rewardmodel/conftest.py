import pytest

from rewardmodel.models import TrainingRun
from tests.fixtures import artifacts, assignment, prompt, sent
from tests.rewardmodel.factories import make_run

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
