"""When the term of a framework agreement is over: it is closed, and what was ordered under it is summed up in public."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction

from contracting.facts import AgreementFacts
from contracting.selectors import agreements_over
from contracting.services import agreements
from core.audit.services import record
from core.errors import gettext_noop
from core.money import Yuan
from disclosure.selectors.transactions import sold_under
from disclosure.services import publish as publish_notice
from disclosure.states import NoticeType
from parties.access import CLOCK
from parties.selectors import organisation_facts

RULE = "F-12.summary_notice"


def close_over() -> int:
    """Close each agreement of a procedure whose term is over, and publish its summary; gives how many. May be repeated.

    Source: 财政部令第110号第三十五条.
    """
    found = agreements_over()
    for agreement in found:
        _close(agreement)
    return len(found)


@transaction.atomic
def _close(agreement: AgreementFacts) -> None:
    closed = agreements.close(actor=CLOCK, agreement_id=agreement.id)
    if closed is None:
        return
    notice = publish_notice(actor=CLOCK, **summary(agreement))
    record(
        actor=CLOCK.label,
        verb="summarise",
        subject=f"agreement.{agreement.id}",
        rule=RULE,
        notice=str(notice.id),
    )


def summary(agreement: AgreementFacts) -> dict[str, Any]:
    """Give the notice of what each supplier sold: the number of its transaction records, and their total."""
    sold = sold_under(agreement.ocid)
    totals = [
        {"name": row.supplier_name, "count": count, "total": str(total)}
        for row in agreement.entrants
        for count, total in [sold.get(organisation_facts(row.supplier_id).credit_code, (0, Yuan(0)))]
    ]
    head = [gettext_noop("Supplier"), gettext_noop("Deals"), gettext_noop("Total")]
    return {
        "type": NoticeType.FRAMEWORK_SUMMARY,
        "title": f"{agreement.title}成交结果汇总公告",
        "title_en": f"Summary of deals: {agreement.title_en}" if agreement.title_en else "",
        "region": agreement.region,
        "source": f"agreement.{agreement.id}",
        "ocid": agreement.ocid,
        "project_no": agreement.agreement_no,
        "purchaser": asdict(organisation_facts(agreement.organiser_id)),
        "category": agreement.category,
        "method": "framework",
        "amount": agreement.drawn,
        "law_as_of": agreement.law_as_of,
        "sections": [
            {
                "title": gettext_noop("Framework agreement"),
                "rows": [
                    [gettext_noop("Agreement number"), agreement.agreement_no],
                    [gettext_noop("Begins"), agreement.starts_at],
                    [gettext_noop("Ends"), agreement.ends_at],
                ],
            },
            {
                "title": gettext_noop("Deals of each supplier"),
                "table": {
                    "head": head,
                    "rows": [[row["name"], str(row["count"]), Yuan(str(row["total"]))] for row in totals],
                },
            },
        ],
        "facts": {"agreement_no": agreement.agreement_no, "suppliers": totals},
    }
