"""What annotators wrote leaves with the pairs, marked as human; what they have withdrawn does not."""

import json

from labeling.judgements import Judgement
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking
from tests.factories import exported_lines, rank, tiers_of


def group(project) -> dict:
    (line,) = exported_lines(project, shape="groups")
    return json.loads(line)


def withdraw(ranking) -> None:
    judgement = Judgement(tiers=tiers_of(ranking.prompt, "r1 > r2 > r3"))
    revise_ranking(ranking=ranking, judgement=judgement, idempotency_key="k-2")


def test_it_is_in_the_group_as_a_humans(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")

    assert group(project)["responses"][-1] == {"id": "human-3", "content": "Four.", "model": "human"}
    assert group(project)["rankings"][0]["tiers"] == [["human-3"], ["r1"], ["r2"], ["r3"]]


def test_its_pairs_say_that_a_human_wrote_it(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")

    chosen = [record for line in exported_lines(project) if (record := json.loads(line))["chosen_model"] == "human"]
    assert [record["margin"] for record in chosen] == [1, 2, 3]
    assert {record["chosen"][0]["content"] for record in chosen} == {"Four."}


def test_a_withdrawn_one_is_left_out(project, ada, prompt):
    withdraw(rank(ada, prompt, "r1 > r2 > r3", better_response="Four."))

    assert [response["id"] for response in group(project)["responses"]] == ["r1", "r2", "r3"]
    assert not any(b"Four." in line for line in exported_lines(project))


def test_a_withdrawn_one_stays_where_somebody_else_has_ranked_it(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    written = rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")
    rank(max, prompt, "r1 > r2 > human-3 > r3")
    withdraw(written)

    exported = group(project)

    assert [response["id"] for response in exported["responses"]] == ["r1", "r2", "r3", "human-3"]
    tiers = [ranking["tiers"] for ranking in exported["rankings"]]
    assert tiers == [[["r1"], ["r2"], ["human-3"], ["r3"]], [["r1"], ["r2"], ["r3"]]]
    ranking_alone = [json.loads(line)["chosen"][0]["content"] for line in exported_lines(project)]
    assert len(ranking_alone) == 6 + 3
