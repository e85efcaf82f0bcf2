"""What a keeper does: ack, release, stamp, canary, evidence.  Each persists before it answers."""

from __future__ import annotations

from datetime import datetime

from bidding.keeper.clock import KeeperClock, from_seconds
from bidding.keeper.decide import decide
from bidding.keeper.entries import LoggedPolicy, Place
from bidding.keeper.keys import Keys
from bidding.keeper.monitor import Monitor
from bidding.keeper.monthly import kept
from bidding.keeper.refusals import KeeperRefusal
from bidding.keeper.store import Store
from bidding.keeper.trust import Trust, TrustFile
from bidding.sealing.age.errors import AgeError
from bidding.sealing.age.files import decrypt_bytes
from bidding.sealing.context import Ctx
from bidding.sealing.encoding import canonical, h, labelled
from bidding.sealing.errors import BadSignature, Malformed, SealingError
from bidding.sealing.keeperside import check_envelope
from bidding.sealing.objects import Keeper, Policy, SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.sealing.shape import Members, write_instant
from bidding.sealing.statements import CloseEntry, CloseList, Receipt, Stamp, Statement, wrongly_silent
from core.ledger import tlog
from core.ledger.note import MalformedNote, Note, UnverifiedNote, decode_base64

TYPE = "mingcai/v1/"
_OF_POLICY = (
    "log_origin",
    "tender",
    "lot",
    "envelope",
    "notice_hash",
    "notice_version",
    "k",
    "n",
    "keeper_set_hash",
)
_MAX_ENVELOPE_TEXT = 22_000
_MAX_PROOF = 64
_MAX_LIST = 20_000
_CHALLENGE_BYTES = 32


