"""The opening record (开标记录): published in versions, each replacing the one before; lots that failed are announced."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django.db import transaction

from bidding import notices, selectors
from bidding.models import Bid, OpeningRecord
from core import clock
from core.audit.services import record as record_act
from core.canonical import digest
from core.errors import gettext_noop
from disclosure import services as disclosure
from parties.access import CLOCK, Actor
from parties.selectors import organisation_facts
from parties.services import inbox
from parties.states import Kind
from tendering import selectors as tenders
from tendering.facts import TenderFacts
from tendering.methods import method_of

TOO_FEW_SENT = gettext_noop("Fewer suppliers than the law requires submitted a bid; the bids are not opened.")
TOO_FEW_FINALS = gettext_noop(
    "Fewer suppliers than the law requires gave a final quote; the quotes are not opened."
)
TOO_FEW_OPENED = gettext_noop("Fewer bids than the law requires could be opened.")


@transaction.atomic
def publish(tender: TenderFacts, *, actor: Actor, minutes: dict[str, Any] | None = None) -> uuid.UUID:
    """Publish what the opening record says now, in place of its last version; gives the notice.

    A second call that would say the same publishes nothing. `minutes` are signed ones: then the record is complete.
    Source: 《电子招标投标办法》第三十二条; 财政部令第87号第四十二条.
    """
    row, _ = OpeningRecord.objects.select_for_update().get_or_create(tender_id=tender.id)
    bids = selectors.lines(tender.id)
    said = notices.opening_record(
        tender,
        bids,
        {bid.supplier_id: organisation_facts(bid.supplier_id) for bid in bids},
        selectors.close_lists(tender.id),
        resolutions=selectors.resolutions(tender.id),
        minutes=minutes,
    )
    fixed = digest(said["facts"]).hex()
    if row.notice_id is not None and row.said == fixed:
        return row.notice_id
    notice = disclosure.publish(
        actor=actor,
        title=f"{tender.title}开标记录",
        title_en=f"Opening record: {tender.title_en}" if tender.title_en else "",
        **_of(tender),
        corrects=row.notice_id,
        **said,
    )
    row.notice_id, row.said = notice.id, fixed
    row.save(update_fields=["notice_id", "said"])
    record_act(
        actor=actor.label,
        verb="publish_record",
        subject=f"opening.{tender.id}",
        rule="B-06",
        notice=str(notice.id),
        said=fixed,
    )
    return notice.id


def newest(tender_id: uuid.UUID) -> uuid.UUID | None:
    """Give the notice that is the opening record's newest version, if it has one."""
    return OpeningRecord.objects.filter(tender_id=tender_id).values_list("notice_id", flat=True).first()


@transaction.atomic
def fail_lots(tender: TenderFacts, lots: list[str], reason: str) -> None:
    """Announce that these lots failed (废标) while others go on, and tell everybody who bid for them.

    Source: 《政府采购法》第三十六条, 第三十七条.
    """
    _, rule = tenders.fewest_suppliers(tender)
    for lot in lots:
        notice = disclosure.publish(
            actor=CLOCK,
            title=f"{tender.title}（包{lot}）",
            title_en=f"{tender.title_en} (lot {lot})" if tender.title_en else "",
            **_of(tender),
            **notices.lot_failure(tender, lot, reason, rule.citation, clock.now()),
        )
        record_act(
            actor=CLOCK.label,
            verb="fail_lot",
            subject=f"opening.{tender.id}",
            rule=method_of(tender.method).failed,
            lot=lot,
            reason=reason,
            notice=str(notice.id),
        )
    if lots:
        inbox.tell(
            key=f"opening.{tender.id}.failed.{'.'.join(lots)}",
            org_id=tender.host_id,
            kind=tender.host_kind,
            title=gettext_noop("Lot %(lots)s of “%(tender)s” has failed"),
            why=reason,
            url=f"/opening/{tender.id}/",
            rule=method_of(tender.method).failed,
            tender=tender.title,
            lots=", ".join(lots),
        )
        tell_bidders(tender, lots, reason)


def tell_bidders(tender: TenderFacts, lots: list[str], reason: str) -> None:
    """Tell everybody with an effective bid for these lots that they failed, and why (《政府采购法》第三十七条)."""
    rows = Bid.objects.filter(tender_id=tender.id, lot__in=lots, status__in=selectors.AFTER_CLOSE)
    for supplier_id, lot in rows.order_by("lot", "pk").values_list("supplier_id", "lot"):
        inbox.tell(
            key=f"opening.{tender.id}.failed.{lot}.{supplier_id}",
            org_id=supplier_id,
            kind=Kind.SUPPLIER,
            title=gettext_noop("Lot %(lot)s of “%(tender)s” has failed"),
            why=reason,
            url=f"/tenders/{tender.id}/bid/" if tender.rounds else f"/opening/{tender.id}/",
            rule=method_of(tender.method).failed,
            tender=tender.title,
            lot=lot,
        )


def _of(tender: TenderFacts) -> dict[str, Any]:
    agency = organisation_facts(tender.agency_id) if tender.agency_id else None
    return {
        "region": tender.region,
        "source": tender.source,
        "ocid": tender.ocid,
        "project_no": tender.project_no,
        "purchaser": asdict(organisation_facts(tender.purchaser_id)),
        "agency": asdict(agency) if agency else None,
        "category": tender.category,
        "method": tender.method,
        "law_as_of": tender.law_as_of,
    }
