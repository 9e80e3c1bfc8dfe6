"""Versions are numbered and stay; aliases move between them."""

import pytest

from labeling.exceptions import Conflict
from labeling.services.projects import create_project
from rewardmodel.exceptions import NoRewardModel
from rewardmodel.models import Alias, RewardModel, TrainingRun
from rewardmodel.selectors.registry import champion, find_champion, reward_models
from rewardmodel.services.registry import promote_reward_model, register_reward_model, roll_back
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import make_prompts, rank
from tests.racing import at_once
from tests.rewardmodel.factories import make_reward_model


@pytest.fixture
def trained(project, ada, prompt):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    return project


def aliases(project) -> dict[str, int]:
    return dict(Alias.objects.filter(project=project).values_list("name", "reward_model__version"))


def test_the_first_model_becomes_champion(trained, tmp_path):
    model = make_reward_model(trained, tmp_path)

    assert (model.version, model.alias_names) == (1, ["champion"])
    assert champion(trained) == model
    assert model.snapshot == model.run.snapshot
    assert (model.path / "model.safetensors").read_text() == f"weights of run {model.run_id}"
    assert not (tmp_path / f"output-{model.run_id}").exists()


def test_a_later_model_is_a_challenger_until_it_is_promoted(trained, tmp_path):
    _, second, third = (make_reward_model(trained, tmp_path) for _ in range(3))

    assert aliases(trained) == {"champion": 1, "challenger": 3}
    assert [model.version for model in reward_models(trained)] == [3, 2, 1]

    promote_reward_model(reward_model=third, by=None)
    assert aliases(trained) == {"champion": 3, "previous": 1}
    promote_reward_model(reward_model=second, by=None)
    assert aliases(trained) == {"champion": 2, "previous": 3}
    assert champion(trained) == second


def test_promoting_the_champion_changes_nothing(trained, tmp_path):
    _, second = (make_reward_model(trained, tmp_path) for _ in range(2))
    promote_reward_model(reward_model=second, by=None)
    before = list(Alias.objects.values())

    promote_reward_model(reward_model=second, by=None)

    assert list(Alias.objects.values()) == before


def test_rolling_back_returns_to_the_previous_champion_and_forth(trained, tmp_path):
    first, second = (make_reward_model(trained, tmp_path) for _ in range(2))
    promote_reward_model(reward_model=second, by=None)

    assert roll_back(project=trained, by=None) == first
    assert aliases(trained) == {"champion": 1, "previous": 2}
    assert roll_back(project=trained, by=None) == second


def test_without_a_previous_champion_there_is_nothing_to_roll_back_to(trained, tmp_path):
    with pytest.raises(Conflict, match="no previous champion"):
        roll_back(project=trained, by=None)
    make_reward_model(trained, tmp_path)
    with pytest.raises(Conflict, match="no previous champion"):
        roll_back(project=trained, by=None)

    assert aliases(trained) == {"champion": 1}


def test_without_a_model_there_is_no_champion(project):
    assert find_champion(project) is None
    with pytest.raises(NoRewardModel, match="'support' has no reward model yet"):
        champion(project)


def test_a_model_whose_files_cannot_be_taken_in_is_not_registered(trained, tmp_path):
    run = TrainingRun.objects.create(project=trained, snapshot=trained.snapshots.get(), trigger="manual")

    with pytest.raises(FileNotFoundError):
        register_reward_model(run=run, output=tmp_path / "missing", metrics={})

    assert not RewardModel.objects.exists()
    assert not Alias.objects.exists()


def test_projects_number_their_own_versions(trained, ada, tmp_path):
    other = create_project(creator=ada, slug="other", name="Other")
    rank(ada, make_prompts(other, "p-1")[0], "r2 > r1 = r3")
    freeze_snapshot(project=other, created_by=ada)

    assert [make_reward_model(place, tmp_path).version for place in (trained, other, trained)] == [1, 1, 2]
    assert aliases(other) == {"champion": 1}


@pytest.mark.django_db(transaction=True)
def test_promoted_at_once_by_eight_there_is_one_champion_and_one_previous(trained, tmp_path):
    models = [make_reward_model(trained, tmp_path) for _ in range(4)]

    outcomes = at_once([lambda model=model: promote_reward_model(reward_model=model, by=None) for model in models * 2])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Alias.objects.filter(name="champion").count() == Alias.objects.filter(name="previous").count() == 1
    assert aliases(trained)["champion"] != aliases(trained)["previous"]