class KeeperService:
    """The verbs behind the HTTP calls of ENTRIES.md; requests are strictly read JSON values."""

    def __init__(
        self, keys: Keys, store: Store, clock: KeeperClock, trust: TrustFile, monitor: Monitor
    ) -> None:
        self._keys = keys
        self._store = store
        self._clock = clock
        self._trust = trust
        self._monitor = monitor
        self.red: list[str] = []
        """What the last turn of the watch found wrong."""
        with store.change():
            store.begin(clock.now())
            if store.watermark() is None:
                store.raise_watermark(clock.now())

    def identity(self) -> Statement:
        """Who this keeper is, signed; `next` is the key that follows, once it is announced."""
        now = self._clock.now()
        version = self._keys.version(now)
        facts = {"recipient": self._keys.recipient(version), "key_version": version}
        following = None
        if (announced := self._keys.next(now)) is not None:
            following = {
                "key_version": announced[0],
                "recipient": self._keys.recipient(announced[0]),
                "starts_at": write_instant(announced[1]),
            }
        return self._said("identity", now, **facts, witness=self._keys.witness_key.vkey, next=following)

    def weekly_canary(self) -> dict[str, object]:
        """The newest weekly statement (`canary`), as it was made.  Raises KeeperRefusal `not-yet`."""
        said = self._store.newest_statement("canary")
        if said is None:
            raise KeeperRefusal("not-yet", "this keeper has made no canary yet")
        return said

    def month(self, month: str) -> dict[str, object]:
        """A monthly statement and its note.  Raises KeeperRefusal `not-yet`."""
        made = kept(self._store, month)
        if made is None:
            raise KeeperRefusal("not-yet", "there is no statement of this month")
        return made.to_json()

    def health(self) -> dict[str, object]:
        """Whether it would answer now; `problem` says why not."""
        now = self._clock.now()
        facts: dict[str, object] = {
            "keeper": self._keys.keeper,
            "time": write_instant(now),
            "alarms": self._store.alarms(),
            "red": self.red,
        }
        facts["entries"] = self._store.frontier().size
        try:
            self.sound_now()
            if self._store.fork():
                raise KeeperRefusal("log-forked", "the log has shown two histories")
        except KeeperRefusal as refusal:
            return {"ok": False, **facts, "problem": str(refusal)}
        return {"ok": True, **facts}

    def sound_now(self) -> datetime:
        """The present instant.  Raises KeeperRefusal when the clock cannot be relied on."""
        now, watermark = self._clock.now(), self._store.watermark()
        if watermark is not None and now < watermark:
            raise KeeperRefusal("clock-behind", "this keeper's clock is behind what it has shown before")
        if not self._clock.agrees_with_peers():
            raise KeeperRefusal("clock-differs", "this keeper's clock differs from those of its peers")
        return now

    def stamp(self, request: object) -> Statement:
        """Say when a hash was seen: `{hash}`."""
        members = Members(request, "request")
        hashed = members.hash("hash")
        members.done()
        now = self.sound_now()
        with self._store.change():
            self._store.log_request(now, "stamp", hashed, "stamped")
            self._store.raise_watermark(now)
        return self._said("stamp", now, hash=hashed)

    def canary(self, request: object) -> Statement:
        """Prove that the age identity is still held: `{challenge}` holds 32 random bytes sealed to it."""
        members = Members(request, "request")
        sealed = _base64(members.text("challenge", _MAX_ENVELOPE_TEXT))
        members.done()
        version, plain = self._opened(sealed)
        if len(plain) != _CHALLENGE_BYTES:
            raise Malformed("a challenge has 32 bytes")
        now = self.sound_now()
        with self._store.change():
            self._store.log_request(now, "canary", str(version), "answered")
            self._store.raise_watermark(now)
        return self._said("canary", now, key_version=version, hash=labelled("canary", plain).hex())

    def _opened(self, sealed: bytes) -> tuple[int, bytes]:
        """Which key version opens it, newest first, and what is inside."""
        for version, identity in sorted(self._keys.identities.items(), reverse=True):
            try:
                return version, decrypt_bytes(sealed, [identity])
            except AgeError as error:
                problem = str(error)
        raise SealingError("undecryptable", problem)

    def ack(self, request: object) -> Statement:
        """Say that the envelope opens and fits (R2): `{record, envelope, index}`.  Nothing is released.

        Raises SealingError (FORMAT.md 5) and KeeperRefusal.
        """
        members = Members(request, "request")
        record, envelope, index = _submitted(members)
        members.done()
        now = self.sound_now()
        if (before := self._store.ack(record.hash)) is not None:
            return Statement.from_json(before)
        self._monitor.catch_up()
        place = self._place(record.ctx)
        if place.close is not None or place.contested:
            raise KeeperRefusal("closed", "the close list of this envelope is in the log")
        newest = _sound_chain(place)[-1]
        mine = self._my_entry(newest, index)
        if self._store.is_outdated(place.tender, place.lot, place.envelope):
            raise KeeperRefusal("wrong-keeper", "the policy names an older key of this keeper")
        _check_ctx(record.ctx, newest.policy)
        share = check_envelope(
            record, envelope, self._keys.identities[mine.key_version], self._keys.keeper, index
        )
        said = self._said(
            "ack",
            now,
            i=index,
            record_hash=record.hash,
            ctx_hash=share.ctx.digest().hex(),
            policy_hash=share.ctx.policy_hash,
            key_version=mine.key_version,
        )
        with self._store.change():
            if (before := self._store.ack(record.hash)) is not None:
                return Statement.from_json(before)
            self._store.add_ack(record.hash, said.to_json())
            self._store.log_request(now, "ack", record.hash, "acked")
            self._store.raise_watermark(now)
        return said

    def release(self, request: object) -> Statement:
        """Give the share of one bid, if `decide` says so (R4 to R6a).

        The request is `{record, envelope, index, checkpoint, close: {entry, index, proof}}`.  Raises
        SealingError and KeeperRefusal; `denied` carries the reason of `decide`.
        """
        members = Members(request, "request")
        record, envelope, index = _submitted(members)
        checkpoint = members.take("checkpoint")
        close = Members(members.take("close"), "close")
        members.done()
        if not isinstance(checkpoint, str):
            raise Malformed("request.checkpoint is not a signed note")
        now, watermark = self._clock.now(), self._store.watermark() or self._clock.now()
        head, note = self._monitor.catch_up(checkpoint)
        trust = self._trust.current()
        place = self._place(record.ctx)
        if self._store.frontier().size != head.size:
            # Another request read on meanwhile: what it read is signed by the log, but not cosigned here.
            raise KeeperRefusal("log-behind", "the log has grown beyond this checkpoint")
        sealed_under = place.sealed_under(record.ctx.policy_hash)
        if sealed_under is None:
            raise KeeperRefusal("wrong-policy", "the log has no such policy")
        mine = self._my_entry(sealed_under, index)
        share = check_envelope(
            record, envelope, self._keys.identities[mine.key_version], self._keys.keeper, index
        )
        _check_ctx(share.ctx, sealed_under.policy)
        times = self._peer_times(note, sealed_under, trust)
        case = _case(
            share,
            place,
            keeper=self._keys.keeper,
            close={
                "present": place.close is not None,
                "cosigned": len(times) >= share.ctx.k - 1,
                "includes_bid": _includes(place, record, close),
            },
            now=now,
            times=times,
            watermark=watermark,
            asked=record.ctx,
        )
        decision = decide(case)
        with self._store.change():
            self._store.log_request(now, "release", record.hash, decision.reason)
            self._store.raise_watermark(now)
        if not decision.released:
            raise KeeperRefusal("denied", decision.reason)
        released = {"share": share.share.hex(), "salt": share.salt.hex()}
        return self._said("release", now, i=index, record_hash=record.hash, **released)

    def evidence(self, request: object) -> dict[str, object]:
        """Withhold a place whose close list leaves out one of the platform's receipts (R3): `{receipt, close}`.

        `{stamp, close}` only notes a dispute: a keeper's stamp does not say that the platform ever had the record.
        Raises KeeperRefusal `not-proved` when this is no such proof.
        """
        members = Members(request, "request")
        if members.has("stamp"):
            return self._dispute(members)
        statement = Statement.from_json(members.take("receipt"))
        close = CloseList.from_json(members.take("close"))
        members.done()
        receipt = Receipt.from_json(statement.body)
        record = receipt.signed_record.record
        if receipt.record_hash != record.hash:
            raise Malformed("the receipt names another record than it shows")
        now = self.sound_now()
        if statement.vkey not in self._trust.current().signers:
            raise KeeperRefusal("not-proved", "the receipt is not the platform's")
        try:
            statement.verify()
        except BadSignature as error:
            raise KeeperRefusal("not-proved", str(error)) from error
        at = record.ctx if isinstance(record, SealedRecord) else record
        self._monitor.catch_up()
        place = self._monitor.place(at.tender, at.lot, at.envelope)
        _check_logged(close, place)
        newest = place.policies[-1].policy if place.policies else None
        if any(
            entry.names(record.hash) and not wrongly_silent(newest, entry, record) for entry in close.entries
        ):
            raise KeeperRefusal("not-proved", "the close list accounts for this receipt")
        with self._store.change():
            where = (place.tender, place.lot, place.envelope)
            self._store.withhold(where, place.resolutions, canonical(statement.to_json()).decode(), now)
            self._store.alarm(f"the close list of {'/'.join(where)} leaves out receipt {record.hash}", now)
            self._store.log_request(now, "evidence", record.hash, "withheld")
            self._store.raise_watermark(now)
        return {"withheld": True}

    def _dispute(self, members: Members) -> dict[str, object]:
        """Note that a stamped record is not in a close list: for the month's statement; nothing is withheld."""
        statement = Statement.from_json(members.take("stamp"))
        close = CloseList.from_json(members.take("close"))
        members.done()
        stamp = Stamp.from_json(statement.body)
        now = self.sound_now()
        self._monitor.catch_up()
        place = self._monitor.place(close.tender, close.lot, close.envelope)
        _check_logged(close, place)
        policies = [logged for logged in place.policies if logged.signed]
        known = {keeper.vkey: keeper.id for logged in policies for keeper in logged.keepers}
        try:
            statement.verify()
        except BadSignature as error:
            raise KeeperRefusal("not-proved", str(error)) from error
        if known.get(statement.vkey) != stamp.keeper or stamp.time >= close.closed_at:
            raise KeeperRefusal("not-proved", "no keeper of this tender stamped it before the close")
        if any(stamp.hash in (entry.record_hash, entry.by) for entry in close.entries):
            raise KeeperRefusal("not-proved", "the close list accounts for this stamp")
        where = "/".join((place.tender, place.lot, place.envelope))
        with self._store.change():
            self._store.log_request(
                now, "dispute", stamp.hash, f"the close list of {where} leaves out this stamp"
            )
            self._store.raise_watermark(now)
        return {"disputed": True}

    def remember_refusal(self, kind: str, body: bytes, refusal: KeeperRefusal) -> None:
        """Keep that a request was refused: its hash and the reason; a denied release was kept when decided."""
        if refusal.code != "denied":
            with self._store.change():
                self._store.log_request(self._clock.now(), kind, h(body).hex(), str(refusal)[:300])

    def _place(self, ctx: Ctx) -> Place:
        """What was read of the ctx's place.  Raises KeeperRefusal while keepers do nothing there."""
        if ctx.log_origin != self._trust.current().log.name:
            raise KeeperRefusal("wrong-log", "the record belongs to another log")
        place = self._monitor.place(ctx.tender, ctx.lot, ctx.envelope)
        since = self._store.withheld_since((ctx.tender, ctx.lot, ctx.envelope))
        if place.contested or (since is not None and place.resolutions <= since):
            raise KeeperRefusal(
                "withheld", "the platform is proved at fault here; the supervisor has to resolve it"
            )
        if place.holds:
            raise KeeperRefusal("held", "the procurement is suspended")
        return place

    def _my_entry(self, logged: LoggedPolicy, index: int) -> Keeper:
        """This keeper's entry in a policy's set, if it is number `index`."""
        if not 1 <= index <= len(logged.keepers) or not self._keys.is_mine(logged.keepers[index - 1]):
            raise SealingError("wrong-keeper", "this keeper does not have that number")
        return logged.keepers[index - 1]

    def _peer_times(self, note: Note, logged: LoggedPolicy, trust: Trust) -> list[str]:
        """When each other keeper of the set cosigned this checkpoint; one time per keeper."""
        peers = [k for k in logged.keepers if not self._keys.is_mine(k) and trust.knows(k)]
        latest: dict[str, int] = {}
        try:
            for verifier, signature in note.verified([trust.log, *(peer.witness() for peer in peers)]):
                if verifier != trust.log:
                    latest[verifier.vkey] = max(signature.timestamp, latest.get(verifier.vkey, 0))
            return [write_instant(from_seconds(second)) for second in latest.values()]
        except (UnverifiedNote, OverflowError) as error:
            raise KeeperRefusal("denied", f"the checkpoint's cosignatures: {error}") from error

    def _said(self, kind: str, now: datetime, **facts: object) -> Statement:
        return self._keys.sign(
            {"type": f"{TYPE}{kind}", "keeper": self._keys.keeper, "time": write_instant(now), **facts}
        )


