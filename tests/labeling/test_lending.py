"""Which prompt comes next: by the project's order, by quotas, and what only looks like work."""

from collections import Counter

import pytest
from django.contrib.auth.models import User

from labeling.exceptions import InvalidInput
from labeling.models import Assignment, AssignmentKind, Prompt, Ranking
from labeling.services import lending
from labeling.services.assignments import next_assignment, skip_assignment
from labeling.services.members import add_member
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.priorities import set_priorities
from labeling.services.projects import update_project
from tests.factories import make_prompts, rank, rank_next, tiers_of

pytestmark = pytest.mark.django_db


class Dice:
    """Draws what a test says, and shuffles for real."""

    def __init__(self, *draws: float) -> None:
        self.draws = list(draws)

    def random(self) -> float:
        return self.draws.pop(0) if self.draws else 0.999

    def shuffle(self, items) -> None:
        lending.random.SystemRandom().shuffle(items)

    def choice(self, items):
        return items[0]


@pytest.fixture
def dice(monkeypatch):
    def throw(*draws: float) -> None:
        monkeypatch.setattr(lending, "_draw", Dice(*draws))

    return throw


def works_through(user: User, project) -> list[str]:
    """The prompts the person gets, in order, until nothing is left."""
    ids = []
    while (assignment := next_assignment(project=project, annotator=user)) is not None:
        ids.append(assignment.prompt.external_id)
        skip_assignment(assignment=assignment, reason="next, please")
    return ids


IDS = [f"p-{number:02}" for number in range(12)]


def test_the_oldest_come_first(project, ada):
    make_prompts(project, *IDS)

    assert works_through(ada, project) == IDS


def test_a_random_order_is_another_one_for_everybody_and_leaves_nothing_out(project, ada, max):
    update_project(project=project, order_policy="random")
    make_prompts(project, *IDS)

    orders = [works_through(user, project) for user in (ada, max)]

    assert sorted(orders[0]) == sorted(orders[1]) == IDS
    assert IDS not in orders
    assert orders[0] != orders[1]


def test_the_fewest_rankings_come_first(project, ada, max, olga):
    update_project(project=project, order_policy="fewest", overlap=3)
    prompts = make_prompts(project, "p-1", "p-2", "p-3")
    for user, some in ((max, prompts), (olga, prompts[:1])):
        add_member(project=project, user=user, role="annotator")
        for prompt in some:
            rank_next(user, project)
            assert prompt.rankings.filter(annotator=user).exists()

    assert works_through(ada, project) == ["p-2", "p-3", "p-1"]


def test_the_most_informative_come_first_and_the_oldest_where_no_model_has_spoken(project, ada, max):
    update_project(project=project, order_policy="informative")
    make_prompts(project, "p-1", "p-2", "p-3", "p-4")

    assert works_through(max, project) == ["p-1", "p-2", "p-3", "p-4"]

    assert set_priorities(project=project, priorities={"p-3": 0.9, "p-2": 0.4, "elsewhere": 1.0}) == 2
    assert works_through(ada, project) == ["p-3", "p-2", "p-1", "p-4"]


# Quotas


@pytest.fixture
def speakers(project):
    """Three people who speak German, French, and neither; the project wants one of each of the first two a prompt."""
    people = {name: User.objects.create_user(name) for name in ("dora", "franz", "nora")}
    for name, cohort in (("dora", ["de"]), ("franz", ["fr", "expert"]), ("nora", [])):
        add_member(project=project, user=people[name], role="annotator", cohort=cohort)
    update_project(project=project, overlap=3, cohort_quotas={"de": 1, "fr": 1})
    return people


def test_a_quota_keeps_slots_for_those_it_names(project, speakers, ada):
    make_prompts(project, "p-1")

    assert rank_next(speakers["nora"], project) is not None
    assert next_assignment(project=project, annotator=ada) is None, "the open slot is taken, the others are kept"
    assert rank_next(speakers["dora"], project) is not None
    assert rank_next(speakers["franz"], project) is not None
    assert Prompt.objects.get().slots_taken == 3


def test_those_it_names_leave_the_open_slot_to_others(project, speakers):
    make_prompts(project, "p-1")
    for name in ("dora", "franz"):
        rank_next(speakers[name], project)

    assert rank_next(speakers["nora"], project) is not None


def test_a_second_german_may_take_the_open_slot_but_not_the_french_one(project, speakers, ada, max):
    make_prompts(project, "p-1")
    for user in (ada, max):
        add_member(project=project, user=user, role="annotator", cohort=["de"])

    assert rank_next(speakers["dora"], project) is not None
    assert rank_next(ada, project) is not None
    assert next_assignment(project=project, annotator=max) is None


def test_a_prompt_that_is_kept_for_others_is_passed_over(project, speakers, ada):
    make_prompts(project, "p-1", "p-2")
    rank_next(speakers["nora"], project)

    assert next_assignment(project=project, annotator=ada).prompt.external_id == "p-2"


def test_new_quotas_give_everybody_the_slot_that_is_theirs_now(project, speakers, ada):
    update_project(project=project, cohort_quotas={})
    make_prompts(project, "p-1", "p-2")
    for name in ("nora", "dora"):
        rank_next(speakers[name], project)

    update_project(project=project, cohort_quotas={"de": 1, "fr": 1})

    slots = dict(Assignment.objects.filter(prompt__external_id="p-1").values_list("annotator__username", "slot"))
    assert slots == {"dora": 1, "nora": 3}
    assert next_assignment(project=project, annotator=ada).prompt.external_id == "p-2", "p-1 waits for French alone"
    assert next_assignment(project=project, annotator=speakers["franz"]).prompt.external_id == "p-1"


