"""What the browser does with the keys and parts of a shared draft, without a browser (FORMAT.md 10)."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import Any

import pytest

from bidding.drafts import key_id_of
from bidding.sealing.age import files
from bidding.sealing.age.recipients import Passphrase
from bidding.sealing.context import AGE_HYBRID, recipient_of
from bidding.sealing.encoding import labelled
from tests.frontend.conftest import Node
from tests.frontend.conftest import run_node as run


@pytest.fixture(scope="module")
def drafts(node: Node) -> Node:
    """Run one verb of the drafts' own code."""
    return lambda verb, value: run("drafts_in_node.mjs", verb, value)


def test_a_draft_key_opens_with_its_passphrase_alone_and_is_an_age_key_like_any_other(drafts: Node) -> None:
    passphrase = "correct horse 电池"
    done, found = drafts("key", {"passphrase": passphrase})
    assert done == 0, found
    assert "opened" not in (found["wrong"], found["other"])
    seed = bytes.fromhex(found["seed"])
    assert str(recipient_of(AGE_HYBRID, seed)) == found["recipient"]
    assert files.decrypt_bytes(base64.b64decode(found["wrapped"]["age"]), [Passphrase(passphrase)]) == seed
    assert found["id"] == labelled("draft-person", b"a", found["recipient"].encode()).hex()
    user = uuid.uuid4()
    assert key_id_of(user, "age1pq1x") == labelled("draft-person", str(user).encode(), b"age1pq1x").hex()


def test_only_those_who_are_named_open_a_section_and_a_lying_server_is_found_out(drafts: Node) -> None:
    secret = secrets.token_hex(16)
    done, found = drafts("journey", {"secret": secret})
    assert done == 0, found
    assert found == {
        "opened": {"text/response-S1": secret},
        "sameLength": True,
        "leaks": False,
        "stanzas": 2,
        "otherVersion": "forged",
        "otherPart": "forged",
        "flipped": "forged",
        "removed": "not-mine",
        "outsider": "not-mine",
        "stays": [],
        "forged": "forged",
        "rolledBack": "rolled-back",
        "replaced": "forged",
        "elsewhere": "wrong-place",
        "otherDraft": "wrong-place",
        "gap": ["bo"],
        "noGap": [],
    }


def case(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    return {"base": base, "mine": mine, "theirs": theirs}


def test_what_two_people_wrote_is_put_together_and_a_clash_is_named(drafts: Node) -> None:
    cases = [
        case({"a": "1", "b": "1"}, {"a": "2", "b": "1"}, {"a": "1", "b": "3"}),
        case({"a": "1"}, {"a": "2"}, {"a": "3"}),
        case({"a": "1"}, {"a": "2"}, {"a": "2"}),
        case({}, {"file/1": {"name": "x"}}, {"file/2": {"name": "y"}}),
        case({"a": "1", "b": "1"}, {"b": "1"}, {"a": "1", "b": "1"}),
        case({"a": "1"}, {"a": ""}, {"a": "2"}),
        case({}, {"a": ""}, {"a": "2"}),
        case({"p": ["x"]}, {"p": ["x"]}, {"p": ["x", "y"]}),
    ]
    done, found = drafts("merge", cases)
    assert done == 0, found
    assert [(one["values"], one["conflicts"]) for one in found] == [
        ({"a": "2", "b": "3"}, []),
        ({"a": "2"}, ["a"]),
        ({"a": "2"}, []),
        ({"file/1": {"name": "x"}, "file/2": {"name": "y"}}, []),
        ({"b": "1"}, []),
        ({"a": ""}, ["a"]),
        ({"a": "2"}, []),
        ({"p": ["x", "y"]}, []),
    ]


def test_a_file_is_whole_or_refused(drafts: Node) -> None:
    done, found = drafts("file", {"sizes": [0, 5, 1 << 20, (1 << 20) + 1, 3_000_000]})
    assert done == 0, found
    assert found == [{"length": True, "same": True, "cut": "forged", "key": "forged"}] * 5
