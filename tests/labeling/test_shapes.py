"""Each shape in each container: what its reader finds, and that both databases and every run write the same bytes."""

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeling.formats.compression import COMPRESSIONS
from labeling.formats.containers import CONTAINERS
from labeling.formats.filters import Filters, filtered
from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.formats.options import Options
from labeling.formats.shapes import SHAPES

PROMPT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Größe?\r\n"}]
GROUP = RankingGroup(
    id="p-1",
    prompt=PROMPT,
    metadata={"topic": "sizes", "n": 1},
    responses=[
        {"id": "r1", "content": 'One, "two"', "model": "gpt-x"},
        {"id": "r2", "content": "=SUM(A1)\u2028", "model": "llama"},
        {"id": "r3", "content": "Three.", "model": ""},
    ],
    rankings=[
        GroupRanking(5, "a-1", ["de"], [["r2"], ["r1", "r3"]], ["r2"], {"r1": {"tone": 4}, "r2": {"tone": 2}}),
        GroupRanking(9, "a-2", [], [["r3"], ["r1"]], None, {}, weight=0.5),
    ],
    split="train",
)


def message(response: str) -> list[dict[str, str]]:
    [content] = [own["content"] for own in GROUP.responses if own["id"] == response]
    return [{"role": "assistant", "content": content}]


def records(shape: str, **options) -> list[dict]:
    return list(SHAPES[shape].records(GROUP, Options(**options)))


def written(shape: str, container: str, **options) -> bytes:
    schema = SHAPES[shape].schema(include_ties=options.get("include_ties", False))
    return b"".join(CONTAINERS[container].write(records(shape, **options), schema))


def test_dpo_has_the_three_columns_of_trl():
    assert records("dpo") == [
        {"prompt": PROMPT, "chosen": message("r2"), "rejected": message("r1")},
        {"prompt": PROMPT, "chosen": message("r2"), "rejected": message("r3")},
        {"prompt": PROMPT, "chosen": message("r3"), "rejected": message("r1")},
    ]


def test_kto_asks_only_those_who_said_what_may_be_shown():
    assert records("kto") == [
        {"prompt": PROMPT, "completion": message("r1"), "label": False},
        {"prompt": PROMPT, "completion": message("r2"), "label": True},
        {"prompt": PROMPT, "completion": message("r3"), "label": False},
    ]


def test_openrlhf_holds_whole_conversations():
    first = records("openrlhf")[0]
    assert first == {"chosen": PROMPT + message("r2"), "rejected": PROMPT + message("r1"), "margin": 1}


def test_hh_is_flat_text():
    start = "\n\nSystem: Be brief.\n\nHuman: Größe?\r\n\n\nAssistant: "
    assert records("hh")[2] == {"chosen": start + "Three.", "rejected": start + 'One, "two"'}


@pytest.mark.parametrize("shape", ["trl", "dpo", "openrlhf", "hh"])
def test_ties_come_marked_in_every_shape_of_pairs(shape):
    # By the place of the chosen response: r1 = r3 first, then what r2 and r3 are chosen over.
    assert [record["tie"] for record in records(shape, include_ties=True)] == [True, False, False, False]
    assert all("tie" not in record for record in records(shape))


# The one left out is what a tokenizer makes of these.
WRITTEN = [name for name, shape in SHAPES.items() if not shape.tokenized]


@pytest.mark.parametrize("shape", WRITTEN)
def test_jsonl_is_what_json_writes(shape):
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    expected = "".join(encode(record) + "\n" for record in records(shape))
    assert written(shape, "jsonl").decode() == expected


@pytest.mark.parametrize("shape", WRITTEN)
def test_csv_gives_every_text_back_and_lists_as_json(shape):
    rows = list(csv.DictReader(io.StringIO(written(shape, "csv").decode(), newline="")))
    expected = records(shape)
    assert len(rows) == len(expected)
    for row, record in zip(rows, expected, strict=True):
        assert list(row) == list(record)
        for name, value in record.items():
            assert (row[name] if isinstance(value, str) else json.loads(row[name])) == value


@pytest.mark.parametrize("shape", WRITTEN)
def test_parquet_gives_every_record_back(shape):
    rows = pq.read_table(io.BytesIO(written(shape, "parquet")), use_threads=False).to_pylist()
    if shape == "groups":
        for row in rows:
            row["metadata"] = json.loads(row["metadata"])
            row["rankings"] = [{**own, "ratings": json.loads(own["ratings"])} for own in row["rankings"]]
    assert rows == records(shape)


@pytest.mark.parametrize("shape", WRITTEN)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_records_give_the_same_bytes(shape, container):
    assert written(shape, container) == written(shape, container)


def test_an_empty_export_has_its_columns_where_the_format_has_any():
    schema = SHAPES["dpo"].schema(include_ties=False)
    assert b"".join(CONTAINERS["csv"].write([], schema)) == b"prompt,chosen,rejected\r\n"
    assert pq.read_schema(io.BytesIO(b"".join(CONTAINERS["parquet"].write([], schema)))).names == schema.names
    assert b"".join(CONTAINERS["jsonl"].write([], schema)) == b""


def test_compressed_it_is_the_same():
    plain = written("trl", "jsonl")
    packed = {name: b"".join(pack([plain[:9], plain[9:]])) for name, (_, pack) in COMPRESSIONS.items()}
    assert gzip.decompress(packed["gzip"]) == plain
    assert pa.CompressedInputStream(io.BytesIO(packed["zstd"]), "zstd").read() == plain
    assert packed["gzip"] == b"".join(COMPRESSIONS["gzip"][1]([plain[:9], plain[9:]])), "no time stands in it"


class TestFilters:
    def kept(self, by_rating: bool = False, **filters) -> list[list[GroupRanking]]:
        return [group.rankings for group in filtered([GROUP], Filters(**filters), by_rating=by_rating)]

    def test_a_ranking_is_of_its_annotator_and_their_cohort(self):
        first, second = GROUP.rankings
        assert self.kept(annotator="a-2") == [[second]]
        assert self.kept(cohort="de") == [[first]]
        assert self.kept(cohort="fr") == []
        assert self.kept(split="train") == [[first, second]]
        assert self.kept(split="test") == []

    def test_pairs_of_a_dimension_are_preferences_by_its_ratings(self):
        assert self.kept(dimension="tone") == [[GROUP.rankings[0]]]
        [[rated]] = self.kept(dimension="tone", by_rating=True)
        assert rated.tiers == [["r1"], ["r2"]], "4 is above 2, whatever the ranking says"
        assert self.kept(dimension="length") == []

    def test_a_models_pairs_are_those_it_stands_in(self):
        assert {(record["chosen_model"], record["rejected_model"]) for record in records("trl", model="llama")} == {
            ("llama", "gpt-x"),
            ("llama", ""),
        }
        assert [record["completion"] for record in records("kto", model="llama")] == [message("r2")]
        assert records("groups", model="nobody") == []
        assert len(records("groups", model="llama")) == 1
