"""A keeper releases its share only when every single condition holds; anything else denies."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.keeper.decide import decide, read_instant

ROOT = Path(__file__).parents[2]
CASE: dict[str, Any] = {
    "k": 3,
    "n": 5,
    "keeper": "K1",
    "env": {
        "tender": "T42",
        "lot": "1",
        "envelope": "single",
        "bid": "B7",
        "bidder": "S9",
        "notice_version": 3,
        "open_at": "2026-12-01T02:00:00Z",
        "keeper": "K1",
    },
    "policy": [{"v": 1, "open_at": "2026-12-01T02:00:00Z", "logged": True, "signed": True, "requires": []}],
    "fulfilled": [],
    "close": {"present": True, "cosigned": True, "includes_bid": True},
    "cancelled": False,
    "keeper_now": "2026-12-01T02:00:01Z",
    "peer_times": ["2026-12-01T02:00:01Z", "2026-12-01T02:00:02Z"],
    "watermark": "2026-11-30T00:00:00Z",
    "request": {"tender": "T42", "bid": "B7"},
}
GONE = object()
FREE = {"lot", "envelope", "bidder", "notice_version"}
"""Members of env that are compared only when the request names them."""
OPTIONAL = {("fulfilled",), ("env", "lot"), ("env", "envelope"), ("policy", 0, "requires")}


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    case = copy.deepcopy(CASE)
    place: Any = case
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return case


def with_(**members: Any) -> dict[str, Any]:
    return copy.deepcopy(CASE) | members


def policy(*openings: str, **last: Any) -> list[dict[str, Any]]:
    chain = [
        {"v": v, "open_at": at, "logged": True, "signed": True} for v, at in enumerate(openings, start=1)
    ]
    chain[-1] |= last
    return chain


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the case that holds a value."""
    if isinstance(value, dict):
        return [at] * bool(at) + [path for name, inner in value.items() for path in paths(inner, (*at, name))]
    if isinstance(value, list):
        return [at] + [path for index, inner in enumerate(value) for path in paths(inner, (*at, index))]
    return [at]


def run(stdin: str | bytes) -> subprocess.CompletedProcess[bytes]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    return subprocess.run(
        [sys.executable, "-m", "bidding.keeper", "decide"],
        input=data,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )


RELEASED = {
    "as published": CASE,
    "at the very instant": with_(keeper_now="2026-12-01T02:00:00Z", peer_times=["2026-12-01T02:00:00Z"] * 2),
    "at that instant in Beijing": with_(
        keeper_now="2026-12-01T10:00:00+08:00", peer_times=["2026-11-30T16:00:00-10:00"] * 2
    ),
    "lot and envelope by default": changed(("env", "lot"), GONE),
    "the request names the defaults": with_(
        request={"tender": "T42", "bid": "B7", "lot": "1", "envelope": "single"}
    ),
    "one slow peer of four": with_(
        peer_times=[
            "2026-12-01T01:59:30Z",
            "2026-12-01T01:59:59Z",
            "2026-12-01T02:00:00Z",
            "2026-12-01T02:00:01Z",
        ]
    ),
    "60 s from the median": with_(keeper_now="2026-12-01T02:01:01.5Z"),
    "exactly at the watermark": with_(watermark="2026-12-01T02:00:01.000Z"),
    "an earlier second policy changes nothing": with_(
        policy=policy("2026-12-01T02:00:00Z", "2026-11-01T02:00:00Z")
    ),
    "a requirement that is met": with_(
        policy=policy("2026-12-01T02:00:00Z", requires=["technical_result"]), fulfilled=["technical_result"]
    ),
    "a requirement that was dropped": with_(
        policy=[
            {"v": 1, "open_at": "2026-12-01T02:00:00Z", "logged": True, "signed": True, "requires": ["x"]},
            {"v": 2, "open_at": "2026-12-01T02:00:00Z", "logged": True, "signed": True},
        ]
    ),
    "two of three": with_(k=2, n=3, peer_times=["2026-12-01T02:00:01Z"]),
}