def _check_logged(close: CloseList, place: Place) -> None:
    """The list is one whose root the log has.  Raises KeeperRefusal."""
    root, size = close.root(), len(close.entries)
    if not any((logged.root.hex(), logged.size) == (root, size) for logged in place.closes):
        raise KeeperRefusal("not-proved", "this is not a close list of the log")


def _submitted(members: Members) -> tuple[SealedRecord, bytes, int]:
    """The three members that ack and release share."""
    record = SealedRecord.from_json(members.take("record"))
    envelope = _base64(members.text("envelope", _MAX_ENVELOPE_TEXT))
    return record, envelope, members.integer("index", 1, 255)


def _sound_chain(place: Place) -> list[LoggedPolicy]:
    """The chain, if there is one, all of it is signed and the procurement goes on.  Raises KeeperRefusal."""
    if not place.policies:
        raise KeeperRefusal("no-policy", "the log has no policy for this envelope")
    if not all(logged.signed for logged in place.policies):
        raise KeeperRefusal("unsigned-policy", "a policy in the log is not soundly signed")
    if place.cancelled:
        raise KeeperRefusal("cancelled", "the procurement is cancelled")
    return place.policies


def _check_ctx(ctx: Ctx, policy: Policy | None) -> None:
    """The ctx says what its policy says.  Raises KeeperRefusal."""
    if policy is None or ctx.policy_hash != policy.hash:
        raise KeeperRefusal("wrong-policy", "the bid was not sealed under the newest policy in the log")
    if ctx.open_at != policy.open_at or any(
        getattr(ctx, name) != getattr(policy, name) for name in _OF_POLICY
    ):
        raise KeeperRefusal("wrong-policy", "the sealed context contradicts its own policy")


