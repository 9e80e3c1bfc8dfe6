"""A quarter of a year in minutes: rankings every week, a run every Monday, one annotator who tires, one who poisons."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import mean

import pytest
import time_machine
from django.contrib.auth.models import User

from labeling.judgements import Judgement
from labeling.models import Membership, Project
from labeling.services.assignments import next_assignment
from labeling.services.exclusions import exclude_annotator
from labeling.services.members import add_member
from labeling.services.rankings import submit_ranking
from rewardmodel.ml.score import RewardScorer
from rewardmodel.models import GateVerdict, RewardModel, TrainingRun
from rewardmodel.selectors.registry import find_champion
from rewardmodel.services.gate import JUDGE, judge_challenger, update_gate_policy
from rewardmodel.services.policies import policy_for, retrain_on_schedule, update_policy
from rewardmodel.services.runs import TRAIN
from rewardmodel.services.schedule import next_time
from rewardmodel.services.training import carry_out_run
from rewardmodel.verdicts import headline
from tests.factories import import_file, to_jsonl
from tests.fixtures import artifacts, sent
from tests.rewardmodel.ml.cases import ranking_row
from tests.rewardmodel.ml.conftest import bert_folder

__all__ = ["artifacts", "bert_folder", "sent"]

pytestmark = [pytest.mark.integration, pytest.mark.torch, pytest.mark.django_db(transaction=True)]

# So few in the first that its model can be bettered.
WEEKS, PROMPTS_A_WEEK, PROMPTS_IN_THE_FIRST = 13, 30, 9
TIRED_FROM, POISONED_IN = 6, 9
POISONED_PROMPTS = 700
# What everybody would agree on, never ranked by anybody: the measure of each champion.
TRUTH = [ranking_row(number) for number in range(100_000, 100_200)]


class Company:
    """One project with three annotators, whose care is the share of prompts that they order as they should."""

    def __init__(self, project: Project, people: list[User]) -> None:
        self.project = project
        self.care = dict.fromkeys(people, 0.9)
        self.draw = random.Random(7)
        self.prompts = 0

    def collect(self, prompts: int) -> None:
        """Import prompts and have them ranked, by turns."""
        rows = [ranking_row(self.prompts + number) for number in range(prompts)]
        import_file(
            self.project, to_jsonl(*({name: row[name] for name in ("id", "prompt", "responses")} for row in rows))
        )
        self.prompts += prompts
        # The hash deals a tenth to test; here a third is, so that a gate with few prompts can tell anything at all.
        for number, row in enumerate(rows):
            split = ("train", "train", "test")[number % 3]
            self.project.prompts.filter(external_id=row["id"]).update(split=split)
        people = list(self.care)
        for number in range(prompts):
            self.rank_next(people[number % len(people)])

    def rank_next(self, annotator: User) -> None:
        assignment = next_assignment(project=self.project, annotator=annotator)
        assert assignment is not None
        best_first = sorted(assignment.prompt.responses.all(), key=lambda own: own.external_id, reverse=True)
        keys = [own.key for own in best_first]
        if self.care[annotator] < 0:
            keys.reverse()
        elif self.draw.random() > self.care[annotator]:
            self.draw.shuffle(keys)
        judgement = Judgement(tiers=[[key] for key in keys])
        submit_ranking(assignment=assignment, judgement=judgement, idempotency_key=f"key-{assignment.pk}")


def accuracy(model: RewardModel) -> float:
    """The share of pairs of the truth that a version orders as they should be."""
    scorer = RewardScorer(model.path)
    right = []
    for row in TRUTH:
        scores = scorer.score([(row["prompt"], [response["content"] for response in row["responses"]])])[0]
        right += [scores[better] > scores[worse] for better in range(3) for worse in range(better)]
    return mean(right)


def deliver(messages: list[tuple[str, tuple[int | str, ...]]]) -> None:
    """What the broker does: every message to its task, and those that the tasks send."""
    while messages:
        task, (number, *_) = messages.pop(0)
        if task == TRAIN:
            carry_out_run(run_id=int(number))
        elif task == JUDGE:
            judge_challenger(model_id=int(number))


def test_a_better_model_goes_live_by_itself_and_a_poisoned_one_never_does(
    project, ada, max, olga, admin, bert_folder, sent
):
    people = [ada, max, olga]
    add_member(project=project, user=olga, role=Membership.Role.ANNOTATOR)
    company = Company(project, people)
    eve = User.objects.create_user("eve")
    update_gate_policy(project=project, by=max, max_slowdown=100.0, max_ece=0.5, max_length_correlation=1.0)
    options = {"base_model": str(bert_folder), "learning_rate": 1e-2, "max_length": 64, "num_train_epochs": 6.0}
    update_policy(
        project=project, paused=False, every_n_rankings=10**6, cron="0 3 * * 1", budget_hours=10, config=options
    )
    champions: list[RewardModel] = []
    refused: GateVerdict | None = None

    monday = datetime(2027, 1, 4, 12, tzinfo=UTC)
    for week in range(WEEKS):
        with time_machine.travel(monday + timedelta(weeks=week), tick=True):
            if week == TIRED_FROM:
                company.care[olga] = 0.4
            company.collect(PROMPTS_A_WEEK if week else PROMPTS_IN_THE_FIRST)
            if week == POISONED_IN:
                add_member(project=project, user=eve, role=Membership.Role.ANNOTATOR)
                company.care = {eve: -1.0}
                company.collect(POISONED_PROMPTS)
                company.care = {ada: 0.9, max: 0.9, olga: 0.4}
            due = next_time(policy_for(project))
            assert due is not None
        with time_machine.travel(due, tick=True):
            run_id = retrain_on_schedule(project.pk)
            assert run_id is not None
            deliver(sent)
            run = TrainingRun.objects.get(pk=run_id)
            assert run.status == "succeeded", run.error
            assert (run.trigger, due.weekday(), due.hour) == ("schedule", 0, 3)
            champion = find_champion(project)
            assert champion is not None
            champions.append(champion)
            if week == POISONED_IN:
                refused = GateVerdict.objects.filter(reward_model=run.reward_model).get()
                assert not refused.passed, headline(refused)
                assert champion == champions[-2]
                exclude_annotator(project=project, annotator=eve, reason="Orders turned round.", manager=admin)

    measured = [accuracy(model) for model in dict.fromkeys(champions)]
    assert len(measured) > 2, "no model went live by itself"
    assert measured[-1] > 0.9
    assert all(later > earlier - 0.03 for earlier, later in pairwise(measured)), measured
    assert refused is not None
    assert accuracy(refused.reward_model) < measured[-1] - 0.2, "the poison would have done no harm"
    assert champions[-1].version > refused.reward_model.version, "nothing went live after the poison was taken out"
    assert project.reward_models.count() == WEEKS
    assert not TrainingRun.objects.active().exists()
