"""Keepers, tenders and bidders of a benchmark: sealed, acknowledged and signed as in real life, by real keepers."""

from __future__ import annotations

import base64
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

from bidding import signing
from bidding.sealing.context import CtxBase
from bidding.sealing.encoding import canonical, h
from bidding.sealing.objects import Keeper
from bidding.sealing.seal import SealedBid, seal_bid
from bidding.services import preparing
from config.bench import servers
from config.bench.factories import bidding, parties, tendering
from config.bench.measure import Broken
from config.demo import loghost
from config.keeperhouse import KeeperHouse
from config.softkey import SoftKey
from parties.access import Actor
from parties.services import passkeys
from storage import uploads
from tendering import services
from tendering.facts import TenderFacts

PIECE = 1 << 20
LOT = "1"


@dataclass(frozen=True)
class Bidder:
    """A supplier's person with a passkey."""

    actor: Actor
    key: SoftKey


@dataclass(frozen=True)
class Prepared:
    """A bid that lacks nothing but its submission; `sealed` is what its bidder keeps."""

    bidder: Bidder
    bid_id: uuid.UUID
    sealed: SealedBid
    signed: dict[str, Any]


@contextmanager
def keepers(count: int) -> Iterator[None]:
    """Run `count` keepers that read this site's log over HTTP. Raises Broken."""
    with loghost.serving(0) as address:
        house = KeeperHouse(
            servers.free_ports(count),
            count=count,
            clock_offset_file=Path(os.environ["CLOCK_OFFSET_FILE"]),
            log_url=f"{address}/log",
        )
        try:
            house.start()
        except RuntimeError as error:
            house.stop()
            raise Broken(str(error)) from error
        try:
            yield
        finally:
            house.stop()


def seat(count: int) -> list[Bidder]:
    """Make `count` suppliers."""
    made = []
    for number in range(1, count + 1):
        actor = parties.desk("supplier", f"示例投标{number}有限公司", "330100")
        key = SoftKey(rp_id=settings.RP_ID, origin=settings.PASSKEY_ORIGINS[0])
        passkeys.add(actor.user_id, "bench", key.create(passkeys.creation_options(actor.user_id)))
        made.append(Bidder(actor, key))
    return made


def tender(purchaser: Actor, needed: int) -> TenderFacts:
    """Publish a tender whose bids `needed` keepers open together."""
    draft = tendering.complete_draft(purchaser)
    with override_settings(INDEPENDENT_KEEPERS=True, KEEPERS_NEEDED=needed):
        return services.publish(actor=purchaser, tender_id=draft.id)


def prepare(bidder: Bidder, of: TenderFacts, folder: Path, attachment: Path | None = None) -> Prepared:
    """Seal a bid, upload it, have the keepers confirm it, sign it."""
    actor = bidder.actor
    begun = preparing.begin(actor=actor, tender_id=of.id, lot=LOT)
    sealed = seal_bid(
        CtxBase.from_json(begun.ctx_base),
        [Keeper.from_json(row) for row in of.sealing["keepers"]],
        begun.ctx_base["k"],
        bidding.sheet(of),
        [("技术方案.pdf", attachment)] if attachment else [],
        Path(tempfile.mkdtemp(dir=folder)) / "sealed",
        organisation=str(actor.org_id),
    )
    record = sealed.record.to_json()
    preparing.check(
        actor=actor,
        bid_id=begun.bid_id,
        record=record,
        envelopes=[base64.b64encode(one).decode() for one in sealed.envelopes],
        sheet_upload=_upload(actor, of, sealed.sheet_path),
        files_upload=_upload(actor, of, sealed.files_path),
    )
    return Prepared(bidder, begun.bid_id, sealed, {"record": record, "signature": _signature(bidder, record)})


def _upload(actor: Actor, of: TenderFacts, path: Path) -> uuid.UUID:
    owner = f"organisation.{actor.org_id}"
    made = uploads.create(owner=owner, purpose=of.source, length=path.stat().st_size)
    with path.open("rb") as source:
        pieces = iter(lambda: source.read(PIECE), b"")
        return uploads.append(upload_id=made.id, owner=owner, offset=0, parts=pieces).id


def _signature(bidder: Bidder, record: dict[str, Any]) -> dict[str, str]:
    options = signing.options(bidder.actor)["publicKey"]
    challenge = base64.urlsafe_b64encode(h(canonical(record))).rstrip(b"=").decode()
    touched = bidder.key.get({**options, "challenge": challenge})
    answer = touched["response"]
    return {
        "scheme": "webauthn",
        "credential_id": touched["rawId"],
        "authenticator_data": answer["authenticatorData"],
        "client_data_json": answer["clientDataJSON"],
        "signature": answer["signature"],
    }
