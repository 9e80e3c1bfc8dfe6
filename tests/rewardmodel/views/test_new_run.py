"""A run with options of one's own, and what its page tells while it waits, trains and has failed."""

from dataclasses import fields

import pytest
from django.urls import reverse

from rewardmodel.forms import OPTIONS
from rewardmodel.ml.config import TrainConfig
from rewardmodel.models import RegistryEvent, TrainingRun
from rewardmodel.services.policies import retrain_if_due, update_policy
from rewardmodel.services.runs import OURS
from rewardmodel.services.snapshots import freeze_snapshot
from rewardmodel.templatetags.training import changes
from tests.factories import make_prompts, rank
from tests.rewardmodel.factories import make_run


@pytest.fixture
def page(project):
    return reverse("run-new", args=[project.slug])


@pytest.fixture
def as_max(client, max):
    client.force_login(max)
    return client


def test_every_option_that_is_open_is_asked_for_once():
    asked = [name for names in OPTIONS.values() for name in names]

    assert sorted(asked) == sorted({spec.name for spec in fields(TrainConfig)} - OURS)


def test_only_what_was_filled_in_is_in_the_config(as_max, project, ada, prompt, page):
    rank(ada, prompt, "r2 > r1 = r3")
    form = {"learning_rate": "3e-5", "max_length": "128", "bf16": "no", "loss": "davidson", "base_model": ""}

    response = as_max.post(page, form)

    run = TrainingRun.objects.get()
    assert response.url == reverse("run", args=[run.pk])
    assert run.config == {"learning_rate": 3e-5, "max_length": 128, "bf16": False, "loss": "davidson"}


def test_a_run_is_cloned_with_its_snapshot_and_options(as_max, project, ada, prompt, page):
    first = make_run(project, ada, prompt, config={"max_length": 64, "bf16": True})
    first.fail("CUDA out of memory")
    rank(ada, make_prompts(project, "p-2")[0], "r1 > r2 > r3")

    form = as_max.get(page, {"from": first.pk}).context["form"]
    filled = {field.name: field.value() for field in form if field.value() not in (None, "")}
    assert filled["max_length"] == 64
    assert filled["bf16"] == "yes"
    assert filled["snapshot"] == first.snapshot_id
    as_max.post(page, {**filled, "snapshot": first.snapshot_id, "max_length": 32})

    clone = TrainingRun.objects.exclude(pk=first.pk).get()
    assert clone.snapshot == first.snapshot
    assert clone.config == {"max_length": 32, "bf16": True, "base_model": TrainConfig.base_model}


def test_options_can_be_kept_for_the_runs_to_come(as_max, project, ada, prompt, page):
    rank(ada, prompt, "r2 > r1 = r3")
    as_max.post(page, {"max_length": "64", "keep": "on"})
    TrainingRun.objects.update(status="failed")

    assert as_max.get(page).context["form"]["max_length"].value() == 64
    assert changes(RegistryEvent.objects.get(kind="policy")) == "Options: – → <code>max_length 64</code>"
    as_max.post(reverse("retrain", args=[project.slug]))
    assert TrainingRun.objects.latest("pk").config == {"max_length": 64}
    update_policy(project=project, paused=False, every_n_rankings=1)
    TrainingRun.objects.update(status="failed")
    rank(ada, make_prompts(project, "p-2")[0], "r1 > r2 > r3")
    (run_id,) = retrain_if_due()
    assert TrainingRun.objects.get(pk=run_id).config == {"max_length": 64}


def test_a_preset_fills_it_in(as_max, page):
    form = as_max.get(page, {"preset": "decoder-lora"}).context["form"]

    assert (form["lora_r"].value(), form["bf16"].value()) == (16, "yes")


def test_the_size_of_a_local_model_is_told(as_max, page):
    assert "This base model has 23 million weights." in as_max.get(page).content.decode()


def test_what_cannot_be_is_said_and_nothing_starts(as_max, project, ada, prompt, page):
    rank(ada, prompt, "r2 > r1 = r3")

    response = as_max.post(page, {"quantization": "nf4"})

    assert response.status_code == 422
    assert "without LoRA" in response.content.decode()
    assert not TrainingRun.objects.exists()


def test_a_snapshot_of_another_project_cannot_be_chosen(as_max, project, admin, ada, prompt, page):
    from labeling.services.projects import create_project

    other = create_project(creator=admin, slug="other", name="Other")
    rank(ada, make_prompts(other, "p-1")[0], "r1 > r2 > r3")
    foreign = freeze_snapshot(project=other, created_by=None)
    rank(ada, prompt, "r2 > r1 = r3")

    assert as_max.post(page, {"snapshot": foreign.pk}).status_code == 422
    assert not TrainingRun.objects.exists()


def test_annotators_have_no_part_in_it(client, ada, page, project, max, prompt):
    run = make_run(project, max, prompt)
    client.force_login(ada)

    assert client.get(page).status_code == 403
    assert client.get(reverse("run-log", args=[run.pk])).status_code == 403


def test_a_failed_run_says_what_to_do(as_max, project, ada, prompt):
    run = make_run(project, ada, prompt)
    run.fail("OutOfMemoryError: CUDA out of memory")

    shown = as_max.get(reverse("run", args=[run.pk])).content.decode()

    assert "What to do" in shown
    assert "Switch <code>gradient_checkpointing</code> on" in shown


def test_a_queued_run_says_how_many_come_before_it(as_max, admin, project, ada, prompt):
    from labeling.services.projects import create_project

    other = create_project(creator=admin, slug="other", name="Other")
    make_run(other, ada, make_prompts(other, "p-1")[0]).claim()
    run = make_run(project, ada, prompt)

    assert "1 run is before it." in as_max.get(reverse("run", args=[run.pk])).content.decode()


def test_a_running_run_says_where_how_fast_and_how_long_still(as_max, project, ada, prompt):
    run = make_run(project, ada, prompt)
    run.claim()
    point = {"event": "step", "step": 3, "loss": 0.6, "tokens_per_second": 2100, "seconds_left": 130.0}
    run.beat(step=3, total_steps=9, curve=[point], device="CPU, 2 threads")

    shown = as_max.get(reverse("run", args=[run.pk])).content.decode()

    assert "CPU, 2 threads" in shown
    assert "2,100 tokens a second" in shown
    assert "About 2 min" in shown


def test_the_log_is_shown_from_its_end_as_text(as_max, project, ada, prompt):
    run = make_run(project, ada, prompt)
    run.claim()
    run.directory.mkdir(parents=True)
    run.log.write_text("old line\n" * 2000 + "<script>alert(1)</script>\n")
    address = reverse("run-log", args=[run.pk])

    shown = as_max.get(address)
    assert shown.status_code == 200
    assert "&lt;script&gt;" in shown.content.decode()
    assert len(shown.content) < 10_000
    run.fail("x")
    # htmx stops asking.
    assert as_max.get(address).status_code == 286