NOT_YET = "2026-12-01T02:00:01.5Z"
DENIED = {
    "one second early": with_(keeper_now="2026-12-01T01:59:59Z"),
    "a hair early": with_(keeper_now="2026-12-01T01:59:59.999999999999Z"),
    "a later policy": with_(policy=policy("2026-12-01T02:00:00Z", NOT_YET)),
    "a later policy amid the chain": with_(
        policy=policy("2026-12-01T02:00:00Z", NOT_YET, "2026-12-01T02:00:00Z")
    ),
    "later as sealed": changed(("env", "open_at"), NOT_YET),
    "a gap in the chain": changed(("policy",), policy("2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z", v=3)),
    "a double in the chain": changed(
        ("policy",), policy("2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z", v=1)
    ),
    "chain from 2": changed(("policy", 0, "v"), 2),
    "chain from 0": changed(("policy", 0, "v"), 0),
    "chain reversed": changed(("policy",), policy("2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z")[::-1]),
    "no chain": with_(policy=[]),
    "second policy not logged": with_(
        policy=policy("2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z", logged=False)
    ),
    "second policy not signed": with_(
        policy=policy("2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z", signed=False)
    ),
    "first policy not logged": changed(("policy", 0, "logged"), False),
    "a requirement that is not met": with_(
        policy=policy("2026-12-01T02:00:00Z", requires=["a", "b"]), fulfilled=["a"]
    ),
    "another keeper decides": with_(keeper="K2"),
    "sealed for another keeper": changed(("env", "keeper"), "K2"),
    "another tender is asked": changed(("request", "tender"), "T43"),
    "another bid is asked": changed(("request", "bid"), "B8"),
    "another lot is asked": with_(request={"tender": "T42", "bid": "B7", "lot": "2"}),
    "another envelope is asked": with_(request={"tender": "T42", "bid": "B7", "envelope": "price"}),
    "another bidder is asked": with_(request={"tender": "T42", "bid": "B7", "bidder": "S8"}),
    "another opening is asked": with_(
        request={"tender": "T42", "bid": "B7", "open_at": "2026-12-01T01:00:00Z"}
    ),
    "no close list": changed(("close", "present"), False),
    "close list not cosigned": changed(("close", "cosigned"), False),
    "bid not in the close list": changed(("close", "includes_bid"), False),
    "cancelled": with_(cancelled=True),
    "one peer": with_(peer_times=["2026-12-01T02:00:01Z"]),
    "no peer": with_(peer_times=[]),
    "one of two peers early": with_(peer_times=["2026-12-01T01:59:59Z", "2026-12-01T02:00:02Z"]),
    "only one of four peers past the opening": with_(
        peer_times=["2026-12-01T01:59:59Z"] * 3 + ["2026-12-01T02:00:02Z"]
    ),
    "more peers than keepers": with_(peer_times=["2026-12-01T02:00:01Z"] * 5),
    "clock 60 s and a hair from the median": with_(keeper_now="2026-12-01T02:01:01.500001Z"),
    "clock an hour ahead": with_(keeper_now="2026-12-01T03:00:01Z"),
    "clock behind its watermark": with_(watermark="2026-12-01T02:00:01.000001Z"),
    "watermark 3 years ahead": with_(watermark="2029-12-01T02:00:01.1Z"),
    "a peer more than 3 years ahead": with_(
        peer_times=["2026-12-01T02:00:01Z"] * 3 + ["2029-12-01T02:00:02Z"]
    ),
    "k is n": with_(k=5, peer_times=["2026-12-01T02:00:01Z"] * 4),
    "k is 1": with_(k=1),
    "k is 0": with_(k=0),
    "k negative": with_(k=-3),
    "n is 256": with_(n=256),
    "n is huge": with_(n=10**30),
    "notice version 0": changed(("env", "notice_version"), 0),
    "an unknown member": with_(comment="x"),
    "an unknown member of env": changed(("env", "comment"), "x"),
    "an unknown member of policy": changed(("policy", 0, "comment"), "x"),
    "an unknown member of close": changed(("close", "comment"), True),
    "an unknown member of request": changed(("request", "comment"), "x"),
}


