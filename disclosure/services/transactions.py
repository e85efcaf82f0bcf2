"""Publish transaction records (成交记录) of the e-mall and of framework call-offs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from core import clock, regions
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Invalid, gettext_noop
from core.money import Yuan, exact
from disclosure import content, ocds, releases, rules, search
from disclosure.facts import TransactionFacts
from disclosure.models import Transaction, TransactionItem
from disclosure.services.notices import unknown
from disclosure.services.numbers import next_number, position
from disclosure.states import MODES, Market, Mode
from parties.access import Actor
from realtime.services import push

STREAM = "market.transactions"


class RecordIncomplete(Invalid):
    """A transaction record lacks one of its fields, or its amount is not the sum of its lines."""

    code = "record-incomplete"
    title = gettext_noop("The transaction record is not complete")


class AlreadyRecorded(Conflict):
    """The order has its public record."""

    code = "already-recorded"
    title = gettext_noop("This order has been recorded already")


def record_transaction(
    *,
    actor: Actor,
    order_no: str,
    mode: str,
    purchaser: dict[str, Any],
    supplier: dict[str, Any],
    amount: Yuan,
    items: list[dict[str, Any]],
    agreement: dict[str, Any],
    ordered_at: datetime,
    source: str,
    ocid: str,
    framework_ocid: str = "",
    region: str,
    market: str = Market.E_MALL,
    released: bool = False,
) -> TransactionFacts:
    """Publish the record of one order and its OCDS release, in the caller's transaction.

    `purchaser` and `supplier` as in `publish`, with credit codes. An item has `name`, `category` (item
    code), `brand`, `model`, `spec` (for a service its scope), `quantity`, `unit`, `unit_price`,
    optionally `name_en`. `amount` is the sum of the lines, each rounded half up to the fen. `agreement`
    is `{"id", "no", "title"}` or what of it there is; `framework_ocid` names the process of its first
    stage. `mode` is a Mode, `market` a Market. `released`: the process has published its award and its contract as
    open data by itself, so that the record adds none.

    Raises RecordIncomplete, AlreadyRecorded; then nothing is written.
    Source: 财库〔2017〕86号第二条第（三）项 (具体成交记录).
    """
    mode, market = Mode(mode), Market(market)
    buyer, seller = content.public_party(purchaser), content.public_party(supplier)
    errors = rules.missing_from_transaction(buyer, seller, amount, items) | unknown(region)
    if not order_no.strip():
        errors["order_no"] = gettext_noop("Give the order number.")
    if errors:
        raise RecordIncomplete(
            gettext_noop("These fields are missing or cannot be used: %(fields)s"),
            errors=errors,
            fields=", ".join(errors),
        )
    if Transaction.objects.filter(order_no=order_no).exists():
        raise AlreadyRecorded()
    with transaction.atomic(savepoint=False):
        seq = next_number()
        now = clock.now()
        rows = [_public_item(item) for item in items]
        row = Transaction(
            position=position(now, seq),
            order_no=order_no,
            ocid=ocid,
            framework_ocid=framework_ocid,
            mode=mode,
            market=market,
            region=regions.get(region).code,
            purchaser=buyer,
            purchaser_code=buyer["credit_code"],
            purchaser_name=buyer["name"],
            supplier=seller,
            supplier_code=seller["credit_code"],
            supplier_name=seller["name"],
            amount=amount.amount,
            items=rows,
            agreement=content.plain(agreement),
            ordered_at=ordered_at,
            published_at=now,
            source=source,
        )
        row.hash = digest(content.of_transaction(row)).hex()
        row.search_text = search.normalised(
            " ".join(content.words([order_no, buyer["name"], seller["name"], rows, row.agreement]))
        )
        row.save(force_insert=True)
        TransactionItem.objects.bulk_create([_line(row, item) for item in rows])
        search.add(Transaction, [(row.position, row.search_text)])
        if not released:
            releases.write(
                seq=seq,
                ocid=ocid,
                sections=_order_release(row),
                tag=["award", "contract"],
                at=now,
                title=_order_title(row),
                title_en="",
                purchaser=buyer,
                fresh=True,
            )
        record(
            actor=actor.label,
            verb="transaction.record",
            subject=f"transaction.{row.pk}",
            rule="D-14",
            order_no=order_no,
            hash=row.hash,
            source=source,
        )
        push(
            STREAM,
            "transaction.recorded",
            id=str(row.pk),
            order_no=order_no,
            amount=str(amount),
            name=rows[0]["name"],
            region=row.region,
        )
    return TransactionFacts(
        id=row.pk,
        order_no=order_no,
        ocid=ocid,
        amount=amount,
        ordered_at=ordered_at,
        published_at=now,
        hash=row.hash,
        url=reverse("portal:transaction", args=[row.pk]),
        items=rows,
    )


def _public_item(item: dict[str, Any]) -> dict[str, Any]:
    text = {
        name: str(item.get(name) or "").strip() for name in ("name", "category", "brand", "model", "spec")
    }
    english = {"name_en": str(item["name_en"])} if item.get("name_en") else {}
    return {
        **text,
        **english,
        "quantity": f"{exact(item['quantity']):f}",
        "unit": str(item["unit"]),
        "unit_price": str(rules.price_of(item)),
    }


def _line(row: Transaction, item: dict[str, Any]) -> TransactionItem:
    return TransactionItem(
        transaction=row,
        position=row.position,
        product=search.product_key(item),
        name=item["name"][:200],
        category=item["category"][:20],
        unit_price=rules.price_of(item).amount,
        ordered_at=row.ordered_at,
    )


def _order_title(row: Transaction) -> str:
    first = row.items[0]["name"]
    return f"{row.purchaser_name}：{first}" + (f"等{len(row.items)}项" if len(row.items) > 1 else "")


def _order_release(row: Transaction) -> dict[str, Any]:
    """Give the sections of an order's one release: award and contract at once."""
    goods = [
        ocds.item(
            str(number),
            description=item["name"],
            description_en=item.get("name_en", ""),
            code=item["category"],
            quantity=item["quantity"],
            unit=item["unit"],
            unit_price=item["unit_price"],
            brand=item["brand"],
            model=item["model"],
            spec=item["spec"],
        )
        for number, item in enumerate(row.items, start=1)
    ]
    amount, title = Yuan(row.amount), _order_title(row)
    name, _, method = MODES[row.mode]
    sections: dict[str, Any] = {
        "parties": [ocds.party(row.supplier, roles=["supplier"])],
        "tender": {
            "id": row.order_no,
            "title": title,
            "status": "complete",
            "procurementMethod": method,
            "procurementMethodDetails": name,
            "value": ocds.value(amount),
            "items": goods,
            "competitive": method != "direct",
        },
        "awards": [
            ocds.award(
                "1", suppliers=[row.supplier], amount=amount, decided=row.ordered_at, items=goods, title=title
            )
        ],
        "contracts": [
            ocds.contract(
                row.order_no,
                award_id="1",
                suppliers=[row.supplier],
                amount=amount,
                signed=row.ordered_at,
                items=goods,
                title=title,
            )
        ],
    }
    if row.framework_ocid:
        sections["relatedProcesses"] = [
            ocds.related(row.framework_ocid, title=str(row.agreement.get("title") or ""))
        ]
    return sections
