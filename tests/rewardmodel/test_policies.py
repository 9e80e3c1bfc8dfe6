"""When a model is trained again by itself."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from labeling.exceptions import InvalidInput
from labeling.models import GuidelinesVersion, Ranking
from labeling.services.projects import update_project
from rewardmodel.models import Decision, RegistryEvent, RetrainPolicy, TrainingRun
from rewardmodel.selectors.runs import new_rankings
from rewardmodel.services.policies import forecast, policy_for, retrain_if_due, retrain_on_schedule, update_policy
from rewardmodel.services.registry import promote_reward_model
from rewardmodel.services.runs import queue_training_run
from rewardmodel.services.schedule import next_time
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import api, make_prompts, rank
from tests.rewardmodel.factories import make_reward_model


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


def ended(project, *, hours_ago: float, took: float = 1.0) -> TrainingRun:
    """A run of that many hours that ended so long ago, on what had been ranked by then."""
    run = queue_training_run(project=project, trigger="manual", created_by=None)
    end_at = timezone.now() - timedelta(hours=hours_ago)
    began = end_at - timedelta(hours=took)
    TrainingRun.objects.filter(pk=run.pk).update(
        status="succeeded", created_at=began, started_at=began, ended_at=end_at
    )
    return run


class TestCoolDownAndBudget:
    def test_a_run_waits_for_the_end_of_the_cool_down(self, project, ada, prompts, eager):
        rank(ada, prompts[0], "r1 > r2 > r3")
        run = ended(project, hours_ago=2)
        update_policy(project=project, every_n_rankings=1, cooldown_hours=3)
        rank(ada, prompts[1], "r1 > r2 > r3")
        assert retrain_if_due() == []
        told = forecast(policy_for(project))
        assert told.held_until == told.at == TrainingRun.objects.get(pk=run.pk).ended_at + timedelta(hours=3)

        TrainingRun.objects.filter(pk=run.pk).update(ended_at=timezone.now() - timedelta(hours=3))
        assert len(retrain_if_due()) == 1

    def test_a_week_has_so_many_hours_of_training(self, project, ada, prompts, eager):
        rank(ada, prompts[0], "r1 > r2 > r3")
        run = ended(project, hours_ago=2, took=5)
        update_policy(project=project, every_n_rankings=1, budget_hours=5)
        rank(ada, prompts[1], "r1 > r2 > r3")
        assert retrain_if_due() == []
        assert forecast(policy_for(project)).over_budget

        # What was trained more than a week ago is forgotten.
        week = timedelta(days=7)
        TrainingRun.objects.filter(pk=run.pk).update(
            started_at=timezone.now() - week - timedelta(hours=4), ended_at=timezone.now() - week + timedelta(hours=1)
        )
        assert len(retrain_if_due()) == 1


class TestGuidelines:
    def test_new_ones_start_a_run_when_somebody_has_ranked_under_them(self, project, ada, prompts, eager):
        update_policy(project=project, every_n_rankings=100, on_guidelines=True)
        update_project(project=project, guidelines="Brief is better.")
        rank(ada, prompts[0], "r1 > r2 > r3")
        ended(project, hours_ago=1)
        rank(ada, prompts[1], "r1 > r2 > r3")
        GuidelinesVersion.objects.update(created_at=timezone.now() - timedelta(days=1))
        assert retrain_if_due() == [], "they were known when the last run began"

        update_project(project=project, guidelines="True is better than brief.")
        assert len(retrain_if_due()) == 1
        assert TrainingRun.objects.latest("pk").trigger == "guidelines"


class TestForecast:
    def test_none_while_paused(self, project):
        assert forecast(policy_for(project)) is None

    def test_at_the_pace_of_the_week(self, project, ada, prompts, eager):
        update_policy(project=project, every_n_rankings=8)
        for prompt in prompts:
            rank(ada, prompt, "r1 > r2 > r3")
        type(project).objects.filter(pk=project.pk).update(created_at=timezone.now() - timedelta(days=30))
        project.refresh_from_db()
        told = forecast(policy_for(project))
        assert (told.fresh, told.needed) == (4, 8)
        # Four in seven days, four to go.
        assert told.at - timezone.now() == pytest.approx(timedelta(days=7), abs=timedelta(minutes=1))

    def test_without_a_pace_there_is_no_date(self, project, eager):
        told = forecast(policy_for(project))
        assert (told.fresh, told.needed, told.at) == (0, 2, None)


def test_changes_are_on_record(project, max):
    update_policy(project=project, by=max, every_n_rankings=7)
    event = RegistryEvent.objects.get()
    assert (event.by, event.details) == (max, {"retraining": {"every_n_rankings": [100, 7]}})


def test_a_cron_line_is_kept_by_beat_in_its_time_zone(project):
    policy = update_policy(project=project, paused=False, cron="30 3 * * 1", time_zone=ZoneInfo("Asia/Shanghai"))

    task = PeriodicTask.objects.get(name=f"retrain project {project.pk}")
    assert task.task == "rewardmodel.tasks.retrain_on_schedule"
    assert json.loads(task.args) == [project.pk]
    assert (task.crontab.hour, task.crontab.day_of_week, str(task.crontab.timezone)) == ("3", "1", "Asia/Shanghai")
    moment = next_time(policy).astimezone(ZoneInfo("Asia/Shanghai"))
    assert (moment.weekday(), moment.hour, moment.minute) == (0, 3, 30)
    update_policy(project=project, paused=True)
    assert not PeriodicTask.objects.filter(name__startswith="retrain project").exists()


@pytest.mark.parametrize("cron", ["every Monday", "61 * * * *", "0 3 * *"])
def test_what_is_no_cron_line_is_refused(project, cron):
    with pytest.raises(InvalidInput, match="cron: got"):
        update_policy(project=project, paused=False, cron=cron)

    assert policy_for(project).cron == ""
    assert not PeriodicTask.objects.filter(name__startswith="retrain project").exists()


def test_its_time_starts_a_run_only_with_something_new(project, ada, prompts):
    update_policy(project=project, paused=False, every_n_rankings=50, cron="0 3 * * *")
    assert retrain_on_schedule(project.pk) is None
    rank(ada, prompts[0], "r1 > r2 > r3")

    run_id = retrain_on_schedule(project.pk)

    assert TrainingRun.objects.get(pk=run_id).trigger == "schedule"
    end(run_id)
    assert retrain_on_schedule(project.pk) is None


def test_a_project_that_is_gone_takes_its_schedule_along(project):
    update_policy(project=project, paused=False, cron="0 3 * * *")
    pk = project.pk
    project.delete()

    assert retrain_on_schedule(pk) is None
    assert not PeriodicTask.objects.filter(name__startswith="retrain project").exists()


def test_the_forecast_knows_the_cron_line(project, ada, prompts):
    policy = update_policy(project=project, paused=False, every_n_rankings=5000, cron="0 3 * * *")
    rank(ada, prompts[0], "r1 > r2 > r3")

    assert forecast(policy).at == pytest.approx(next_time(policy), abs=timedelta(minutes=1))


def decide_often(model, probabilities, *, days_ago):
    made = [
        Decision(
            project=model.project,
            reward_model=model,
            kind="show",
            score=0.0,
            probability=probability,
            threshold=0.8,
            prompt=[],
            prompt_key="",
            response="",
        )
        for probability in probabilities
    ]
    rows = Decision.objects.bulk_create(made)
    moment = timezone.now() - timedelta(days=days_ago)
    Decision.objects.filter(pk__in=[row.pk for row in rows]).update(created_at=moment)


@pytest.mark.parametrize(("now", "triggers"), [(0.5, []), (-0.3, ["drift"])])
def test_live_scores_that_have_drifted_start_a_run(project, ada, prompts, tmp_path, now, triggers):
    update_policy(project=project, paused=False, every_n_rankings=5000, on_drift=True)
    rank(ada, prompts[0], "r1 > r2 > r3")
    freeze_snapshot(project=project, created_by=None)
    model = make_reward_model(project, tmp_path)
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(days=30))
    rank(ada, prompts[1], "r1 > r2 > r3")
    spread = [number / 400 for number in range(300)]
    decide_often(model, [share + 0.5 for share in spread], days_ago=20)
    decide_often(model, [share + now for share in spread], days_ago=1)

    retrain_if_due()

    assert [run.trigger for run in TrainingRun.objects.active()] == triggers


def test_a_warm_start_goes_on_from_the_champion_four_times_and_then_learns_anew(project, ada, prompts, tmp_path):
    update_policy(project=project, paused=False, every_n_rankings=1, warm_start=True)
    rank(ada, prompts[0], "r1 > r2 > r3")
    freeze_snapshot(project=project, created_by=None)
    model = make_reward_model(project, tmp_path)
    went_on_from = []
    for prompt in [*prompts[1:], *make_prompts(project, "p-5", "p-6")]:
        rank(ada, prompt, "r1 > r2 > r3")
        (run_id,) = retrain_if_due()
        run = TrainingRun.objects.get(pk=run_id)
        went_on_from.append(run.continues)
        end(run_id)
        # As if its model had been promoted.
        model = make_reward_model(project, tmp_path)
        TrainingRun.objects.filter(pk=model.run_id).update(continues=run.continues)
        promote_reward_model(reward_model=model, by=None)

    assert [model is not None for model in went_on_from] == [True, True, True, True, False]


def test_policy_and_forecast_over_rest(project, max, ada, prompts):
    path = f"/api/v1/projects/{project.slug}/retrain-policy/"
    assert api(max).get(path).json()["forecast"] is None

    changed = api(max).patch(path, {"paused": False, "cron": "0 3 * * 1", "time_zone": "Europe/Vienna"})

    assert changed.status_code == 200
    assert changed.json()["policy"]["time_zone"] == "Europe/Vienna"
    assert changed.json()["forecast"]["needed"] == 100
    assert api(max).patch(path, {"cron": "soon"}).status_code == 400
    assert api(max).patch(path, {"time_zone": "Mars/Base"}).status_code == 400