def _case(
    share: PlainShare,
    place: Place,
    *,
    keeper: str,
    close: dict[str, bool],
    now: datetime,
    times: list[str],
    watermark: datetime,
    asked: Ctx,
) -> dict[str, object]:
    """The public case: env from inside the envelope, the rest from what the keeper read and verified."""
    ctx = share.ctx
    return {
        "k": ctx.k,
        "n": ctx.n,
        "keeper": keeper,
        "env": _facts(ctx) | {"keeper": share.keeper},
        "policy": [
            {
                "v": logged.policy.v if logged.policy else 0,
                "open_at": write_instant(logged.policy.open_at if logged.policy else ctx.open_at),
                "logged": True,
                "signed": logged.signed,
                "requires": list(logged.policy.requires) if logged.policy else [],
            }
            for logged in place.policies
        ],
        "fulfilled": place.fulfilled(ctx.bid_id),
        "close": close,
        "cancelled": place.cancelled,
        "keeper_now": write_instant(now),
        "peer_times": times,
        "watermark": write_instant(watermark),
        "request": _facts(asked),
    }


def _facts(ctx: Ctx) -> dict[str, object]:
    return {
        "tender": ctx.tender,
        "lot": ctx.lot,
        "envelope": ctx.envelope,
        "bid": ctx.bid_id,
        "bidder": ctx.bidder_tag,
        "notice_version": ctx.notice_version,
        "open_at": write_instant(ctx.open_at),
    }


def _includes(place: Place, record: SealedRecord, proof: Members) -> bool:
    """Whether the close list that counts has this record as effective, proved by its entry and path."""
    entry, index = CloseEntry.from_json(proof.take("entry")), proof.integer("index", 0)
    path = proof.items("proof", _MAX_PROOF, _hash)
    proof.done()
    said = (entry.kind, entry.state, entry.record_hash, entry.bid_id)
    if place.close is None or said != ("receipt", "effective", record.hash, record.ctx.bid_id):
        return False
    leaf = tlog.leaf_hash(canonical(entry.to_json()))
    return tlog.verify_inclusion(leaf, index, place.close.size, path, place.close.root)


def _hash(value: object) -> bytes:
    return _base64(value if isinstance(value, str) else "")


def _base64(text: str) -> bytes:
    try:
        return decode_base64(text)
    except MalformedNote as error:
        raise Malformed("not base64") from error
