"""When a model is trained again by itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.exceptions import InvalidInput
from labeling.models import Ranking
from rewardmodel.models import RetrainPolicy, TrainingRun
from rewardmodel.selectors.runs import new_rankings
from rewardmodel.services.policies import policy_for, retrain_if_due, update_policy
from rewardmodel.services.runs import queue_training_run
from tests.factories import make_prompts, rank


@pytest.fixture
def prompts(project):
    return make_prompts(project, "p-1", "p-2", "p-3", "p-4")


@pytest.fixture
def eager(project) -> RetrainPolicy:
    """Retrains after two rankings."""
    return update_policy(project=project, paused=False, every_n_rankings=2)


def end(run_id: int) -> None:
    TrainingRun.objects.filter(pk=run_id).update(status="failed")


def test_a_new_project_is_paused(project, ada, prompts):
    policy = policy_for(project)

    assert (policy.paused, policy.every_n_rankings, policy.every_hours) == (True, 100, None)
    assert policy_for(project) == policy


def test_a_paused_project_is_left_alone(project, ada, prompts):
    update_policy(project=project, paused=True, every_n_rankings=1, every_hours=1)
    rank(ada, prompts[0], "r1 > r2 > r3")

    assert retrain_if_due() == []
    assert not TrainingRun.objects.exists()


def test_enough_new_rankings_start_a_run_and_the_count_begins_again(project, ada, prompts, eager):
    rank(ada, prompts[0], "r1 > r2 > r3")
    assert retrain_if_due() == []
    rank(ada, prompts[1], "r1 > r2 > r3")
    assert new_rankings(project) == 2

    (run_id,) = retrain_if_due()

    assert TrainingRun.objects.get().trigger == "rankings"
    assert new_rankings(project) == 0
    end(run_id)
    rank(ada, prompts[2], "r1 > r2 > r3")
    assert retrain_if_due() == []
    rank(ada, prompts[3], "r1 > r2 > r3")
    assert len(retrain_if_due()) == 1


def test_an_active_run_is_waited_for(project, ada, prompts, eager):
    for prompt in prompts[:2]:
        rank(ada, prompt, "r1 > r2 > r3")
    (run_id,) = retrain_if_due()
    for prompt in prompts[2:]:
        rank(ada, prompt, "r1 > r2 > r3")

    assert retrain_if_due() == []
    end(run_id)
    assert len(retrain_if_due()) == 1


@pytest.mark.parametrize("source", ["demo", "import"])
def test_demo_data_and_imports_do_not_count(project, ada, prompts, eager, source):
    for prompt in prompts:
        rank(ada, prompt, "r1 > r2 > r3")
    Ranking.objects.update(source=source)

    assert new_rankings(project) == 0
    assert retrain_if_due() == []


def test_the_schedule_asks_for_a_new_ranking_too(project, ada, prompts):
    update_policy(project=project, paused=False, every_n_rankings=100, every_hours=2)
    project.created_at = timezone.now() - timedelta(hours=3)
    project.save()
    assert retrain_if_due() == []

    rank(ada, prompts[0], "r1 > r2 > r3")
    (run_id,) = retrain_if_due()
    assert TrainingRun.objects.get().trigger == "schedule"

    end(run_id)
    rank(ada, prompts[1], "r1 > r2 > r3")
    assert retrain_if_due() == [], "the last run is not two hours old"
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(hours=2, seconds=1))
    assert len(retrain_if_due()) == 1


def test_a_project_that_cannot_train_does_not_stop_the_others(project, ada, prompts, eager, caplog):
    for prompt in prompts[:2]:
        rank(ada, prompt, "r1 = r2 = r3")

    assert retrain_if_due() == []
    assert "no strict preference" in caplog.text


def test_a_run_started_by_hand_counts_as_a_run(project, ada, prompts, eager):
    for prompt in prompts[:2]:
        rank(ada, prompt, "r1 > r2 > r3")
    end(queue_training_run(project=project, trigger="manual", created_by=ada).pk)

    assert retrain_if_due() == []


@pytest.mark.parametrize("change", [{"every_n_rankings": 0}, {"every_hours": 0}, {"every_n_rankings": "x"}])
def test_a_policy_that_cannot_be_is_refused(project, change):
    with pytest.raises(InvalidInput, match=next(iter(change))):
        update_policy(project=project, paused=False, **change)

    assert policy_for(project).paused
    assert policy_for(project).every_n_rankings == 100


def test_none_switches_the_schedule_off(project):
    update_policy(project=project, every_hours=3)

    assert update_policy(project=project, every_hours=None).every_hours is None
