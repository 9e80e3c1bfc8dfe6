import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Ranking
from rewardmodel.ml.reading import data_sha256, read_groups

from .cases import ranking_row

Write = Callable[..., str]


def test_a_group_is_read_with_its_rankings_as_indices(write_rows: Write):
    row = {
        "id": "p-17",
        "prompt": [{"role": "user", "content": "Why?"}],
        "responses": [{"id": "a", "content": "x"}, {"id": "b", "content": "y", "model": "m"}],
        "rankings": [{"annotator": "a7", "tiers": [["b"], ["a"]], "weight": 0.5}],
        "metadata": {},
        "split": "test",
    }

    [group] = read_groups(write_rows([row]))

    assert (group.id, group.split, group.responses) == ("p-17", "test", ("x", "y"))
    assert group.rankings == (Ranking(((1,), (0,)), 0.5, "a7"),)


def test_plain_texts_serve_as_prompt_and_responses_and_rankings_may_be_missing(write_rows: Write):
    [group] = read_groups(write_rows([{"id": 3, "prompt": "Why?", "responses": ["x", "y", "z"]}]))

    assert group.id == "3"
    assert group.prompt == ({"role": "user", "content": "Why?"},)
    assert group.responses == ("x", "y", "z")
    assert group.rankings == ()


def test_a_pair_is_a_group_of_two(write_rows: Write):
    row = {"prompt": "Why?", "chosen": "x", "rejected": "y", "margin": 2, "weight": 0.25}

    [group] = read_groups(write_rows([row]))

    assert group.responses == ("x", "y")
    assert group.rankings == (Ranking(((0,), (1,)), 0.25, margin=2.0),)


def test_a_pair_of_messages_shares_what_both_sides_begin_with(write_rows: Write):
    user, system = {"role": "user", "content": "Why?"}, {"role": "system", "content": "Be brief"}

    def said(text: str) -> dict[str, str]:
        return {"role": "assistant", "content": text}

    rows = [
        {"prompt": [system, user], "chosen": [said("x")], "rejected": [said("y")]},
        {"chosen": [system, user, said("x")], "rejected": [system, user, said("y")]},
        {"chosen": [system, user, said("x")], "rejected": [system, user, said("x")]},
    ]

    groups = list(read_groups(write_rows(rows)))

    assert [group.prompt for group in groups] == [(system, user)] * 3
    assert [group.responses for group in groups] == [("x", "y"), ("x", "y"), ("x", "x")]


def test_a_pair_without_a_prompt_has_an_empty_one(write_rows: Write):
    rows = [{"chosen": "x", "rejected": "y"}, {"prompt": "", "chosen": "x", "rejected": "y"}]

    assert [group.prompt for group in read_groups(write_rows(rows))] == [(), ()]


def test_parquet_reads_as_jsonl_does(tmp_path: Path, write_rows: Write):
    rows = [{"prompt": [{"role": "user", "content": f"q{n}"}], "chosen": "x", "rejected": "y"} for n in range(5)]
    path = tmp_path / "pairs.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)

    groups = list(read_groups(path))

    assert [g.prompt for g in groups] == [g.prompt for g in read_groups(write_rows(rows))]
    assert groups[4].id == "row-5"


def test_groups_in_parquet_keep_their_nested_rankings(tmp_path: Path):
    path = tmp_path / "groups.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([ranking_row(1), ranking_row(2)]), path)

    assert [group.rankings[0].tiers for group in read_groups(path)] == [((2,), (1,), (0,))] * 2


def test_a_line_ends_at_a_newline_only_and_text_is_kept_code_point_for_code_point(tmp_path: Path):
    text = "  a\u2028b\u0085c\r\u00e9e\u0301 \n"
    path = tmp_path / "pairs.jsonl"
    line = json.dumps({"prompt": text, "chosen": text, "rejected": "y"}, ensure_ascii=False)
    path.write_bytes(f"\ufeff{line}\n\n{line}\n".encode())

    groups = list(read_groups(path))

    assert [group.responses[0] for group in groups] == [text, text]
    assert groups[1].id == "line-3"


