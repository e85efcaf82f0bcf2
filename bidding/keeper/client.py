"""Ask keepers over HTTP and believe only what they signed (FORMAT.md 4, ENTRIES.md)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType

import httpx

from bidding.keeper.canary import Canary
from bidding.keeper.canary import read as read_canary
from bidding.keeper.monthly import verify as verify_month
from bidding.sealing.age.files import encrypt_bytes
from bidding.sealing.encoding import labelled
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.keeperside import verify_share
from bidding.sealing.objects import Keeper, SealedRecord, statement_key
from bidding.sealing.plain import PlainShare
from bidding.sealing.shape import Members
from bidding.sealing.statements import Statement
from core.canonical import NotJson, NotStrict, canonical, read_json
from core.ledger.note import (
    COSIGNATURE_V1,
    MalformedNote,
    Note,
    Signature,
    UnverifiedNote,
    Verifier,
    parse_signature,
)

TYPE = "mingcai/v1/"


class KeeperAway(Exception):
    """The keeper does not answer, or not in the way keepers do."""


class KeeperRefused(Exception):
    """The keeper says no: `code` of ENTRIES.md or FORMAT.md 5, `reason` for people, `status` of HTTP."""

    def __init__(self, code: str, reason: str, status: int) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """A verified statement: `time` is the keeper's clock; `statement` is what to store and show."""

    time: datetime
    statement: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Released:
    """A share that fits its commitment, and the keeper's signed answer."""

    share: PlainShare = field(repr=False)
    said: Said


@dataclass(frozen=True, slots=True)
class CloseProof:
    """A close-list entry, its place in the list, and its inclusion proof."""

    entry: dict[str, object]
    index: int
    path: Sequence[bytes]

    def to_json(self) -> dict[str, object]:
        """The member `close` of a release request."""
        path = [base64.b64encode(item).decode() for item in self.path]
        return {"entry": self.entry, "index": self.index, "proof": path}


