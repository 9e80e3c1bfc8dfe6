import pytest
from django.test import Client
from django.urls import reverse

from rewardmodel.models import TrainingRun


def run_page(client: Client, run: TrainingRun, *, live: bool = False) -> str:
    headers = {"HX-Request": "true"} if live else {}
    return client.get(reverse("run", args=[run.pk]), headers=headers).content.decode()


@pytest.mark.parametrize("name", ["run", "run-cancel", "run-resume"])
def test_a_run_belongs_to_its_managers(as_ada, as_olga, running, name):
    for client, status in ((as_ada, 403), (as_olga, 404)):
        act = client.get if name == "run" else client.post
        assert act(reverse(name, args=[running.pk])).status_code == status
    running.refresh_from_db()
    assert not running.cancel_requested


def test_a_running_run_shows_its_step_and_asks_again_in_two_seconds(as_max, running):
    page = run_page(as_max, running)
    assert 'value="20"' in page
    assert 'max="60"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "[[10, 0.69], [20, 0.61]]" in page
    assert "[[20, 0.6]]" in page


def test_htmx_gets_what_changes_and_not_the_page_around_it(as_max, running):
    fragment = run_page(as_max, running, live=True)
    assert fragment.lstrip().startswith('<div id="live"')
    assert "<html" not in fragment


def test_an_ended_run_is_not_asked_about_again(as_max, versions):
    assert "hx-trigger" not in run_page(as_max, versions[0].run, live=True)


def test_a_succeeded_run_tells_its_figures_in_plain_words(as_max, versions):
    page = run_page(as_max, versions[0].run)
    assert "73.1\u00a0%" in page
    assert "64.5\u00a0% to 81.0\u00a0%" in page
    assert "54.8\u00a0%" in page
    assert "Longer wins" in page
    assert "0.583" in page
    assert "validation split" not in page


def test_without_held_out_pairs_no_figure_is_made_up(as_max, versions):
    run = versions[0].run
    run.metrics = {"test": None, "validation": None}
    run.save()
    assert "No held-out figures" in run_page(as_max, run)


def test_a_failed_run_tells_why_and_can_be_taken_up_again(as_max, running):
    running.fail("base_model /nowhere: no such folder <b>")
    page = run_page(as_max, running)
    assert "Why it failed" in page
    assert "/nowhere: no such folder &lt;b&gt;" in page
    assert reverse("run-resume", args=[running.pk]) in page


def test_cancelling_tells_the_trainer_to_stop(as_max, running):
    response = as_max.post(reverse("run-cancel", args=[running.pk]), follow=True)
    assert "Stopping…" in response.content.decode()
    running.refresh_from_db()
    assert running.cancel_requested


def test_an_ended_run_cannot_be_cancelled_and_says_so(as_max, versions):
    response = as_max.post(reverse("run-cancel", args=[versions[0].run_id]), follow=True)
    assert f"Run {versions[0].run_id} has succeeded already." in response.content.decode()


def test_resuming_queues_the_run_again(as_max, running):
    running.fail("broken")
    as_max.post(reverse("run-resume", args=[running.pk]))
    running.refresh_from_db()
    assert running.status == TrainingRun.Status.QUEUED


def test_the_list_names_every_run(as_max, project, versions, running):
    page = as_max.get(reverse("runs", args=[project.slug])).content.decode()
    assert page.count(">Run ") == 3
    assert "version 2" in page
    assert "enough new rankings" in page


def test_a_project_without_runs_says_what_a_run_is(as_max, project):
    assert "No run yet" in as_max.get(reverse("runs", args=[project.slug])).content.decode()


def test_retraining_without_rankings_is_refused_in_words(as_max, project):
    response = as_max.post(reverse("retrain", args=[project.slug]), follow=True)
    assert 'class="error"' in response.content.decode()
    assert not TrainingRun.objects.exists()


def test_a_second_run_is_refused_while_one_is_active(as_max, project, running):
    response = as_max.post(reverse("retrain", args=[project.slug]), follow=True)
    assert f"Run {running.pk} is running" in response.content.decode()
    assert TrainingRun.objects.count() == 1


def test_retraining_needs_a_post(as_max, project):
    assert as_max.get(reverse("retrain", args=[project.slug])).status_code == 405
