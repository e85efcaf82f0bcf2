"""`python -m core.ledger verify`: check one inclusion proof, consistency proof or checkpoint from stdin.

`python -m core.ledger check --key VKEY SOURCE`: check a whole log, from its address or from a folder it was saved to.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from core.canonical import NotJson, NotStrict, read_json
from core.ledger import note, tlog, whole

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
    """Run the command: 0 with the verdict on stdout, 1 when it cannot be judged or is not sound, 2 for wrong usage."""
    if arguments == ["verify"]:
        return _verify()
    if arguments[:1] == ["check"]:
        return _check(_parser().parse_args(arguments[1:]))
    print("usage: python -m core.ledger verify < case.json | check --key VKEY SOURCE", file=sys.stderr)
    return 2


def _verify() -> int:
    try:
        valid = verify(read_json(sys.stdin.buffer.read()))
    except (Malformed, NotJson, NotStrict) as error:
        print(f"malformed case: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"valid": valid}))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.ledger check", description="Check a whole log.")
    parser.add_argument("source", help="its address (https://…/log) or a folder with checkpoint and tile/")
    parser.add_argument("--key", required=True, metavar="VKEY", help="the log's key, from a source you trust")
    parser.add_argument(
        "--older", action="append", default=[], type=Path, metavar="FILE", help="a checkpoint seen before"
    )
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="a witness's key")
    parser.add_argument("--needed", type=int, default=0, help="how many witnesses must have cosigned")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep what was read, to compare with later")
    parser.add_argument("--json", action="store_true")
    return parser


def _check(options: argparse.Namespace) -> int:
    fetch = whole.reader(options.source)
    if options.save:
        fetch = _keeping(fetch, options.save)
    try:
        found = whole.check(
            fetch,
            note.Verifier.parse(options.key),
            older=[path.read_text(encoding="utf-8") for path in options.older],
            witnesses=[note.Verifier.parse(key) for key in options.witness],
            needed=options.needed,
        )
    except (note.MalformedNote, OSError, UnicodeError) as error:
        print(f"the log cannot be checked: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(found.to_json()))
    else:
        print(f"{found.origin or options.source}: {found.size} entries, root {found.root}")
        for row in found.witnesses:
            print(
                f"witness {row['name']}: "
                + (f"cosigned at {row['at']}" if row["cosigned"] else str(row["why"]))
            )
    if found.sound:
        return 0
    print(
        "the log is not sound: " + "; ".join(f"{code} ({detail})" for code, detail in found.problems),
        file=sys.stderr,
    )
    return 1


def _keeping(fetch: whole.Fetch, folder: Path) -> whole.Fetch:
    def keep(path: str) -> bytes:
        content = fetch(path)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return content

    return keep


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
