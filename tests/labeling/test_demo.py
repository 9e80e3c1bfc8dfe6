"""The demo: made once, completed where something is missing, never made twice."""

from django.contrib.auth.models import User

from labeling.models import Membership, Project, Prompt, Ranking
from labeling.services.assignments import next_assignment
from labeling.services.demo import ANNOTATORS, seed_demo


def test_the_demo_is_as_large_as_the_issue_asks(db):
    seed_demo()

    project = Project.objects.get(slug="demo")
    assert project.prompts.count() >= 60
    assert {prompt.responses.count() for prompt in project.prompts.all()} == {4}
    assert project.prompts.filter(rankings__isnull=False).distinct().count() == 50
    assert set(Ranking.objects.values_list("source", flat=True)) == {"demo"}
    assert set(project.memberships.values_list("user__username", "role")) == {
        (name, "annotator") for name in ANNOTATORS
    }
    assert project.created_by.username == "admin"
    assert project.guidelines
    assert [field.name for field in project._meta.fields if getattr(project, field.name) is True] == [
        "allow_ties",
        "ask_ratings",
        "ask_rationale",
        "ask_flags",
        "allow_skip",
        "allow_better_response",
        "weigh_by_reliability",
    ]
    splits = set(project.prompts.filter(rankings__isnull=False).values_list("split", flat=True))
    assert splits == {"train", "validation", "test"}


def test_what_nobody_has_ranked_waits_for_the_newcomer(db):
    seed_demo()
    waiting = Prompt.objects.filter(rankings__isnull=True).count()

    assignment = next_assignment(project=Project.objects.get(), annotator=User.objects.get(username="admin"))

    assert waiting >= 10
    assert assignment is not None
    assert not assignment.prompt.rankings.exists()


def test_passwords_are_generated_once_and_work(client, db):
    passwords = seed_demo()

    assert set(passwords) == {"admin", *ANNOTATORS}
    for name, password in passwords.items():
        assert User.objects.get(username=name).check_password(password)
    assert User.objects.get(username="admin").is_superuser
    assert not User.objects.filter(username__in=ANNOTATORS, is_staff=True).exists()


def test_seeding_again_changes_nothing(db):
    seed_demo()
    before = {model: list(model.objects.values()) for model in (User, Project, Membership, Prompt, Ranking)}

    assert seed_demo() == {}

    assert {model: list(model.objects.values()) for model in before} == before


def test_a_given_admin_password_is_not_printed_and_holds_from_then_on(db):
    assert "admin" not in seed_demo(admin_password="correct horse")
    assert User.objects.get(username="admin").check_password("correct horse")

    assert seed_demo(admin_password="battery staple") == {}
    assert User.objects.get(username="admin").check_password("battery staple")


def test_a_missing_annotator_is_made_again(db):
    seed_demo()
    Ranking.objects.filter(annotator__username="alan").delete()
    User.objects.get(username="alan").assignments.all().delete()
    User.objects.get(username="alan").delete()

    assert set(seed_demo()) == {"alan"}