@pytest.mark.parametrize("name", RELEASED)
def test_a_share_is_released_when_every_condition_holds(name):
    assert decide(RELEASED[name]).as_json() == {"decision": "release", "reason": "every condition is met"}


@pytest.mark.parametrize("name", DENIED)
def test_a_share_is_denied_when_one_condition_fails(name):
    decision = decide(DENIED[name])
    assert not decision.released
    assert decision.reason
    assert "\n" not in decision.reason


@pytest.mark.parametrize("path", [path for path in paths(CASE) if not isinstance(path[-1], int)])
def test_a_missing_member_denies_unless_it_has_a_default(path):
    assert decide(changed(path, GONE)).released is (path in OPTIONAL)


UNFIT = ("", " ", "\ud800", "K1\x00", "x" * 10_000, 0, -1)
WRONG = [
    None, True, False, 0, 1, 3, -1, 1.0, 3.0, 5.0, "", "3", "true", " ", "\ud800", "K1\x00",
    "x" * 10_000, [], [[]], [None],
    {}, {"a": 1}, 1e308, 10**25, float("nan"), float("inf"), "2026-12-01", "2026-12-01T02:00:00",
    "0000-12-01T02:00:00Z",
    "9999-12-31T23:59:59-23:59",
]  # fmt: skip


@pytest.mark.parametrize("path", paths(CASE))
def test_a_value_of_the_wrong_kind_denies_everywhere(path):
    present: Any = CASE
    for step in path:
        present = present[step]
    for value in WRONG:
        if value == present and type(value) is type(present):
            continue
        if path[-1] in FREE and type(value) is type(present) and value not in UNFIT:
            assert path[0] == "env"
            continue
        assert not decide(changed(path, value)).released, (path, value)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(paths(CASE)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    ),
)
def test_any_single_perturbation_denies(path, value):
    present: Any = CASE
    for step in path:
        present = present[step]
    decision = decide(changed(path, value))
    if value == present and type(value) is type(present):
        assert decision.released
    elif path[0] == "fulfilled":
        texts = isinstance(value, list) and all(
            isinstance(item, str) and item.isprintable() and item.strip() == item != "" for item in value
        )
        assert decision.released is texts
    elif path[-1] in FREE and type(value) is type(present):
        pass
    elif path == ("n",) and type(value) is int and value > CASE["k"]:
        pass  # one keeper fewer is still more than are needed, and so are many more
    else:
        assert not decision.released


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(CASE)) | st.text(), inner),
    )
)
def test_no_value_whatever_crashes_it_or_is_released(value):
    assert not decide(value).released


SECONDS = 1_796_090_400
"""2026-12-01T02:00:00Z."""


