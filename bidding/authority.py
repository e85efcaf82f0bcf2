"""The key of a supervising authority: keepers that withhold end it only on a resolution signed with it (R3).

A program of its own for the authority's own machine, without Django. In production the platform never holds this key;
the keepers' operators put its vkey into their trust file (keeper/ENTRIES.md).

    python -m bidding.authority create KEYFILE NAME     make a key, print its vkey
    python -m bidding.authority vkey KEYFILE            print it again
    python -m bidding.authority sign KEYFILE < body     read the resolution, sign it, print the statement
    python -m bidding.authority card KEYFILE            print vkey and age recipient, for the platform's SUPERVISOR_FILE
    python -m bidding.authority open-kit KEYFILE < kit-request.json
                                                        open a recovery kit that a bidder handed in (R8), print the release
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from bidding.sealing import kits
from bidding.sealing.encoding import parse
from bidding.sealing.errors import SealingError
from bidding.sealing.shape import Members
from bidding.sealing.statements import sign_statement
from core.ledger.note import MalformedNote, Signer

MEMBERS = ("log_origin", "tender", "lot", "envelope", "close_root", "document_hash", "at")
_MAX_BODY = 1 << 16
_MAX_REQUEST = 1 << 19


def create(path: Path, name: str) -> Signer:
    """Make a key under `name` in a new file that only its owner reads. Raises FileExistsError, MalformedNote."""
    seed = secrets.token_bytes(32)
    signer = Signer(name, seed)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"name": name, "seed": seed.hex()}, file)
    return signer


def load(path: Path) -> Signer:
    """Read a key file. Raises OSError, ValueError, KeyError, MalformedNote."""
    kept = json.loads(path.read_text())
    return Signer(kept["name"], bytes.fromhex(kept["seed"]))


def card(path: Path) -> dict[str, str]:
    """Give what a policy says of this authority: its vkey, and the age recipient that recovery kits are sealed to."""
    recipient = kits.identity_of_supervisor(_seed(path)).recipient()
    return {"vkey": load(path).verifier.vkey, "recipient": str(recipient)}


def _seed(path: Path) -> bytes:
    return bytes.fromhex(json.loads(path.read_text())["seed"])


def sign(signer: Signer, body: Any) -> dict[str, Any]:
    """Sign a resolution for the keepers; gives the statement. Raises Malformed for anything else than a resolution."""
    members = Members(body, "resolution", "resolution")
    for name in MEMBERS:
        members.take(name)
    members.done()
    return sign_statement(signer, dict(body)).to_json()


def main(arguments: list[str]) -> int:
    """0 when done, 1 when refused, 2 for wrong usage."""
    try:
        match arguments:
            case ["create", path, name]:
                said = create(Path(path), name).verifier.vkey
            case ["vkey", path]:
                said = load(Path(path)).verifier.vkey
            case ["sign", path]:
                said = json.dumps(
                    sign(load(Path(path)), parse(sys.stdin.buffer.read(_MAX_BODY + 1), _MAX_BODY))
                )
            case ["card", path]:
                said = json.dumps(card(Path(path)))
            case ["open-kit", path]:
                request = parse(sys.stdin.buffer.read(_MAX_REQUEST + 1), _MAX_REQUEST)
                said = json.dumps(kits.release(load(Path(path)), _seed(Path(path)), request))
            case _:
                print(__doc__, file=sys.stderr)  # noqa: T201
                return 2
    except (SealingError, MalformedNote, OSError, ValueError, KeyError) as error:
        print(f"refused: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(said)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
