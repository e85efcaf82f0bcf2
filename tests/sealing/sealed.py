"""A keeper set, a sealed bid and what its keepers release: the common ground of these tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bidding.sealing.age.recipients import Identity
from bidding.sealing.context import AGE_HYBRID, CtxBase, identity_of
from bidding.sealing.keeperside import open_envelope
from bidding.sealing.objects import Keeper, Policy, SealedRecord, h, keeper_set_hash
from bidding.sealing.plain import PlainPrice, PlainShare, PlainSheet
from bidding.sealing.seal import SealedBid, seal_bid
from core.ledger.note import Signer

ORGANISATION = "91110000MA0000001X"
DEADLINE = datetime(2026, 12, 1, 2, tzinfo=UTC)
SHEET = PlainSheet(
    total_fen=95_000_000,
    prices=(PlainPrice("P1", "笔记本电脑", "100", "台", "9500", 95_000_000),),
    delivery_days=30,
)


@dataclass(frozen=True)
class KeeperSet:
    suite: str
    keepers: tuple[Keeper, ...]
    identities: tuple[Identity, ...]
    signers: tuple[Signer, ...]


def make_keepers(n: int = 5, suite: str = AGE_HYBRID) -> KeeperSet:
    identities = tuple(identity_of(suite, h(b"k", bytes([i]))) for i in range(1, n + 1))
    signers = tuple(Signer(f"keeper{i}.example", h(b"s", bytes([i]))) for i in range(1, n + 1))
    keepers = tuple(
        Keeper(f"K{i}", str(identity.recipient()), signer.verifier.vkey, f"https://keeper{i}.example/")
        for i, (identity, signer) in enumerate(zip(identities, signers, strict=True), start=1)
    )
    return KeeperSet(suite, keepers, identities, signers)


def make_policy(keeper_set: KeeperSet, k: int) -> Policy:
    return Policy(
        log_origin="log.example/mingcai",
        tender="T42",
        lot="1",
        envelope="single",
        v=1,
        previous=None,
        notice_hash=h(b"notice").hex(),
        notice_version=1,
        deadline_at=DEADLINE,
        open_at=DEADLINE,
        gather_seconds=1800,
        k=k,
        n=len(keeper_set.keepers),
        keeper_set_hash=keeper_set_hash(keeper_set.keepers),
    )


def make_offer(keeper_set: KeeperSet, k: int, bid_id: str = "B7") -> CtxBase:
    policy = make_policy(keeper_set, k)
    return CtxBase(
        suite=keeper_set.suite,
        log_origin=policy.log_origin,
        tender=policy.tender,
        lot=policy.lot,
        envelope=policy.envelope,
        bid_id=bid_id,
        notice_hash=policy.notice_hash,
        notice_version=policy.notice_version,
        policy_hash=policy.hash,
        open_at=policy.open_at,
        k=k,
        n=policy.n,
        keeper_set_hash=policy.keeper_set_hash,
    )


@dataclass(frozen=True)
class Case:
    keeper_set: KeeperSet
    offer: CtxBase
    bid: SealedBid
    released: tuple[PlainShare, ...]

    @property
    def record(self) -> SealedRecord:
        return self.bid.record


def make_case(
    folder: Path, *, n: int = 5, k: int = 3, suite: str = AGE_HYBRID, bid_id: str = "B7", **over
) -> Case:
    folder.mkdir(parents=True, exist_ok=True)
    keeper_set = make_keepers(n, suite)
    offer = make_offer(keeper_set, k, bid_id)
    attachment = folder / "响应文件.pdf"
    attachment.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 400)
    bid = seal_bid(
        offer,
        keeper_set.keepers,
        k,
        SHEET.to_json(),
        [(attachment.name, attachment)],
        folder / "bid",
        **{"organisation": ORGANISATION, **over},
    )
    released = tuple(
        open_envelope(identity, envelope)
        for identity, envelope in zip(keeper_set.identities, bid.envelopes, strict=True)
    )
    return Case(keeper_set, offer, bid, released)


def flipped(share: PlainShare, place: int = 0) -> PlainShare:
    data = bytearray(share.share)
    data[place] ^= 1
    return replace(share, share=bytes(data))