@pytest.mark.parametrize(
    ("quotas", "said"),
    [
        ({"de": 2, "fr": 2}, "the quotas want 4 annotators a prompt and it gets 3"),
        ({"de": 0}, "from 1"),
        ({"de": True}, "from 1"),
        ({" de": 1}, "tags of 1 to 60 characters"),
        (["de"], "quotas name tags"),
    ],
)
def test_quotas_that_cannot_be_are_refused(project, quotas, said):
    update_project(project=project, overlap=3)

    with pytest.raises(InvalidInput, match=said):
        update_project(project=project, cohort_quotas=quotas)


# What looks like work


@pytest.fixture
def gold(project, max):
    """A gold prompt that expects r1 above r2."""
    (prompt,) = make_prompts(project, "gold-1")
    return mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="", user=max)


def test_nothing_hidden_comes_unless_it_is_switched_on(project, ada, gold, dice):
    make_prompts(project, *IDS)
    dice(*[0.0] * 24)

    assert works_through(ada, project) == IDS


def test_a_gold_prompt_comes_as_work_once(project, ada, gold, dice):
    update_project(project=project, gold_percent=10)
    make_prompts(project, *IDS)
    dice(0.5, 0.09, *[0.0] * 20)

    ids = works_through(ada, project)

    assert ids == ["p-00", "gold-1", *IDS[1:]]


def test_a_gold_prompt_that_somebody_has_practised_is_no_check_for_them(project, ada, gold, dice):
    update_project(project=project, gold_percent=50)
    make_prompts(project, "p-1")
    attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(gold.prompt, "r1 > r2 > r3"))
    dice(0.0)

    assert works_through(ada, project) == ["p-1"]


def test_a_check_needs_work_to_hide_among(project, ada, gold, dice):
    update_project(project=project, gold_percent=50)
    dice(0.0)

    assert next_assignment(project=project, annotator=ada) is None


def test_a_check_takes_no_slot_and_makes_no_data(project, ada, gold, dice):
    update_project(project=project, gold_percent=50)
    make_prompts(project, "p-1")
    dice(0.0)

    ranking = rank_next(ada, project)

    assert (ranking.kind, ranking.prompt) == (AssignmentKind.GOLD, gold.prompt)
    assert ranking.assignment.slot is None
    assert not Prompt.objects.exclude(slots_taken=0).exists()
    assert not Ranking.objects.counting().exists()


def test_a_repeat_is_an_older_prompt_in_another_order_once(project, ada, dice):
    update_project(project=project, repeat_percent=20)
    prompts = make_prompts(project, *[f"p-{number:02}" for number in range(14)])
    dice()
    for _ in range(11):
        rank_next(ada, project)

    dice(0.9, 0.1)
    assignment = next_assignment(project=project, annotator=ada)
    first = Assignment.objects.get(annotator=ada, prompt=prompts[0], kind=AssignmentKind.WORK)

    assert (assignment.kind, assignment.prompt) == (AssignmentKind.REPEAT, prompts[0])
    assert sorted(assignment.display_order) == sorted(first.display_order)
    assert assignment.display_order != first.display_order
    skip_assignment(assignment=assignment, reason="done that")
    dice(0.9, 0.1)
    assert next_assignment(project=project, annotator=ada).kind == AssignmentKind.WORK, "no other is old enough"


def test_what_was_ranked_just_now_is_not_repeated(project, ada, dice):
    update_project(project=project, repeat_percent=20)
    make_prompts(project, *IDS)
    dice()
    for _ in range(10):
        rank_next(ada, project)
    dice(0.9, 0.0)

    assert next_assignment(project=project, annotator=ada).kind == AssignmentKind.WORK


def test_nobody_else_is_kept_waiting_by_a_repeat(project, ada, max, dice):
    update_project(project=project, repeat_percent=20, overlap=2)
    make_prompts(project, *IDS)
    dice()
    for _ in range(11):
        rank_next(ada, project)
    dice(0.9, 0.0)
    repeat = next_assignment(project=project, annotator=ada)

    assert repeat.kind == AssignmentKind.REPEAT
    dice()
    assert next_assignment(project=project, annotator=max).prompt == repeat.prompt


def test_the_shares_are_met_over_many_lendings(project, ada, max):
    update_project(project=project, gold_percent=20, repeat_percent=20)
    prompts = make_prompts(project, *[f"g-{number}" for number in range(60)])
    for prompt in prompts:
        mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="", user=max)
    make_prompts(project, *[f"p-{number}" for number in range(150)])

    kinds = Counter(rank_next(ada, project).kind for _ in range(200))

    assert kinds["work"] + kinds["gold"] + kinds["repeat"] == 200
    # 40 are expected, 6 the standard deviation; six of those each way.
    assert 10 <= kinds["gold"] <= 60
    assert 5 <= kinds["repeat"] <= 70


def test_a_better_response_that_is_written_in_a_check_is_offered_to_nobody(project, ada, gold, dice):
    update_project(project=project, gold_percent=50, allow_better_response=True)
    make_prompts(project, "p-1")
    dice(0.0)

    ranking = rank_next(ada, project, better_response="Mine.")

    assert len(ranking.tiers) == 4
    assert gold.prompt.responses.offered().count() == 3


def test_the_same_prompt_never_comes_twice_as_work(project, ada, max):
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r1 > r2 > r3")

    assert next_assignment(project=project, annotator=ada) is None
    assert next_assignment(project=project, annotator=max).prompt == prompt
