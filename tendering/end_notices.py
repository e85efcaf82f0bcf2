"""The notices that a procedure, or some of its lots, ended without an award."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.errors import gettext_noop
from core.money import Yuan
from disclosure.states import NoticeType
from tendering.facts import TenderFacts
from tendering.notices import Payload, common, contact, mark
from tendering.release import tender_release


def ended(
    tender: TenderFacts, *, kind: NoticeType, reason: str, rule: str, citation: str, at: datetime
) -> Payload:
    """Give the notice that a procedure failed (废标) or was cancelled (终止)."""
    status = "cancelled" if kind == NoticeType.CANCELLATION else "unsuccessful"
    return {
        **common(tender),
        "type": kind,
        "amount": tender.budget,
        "law_as_of": tender.law_as_of,
        "sections": [
            *mark(tender),
            {
                "title": gettext_noop("Tender"),
                "rows": [
                    [gettext_noop("Project number"), tender.project_no],
                    [gettext_noop("Tender"), tender.title],
                    *(
                        [[gettext_noop("First published"), tender.published_at]]
                        if tender.published_at
                        else []
                    ),
                    [gettext_noop("Ended"), at],
                ],
            },
            {
                "title": gettext_noop("Reason"),
                "rows": [
                    [gettext_noop("Reason"), {"msg": reason}],
                    [gettext_noop("Legal basis"), citation or rule],
                ],
            },
            contact(tender),
        ],
        "facts": {
            "tender": str(tender.id),
            "reason": reason,
            "rule": rule,
            "ended_at": at,
            "sandbox": tender.sandbox,
        },
        "release": tender_release(tender, status),
        "tag": ["tenderCancellation"],
    }


def lots_failed(
    tender: TenderFacts, failed: Mapping[str, str], *, rule: str, citation: str, at: datetime
) -> Payload:
    """Give the notice that lots failed (废标) while the procedure goes on with the others; `failed` are reasons by lot."""
    said = ended(tender, kind=NoticeType.FAILURE, reason="", rule=rule, citation=citation, at=at)
    titles = {lot.no: lot.title for lot in tender.lots}
    head = [gettext_noop("Lot"), gettext_noop("Title"), gettext_noop("Reason")]
    rows = [[no, titles[no], {"msg": reason}] for no, reason in sorted(failed.items())]
    lots = {"title": gettext_noop("Lots that failed"), "table": {"head": head, "rows": rows}}
    basis = {
        "title": gettext_noop("Reason"),
        "rows": [
            [gettext_noop("Legal basis"), citation or rule],
            [
                gettext_noop("Other lots"),
                {"msg": gettext_noop("The procurement goes on with the other lots.")},
            ],
        ],
    }
    first, contacts = said["sections"][:-2], said["sections"][-1]
    return {
        **said,
        "amount": Yuan.total(lot.budget for lot in tender.lots if lot.no in failed),
        "sections": [*first, lots, basis, contacts],
        "facts": {**said["facts"], "reason": "; ".join(sorted(set(failed.values()))), "lots": sorted(failed)},
        "release": {
            "tender": {
                "id": tender.project_no,
                "lots": [{"id": no, "status": "unsuccessful"} for no in sorted(failed)],
            }
        },
        "tag": ["tenderUpdate"],
    }
