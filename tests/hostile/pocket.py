"""Keepers without a network: real keys and envelopes, the log read from the database, `decide` deciding."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from bidding.keeper.client import CloseProof, KeeperAway, KeeperRefused, Released, Said
from bidding.keeper.decide import decide
from bidding.sealing.age.recipients import HybridIdentity
from bidding.sealing.encoding import canonical
from bidding.sealing.keeperside import check_envelope, verify_share
from bidding.sealing.objects import Policy, SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.sealing.shape import write_instant
from bidding.sealing.statements import sign_statement
from core import clock
from core.ledger import tlog
from core.ledger.models import Entry
from core.ledger.note import Signer


@dataclass
class Pocket:
    """One keeper. `lies`: it gives a wrong share; `dead`: it answers nothing."""

    number: int
    released: list[tuple[str, datetime]] = field(default_factory=list)
    lies: bool = False
    dead: bool = False
    watermark: datetime | None = None
    at_work: threading.Lock = field(default_factory=threading.Lock, repr=False)  # one request after the other

    def __post_init__(self) -> None:
        self.id = f"K{self.number}"
        self.identity = HybridIdentity(bytes([self.number]) * 32)
        self.signer = Signer(f"keeper-{self.number}.example", bytes([100 + self.number]) * 32)

    def card(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "recipient": str(self.identity.recipient()),
            "vkey": self.signer.verifier.vkey,
            "url": f"http://pocket/{self.number}",
            "key_version": 1,
        }

    def _up(self) -> None:
        if self.dead:
            raise KeeperAway(self.id)

    def _said(self, kind: str, **facts: Any) -> Said:
        now = clock.now()
        self.watermark = max(now, self.watermark or now)
        body = {"type": f"mingcai/v1/{kind}", "keeper": self.id, "time": write_instant(now), **facts}
        return Said(now, sign_statement(self.signer, body).to_json())

    def ack(self, record: SealedRecord, envelope: bytes, index: int) -> Said:
        self._up()
        place = read(record)
        if place["close"] or place["cancelled"]:
            raise KeeperRefused("closed", "", 409)
        if place["policies"][-1] != record.ctx.policy_hash:
            raise KeeperRefused("wrong-policy", "", 409)
        check_envelope(record, envelope, self.identity, self.id, index)
        said = {
            "record_hash": record.hash,
            "ctx_hash": record.ctx.digest().hex(),
            "policy_hash": record.ctx.policy_hash,
        }
        return self._said("ack", i=index, key_version=1, **said)

    def stamp(self, hashed: bytes) -> Said:
        self._up()
        return self._said("stamp", hash=hashed.hex())

    def release(
        self, record: SealedRecord, envelope: bytes, index: int, *, checkpoint: str, close: CloseProof
    ) -> Released:
        try:
            with self.at_work:
                return self._release(record, envelope, index, close)
        finally:
            if threading.current_thread() is not threading.main_thread():
                connection.close()

    def _release(self, record: SealedRecord, envelope: bytes, index: int, close: CloseProof) -> Released:
        self._up()
        share = check_envelope(record, envelope, self.identity, self.id, index)
        ctx, place, now = share.ctx, read(record), clock.now()
        root = place["close"]
        entry = close.entry
        proved = bool(root) and tlog.verify_inclusion(
            tlog.leaf_hash(canonical(entry)), close.index, root[1], list(close.path), bytes.fromhex(root[0])
        )
        effective = (entry["state"], entry["record_hash"], entry["bid_id"]) == (
            "effective",
            record.hash,
            ctx.bid_id,
        )
        said = {
            "tender": ctx.tender, "lot": ctx.lot, "envelope": ctx.envelope, "bid": ctx.bid_id,
            "bidder": ctx.bidder_tag, "notice_version": ctx.notice_version, "open_at": write_instant(ctx.open_at),
        }  # fmt: skip
        decision = decide(
            {
                "k": ctx.k, "n": ctx.n, "keeper": self.id, "env": said | {"keeper": share.keeper},
                "policy": [
                    {"v": v, "open_at": open_at, "logged": True, "signed": True, "requires": requires}
                    for v, (open_at, requires) in enumerate(place["chain"], start=1)
                ],
                "fulfilled": place["fulfilled"],
                "close": {"present": bool(root), "cosigned": True, "includes_bid": proved and effective},
                "cancelled": place["cancelled"], "keeper_now": write_instant(now),
                "peer_times": [write_instant(now)] * (ctx.n - 1),
                "watermark": write_instant(self.watermark or now), "request": said,
            }
        )  # fmt: skip
        if not decision.released:
            raise KeeperRefused("denied", decision.reason, 403)
        self.released.append((ctx.bid_id, now))
        if self.lies:
            share = PlainShare(ctx, self.id, index, bytes(32) + bytes([index]), share.salt)
        verify_share(record, share)
        return Released(share, self._said("release", i=index))


def read(record: SealedRecord) -> dict[str, Any]:
    """What a keeper that reads the log knows of a record's place."""
    ctx = record.ctx
    here = (ctx.tender, ctx.lot, ctx.envelope)
    found: dict[str, Any] = {"policies": [], "chain": [], "close": None, "cancelled": False, "fulfilled": []}
    for content in Entry.objects.order_by("index").values_list("content", flat=True):
        entry = json.loads(bytes(content))
        kind = entry["type"].split("/")[-1]
        if kind == "policy-entry":
            policy = Policy.from_json(entry["statement"]["body"])
            if (policy.tender, policy.lot, policy.envelope) == here:
                found["policies"].append(policy.hash)
                found["chain"].append((write_instant(policy.open_at), list(policy.requires)))
        elif kind == "close-entry" and (entry["tender"], entry["lot"], entry["envelope"]) == here:
            found["close"] = (entry["root"], entry["size"])
        elif kind == "cancel-entry" and entry["tender"] == ctx.tender:
            found["cancelled"] = True
        elif kind == "result-entry" and (entry["tender"], entry["lot"]) == here[:2]:
            found["fulfilled"] += [entry["name"]] if ctx.bid_id in entry["passed"] else []
    return found


def settle(count: int, monkeypatch: Any) -> list[Pocket]:
    """Make these the installation's keepers."""
    from bidding import keepers as platform

    pockets = [Pocket(number) for number in range(1, count + 1)]
    settings.KEEPERS_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.KEEPERS_FILE.write_text(json.dumps([pocket.card() for pocket in pockets]))
    by_url = {pocket.card()["url"]: pocket for pocket in pockets}
    monkeypatch.setattr(platform, "client", lambda url, vkey: by_url[url])
    monkeypatch.setattr(platform.ledger, "collect_cosignatures", lambda witnesses, **over: [])
    return pockets
