"""Nothing that a caller sends is answered with a 5xx."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Caller, api
from tests.rewardmodel.api.world import CALLS, make_world

WRITES = [call for call in CALLS if call.method != "GET"]
READS = [call for call in CALLS if call.method == "GET"]
NAMES = [
    "slug", "name", "guidelines", "overlap", "lease_minutes", "allow_ties", "dimensions", "split_salt", "user", "role",
    "cohort", "after", "tiers", "ratings", "acceptable", "flags", "rationale", "confidence", "seconds", "reason",
    "config", "snapshot", "prompt", "responses", "inputs", "response", "id", "content", "model", "metadata",
    "split_key", "base_model", "learning_rate", "seed", "max_length", "version", "better_response",
    "guidelines_version", "active_seconds", "moves", "input_methods", "as_shown_confirmed", "min_reading_seconds",
    "cohort_quotas", "order_policy", "dispute_raters", "gold_percent", "qualification", "admitted", "reopen",
]  # fmt: skip
ODD = [
    None, True, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan"), float("inf"), "", " ", "\0",
    "a\0b", "\ud800", "\udfff\ud800", "x" * 300, "é", "ada", "support", "annotator", "1", "user", [], {}, [[]], [None],
    [["r1"]], {"role": "user", "content": "Why?"}, {"\0": 1}, {"\ud800": {}},
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(ODD) | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5) | VALUES
FUZZ = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def world(project, ada, max, tmp_path, sent):
    return make_world(project, ada, max, tmp_path, champion=False)


@pytest.fixture
def ask(world, ada, max):
    """Makes a call, forgets what it wrote, and returns its status."""
    callers = {True: api(ada, crashes=False), False: api(max, crashes=False)}

    def ask(call, content: bytes, content_type: str = "application/json", query: str = "") -> int:
        # Ada's assignments are hers; all else is Max's.
        caller: Caller = callers[call.ada < 300]
        path = "/api/v1/" + call.path.format(**world) + query
        with transaction.atomic():
            answer = caller.generic(
                call.method, path, content, content_type=content_type, headers={"Idempotency-Key": "odd"}
            )
            if answer.streaming:
                answer.getvalue()
            transaction.set_rollback(True)
        return answer.status_code

    return ask


@pytest.mark.parametrize("call", WRITES, ids=str)
def test_no_json_crashes_a_call(ask, call):
    @FUZZ
    @given(BODIES)
    def fuzz(body) -> None:
        assert ask(call, json.dumps(body).encode()) < 500

    fuzz()


@pytest.mark.parametrize("call", WRITES, ids=str)
def test_one_odd_value_in_a_sound_body_crashes_no_call(ask, world, call):
    sound = call.body(world)
    for name in sound or [] if isinstance(sound, dict) else []:
        for odd in ODD:
            assert ask(call, json.dumps({**sound, name: odd}).encode()) < 500, (name, odd)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"[" * 100_000, "application/json"),
        (b"[" * 900 + b"]" * 900, "application/json"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "application/json"),
        (b'{"config": {"base_model": ' + b"[" * 60 + b"]" * 60 + b"}}", "application/json"),
        (b"9" * 10_000, "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"\x00", "application/json"),
        (b"null", "application/json"),
        (b'"text"', "application/json"),
        (b"{}", "application/json; charset=hex"),
        (b"{}", "application/json; charset=\xff"),
        (b"{}", "application/json; charset=idna"),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=\xff"),
        (b"x", "multipart/form-data"),
        (b"x", "text/plain"),
        (b"x", ""),
        (b"x", "/"),
        (b"\xff" * 100, "application/x-ndjson"),
        (b"PAR1" * 10, "application/vnd.apache.parquet"),
    ],
)
def test_no_content_type_crashes_a_call(ask, content, content_type):
    for call in WRITES:
        assert ask(call, content, content_type) < 500, str(call)


QUERIES = [
    "?format=%00", "?shape=%ed%a0%80", "?split=" + "x" * 5000, "?include_ties=%ff", "?snapshot=%00", "?snapshot=-1",
    "?snapshot=" + "9" * 50, "?all=%00", "?skip_invalid=%F0", "?cursor=%00", "?cursor=cD0lRkY", "?page_size=%00",
    "?page_size=1e9", "?=&&==", "?format=json", "?format=api",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_crashes_a_call(ask, query):
    for call in [*READS, *WRITES]:
        assert ask(call, b"", query=query) < 500, str(call)


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 40])
def test_no_number_in_a_path_crashes_a_call(ask, world, number):
    for name in ("assignment", "ranking", "run", "model", "exclusion"):
        world[name] = number
    for call in CALLS:
        assert ask(call, json.dumps(call.body(world)).encode()) < 500, str(call)
