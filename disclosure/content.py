"""What a publication says, as plain JSON: what is stored, hashed and shown is this and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from core.clock import BEIJING
from core.money import UnitPrice, Yuan
from disclosure.models import Notice, Transaction
from disclosure.ocds import party_id

PARTY_MEMBERS = (
    "name",
    "name_en",
    "credit_code",
    "region",
    "address",
    "contact_name",
    "contact_phone",
    "size",
)


def plain(value: Any, *, typed: bool = False) -> Any:
    """Give `value` as JSON without floats. Raises TypeError for what has no such form.

    With `typed` (cells of sections) amounts and times stay recognisable: `{"money": "1.50"}`, `{"at":
    instant}`, `{"on": date}`; elsewhere they are strings.
    """
    if value is None or isinstance(value, str | bool | int) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Yuan):
        return {"money": str(value)} if typed else str(value)
    if isinstance(value, UnitPrice | uuid.UUID):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        said = value.astimezone(BEIJING).isoformat(timespec="seconds")
        return {"at": said} if typed else said
    if isinstance(value, date):
        return {"on": value.isoformat()} if typed else value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v, typed=typed) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v, typed=typed) for v in value]
    return str(value) if hasattr(value, "__html__") or hasattr(value, "_proxy____cast") else _refuse(value)


def facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the facts of a notice as JSON; what an amendment changes is shown, so its cells stay typed."""
    return {str(k): plain(v, typed=k == "changes") for k, v in given.items()}


def _refuse(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} cannot be published")


def public_party(party: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give what is public about an organisation."""
    if not party:
        return {}
    said = {name: plain(party[name]) for name in PARTY_MEMBERS if party.get(name)}
    return {"id": party_id(said["credit_code"]), **said} if said.get("credit_code") else said


def words(value: Any) -> list[str]:
    """Give the strings inside `value`, in order: what a reader may search for."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [word for part in value.values() for word in words(part)]
    if isinstance(value, list | tuple):
        return [word for part in value for word in words(part)]
    return []


def stamp(moment: datetime | None) -> str | None:
    """Give an instant as it is hashed: UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else None


def of_notice(notice: Notice) -> dict[str, Any]:
    """Give the members of a notice over which its hash is made (SHA-256 of RFC 8785)."""
    return {
        "id": str(notice.pk),
        "type": notice.type,
        "title": notice.title,
        "title_en": notice.title_en,
        "region": notice.region,
        "ocid": notice.ocid,
        "project_no": notice.project_no,
        "purchaser": notice.purchaser,
        "agency": notice.agency,
        "category": notice.category,
        "method": notice.method,
        "amount": str(Yuan(notice.amount)) if notice.amount is not None else None,
        "sections": notice.sections,
        "facts": notice.facts,
        "due_at": stamp(notice.due_at),
        "law_as_of": notice.law_as_of.isoformat() if notice.law_as_of else None,
        "published_at": stamp(notice.published_at),
        "publisher": notice.publisher,
        "version": notice.version,
        "corrects": str(notice.corrects_id) if notice.corrects_id else None,
        "external": notice.external,
    }


def of_transaction(row: Transaction) -> dict[str, Any]:
    """Give the members of a transaction record over which its hash is made (SHA-256 of RFC 8785)."""
    return {
        "id": str(row.pk),
        "ocid": row.ocid,
        "order_no": row.order_no,
        "mode": row.mode,
        "market": row.market,
        "region": row.region,
        "purchaser": row.purchaser,
        "supplier": row.supplier,
        "amount": str(Yuan(row.amount)),
        "items": row.items,
        "agreement": row.agreement,
        "framework_ocid": row.framework_ocid,
        "ordered_at": stamp(row.ordered_at),
        "published_at": stamp(row.published_at),
    }