class KeeperClient:
    """One keeper at `url` that signs with `vkey` (algorithm Ed25519).  `timeout` in seconds per call.

    Every call raises KeeperAway, KeeperRefused, or BadSignature and Malformed for an answer that is not
    what the keeper should have signed.
    """

    def __init__(
        self, url: str, vkey: str, *, timeout: float = 10.0, http: httpx.Client | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.vkey = vkey
        self.keeper = statement_key(vkey).name
        self._http = http or httpx.Client(timeout=timeout, trust_env=False)

    def __enter__(self) -> KeeperClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def identity(self) -> Keeper:
        """The keeper as it describes itself, with the address asked."""
        return self.identities()[0]

    def identities(self) -> tuple[Keeper, tuple[Keeper, datetime] | None]:
        """The keeper as it describes itself, and with the key that it announces and from when (None: none)."""
        members, _ = self._statement(self._call("GET", "/identity"), "identity")
        keeper = self._card(members)
        following = None
        if members.has("next") and not members.null("next"):
            announced = Members(members.take("next"), "identity.next")
            following = (self._card(announced), announced.instant("starts_at"))
            announced.done()
            if following[0].key_version <= keeper.key_version:
                raise Malformed("the next key is not a newer one")
        if members.take("witness") != keeper.witness().vkey:
            raise Malformed("the keeper cosigns with another key")
        members.done()
        return keeper, following

    def _card(self, members: Members) -> Keeper:
        keeper = Keeper(
            self.keeper,
            members.text("recipient", 4096),
            self.vkey,
            self.url,
            members.integer("key_version", 1),
        )
        keeper.age_recipient()
        return keeper

    def weekly_canary(self) -> Canary:
        """What the keeper last proved of its keys, by its own signature."""
        said = read_canary(self._call("GET", "/canary"), self.vkey)
        if said.keeper != self.keeper:
            raise Malformed("the canary is another keeper's")
        return said

    def month(self, month: str) -> tuple[bytes, str]:
        """The monthly statement and its note, verified."""
        members = Members(self._call("GET", f"/months/{month}"), "month")
        statement, note = canonical(members.take("statement")), members.text("note", 4096)
        members.done()
        if verify_month(statement, note, self.vkey)["month"] != month:
            raise Malformed("the statement is of another month")
        return statement, note

    def ack(self, record: SealedRecord, envelope: bytes, index: int) -> Said:
        """Have the keeper check its envelope and say so."""
        answer = self._call("POST", "/ack", _submission(record, envelope, index))
        members, said = self._statement(answer, "ack")
        expected = {
            "i": index,
            "record_hash": record.hash,
            "ctx_hash": record.ctx.digest().hex(),
            "policy_hash": record.ctx.policy_hash,
        }
        for name, value in expected.items():
            if members.take(name) != value:
                raise Malformed(f"the ack is about another {name}")
        members.integer("key_version", 1)
        members.done()
        return said

    def release(
        self, record: SealedRecord, envelope: bytes, index: int, *, checkpoint: str, close: CloseProof
    ) -> Released:
        """Ask for the share; SealingError (FORMAT.md 6) when it does not fit its commitment."""
        request = _submission(record, envelope, index) | {"checkpoint": checkpoint, "close": close.to_json()}
        members, said = self._statement(self._call("POST", "/release", request), "release")
        if (members.take("i"), members.take("record_hash")) != (index, record.hash):
            raise Malformed("the share is of another record")
        share = PlainShare(record.ctx, self.keeper, index, members.hex("share", None), members.hex("salt"))
        members.done()
        verify_share(record, share)
        return Released(share, said)

    def stamp(self, hashed: bytes) -> Said:
        """Have a 32-byte hash stamped."""
        members, said = self._statement(self._call("POST", "/stamp", {"hash": hashed.hex()}), "stamp")
        if members.hex("hash") != hashed:
            raise Malformed("the stamp is on another hash")
        members.done()
        return said

    def canary(self, keeper: Keeper, challenge: bytes) -> Said:
        """Have the keeper prove that it holds `keeper`'s age identity; `challenge` is 32 random bytes."""
        sealed = encrypt_bytes(challenge, [keeper.age_recipient()])
        answer = self._call("POST", "/canary", {"challenge": base64.b64encode(sealed).decode()})
        members, said = self._statement(answer, "canary")
        fits = members.take("key_version") == keeper.key_version
        if not fits or members.hex("hash") != labelled("canary", challenge):
            raise Malformed("the keeper did not open the challenge with this key")
        members.done()
        return said

    def evidence(self, receipt: dict[str, object], close: dict[str, object]) -> None:
        """Show the keeper a receipt that the platform's own close list leaves out; it then withholds."""
        if self._call("POST", "/evidence", {"receipt": receipt, "close": close}) != {"withheld": True}:
            raise Malformed("the keeper answered something else")

    def dispute(self, stamp: dict[str, object], close: dict[str, object]) -> None:
        """Show the keeper a stamp that a close list leaves out; it notes that, and withholds nothing."""
        if self._call("POST", "/evidence", {"stamp": stamp, "close": close}) != {"disputed": True}:
            raise Malformed("the keeper answered something else")

    def cosign(self, checkpoint: str, old_size: int, proof: Sequence[bytes]) -> Signature:
        """Have a checkpoint cosigned; a refusal with code `conflict` tells in `reason` the size it knows."""
        lines = "".join(base64.b64encode(item).decode() + "\n" for item in proof)
        answer = self._send("POST", "/cosign", f"old {old_size}\n{lines}\n{checkpoint}".encode())
        if answer.status_code != 200:
            code = "conflict" if answer.status_code == 409 else "not-cosigned"
            raise KeeperRefused(code, answer.text.strip()[:500], answer.status_code)
        key = statement_key(self.vkey)
        try:
            line = parse_signature(answer.text.removesuffix("\n"))
            note = Note(Note.parse(checkpoint).text, (line,))
            note.verified([Verifier(key.name, COSIGNATURE_V1, key.public_key)])
        except (MalformedNote, UnverifiedNote) as error:
            raise BadSignature(f"the cosignature: {error}") from error
        return line

    def health(self) -> dict[str, object]:
        """What `/healthz` says, whether the keeper is well or not; unsigned."""
        answer = self._read(self._send("GET", "/healthz", b""))
        if not isinstance(answer, dict):
            raise KeeperAway(f"{self.url} does not answer like a keeper")
        return answer

    def _statement(self, answer: object, kind: str) -> tuple[Members, Said]:
        """The body's members, but for those common to all, once the signature is verified."""
        statement = Statement.from_json(answer)
        if statement.vkey != self.vkey:
            raise BadSignature("the answer is signed by another key")
        statement.verify()
        members = Members(statement.body, kind, kind)
        if members.take("keeper") != self.keeper:
            raise Malformed("the answer is another keeper's")
        return members, Said(members.instant("time"), statement.to_json())

    def _call(self, method: str, path: str, request: dict[str, object] | None = None) -> object:
        answer = self._send(method, path, b"" if request is None else canonical(request))
        value = self._read(answer)
        if answer.status_code == 200:
            return value
        if not isinstance(value, dict) or not isinstance(value.get("code"), str):
            raise KeeperAway(f"{self.url}{path} answered with status {answer.status_code}")
        raise KeeperRefused(value["code"], str(value.get("detail", ""))[:500], answer.status_code)

    def _send(self, method: str, path: str, body: bytes) -> httpx.Response:
        try:
            return self._http.request(method, f"{self.url}{path}", content=body or None)
        except httpx.HTTPError as error:
            raise KeeperAway(f"{self.url}{path}: {type(error).__name__}") from error

    def _read(self, answer: httpx.Response) -> object:
        try:
            value: object = read_json(answer.content)
        except (NotJson, NotStrict) as error:
            raise KeeperAway(f"{self.url} does not answer like a keeper: {error}") from error
        return value


def describe(url: str, *, timeout: float = 10.0) -> Keeper:
    """Read a keeper's identity on trust: for whoever then compares its fingerprint with a published one."""
    with httpx.Client(timeout=timeout, trust_env=False) as http:
        try:
            answer = http.get(f"{url.rstrip('/')}/identity")
            vkey = Statement.from_json(read_json(answer.content)).vkey
        except (httpx.HTTPError, NotJson, NotStrict, SealingError) as error:
            raise KeeperAway(f"{url}: {error}") from error
        return KeeperClient(url, vkey, http=http).identity()


def _submission(record: SealedRecord, envelope: bytes, index: int) -> dict[str, object]:
    return {"record": record.to_json(), "envelope": base64.b64encode(envelope).decode(), "index": index}
