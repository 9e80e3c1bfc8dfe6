"""The shapes of the export, against records written by hand."""

from labeling.formats.groups import GroupRanking, RankingGroup, group_records
from labeling.formats.options import Options
from labeling.formats.trl import trl_records

GROUP = RankingGroup(
    id="p-17",
    prompt=[{"role": "user", "content": "Why?"}],
    metadata={"source": "mail"},
    responses=[
        {"id": "r1", "content": "One.", "model": "gpt-x"},
        {"id": "r2", "content": "Two.", "model": ""},
        {"id": "r3", "content": "Three.", "model": "llama"},
    ],
    rankings=[
        GroupRanking(
            id=4,
            annotator="a-7",
            cohort=["de"],
            tiers=[["r3"], ["r1"], ["r2"]],
            acceptable=["r3"],
            ratings={"r1": {"coherence": 4}},
        ),
        GroupRanking(
            id=5, annotator="a-8", cohort=[], tiers=[["r2"], ["r3", "r1"]], acceptable=None, ratings={}, weight=0.5
        ),
    ],
    split="train",
)


def pair(chosen: str, rejected: str, **more: object) -> dict[str, object]:
    texts = {"r1": ("One.", "gpt-x"), "r2": ("Two.", ""), "r3": ("Three.", "llama")}
    return {
        "prompt": [{"role": "user", "content": "Why?"}],
        "chosen": [{"role": "assistant", "content": texts[chosen][0]}],
        "rejected": [{"role": "assistant", "content": texts[rejected][0]}],
        "prompt_id": "p-17",
        "chosen_model": texts[chosen][1],
        "rejected_model": texts[rejected][1],
        "split": "train",
        **more,
    }


def test_a_group_is_one_record_with_all_its_rankings():
    (record,) = group_records(GROUP)

    assert record == {
        "id": "p-17",
        "prompt": [{"role": "user", "content": "Why?"}],
        "responses": [
            {"id": "r1", "content": "One.", "model": "gpt-x"},
            {"id": "r2", "content": "Two.", "model": ""},
            {"id": "r3", "content": "Three.", "model": "llama"},
        ],
        "rankings": [
            {
                "annotator": "a-7",
                "cohort": ["de"],
                "tiers": [["r3"], ["r1"], ["r2"]],
                "acceptable": ["r3"],
                "ratings": {"r1": {"coherence": 4}},
                "weight": 1.0,
            },
            {
                "annotator": "a-8",
                "cohort": [],
                "tiers": [["r2"], ["r3", "r1"]],
                "acceptable": None,
                "ratings": {},
                "weight": 0.5,
            },
        ],
        "split": "train",
        "metadata": {"source": "mail"},
    }


def test_pairs_come_by_the_places_of_chosen_and_rejected_in_the_import():
    first, second = (
        {"ranking_id": 4, "annotator": "a-7", "weight": 1 / 3},
        {
            "ranking_id": 5,
            "annotator": "a-8",
            "weight": 0.25,
        },
    )

    assert list(trl_records(GROUP, Options())) == [
        pair("r1", "r2", margin=1, **first),
        pair("r3", "r1", margin=1, **first),
        pair("r3", "r2", margin=2, **first),
        pair("r2", "r1", margin=1, **second),
        pair("r2", "r3", margin=1, **second),
    ]


def test_ties_come_marked_when_asked_for():
    records = [record for record in trl_records(GROUP, Options(include_ties=True)) if record["ranking_id"] == 5]
    second = {"ranking_id": 5, "annotator": "a-8", "weight": 0.5 / 3}

    assert records == [
        pair("r2", "r1", margin=1, tie=False, **second),
        pair("r2", "r3", margin=1, tie=False, **second),
        pair("r3", "r1", margin=0, tie=True, **second),
    ]
