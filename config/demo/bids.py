"""A supplier bids: seals on a machine of its own, uploads, has the keepers confirm, signs, submits."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bidding import signing
from bidding.sealing.encoding import canonical, h
from bidding.services import preparing, receipts, submitting
from config.demo import sealer
from config.demo.province import Province
from config.demo.scripts import Offer
from core.money import UnitPrice
from parties.access import Actor
from storage import uploads
from tendering.facts import LotFacts, TenderFacts

PIECE = 1 << 20


class NotAccepted(RuntimeError):
    """A bid of the demonstration was refused: its script is wrong."""


@dataclass(frozen=True)
class Preparing:
    """A bid that is being sealed."""

    bidder: Actor
    tender: TenderFacts
    bid_id: uuid.UUID
    sealed: Future[sealer.Sealed]


PAGES = 3
"""Pages of a proposal, which the responses cite in turn."""


def sheet_for(tender: TenderFacts, lot: LotFacts, offer: Offer, envelope: str) -> dict[str, Any]:
    """Give the opening sheet, or one of its two parts: the ceiling at the offer's rate, evenly over the items, in whole yuan."""
    most = lot.ceiling or (tender.ceiling if len(tender.lots) == 1 else None) or lot.budget
    share = most.amount * Decimal(offer.rate) / len(lot.items)
    prices = []
    for item in lot.items:
        price = UnitPrice(f"{int(share / item.quantity)}.00")
        prices.append(
            {
                "item": item.no,
                "name": item.name,
                "quantity": f"{item.quantity.normalize():f}",
                "unit": item.unit,
                "unit_price": str(price),
                "amount_fen": price.times(item.quantity).fen,
            }
        )
    priced: dict[str, Any] = {"total_fen": sum(row["amount_fen"] for row in prices), "prices": prices}
    said: dict[str, Any] = {
        "delivery_days": offer.delivery_days,
        "warranty_months": offer.warranty_months,
        "responses": [
            {
                "criterion": row.id,
                "response": f"{row.name}：逐条响应，无偏离，见技术方案.pdf第{1 + place % PAGES}页。",
                "files": ["技术方案.pdf"],
            }
            for place, row in enumerate(tender.criteria)
        ],
        "facts": {"size": offer.size, "domestic": True, "brand": offer.brand, "model": offer.model},
    }
    if envelope == "technical":
        priced = {"total_fen": None, "prices": []}
    elif envelope == "price":
        said = {"delivery_days": None, "warranty_months": None, "responses": [], "facts": {}}
    return {"type": "mingcai/v1/sheet", **priced, **said, "notes": ""}


def papers_of(province: Province, actor: Actor) -> list[Callable[[], bytes]]:
    """Have a supplier's proposal and licence printed."""
    return [
        province.print(
            f"技术方案（示例）· {actor.org_name}",
            "一、对采购需求的理解。逐条响应招标文件第三章，技术参数全部满足，无负偏离。",
            "\f二、实施方法、人员配置与进度安排，所投产品的品牌、型号与数量见开标一览表。",
            "\f三、质量保证与售后：质保期内四小时响应，次日到场，备件常备本地。",
        ),
        province.print("营业执照副本（示例）", f"名称：{actor.org_name}", "经营范围：以示例为限。"),
    ]


def begin(province: Province, tender: TenderFacts, lot_no: str, offer: Offer, envelope: str) -> Preparing:
    """Take a bid number and have the bid, or one of its two envelopes, sealed beside everything else."""
    actor = province.actors[offer.role]
    prepared = preparing.begin(actor=actor, tender_id=tender.id, lot=lot_no, envelope=envelope)
    lot = tender.lot(lot_no)
    if lot is None:
        raise NotAccepted(f"{tender.title} has no lot {lot_no}")
    proposal, licence = (paper() for paper in papers_of(province, actor))
    sealed = province.workers.submit(
        sealer.seal,
        prepared.ctx_base,
        tender.sealing["keepers"],
        str(actor.org_id),
        sheet_for(tender, lot, offer, envelope),
        [] if envelope == "price" else [("技术方案.pdf", proposal), ("营业执照.pdf", licence)],
    )
    return Preparing(actor, tender, prepared.bid_id, sealed)


def submit(province: Province, bid: Preparing) -> None:
    """Upload the sealed bid, have it confirmed, sign it, submit it, and let its receipt enter the log."""
    sealed = bid.sealed.result()
    owner = f"organisation.{bid.bidder.org_id}"
    sent = [_upload(owner, bid.tender.source, content) for content in (sealed.sheet, sealed.files)]
    preparing.check(
        actor=bid.bidder,
        bid_id=bid.bid_id,
        record=sealed.record,
        envelopes=sealed.envelopes,
        sheet_upload=sent[0],
        files_upload=sent[1],
    )
    outcome = submitting.submit(
        actor=bid.bidder,
        bid_id=bid.bid_id,
        signed={"record": sealed.record, "signature": _signature(province, bid.bidder, sealed.record)},
    )
    if not outcome.accepted:
        raise NotAccepted(f"{bid.bidder.org_name}: {outcome.code}")
    receipts.post_batch()


def _upload(owner: str, purpose: str, content: bytes) -> uuid.UUID:
    made = uploads.create(owner=owner, purpose=purpose, length=len(content))
    pieces = (content[at : at + PIECE] for at in range(0, len(content), PIECE))
    return uploads.append(upload_id=made.id, owner=owner, offset=0, parts=pieces).id


def _signature(province: Province, actor: Actor, record: dict[str, Any]) -> dict[str, str]:
    options = signing.options(actor)["publicKey"]
    challenge = base64.urlsafe_b64encode(h(canonical(record))).rstrip(b"=").decode()
    touched = province.keys[actor.require_user()].get({**options, "challenge": challenge})
    answer = touched["response"]
    return {
        "scheme": "webauthn",
        "credential_id": touched["rawId"],
        "authenticator_data": answer["authenticatorData"],
        "client_data_json": answer["clientDataJSON"],
        "signature": answer["signature"],
    }
