"""Files are read row by row, each with its line number."""

import io
import json
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.sources import readers
from labeling.sources.readers import UnreadableFile, format_of, read_json, read_jsonl, read_parquet
from labeling.sources.rows import InvalidRow
from tests.factories import row, to_jsonl


def parquet(*rows: dict) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


def only_error(decoded) -> tuple[int, str]:
    ((line, error),) = [(line, value) for line, value in decoded if isinstance(value, InvalidRow)]
    return line, error.detail


def test_lines_are_counted_with_the_blank_ones():
    assert list(read_jsonl(io.BytesIO(b'{"a": 1}\n\n  \r\n{"a": 2}'))) == [(1, {"a": 1}), (4, {"a": 2})]


def test_a_byte_order_mark_at_the_start_is_allowed():
    assert list(read_jsonl(io.BytesIO(b"\xef\xbb\xbf[1]\n"))) == [(1, [1])]
    assert list(read_json(io.BytesIO(b"\xef\xbb\xbf[5]"))) == [(1, 5)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"a": }', "expected JSON; Expecting value at character 7"),
        (b'{"a": "\xff"}', "expected UTF-8; byte 8 is 0xff"),
        ("é".encode("utf-16"), "expected UTF-8; byte 1 is 0xff"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 500 + b"]" * 500, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "too many digits"),
        (b"[NaN]", "NaN is no number of JSON"),
        (b"[1e999]", "the number 1e999 is too large"),
    ],
)
def test_a_line_that_cannot_be_decoded_is_told_and_the_others_are_read(line, said):
    decoded = list(read_jsonl(io.BytesIO(b"[1]\n" + line + b"\n[3]\n")))

    assert [number for number, _ in decoded] == [1, 2, 3]
    number, detail = only_error(decoded)
    assert number == 2
    assert said in detail


def test_a_line_without_end_is_no_jsonl(monkeypatch):
    monkeypatch.setattr(readers, "LONGEST_LINE", 100)

    with pytest.raises(UnreadableFile, match="line 2 is longer than 100 bytes"):
        list(read_jsonl(io.BytesIO(b"[1]\n[" + b"1" * 100 + b"]\n")))


def test_a_json_list_counts_its_rows_from_one():
    assert list(read_json(io.BytesIO(b'[{"a": 1}, 2]'))) == [(1, {"a": 1}), (2, 2)]


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_json_list_is_unreadable(content):
    with pytest.raises(UnreadableFile):
        list(read_json(io.BytesIO(content)))


def test_a_json_list_too_long_to_hold_is_refused(monkeypatch):
    monkeypatch.setattr(readers, "LARGEST_JSON_LIST", 10)

    with pytest.raises(UnreadableFile, match="more than 10 bytes; send it as JSONL"):
        list(read_json(io.BytesIO(b"[1,2,3,4,5,6]")))


def test_parquet_rows_come_with_their_numbers_and_without_nulls():
    rows = [row("p-1", split_key=None, metadata={"n": 1}), row("p-2", split_key="k", metadata={"n": 2})]

    assert list(read_parquet(io.BytesIO(parquet(*rows)))) == [(1, row("p-1", metadata={"n": 1})), (2, rows[1])]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 64 + b"PAR1", b"{}"])
def test_what_is_no_parquet_is_unreadable(content):
    with pytest.raises(UnreadableFile, match="not a readable Parquet file"):
        list(read_parquet(io.BytesIO(content)))


def test_a_date_beyond_all_calendars_makes_the_file_unreadable():
    sink = io.BytesIO()
    pq.write_table(pa.table({"when": pa.array([10**15], pa.timestamp("s"))}), sink)

    with pytest.raises(UnreadableFile, match="not a readable Parquet file"):
        list(read_parquet(io.BytesIO(sink.getvalue())))


@given(st.data())
def test_a_damaged_parquet_file_is_read_or_refused(data):
    content = bytearray(parquet(*(row(f"p-{number}") for number in range(20))))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    with suppress(UnreadableFile):
        list(read_parquet(io.BytesIO(bytes(content))))


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3), max_size=5))
def test_jsonl_comes_back_code_point_for_code_point(rows):
    assert [value for _, value in read_jsonl(io.BytesIO(to_jsonl(*rows)))] == rows
    escaped = b"".join(json.dumps(item).encode() + b"\r\n" for item in rows)
    assert [value for _, value in read_jsonl(io.BytesIO(escaped))] == rows


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.jsonl", "jsonl"),
        ("A.NDJSON", "jsonl"),
        ("a.json", "json"),
        ("a.tar.parquet", "parquet"),
        ("x.pq", "parquet"),
    ],
)
def test_the_name_tells_the_format(name, format):
    assert format_of(name) == format


@pytest.mark.parametrize("name", ["rows", "rows.xlsx", ""])
def test_a_name_that_tells_none_is_refused(name):
    with pytest.raises(UnreadableFile, match=r"known endings are \.jsonl"):
        format_of(name)
