"""The public API of notices and transaction records."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Query, Router, Schema

from disclosure.selectors import notices, transactions
from disclosure.selectors.filters import NoticeFilters, TransactionFilters

router = Router(tags=["disclosure"])


class Party(Schema):
    """An organisation: id (scheme CN-USCC and its credit code) and name."""

    id: str | None
    name: str


class NoticeBrief(Schema):
    """A published notice; money is a decimal string in yuan, instants are RFC 3339."""

    id: uuid.UUID
    type: str
    official_type: str
    official_code: str
    title: str
    title_en: str
    region: str
    region_name: str
    ocid: str | None
    project_no: str
    purchaser: Party | None
    agency: Party | None
    category: str | None
    method: str | None
    amount: str | None
    due_at: str | None
    published_at: str
    version: int
    corrects: uuid.UUID | None
    hash: str
    url: str
    external: dict[str, Any] | None


class NoticeFull(NoticeBrief):
    """A notice with all it says; `hash` is SHA-256 over the canonical JSON (RFC 8785) of `content`."""

    sections: list[dict[str, Any]]
    facts: dict[str, Any]
    law_as_of: str | None
    publisher: str
    versions: list[dict[str, Any]]
    content: dict[str, Any]


class NoticeList(Schema):
    """A page of notices, newest first; hand `next` back as `cursor`."""

    items: list[NoticeBrief]
    next: str | None


class Item(Schema):
    """A line of a transaction record."""

    name: str
    category: str
    brand: str
    model: str
    spec: str
    quantity: str
    unit: str
    unit_price: str


class TransactionOut(Schema):
    """A transaction record of the e-mall or of a framework agreement."""

    id: uuid.UUID
    ocid: str
    order_no: str
    mode: str
    market: str
    region: str
    purchaser: Party
    supplier: Party
    amount: str
    items: list[Item]
    agreement: dict[str, Any] | None
    framework_ocid: str | None
    ordered_at: str
    published_at: str
    hash: str
    url: str


class TransactionList(Schema):
    """A page of transaction records, newest first; hand `next` back as `cursor`."""

    items: list[TransactionOut]
    next: str | None


class PageQuery(Schema):
    """Filters of every list; each may be left out. `since` and `until` are dates or instants, half-open."""

    q: str | None = None
    region: str | None = None
    purchaser: str | None = None
    min_amount: str | None = None
    max_amount: str | None = None
    since: str | None = None
    until: str | None = None
    cursor: str | None = None
    limit: str | None = None


class NoticeQuery(PageQuery):
    """Filters of notices; `category` is goods, works or services, `region` a GB/T 2260 code and all below it."""

    type: str | None = None
    method: str | None = None
    category: str | None = None
    agency: str | None = None
    due: str | None = None


class TransactionQuery(PageQuery):
    """Filters of records; `purchaser` and `supplier` are an id, a credit code or part of a name."""

    supplier: str | None = None
    category: str | None = None
    mode: str | None = None
    market: str | None = None
    agreement: str | None = None


def answer(request: HttpRequest, body: Any) -> HttpResponse:
    """Give `body` as JSON that anyone's page may read, with an ETag, and 304 where the reader has it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    response["Access-Control-Allow-Origin"] = "*"
    conditional = get_conditional_response(request, etag=etag, response=response)
    return conditional if conditional is not None else response


@router.get("/notices", response=NoticeList, summary="Published notices, newest first")
def list_notices(request: HttpRequest, query: Query[NoticeQuery]) -> HttpResponse:
    """List notices that match every filter given; `q` finds text of one or more characters, terms apart by spaces."""
    rows, following = notices.page(NoticeFilters.read(query.dict(exclude_none=True)))
    return answer(request, {"items": [notices.brief(row) for row in rows], "next": following})


@router.get("/notices/{notice_id}", response=NoticeFull, summary="One notice with all it says")
def one_notice(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Give a notice, its versions, and the content that its hash covers."""
    row = notices.notice(notice_id)
    return answer(request, notices.full(row, notices.versions(row)))


@router.get("/transactions", response=TransactionList, summary="Transaction records, newest first")
def list_transactions(request: HttpRequest, query: Query[TransactionQuery]) -> HttpResponse:
    """List transaction records that match every filter given."""
    rows, following = transactions.page(TransactionFilters.read(query.dict(exclude_none=True)))
    return answer(request, {"items": [transactions.public(row) for row in rows], "next": following})


@router.get("/transactions/{transaction_id}", response=TransactionOut, summary="One transaction record")
def one_transaction(request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
    """Give one transaction record."""
    return answer(request, transactions.public(transactions.transaction(transaction_id)))
