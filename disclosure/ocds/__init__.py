"""Build sections of OCDS 1.1 releases: pure functions giving dictionaries without empty members.

Other packages pass what these give to `disclosure.services.publish(release=…, tag=[…])`:

    release = {
        "parties": [party(org, roles=["tenderer"])],           # buyer and procuringEntity are added by
        publish "tender": {"id": project_no, "title": title, "status": "active", "value": value(budget),
                   "tenderPeriod": period(start, due), "items": [item(…)], "lots": [lot(…)]},
        "bids": {"details": [bid_details(…)]},
        "awards": [award(…)], "contracts": [contract(…)],
    }

Every section carries its full state, not a difference; ids of lots, items, bids, awards and contracts
never change; a member set to None is taken away from the compiled release. Organisations are referred
to by `reference(org)`; the service adds whoever is referred to to `parties`, with the roles that the
references imply. Language is Chinese; translations stand beside as `…_en`. Currency is CNY, amounts are
Decimals exact to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from core import regions
from core.clock import BEIJING
from core.money import UnitPrice, Yuan, exact

CURRENCY = "CNY"
PARTY_SCHEME = "CN-USCC"
"""Scheme of party ids: the unified social credit code (统一社会信用代码)."""
ITEM_SCHEME = "CN-GPCL"
"""Scheme of item classes: the catalogue of items of government procurement (政府采购品目分类目录)."""

Json = dict[str, Any]
Money = Yuan | UnitPrice | Decimal | int | str


def _kept(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def instant(moment: datetime | date | str) -> str:
    """Give a date-time with Beijing's offset; a date means its first moment. Raises ValueError if naive."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if len(moment) > 10 else date.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), BEIJING)
    if moment.tzinfo is None:
        raise ValueError("an instant must be timezone aware")
    return moment.astimezone(BEIJING).isoformat(timespec="seconds")


def number(amount: Money) -> Decimal:
    """Give an amount as the Decimal that is written as a JSON number."""
    if isinstance(amount, Yuan):
        return amount.amount
    return UnitPrice(amount.amount if isinstance(amount, UnitPrice) else exact(amount)).amount.normalize() + 0


def value(amount: Money) -> Json:
    """Give a Value in CNY, exact: yuan to the fen, unit prices to six places."""
    return {"amount": number(amount), "currency": CURRENCY}


def period(start: datetime | date | str | None = None, end: datetime | date | str | None = None) -> Json:
    """Give a Period; either end may be open."""
    return _kept(startDate=instant(start) if start else None, endDate=instant(end) if end else None)


def party_id(credit_code: str) -> str:
    """Give the id by which releases name an organisation."""
    return f"{PARTY_SCHEME}-{credit_code}"


def _read(org: Any, name: str) -> Any:
    return (org.get(name) if isinstance(org, Mapping) else getattr(org, name, None)) or ""


def party(org: Any, *, roles: Sequence[str]) -> Json:
    """Give a member of `parties` from an organisation's facts.

    `org` is a mapping or object with `name` and `credit_code`, and optionally `name_en`, `region` (GB/T
    2260), `address`, `contact_name`, `contact_phone`, `size` (micro, small, medium, large).
    """
    region = _read(org, "region")
    path = regions.path(region) if region else ()
    return _kept(
        id=party_id(_read(org, "credit_code")),
        name=_read(org, "name"),
        name_en=_read(org, "name_en"),
        identifier=_kept(scheme=PARTY_SCHEME, id=_read(org, "credit_code"), legalName=_read(org, "name")),
        address=_kept(
            countryName="中国",
            region=path[0].name if path else None,
            locality="".join(step.name for step in path[1:]) or None,
            streetAddress=_read(org, "address"),
        ),
        contactPoint=_kept(name=_read(org, "contact_name"), telephone=_read(org, "contact_phone")),
        roles=sorted(set(roles)),
        details=_kept(scale=_read(org, "size")),
    )


def reference(org: Any) -> Json:
    """Give an OrganizationReference: id and name only."""
    return {"id": party_id(_read(org, "credit_code")), "name": _read(org, "name")}


def classification(code: str, description: str = "") -> Json:
    """Give the class of an item in the catalogue of items (品目)."""
    return _kept(scheme=ITEM_SCHEME, id=code, description=description)


def item(
    id: str,
    *,
    description: str,
    description_en: str = "",
    code: str = "",
    class_name: str = "",
    quantity: Decimal | int | str | None = None,
    unit: str = "",
    unit_en: str = "",
    unit_price: Money | None = None,
    lot: str = "",
    brand: str = "",
    model: str = "",
    spec: str = "",
) -> Json:
    """Give an Item; brand, model and specification stand in `attributes`, our extension."""
    attributes = [
        {"id": key, "name": name, "value": text}
        for key, name, text in (("brand", "品牌", brand), ("model", "型号", model), ("spec", "规格", spec))
        if text
    ]
    return _kept(
        id=str(id),
        description=description,
        description_en=description_en,
        classification=classification(code, class_name) if code else None,
        quantity=None if quantity is None else _plain(quantity),
        unit=_kept(name=unit, name_en=unit_en, value=value(unit_price) if unit_price is not None else None),
        relatedLot=str(lot) if lot else None,
        attributes=attributes,
    )