@settings(deadline=None)
@given(
    now=st.integers(-200, 200),
    opening=st.integers(-200, 200),
    later=st.lists(st.integers(-200, 200), max_size=3),
    peers=st.lists(st.integers(-200, 200), max_size=4),
    watermark=st.integers(-200, 200),
    k=st.integers(2, 4),
)
def test_time_decides_as_the_rule_says_in_plain_arithmetic(now, opening, later, peers, watermark, k):
    def text(second: int) -> str:
        return datetime.fromtimestamp(SECONDS + second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    case = with_(
        k=k,
        keeper_now=text(now),
        policy=policy(*[text(at) for at in [opening, *later]]),
        peer_times=[text(at) for at in peers],
        watermark=text(watermark),
    )
    case["env"]["open_at"] = text(opening)
    effective = max([opening, *later])
    ranked = sorted(peers)
    enough = len(peers) >= k - 1 and sum(peer >= effective for peer in peers) >= k - 1
    half = len(ranked) // 2
    twice_median = ranked[half] + ranked[-half - 1] if ranked else 0
    agrees = bool(ranked) and abs(2 * now - twice_median) <= 120
    assert decide(case).released is (enough and agrees and now >= effective and now >= watermark)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T16:00:00-08:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("2026-12-01T02:00:00Z", SECONDS),
        ("2026-12-01T02:00:00.0Z", SECONDS),
        ("2024-02-29T00:00:00Z", 1_709_164_800),
        ("0001-01-01T00:00:00+23:59", -62_135_683_140 - 0),
    ],
)
def test_an_instant_is_read(text, seconds):
    assert read_instant(text) == seconds


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)), st.integers(-1439, 1439))
def test_an_instant_is_the_one_that_the_standard_library_reads(moment, minutes):
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{moment.isoformat()}{sign}{size // 60:02}:{size % 60:02}"
    expected = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (
        read_instant(text) * 10**6
        == expected.days * 86_400_000_000 + expected.seconds * 10**6 + expected.microseconds
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-12-01", "2026-12-01T02:00:00", "2026-12-01 02:00:00Z", "2026-12-01t02:00:00z",
        "2026-12-01T02:00Z",
        "2026-12-01T02:00:00,5Z", "2026-12-01T02:00:00.Z", "2026-12-01T02:00:60Z", "2026-12-01T24:00:00Z",
        "2026-13-01T02:00:00Z", "2026-00-01T02:00:00Z", "2026-02-29T02:00:00Z", "2026-12-00T02:00:00Z",
        "2026-12-01T02:60:00Z", "2026-12-01T02:00:00+24:00", "2026-12-01T02:00:00+08:60",
        "2026-12-01T02:00:00+0800",
        "2026-12-01T02:00:00+08", "20261201T020000Z", "2026-W49-2T02:00:00Z",
        "+2026-12-01T02:00:00Z", "0000-01-01T00:00:00Z",
        " 2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z\n", "２026-12-01T02:00:00Z",
        "2026-12-01T02:00:00.1234567890123456789Z",
        "10000-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_what_is_not_strictly_an_instant_is_refused(text):
    with pytest.raises(ValueError, match="."):
        read_instant(text)


def test_three_years_count_by_the_calendar_and_29_february_as_the_28th():
    case = with_(
        keeper_now="2028-02-29T12:00:00Z",
        peer_times=["2028-02-29T12:00:00Z"] * 3,
        policy=policy("2026-12-01T02:00:00Z"),
    )
    assert decide(case).released
    late = case | {"peer_times": ["2028-02-29T12:00:00Z"] * 3 + ["2031-02-28T12:00:00Z"]}
    assert decide(late).released
    late = case | {"peer_times": ["2028-02-29T12:00:00Z"] * 3 + ["2031-02-28T12:00:01Z"]}
    assert decide(late).reason == "an instant lies more than 3 years ahead"


@pytest.mark.parametrize("case", [CASE, with_(keeper_now="2026-12-01T01:59:59Z")])
def test_the_command_prints_the_decision(case):
    done = run(json.dumps(case))
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == decide(case).as_json()


@pytest.mark.parametrize(
    "stdin",
    [
        "null", "[]", "{}", "NaN", json.dumps(with_(k=float("nan"))),
        json.dumps(CASE)[:-1] + ',"cancelled":false}',
        "[" * 100_000 + "]" * 100_000, json.dumps(CASE).replace('"k": 3', '"k": 1e999'), '"\\ud800"',
        json.dumps(CASE).replace('"k": 3', '"k": ' + "3" * 10_000),
    ],
)  # fmt: skip
def test_the_command_denies_any_malformed_case_with_exit_0(stdin):
    done = run(stdin)
    assert done.returncode == 0
    assert json.loads(done.stdout)["decision"] == "deny"


@pytest.mark.parametrize("stdin", ["", "{", "release", "{'k': 3}", b"\xff\xfe", "{} {}"])
def test_the_command_exits_2_when_stdin_is_not_json(stdin):
    done = run(stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.splitlines()) == 1
