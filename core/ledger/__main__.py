"""`python -m core.ledger verify`: check one inclusion proof, consistency proof or checkpoint from stdin."""

from __future__ import annotations

import json
import sys
from typing import Any

from core.canonical import NotJson, NotStrict, read_json
from core.ledger import note, tlog

_MEMBERS = {
    "inclusion": {"leaf", "index", "size", "proof", "root"},
    "consistency": {"size1", "size2", "root1", "root2", "proof"},
    "checkpoint": {"note", "keys"},
}


class Malformed(ValueError):
    """The case cannot be judged: it lacks a member or one has the wrong type."""


def verify(case: Any) -> bool:
    """Judge one case of the public command.  Raises Malformed when it is no such case."""
    if not isinstance(case, dict):
        raise Malformed("the case is a JSON object")
    kind = case.get("kind")
    if not isinstance(kind, str) or kind not in _MEMBERS:
        raise Malformed("kind is inclusion, consistency or checkpoint")
    if missing := sorted(_MEMBERS[kind] - case.keys()):
        raise Malformed(f"missing: {', '.join(missing)}")
    if kind == "checkpoint":
        return _checkpoint(_text(case, "note"), case["keys"])
    proof = [_decoded("proof", item) for item in _list(case, "proof")]
    if kind == "inclusion":
        leaf, root = _decoded("leaf", case["leaf"]), _decoded("root", case["root"])
        return tlog.verify_inclusion(
            tlog.leaf_hash(leaf), _integer(case, "index"), _integer(case, "size"), proof, root
        )
    root1, root2 = _decoded("root1", case["root1"]), _decoded("root2", case["root2"])
    return tlog.verify_consistency(_integer(case, "size1"), _integer(case, "size2"), root1, root2, proof)


def _checkpoint(source: str, vkeys: Any) -> bool:
    if not isinstance(vkeys, list) or not vkeys or not all(isinstance(vkey, str) for vkey in vkeys):
        raise Malformed("keys is a list of one or more verifier keys")
    try:
        keys = [note.Verifier.parse(vkey) for vkey in vkeys]
    except note.MalformedNote as error:
        raise Malformed(f"keys: {error}") from error
    try:
        parsed = note.Note.parse(source)
        note.Checkpoint.parse(parsed.text)
        signed = {verifier for verifier, _ in parsed.verified(keys)}
    except (note.MalformedNote, note.UnverifiedNote):
        return False
    return signed.issuperset(keys)


def _text(case: dict[str, Any], name: str) -> str:
    if not isinstance(case[name], str):
        raise Malformed(f"{name} is a string")
    return str(case[name])


def _integer(case: dict[str, Any], name: str) -> int:
    value = case[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{name} is an integer")
    return value


def _list(case: dict[str, Any], name: str) -> list[Any]:
    value = case[name]
    if not isinstance(value, list):
        raise Malformed(f"{name} is a list")
    return value


def _decoded(name: str, value: Any) -> bytes:
    if not isinstance(value, str):
        raise Malformed(f"{name} is base64 text")
    try:
        return note.decode_base64(value)
    except note.MalformedNote as error:
        raise Malformed(f"{name}: {error}") from error


def main(arguments: list[str]) -> int:
    """Run the command: 0 with the verdict on stdout, 1 when the case cannot be judged, 2 for wrong usage."""
    if arguments != ["verify"]:
        print("usage: python -m core.ledger verify < case.json", file=sys.stderr)
        return 2
    try:
        valid = verify(read_json(sys.stdin.buffer.read()))
    except (Malformed, NotJson, NotStrict) as error:
        print(f"malformed case: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"valid": valid}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
