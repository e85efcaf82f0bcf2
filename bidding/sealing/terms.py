"""Terms that a policy may carry (FORMAT.md 2.3): what silence about an amendment means, whose key opens a recovery kit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bidding.sealing.age.errors import BadKey
from bidding.sealing.age.recipients import HybridRecipient, X25519Recipient, parse_recipient
from bidding.sealing.errors import Malformed
from bidding.sealing.shape import Members
from core.ledger.note import ED25519, MalformedNote, Verifier

KEEPS, WITHDRAWS = "keeps", "withdraws"
SILENCE_KEEPS, SILENCE_WITHDRAWS = "silence-keeps", "silence-withdraws"


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """R6: a bid sealed under a notice before version `since` wants its bidder's acknowledgement, or `silence` decides."""

    since: int
    silence: str

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"since": self.since, "silence": self.silence}

    @classmethod
    def from_json(cls, value: object) -> Acknowledging:
        """Read it strictly.  Raises Malformed."""
        members = Members(value, "policy.acknowledge")
        read = cls(members.integer("since", 1), members.choice("silence", frozenset({KEEPS, WITHDRAWS})))
        members.done()
        return read

    def standing(self, version: int, acknowledged: Sequence[int] = ()) -> tuple[str, str | None]:
        """State and code in the close list of a bid that counts so far.

        `version` is the notice's as it was sealed, `acknowledged` those that its bidder acknowledged for it.
        """
        if max(version, *acknowledged, 0) >= self.since:
            return "effective", None
        return ("effective", SILENCE_KEEPS) if self.silence == KEEPS else ("refused", SILENCE_WITHDRAWS)


@dataclass(frozen=True, slots=True)
class Supervisor:
    """R8: to whose age recipient a bidder seals its recovery kit, and whose note key signs that it was opened."""

    vkey: str
    recipient: str

    def to_json(self) -> dict[str, object]:
        """The object; `from_json` reads it back."""
        return {"vkey": self.vkey, "recipient": self.recipient}

    @classmethod
    def from_json(cls, value: object) -> Supervisor:
        """Read it strictly; key and recipient are decoded.  Raises Malformed."""
        members = Members(value, "policy.supervisor")
        read = cls(members.text("vkey", 512), members.text("recipient", 4096))
        members.done()
        read.age_recipient()
        try:
            if Verifier.parse(read.vkey).algorithm != ED25519:
                raise Malformed("policy.supervisor.vkey: the algorithm is not Ed25519")
        except MalformedNote as error:
            raise Malformed(f"policy.supervisor.vkey: {error}") from error
        return read

    def age_recipient(self) -> HybridRecipient | X25519Recipient:
        """Whom recovery kits are sealed to.  Raises Malformed."""
        try:
            return parse_recipient(self.recipient)
        except BadKey as error:
            raise Malformed(f"policy.supervisor.recipient: {error}") from error