def _plain(quantity: Decimal | int | str) -> Decimal | int:
    amount = exact(quantity)
    return int(amount) if amount == amount.to_integral_value() else amount


def lot(
    id: str, *, title: str, status: str = "active", amount: Money | None = None, title_en: str = ""
) -> Json:
    """Give a Lot (包); `status` is a tender status."""
    return _kept(
        id=str(id),
        title=title,
        title_en=title_en,
        status=status,
        value=None if amount is None else value(amount),
    )


def document(
    id: str,
    *,
    type: str,
    title: str,
    url: str,
    published: datetime | date | str,
    format: str = "text/html",
    lot: str = "",
) -> Json:
    """Give a Document; `type` is an OCDS documentType such as `tenderNotice`, `format` an IANA media type."""
    return _kept(
        id=str(id),
        documentType=type,
        title=title,
        url=url,
        datePublished=instant(published),
        format=format,
        language="zh",
        relatedLots=[str(lot)] if lot else None,
    )


def related_process(id: str, relationship: str, ocid: str, title: str) -> Json:
    """Give a RelatedProcess; `relationship` is of the codelist, such as `unsuccessfulProcess`: this one follows that."""
    return {"id": id, "relationship": [relationship], "title": title, "scheme": "ocid", "identifier": ocid}


def bid_details(
    id: str,
    *,
    tenderers: Iterable[Any],
    amount: Money | None = None,
    submitted: datetime | None = None,
    status: str = "pending",
    lot: str = "",
    rank: int | None = None,
) -> Json:
    """Give a member of `bids.details`; `status` is pending (opened), valid, disqualified or withdrawn."""
    return _kept(
        id=str(id),
        date=instant(submitted) if submitted else None,
        status=status,
        tenderers=[reference(org) for org in tenderers],
        value=None if amount is None else value(amount),
        relatedLots=[str(lot)] if lot else None,
        rank=rank,
        hasRank=True if rank is not None else None,
    )


def award(
    id: str,
    *,
    suppliers: Iterable[Any],
    amount: Money | None,
    decided: datetime | date | str,
    status: str = "active",
    title: str = "",
    items: Sequence[Json] = (),
    lot: str = "",
    bids: Sequence[str] = (),
    documents: Sequence[Json] = (),
) -> Json:
    """Give an Award; `status` is pending, active, cancelled or unsuccessful."""
    return _kept(
        id=str(id),
        title=title,
        status=status,
        date=instant(decided),
        value=None if amount is None else value(amount),
        suppliers=[reference(org) for org in suppliers],
        items=list(items),
        relatedLots=[str(lot)] if lot else None,
        relatedBids=[str(bid) for bid in bids],
        documents=list(documents),
    )


def contract(
    id: str,
    *,
    award_id: str,
    suppliers: Iterable[Any],
    amount: Money,
    signed: datetime | date | str | None = None,
    status: str = "active",
    title: str = "",
    items: Sequence[Json] = (),
    starts: datetime | date | str | None = None,
    ends: datetime | date | str | None = None,
    documents: Sequence[Json] = (),
    implementation: Json | None = None,
) -> Json:
    """Give a Contract; `status` is pending, active, cancelled or terminated."""
    return _kept(
        id=str(id),
        awardID=str(award_id),
        title=title,
        status=status,
        value=value(amount),
        dateSigned=instant(signed) if signed else None,
        period=period(starts, ends),
        suppliers=[reference(org) for org in suppliers],
        items=list(items),
        documents=list(documents),
        implementation=implementation,
    )


def payment(id: str, *, amount: Money, paid: datetime | date | str, payer: Any, payee: Any) -> Json:
    """Give a member of `implementation.transactions`: one payment."""
    return {
        "id": str(id),
        "date": instant(paid),
        "value": value(amount),
        "payer": reference(payer),
        "payee": reference(payee),
    }


def acceptance(
    id: str,
    *,
    decided: datetime | date | str,
    result: str,
    description: str = "",
    amount: Money | None = None,
) -> Json:
    """Give a member of `implementation.acceptances` (履约验收), an extension that this site serves.

    `result` is passed, passedWithRectification or failed.
    """
    return _kept(
        id=str(id),
        date=instant(decided),
        result=result,
        description=description,
        acceptedValue=None if amount is None else value(amount),
    )


def amendment(id: str, *, at: datetime | date | str, rationale: str, description: str = "") -> Json:
    """Give an Amendment of a tender, an award or a contract."""
    return _kept(id=str(id), date=instant(at), rationale=rationale, description=description)


def related(ocid: str, relationship: str = "framework", title: str = "") -> Json:
    """Give a RelatedProcess: for a call-off, the first stage of its framework agreement."""
    return _kept(id=ocid, relationship=[relationship], scheme="ocid", identifier=ocid, title=title)
