from pathlib import Path

import pytest
from transformers import AutoTokenizer

from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Message, RankingGroup
from rewardmodel.ml.template import Template


@pytest.fixture
def template(bert_folder: Path) -> Template:
    return Template(AutoTokenizer.from_pretrained(bert_folder))


def encode(template: Template, prompt: str, responses: list[str], max_length: int) -> EncodedGroup:
    messages = (Message(role="user", content=prompt),) if prompt else ()
    group = RankingGroup("g", "g", messages, tuple(responses), (), "train")
    [encoded] = encode_groups([group], template, max_length)
    return encoded


def words(template: Template, group: EncodedGroup, row: int) -> str:
    ids = [*group.prefix.tolist(), *group.responses[row].tolist()]
    return " ".join(template.tokenizer.convert_ids_to_tokens(ids))


def test_what_fits_is_not_cut(template: Template):
    group = encode(template, "w1 w2", ["w3", "w4 w5"], max_length=7)

    assert words(template, group, 1) == "[CLS] w1 w2 [SEP] w4 w5 [SEP]"
    assert group.cut_rows == 0


def test_the_prompt_loses_its_beginning_alike_for_all_responses(template: Template):
    group = encode(template, "w1 w2 w3", ["w4", "w5 w6"], max_length=7)

    assert words(template, group, 0) == "[CLS] w2 w3 [SEP] w4 [SEP]"
    assert words(template, group, 1) == "[CLS] w2 w3 [SEP] w5 w6 [SEP]"
    assert group.cut_rows == 2


def test_a_response_that_is_too_long_alone_keeps_its_end(template: Template):
    group = encode(template, "w1", ["w2 w3 w4 w5", "w6"], max_length=6)

    assert words(template, group, 0) == "[CLS] [SEP] w3 w4 w5 [SEP]"
    assert words(template, group, 1) == "[CLS] [SEP] w6 [SEP]"
    assert group.cut_rows == 2


def test_a_text_without_a_prompt_keeps_its_end_and_counts_only_itself(template: Template):
    group = encode(template, "", ["w2 w3 w4 w5", "w6"], max_length=4)

    assert words(template, group, 0) == "[CLS] w4 w5 [SEP]"
    assert group.cut_rows == 1


def test_no_row_is_longer_than_the_maximum(template: Template):
    texts = [" ".join(["w1"] * n) for n in range(0, 40, 7)]
    for max_length in (8, 11, 30):
        group = encode(template, " ".join(["w2"] * 20), texts, max_length)
        assert group.longest <= max_length


def test_a_maximum_that_special_tokens_fill_is_refused(template: Template):
    with pytest.raises(InputError, match="max_length: got 3"):
        encode(template, "w1", ["w2"], max_length=3)


def test_an_empty_response_is_its_special_tokens(template: Template):
    group = encode(template, "w1", ["", "w2"], max_length=8)

    assert words(template, group, 0) == "[CLS] w1 [SEP] [SEP]"


def test_many_groups_keep_their_order_and_their_texts(template: Template):
    groups = [
        RankingGroup(str(n), str(n), (), tuple(f"w{n % 90 + k}" for k in range(n % 3 + 1)), (), "train")
        for n in range(1200)
    ]

    encoded = list(encode_groups(groups, template, 16))

    assert [group.id for group in encoded] == [str(n) for n in range(1200)]
    assert words(template, encoded[1000], 1) == "[CLS] w11 [SEP]"
    assert [len(group.responses) for group in encoded[:4]] == [1, 2, 3, 1]
