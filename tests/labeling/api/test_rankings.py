"""Rankings over the API: managers see all, annotators their own."""

from labeling.judgements import Judgement
from labeling.models import Pseudonym
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking
from tests.factories import api, make_prompts, rank, tiers_of

RANKINGS = "/api/v1/projects/support/rankings/"


def ids(answer) -> list[int]:
    return [item["id"] for item in answer.json()["results"]]


def test_annotators_never_see_each_others_rankings(project, ada, max, olga):
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "p-1")
    hers, his = rank(ada, prompt, "r1 > r2 > r3"), rank(max, prompt, "r3 > r2 > r1")

    assert ids(api(ada).get(RANKINGS)) == [hers.pk]
    assert ids(api(max).get(RANKINGS)) == [hers.pk, his.pk]
    assert ids(api(ada).get(f"{RANKINGS}?all=1&annotator=max")) == [hers.pk]
    assert api(olga).get(RANKINGS).status_code == 404


def test_annotators_come_under_their_pseudonyms(project, ada, max, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    answer = api(max).get(RANKINGS)

    assert answer.json()["results"][0]["annotator"] == Pseudonym.objects.get(user=ada).name
    assert '"ada"' not in answer.content.decode()


def test_superseded_rankings_come_only_with_all(project, ada, max, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")
    second, _ = revise_ranking(
        ranking=first, judgement=Judgement(tiers=tiers_of(prompt, "r3 > r2 > r1")), idempotency_key="again"
    )

    assert ids(api(max).get(RANKINGS)) == [second.pk]
    assert ids(api(max).get(f"{RANKINGS}?all=1")) == [first.pk, second.pk]
    assert ids(api(max).get(f"{RANKINGS}?all=0")) == [second.pk]
    assert api(max).get(f"{RANKINGS}?all=maybe").status_code == 400


def test_rankings_come_in_pages_in_the_order_they_were_made(project, ada, max):
    made = [rank(ada, prompt, "r1 > r2 > r3").pk for prompt in make_prompts(project, "p-1", "p-2", "p-3")]

    first = api(max).get(f"{RANKINGS}?page_size=2")

    assert ids(first) == made[:2]
    assert ids(api(max).get(first.json()["next"])) == made[2:]
