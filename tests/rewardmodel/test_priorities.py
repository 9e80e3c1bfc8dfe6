"""The champion says which prompts to rank next: a tiny one, trained and asked for real."""

import pytest

from labeling.models import Prompt
from labeling.services.assignments import next_assignment
from labeling.services.projects import update_project
from rewardmodel.models import PriorityRefresh
from rewardmodel.selectors.registry import champion
from rewardmodel.services import priorities
from rewardmodel.services.priorities import refresh_due_priorities
from rewardmodel.services.snapshots import freeze_snapshot
from rewardmodel.services.training import carry_out_run
from tests.factories import import_file, make_prompts, rank, rank_next, row, to_jsonl
from tests.rewardmodel.factories import make_reward_model
from tests.rewardmodel.ml.conftest import bert_folder
from tests.rewardmodel.test_carry_out_run import queued, ranked

__all__ = ["bert_folder", "queued", "ranked"]

pytestmark = [pytest.mark.integration, pytest.mark.torch]


@pytest.fixture
def learned(queued, ranked):
    """A champion that has learned that `good` beats `bad`, and three prompts that nobody has ranked."""
    carry_out_run(run_id=queued(num_train_epochs=8).pk)
    rows = [
        row("clear", responses=["good w1", "bad w1"]),
        row("equal", responses=["good w1", "good w1"]),
        row("clear too", responses=["bad w3", "good w3"]),
    ]
    import_file(ranked, to_jsonl(*rows))
    update_project(project=ranked, order_policy="informative")
    return ranked


def test_the_prompt_that_the_model_is_least_sure_of_comes_next(learned, ada):
    assert refresh_due_priorities() == ["support"]

    known = dict(Prompt.objects.filter(slots_taken=0).values_list("external_id", "priority"))
    assert known["equal"] == pytest.approx(1.0)
    assert 0 < max(known["clear"], known["clear too"]) < 1
    assert next_assignment(project=learned, annotator=ada).prompt.external_id == "equal"
    assert PriorityRefresh.objects.get().reward_model == champion(learned)

    assert refresh_due_priorities() == [], "the same model has nothing to add"


@pytest.fixture
def broken(project, ada, prompt, tmp_path):
    """A champion whose folder holds no model."""
    update_project(project=project, order_policy="informative")
    rank(ada, prompt, "r1 > r2 > r3")
    freeze_snapshot(project=project, created_by=None)
    make_prompts(project, "p-2")
    return make_reward_model(project, tmp_path)


def test_a_model_that_cannot_be_loaded_changes_no_priority_and_is_not_asked_again(broken, caplog):
    assert refresh_due_priorities() == []
    assert "rewardmodel.ml.score ended with code" in caplog.text
    assert not Prompt.objects.exclude(priority=0).exists()

    assert refresh_due_priorities() == []
    assert caplog.text.count("keeps the priorities it has") == 1


def test_the_same_model_is_asked_again_when_enough_has_been_ranked(broken, ada, monkeypatch):
    update_project(project=broken.project, overlap=2)
    monkeypatch.setattr(priorities, "_score", lambda groups, _: {group.id: [0.0, 0.0, 0.0] for group in groups})
    monkeypatch.setattr(priorities, "NEW_RANKINGS", 2)
    assert refresh_due_priorities() == ["support"]

    rank_next(ada, broken.project)
    assert refresh_due_priorities() == []
    make_prompts(broken.project, "p-3")
    rank_next(ada, broken.project)
    assert refresh_due_priorities() == ["support"]


def test_projects_that_are_ranked_in_another_order_are_left_alone(broken):
    update_project(project=broken.project, order_policy="oldest")

    assert refresh_due_priorities() == []
    assert not PriorityRefresh.objects.exists()