def test_a_split_in_the_row_or_a_split_key_decides(write_rows: Write):
    rows = [
        {"prompt": "same", "chosen": "x", "rejected": "y", "split": "validation"},
        *({"prompt": "same", "chosen": "x", "rejected": "y", "split_key": f"k{n}"} for n in range(40)),
    ]

    splits = [group.split for group in read_groups(write_rows(rows))]

    assert splits[0] == "validation"
    assert set(splits[1:]) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": 3}, "prompt"),
        ({"prompt": [{"role": "user"}]}, "prompt[0].content"),
        ({"responses": []}, "responses"),
        ({"responses": ["x", 4]}, "responses[1].content"),
        ({"responses": [{"id": "r", "content": "x"}, {"id": "r", "content": "y"}]}, "responses[1].id"),
        ({"rankings": {}}, "rankings"),
        ({"rankings": [{"tiers": "r0"}]}, "rankings[0].tiers"),
        ({"rankings": [{"tiers": ["r0"]}]}, "rankings[0].tiers[0]"),
        ({"rankings": [{"tiers": [["r0"], ["r9"]]}]}, "rankings[0].tiers[1]"),
        ({"rankings": [{"tiers": [["r0"], ["r0"]]}]}, "rankings[0].tiers[1]"),
        ({"rankings": [{"tiers": [["r0"]], "weight": -1}]}, "rankings[0].weight"),
        ({"rankings": [{"tiers": [["r0"]], "weight": "1"}]}, "rankings[0].weight"),
        ({"split": "dev"}, "split"),
        ({"split_key": 3}, "split_key"),
        ({"id": ["x"]}, "id"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(write_rows: Write, change: dict[str, Any], field: str):
    path = write_rows([ranking_row(1), {**ranking_row(2), **change}])

    with pytest.raises(InputError) as caught:
        list(read_groups(path))

    assert f"{path}, line 2: {field}: expected " in str(caught.value)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"prompt": "p", "chosen": "x"}, "rejected"),
        ({"prompt": "p", "chosen": "x", "rejected": 3}, "rejected"),
        ({"prompt": "p", "chosen": "x", "rejected": "y", "margin": "wide"}, "margin"),
        ({"chosen": [{"role": "user", "content": "x"}], "rejected": "y"}, "chosen"),
        ({"prompt": "p"}, "row"),
        (["x"], "row"),
    ],
)
def test_a_wrong_pair_is_named_with_its_line(write_rows: Write, row: dict[str, Any], field: str):
    with pytest.raises(InputError, match=f"line 1: {field}: expected "):
        list(read_groups(write_rows([row])))


def test_a_line_that_is_not_json_is_named(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"chosen": "x", "rejected": "y"}\n{"chosen": \n')

    with pytest.raises(InputError, match="line 2: not JSON"):
        list(read_groups(path))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.jsonl: No such file"):
        list(read_groups(tmp_path / "none.jsonl"))


def test_a_broken_parquet_file_is_named(tmp_path: Path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")

    with pytest.raises(InputError, match="not a readable Parquet file"):
        list(read_groups(path))


def test_the_hash_is_that_of_the_bytes(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"abc")

    assert data_sha256(tmp_path / "x").startswith("ba7816bf")


def test_objects_that_parquet_holds_as_json_are_read(write_rows: Write):
    row = {
        "id": "p-17",
        "prompt": "Why?",
        "responses": [{"id": "a", "content": "x"}, {"id": "b", "content": "y"}],
        "rankings": [{"annotator": "a7", "tiers": [["b"], ["a"]], "ratings": '{"a": {"coherence": 4}}'}],
        "metadata": '{"topic": "tea"}',
        "split": "test",
    }

    [group] = read_groups(write_rows([row]))

    assert group.labels == ("topic: tea",)
    assert [(rating.dimension, rating.value) for rating in group.rankings[0].ratings] == [("coherence", 4)]
