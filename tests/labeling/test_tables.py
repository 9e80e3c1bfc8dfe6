"""CSV, TSV and Arrow as people export them: from a spreadsheet, from pandas, from `datasets`, from Podium itself."""

import io
import json

import pyarrow as pa
import pytest

from labeling.sources.readers import READERS, UnreadableFile
from labeling.sources.recipes import RECIPES
from labeling.sources.rows import InvalidRow
from tests.factories import import_file, row


def read(content: str | bytes, format: str = "csv", recipe: str = "prompts") -> list:
    content = content if isinstance(content, bytes) else content.encode()
    return list(RECIPES[recipe](READERS[format](io.BytesIO(content))))


def test_numbered_columns_are_the_responses_with_their_models():
    [(line, found)] = read(
        'id,prompt,response_1,response_2,model_2,response_10\np-1,"Why, then?",One,"Two\nlines",m,Ten\n'
    )
    assert line == 3, "where the row ends"
    assert found.messages == [{"role": "user", "content": "Why, then?"}]
    assert [(one.content, one.model) for one in found.responses] == [("One", ""), ("Two\nlines", "m"), ("Ten", "")]


def test_lettered_columns_and_empty_cells():
    [(_, found)] = read("id,prompt,response_a,response_b,response_c,split_key\np-1,Why?,One,Two,,\n")
    assert [one.content for one in found.responses] == ["One", "Two"]
    assert found.split_key == ""


def test_lists_and_objects_stand_as_json():
    cells = [
        json.dumps(value)
        for value in ([{"role": "user", "content": "Why?"}], ["a", {"content": "b", "id": "x"}], {"n": 1})
    ]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    [(_, found)] = read(f"\ufeffid,prompt,responses,metadata\r\np-1,{quoted}\r\n")
    assert found.messages == [{"role": "user", "content": "Why?"}]
    assert [one.id for one in found.responses] == ["r1", "x"]
    assert found.metadata == {"n": 1}


def test_a_prompt_that_begins_with_a_bracket_is_text():
    [(_, found)] = read("id,prompt,response_1,response_2\np-1,[1] Why?,a,b\n")
    assert found.messages[0]["content"] == "[1] Why?"


def test_tabs_votes_and_labels():
    [(_, found)] = read("id\tprompt\tresponse_1\tresponse_2\np-1\tWhy, then?\ta\tb\n", "tsv")
    assert found.messages[0]["content"] == "Why, then?"
    votes = "item_id,prompt,response_a,response_b,winner,annotator\ni,Why?,x,y,a,ann\n"
    [(_, voted)] = read(votes, recipe="votes")
    assert voted.judgements[0].annotator == "ann"
    pairs = [found for _, found in read("text,label\nGood,1\nBad,0\n", recipe="sentiment")]
    assert [one.content for one in pairs[0].responses] == ["Good", "Bad"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,prompt,response_1,response_2\np-1,Why?,a\n", "expected 4 cells, as in the first line; got 3"),
        ('id,prompt,responses\np-1,Why?,"[1,"\n', "stands in a cell as JSON"),
        ("id,prompt,response_1,note\np-1,Why?,a,b\n", "unknown field"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(content, said):
    [(_, found)] = read(content)
    assert isinstance(found, InvalidRow)
    assert said in str(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must name the columns"),
        (b"id,id\n1,2\n", "each once"),
        (b"id,prompt\n\xff\xfe,a\n", "expected UTF-8"),
        (b'id,prompt\np-1,"open\n', "line"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, said):
    with pytest.raises(UnreadableFile, match=said):
        read(content)


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_as_datasets_keeps_it(kind):
    table = pa.Table.from_pylist(
        [row("p-1", responses=["a", "b"], split_key=None), row("p-2", responses=["a", "b"], split_key="k")]
    )
    sink = io.BytesIO()
    with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table)
    found = [one for _, one in read(sink.getvalue(), "arrow")]
    assert [(one.id, one.split_key) for one in found] == [("p-1", ""), ("p-2", "k")]
    with pytest.raises(UnreadableFile, match="not a readable Arrow file"):
        read(b"ARROW1 and nothing more", "arrow")


def test_it_imports_like_every_other_file(project):
    content = "id,prompt,response_1,response_2\np-1,Why?,a,b\np-2,How?,c,d\n"
    assert import_file(project, content.encode(), format="csv").created == 2
    assert import_file(project, content.encode(), format="csv").unchanged == 2
