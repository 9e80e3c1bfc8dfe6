"""What an annotator says is checked field by field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.effort import Effort
from labeling.exceptions import InvalidRanking
from labeling.judgements import FIELDS, Judgement, parse_judgement

TIERS = [["r2"], ["r1", "r3"]]


def parse(body: object, **rules: Any) -> Judgement:
    rules = {"allow_ties": True, **rules}
    return parse_judgement(body, responses=["r1", "r2", "r3"], dimensions=["coherence", "relevance"], **rules)


def test_everything_that_can_be_said_is_kept():
    said = {
        "tiers": TIERS,
        "ratings": {"r1": {"coherence": 4, "relevance": 1}, "r2": {"coherence": 5}},
        "acceptable": ["r2", "r1"],
        "flags": {"r3": ["private", "harmful"]},
        "rationale": "  r2 is shorter,\r\nand right. ",
        "confidence": 5,
        "better_response": " Mine:\r\n",
        "guidelines_version": 2,
        "seconds": 12,
        "moves": 3,
    }

    assert parse(said, allow_better_response=True, newest_guidelines=2) == Judgement(
        tiers=TIERS,
        ratings={"r1": {"coherence": 4, "relevance": 1}, "r2": {"coherence": 5}},
        acceptable=["r1", "r2"],
        flags={"r3": ["harmful", "private"]},
        rationale="  r2 is shorter,\r\nand right. ",
        confidence=5,
        better_response=" Mine:\r\n",
        guidelines_version=2,
        effort=Effort(seconds=12.0, moves=3),
    )


def test_tiers_alone_are_enough():
    assert parse({"tiers": TIERS}) == Judgement(tiers=TIERS)


def test_nothing_acceptable_is_not_the_same_as_not_asked():
    assert parse({"tiers": TIERS, "acceptable": []}).acceptable == []
    assert parse({"tiers": TIERS, "acceptable": None}).acceptable is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("tiers", None, "best tier first"),
        ("tiers", [["r2"], ["r1"]], "missing: r3"),
        ("tiers", [["r2", "r9"], ["r1", "r3"]], "not among this prompt's responses: r9"),
        ("tiers", [["r2"], ["r2"], ["r1", "r3"]], "repeated: r2"),
        ("ratings", [1], "keyed by response id"),
        ("ratings", {"r9": {}}, "not among this prompt's responses: r9"),
        ("ratings", {"r1": 5}, "ratings of r1 must be an object"),
        ("ratings", {"r1": {"beauty": 5}}, "unknown dimension 'beauty'; this project has coherence, relevance"),
        ("ratings", {"r1": {"coherence": 0}}, "from 1 to 5; got 0"),
        ("ratings", {"r1": {"coherence": 6}}, "from 1 to 5; got 6"),
        ("ratings", {"r1": {"coherence": 4.5}}, "whole number from 1 to 5; got 4.5"),
        ("ratings", {"r1": {"coherence": True}}, "whole number from 1 to 5; got True"),
        ("ratings", {"r1": {"coherence": "4"}}, "whole number from 1 to 5; got '4'"),
        ("acceptable", "r1", "acceptable must be a list"),
        ("acceptable", [1], "acceptable must be a list"),
        ("acceptable", ["r9"], "acceptable: not among this prompt's responses: r9"),
        ("flags", ["r1"], "flags must be an object keyed by response id"),
        ("flags", {"r9": []}, "flags: not among this prompt's responses: r9"),
        ("flags", {"r1": "harmful"}, "flags of r1 must be a list out of harmful"),
        ("flags", {"r1": ["boring"]}, "flags of r1 must be a list out of harmful"),
        ("rationale", 5, "rationale must be text"),
        ("rationale", "x" * 20_001, "at most 20,000 characters"),
        ("rationale", "a\0b", "NUL character"),
        ("rationale", "\ud800", "surrogate"),
        ("confidence", 0, "confidence must be a whole number from 1 to 5"),
        ("confidence", 1.0, "confidence must be a whole number from 1 to 5"),
        ("better_response", ["Mine."], "better_response must be text"),
        ("better_response", " \n", "nothing but white space"),
        ("better_response", "a\0b", "NUL character"),
        ("guidelines_version", 3, "guidelines_version must be a whole number from 1 to 2; got 3"),
        ("guidelines_version", 0, "from 1 to 2; got 0"),
        ("guidelines_version", "1", "from 1 to 2; got '1'"),
        ("annotator", "max", "unknown field 'annotator'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field_and_what_was_needed(field, value, said):
    with pytest.raises(InvalidRanking) as refusal:
        parse({"tiers": TIERS, field: value}, allow_better_response=True, newest_guidelines=2)

    assert said in refusal.value.detail


@pytest.mark.parametrize("body", [None, [], "tiers", 5])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(InvalidRanking, match="expected an object"):
        parse(body)


def test_ties_are_refused_where_the_project_allows_none():
    with pytest.raises(InvalidRanking, match="allows no ties"):
        parse({"tiers": TIERS}, allow_ties=False)


def test_a_better_response_is_refused_where_the_project_does_not_ask_for_one():
    with pytest.raises(InvalidRanking, match="does not ask for better responses"):
        parse({"tiers": TIERS, "better_response": "Mine."})

    assert parse({"tiers": TIERS, "better_response": ""}).better_response == ""


def test_the_digest_tells_the_same_request_from_another():
    said = {"tiers": TIERS, "acceptable": ["r1", "r2"], "ratings": {"r1": {"coherence": 4, "relevance": 1}}}
    reordered = {"ratings": {"r1": {"relevance": 1, "coherence": 4}}, "acceptable": ["r2", "r1"], "tiers": TIERS}

    assert parse(said).digest == parse(reordered).digest
    assert parse(said).digest != parse({**said, "acceptable": None}).digest
    assert parse(said).digest != parse({**said, "tiers": [["r2"], ["r3", "r1"]]}).digest
    assert parse(said).digest != parse({**said, "rationale": " "}).digest
    assert parse(said).digest != parse({**said, "moves": 1}).digest


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_comes_it_is_a_judgement_or_a_refusal(body):
    try:
        judgement = parse({"tiers": TIERS, **body}, allow_better_response=True)
    except InvalidRanking:
        return
    assert judgement.digest
