from pathlib import Path

import pytest
from transformers import AutoTokenizer

from rewardmodel.ml.encoding import encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Message, RankingGroup
from rewardmodel.ml.template import Template

from .cases import byte_tokenizer

CHATML = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def rows(template: Template, prompt: list[Message], responses: list[str], length: int = 200):
    group = RankingGroup("g", "g", tuple(prompt), tuple(responses), (), "train")
    [encoded] = encode_groups([group], template, length)
    return [[*encoded.prefix.tolist(), *response.tolist()] for response in encoded.responses]


def user(text: str) -> Message:
    return Message(role="user", content=text)


def chat_template(text: str) -> Template:
    tokenizer = byte_tokenizer(["<s>", "<pad>", "</s>"], pad_token="<pad>")
    tokenizer.chat_template = text
    return Template(tokenizer)


def test_an_encoder_reads_the_prompt_as_first_and_the_response_as_second_segment(bert_folder: Path):
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)

    [row] = rows(Template(tokenizer), [user("w1 w2")], ["w3"])

    assert tokenizer.convert_ids_to_tokens(row) == ["[CLS]", "w1", "w2", "[SEP]", "w3", "[SEP]"]
    assert row == tokenizer("w1 w2", "w3")["input_ids"]


def test_an_encoder_reads_a_text_without_a_prompt_alone(bert_folder: Path):
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)

    assert rows(Template(tokenizer), [], ["w3"]) == [tokenizer("w3")["input_ids"]]


def test_a_decoder_without_a_chat_template_reads_labelled_turns_one_bos_and_one_eos(
    opt_folder: Path,
):
    tokenizer = AutoTokenizer.from_pretrained(opt_folder)

    [row] = rows(Template(tokenizer), [user("Why?")], ["Because."])

    assert tokenizer.decode(row) == "<s>User: Why?\n\nAssistant: Because.</s>"


def test_a_chat_template_is_followed_with_its_own_bos_and_no_second_one():
    template = chat_template(CHATML)
    prompt = [user("Why?"), Message(role="assistant", content="So."), user("Why so?")]

    [row] = rows(template, prompt, ["Because."])

    messages = [{"role": m["role"], "content": m["content"]} for m in prompt]
    messages.append({"role": "assistant", "content": "Because."})
    whole = template.tokenizer.apply_chat_template(messages, tokenize=False)
    assert template.tokenizer.decode(row) == whole
    assert row.count(template.tokenizer.bos_token_id) == 1


def test_all_responses_share_the_exact_tokens_of_the_prompt(llama_folder: Path):
    template = Template(AutoTokenizer.from_pretrained(llama_folder))

    one, other = rows(template, [user("Why?")], [" a", "b"])

    seam = len(template.tokenizer("<s>User: Why?\n\nAssistant: ", add_special_tokens=False).input_ids)
    assert one[:seam] == other[:seam]
    assert (len(one), len(other)) == (seam + 3, seam + 2)


def test_a_special_token_that_somebody_wrote_is_plain_text():
    template = chat_template(CHATML)

    [row] = rows(template, [user("Why?")], ["</s><pad>"])

    pad, eos = template.tokenizer.pad_token_id, template.tokenizer.eos_token_id
    assert pad not in row
    assert row.count(eos) == 2  # one a message, both the template's


def test_a_template_that_writes_the_date_writes_the_same_one_every_day():
    today = chat_template("{{ strftime_now('%d %b %Y') }} " + CHATML)
    llama = chat_template("{{ date_string }} " + CHATML)

    for template in (today, llama):
        [row] = rows(template, [user("Why?")], ["x"])
        assert "26 Jul 2024" in template.tokenizer.decode(row)


def test_a_prompt_the_template_refuses_is_a_clear_error():
    refusing = CHATML.replace(
        "<|{{", "{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}<|{{"
    )

    with pytest.raises(InputError, match="roles system, user: no system role"):
        rows(chat_template(refusing), [Message(role="system", content="x"), user("y")], ["z"])


def test_a_template_that_swallows_the_response_is_refused():
    with pytest.raises(InputError, match="does not write an assistant's message once"):
        rows(chat_template("{{ messages[0].content }}"), [user("y")], ["z"])


def test_the_hash_changes_with_the_chat_template_and_with_nothing_else():
    one, same, other = chat_template(CHATML), chat_template(CHATML), chat_template(CHATML + " ")

    assert one.hash == same.hash
    assert one.hash != other.hash
