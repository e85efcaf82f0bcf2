"""Signed statements (FORMAT.md 4): a body, the key that signed it, and the signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from bidding.sealing.encoding import canonical, join
from bidding.sealing.errors import BadSignature, Malformed
from bidding.sealing.objects import statement_key
from bidding.sealing.shape import Members
from core.ledger.note import Signer

_TYPE = "mingcai/v1/"


@dataclass(frozen=True, slots=True)
class Statement:
    """Who says what: do not believe `body` before `verify` returned and `vkey` is one that you trust."""

    body: dict[str, object]
    vkey: str
    signature: bytes

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"body": self.body, "vkey": self.vkey, "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, value: object) -> Statement:
        """Read it strictly; the body is not looked into.  Raises Malformed."""
        members = Members(value, "statement")
        body, vkey, signature = members.take("body"), members.text("vkey", 512), members.hex("signature", 64)
        members.done()
        if not isinstance(body, dict) or not str(body.get("type", "")).startswith(_TYPE):
            raise Malformed("statement.body is not an object with a type")
        statement_key(vkey)
        return cls(cast("dict[str, object]", body), vkey, signature)

    def verify(self) -> None:
        """Check the signature against `vkey`.  Raises BadSignature."""
        if not statement_key(self.vkey).signed(message_of(self.body), self.signature):
            raise BadSignature("the statement was not signed by the key it names")


def message_of(body: dict[str, object]) -> bytes:
    """What is signed: `body.type | canonical(body)`."""
    return join(str(body["type"]).encode("ascii"), canonical(body))


def sign_statement(signer: Signer, body: dict[str, object]) -> Statement:
    """Sign `body` (with its `type`) with an Ed25519 note key."""
    return Statement(body, signer.verifier.vkey, signer.sign_bytes(message_of(body)))
