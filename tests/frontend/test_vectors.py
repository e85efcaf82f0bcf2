"""The browser's sealing code gives the outcome of every published vector that concerns a sealer."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from bidding.sealing.age.files import decrypt_bytes
from bidding.sealing.age.recipients import parse_identity
from tests.frontend.conftest import ROOT, Node


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (ROOT / "tests" / "vectors" / "sealing" / f"{name}.json").read_text("utf-8")
    )
    return found


def test_bytes_hashes_and_canonical_json_are_those_of_the_vectors(node: Node) -> None:
    given = vectors("encoding")
    assert node("encoding", given)[1] == {
        "join": given["join"]["joined"],
        "labelled": given["labelled"]["hash"],
        "derive": [case["key"] for case in given["derive"]],
        "mac": given["mac"]["mac"],
        "canonical": [case["bytes"] for case in given["canonical"]],
    }


def test_padded_lengths_are_those_of_the_vectors(node: Node) -> None:
    cases = vectors("padding")["cases"]
    assert node("padded", [case["length"] for case in cases])[1] == [case["padded"] for case in cases]


def test_shares_are_split_and_combined_as_in_the_vectors(node: Node) -> None:
    given = vectors("shares")
    for case in given["split"]:
        assert node("split", case)[1] == case["shares"]
    for case in given["combine"]:
        code, said = node("combine", case)
        assert (code, said if code == 0 else "refused") == (
            int(case["outcome"] == "refused"),
            case["outcome"],
        ), case["name"]


@pytest.mark.parametrize("place", range(len(vectors("dealing")["cases"])))
def test_keys_salts_and_commitments_are_those_of_the_vectors(node: Node, place: int) -> None:
    case = vectors("dealing")["cases"][place]
    assert node("tag", case)[1] == case["bidder_tag"]
    assert node("canonical", case["ctx"])[1] == case["ctx_canonical"].encode().hex()
    assert node("keepers", case["keepers"])[1] == {
        "set": case["keeper_set_hash"],
        "fingerprints": case["fingerprints"],
    }
    dealt = node("deal", {"ctx": case["ctx"], "secret": case["secret"], "shares": case["shares"]})[1]
    assert dealt == {name: case[name] for name in dealt}
    assert {"commitments", "salts", "sheet_recipient", "files_recipient", "sheet_seed_hash"} <= dealt.keys()


@pytest.mark.parametrize("place", range(len(vectors("container")["cases"])))
def test_plaintext_containers_are_those_of_the_vectors(node: Node, tmp_path: Path, place: int) -> None:
    case = vectors("container")["cases"][place]
    manifest = json.loads(case["manifest"])
    files = {name: case["files"][name] for name in (file["name"] for file in manifest["files"])}
    identity = parse_identity(vectors("dealing")["cases"][0]["sheet_identity"])
    asked = {
        "manifest": manifest,
        "files": files,
        "recipient": str(identity.recipient()),
        "out": str(tmp_path / "part.age"),
    }
    assert node("container", asked)[1] == {"padded": case["padded"]}
    plain = decrypt_bytes((tmp_path / "part.age").read_bytes(), [identity])
    assert (len(plain), hashlib.sha256(plain).hexdigest()) == (case["padded"], case["sha256"])
    assert all(base64.b64decode(content) in plain for content in files.values())
