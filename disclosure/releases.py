"""Write OCDS releases and the compiled release of their process, in the publisher's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from core.errors import Invalid, gettext_noop
from disclosure.models import Notice, Record, Release
from disclosure.ocds import document, instant, party, reference
from disclosure.ocds.merge import compiled
from disclosure.ocds.text import dumps, loads
from disclosure.states import NoticeType

T = NoticeType
PAGES: dict[str, tuple[str, str]] = {
    T.INTENTION: ("planning", "plannedProcurementNotice"),
    T.TENDER_NOTICE: ("tender", "tenderNotice"),
    T.PREQUALIFICATION: ("tender", "tenderNotice"),
    T.FRAMEWORK_CALL: ("tender", "tenderNotice"),
    T.MALL_CALL: ("tender", "tenderNotice"),
    T.AMENDMENT: ("tender", "clarifications"),
    T.CLARIFICATION: ("tender", "clarifications"),
    T.FAILURE: ("tender", "cancellationDetails"),
    T.MALL_FAILURE: ("tender", "cancellationDetails"),
    T.CANCELLATION: ("tender", "cancellationDetails"),
    T.AWARD: ("awards", "awardNotice"),
    T.FRAMEWORK_ENTRY: ("awards", "awardNotice"),
    T.FRAMEWORK_DEAL: ("awards", "awardNotice"),
    T.CONTRACT: ("contracts", "contractNotice"),
    T.CONTRACT_CHANGE: ("contracts", "contractNotice"),
}
"""Where the page of a notice stands among the documents of a release, and as what."""


class BadRelease(Invalid):
    """The sections of a release do not fit together."""

    code = "bad-release"
    title = gettext_noop("This cannot be published as open data")


def write(
    *,
    seq: int,
    ocid: str,
    sections: dict[str, Any],
    tag: Sequence[str],
    at: datetime,
    title: str,
    title_en: str,
    purchaser: dict[str, Any],
    agency: dict[str, Any] | None = None,
    notice: Notice | None = None,
    page: str = "",
    fresh: bool = False,
) -> Release:
    """Store one release and merge it into its process's record; the caller holds the counter.

    `fresh` says that the process has no record yet, which saves a query. Raises BadRelease if an
    organisation is referred to without an id.
    """
    before = None if fresh else Record.objects.filter(pk=ocid).first()
    base = loads(before.compiled) if before else None
    release_id = f"{ocid}-{seq:08d}"
    body: dict[str, Any] = {
        "ocid": ocid,
        "id": release_id,
        "date": instant(at),
        "language": "zh",
        "tag": list(tag),
        "initiationType": "tender",
        "title": title,
        **({"title_en": title_en} if title_en else {}),
        **{name: value for name, value in sections.items() if name != "parties"},
    }
    body["buyer"] = reference(purchaser)
    if isinstance(body.get("tender"), dict):
        body["tender"].setdefault("procuringEntity", reference(agency or purchaser))
    if notice is not None:
        _link_page(body, notice, page)
        _note_amendment(body, notice, release_id)
    body["parties"] = _parties(body, sections.get("parties") or [], [purchaser, agency], base)
    text = dumps(body)
    release = Release.objects.create(
        seq=seq,
        release_id=release_id,
        ocid=ocid,
        date=at,
        published_at=at,
        tag=list(tag),
        notice=notice,
        body=text,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    merged = dumps(compiled(base, body))
    if before is None:
        Record.objects.create(ocid=ocid, compiled=merged, first_at=at, changed_seq=seq, changed_at=at)
    else:
        Record.objects.filter(pk=ocid).update(compiled=merged, changed_seq=seq, changed_at=at)
    return release


def _link_page(body: dict[str, Any], notice: Notice, page: str) -> None:
    """Put the notice's own page among the documents of what it announces."""
    if notice.type not in PAGES:
        return
    section, kind = PAGES[NoticeType(notice.type)]
    place = body.get(section)
    link = document(
        f"notice-{notice.pk}",
        type=kind,
        title=notice.title,
        url=f"{settings.PUBLIC_URL}{page}",
        published=notice.published_at,
    )
    for target in place if isinstance(place, list) else [place] if place is not None else []:
        target["documents"] = [*target.get("documents", []), link]


def _note_amendment(body: dict[str, Any], notice: Notice, release_id: str) -> None:
    """Say in the tender which release amends which, where the caller has not."""
    tender = body.get("tender")
    if not isinstance(tender, dict) or "tenderAmendment" not in body["tag"] or tender.get("amendments"):
        return
    amended = (
        Release.objects.filter(notice_id=notice.corrects_id).values_list("release_id", flat=True).first()
        if notice.corrects_id
        else None
    )
    tender["amendments"] = [
        {
            "id": str(notice.pk),
            "date": body["date"],
            "rationale": str(notice.facts.get("reason") or notice.title),
            **({"amendsReleaseID": amended} if amended else {}),
            "releaseID": release_id,
        }
    ]


def _references(body: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give (role, reference) for every organisation that a release refers to."""
    yield "buyer", body["buyer"]
    tender = body.get("tender") or {}
    if tender.get("procuringEntity"):
        yield "procuringEntity", tender["procuringEntity"]
    for row in tender.get("tenderers") or []:
        yield "tenderer", row
    for bid in (body.get("bids") or {}).get("details") or []:
        for row in bid.get("tenderers") or []:
            yield "tenderer", row
    for award in [*(body.get("awards") or []), *(body.get("contracts") or [])]:
        for row in award.get("suppliers") or []:
            yield "supplier", row
    for contract in body.get("contracts") or []:
        for payment in (contract.get("implementation") or {}).get("transactions") or []:
            for role in ("payer", "payee"):
                if payment.get(role):
                    yield role, payment[role]


def _parties(
    body: dict[str, Any],
    given: list[dict[str, Any]],
    known: Sequence[dict[str, Any] | None],
    base: dict[str, Any] | None,
) -> list[dict[str, Any]]:
    """Give the parties of a release: who is referred to, once each, with every role so far and the same name.

    What the caller gave goes before what the record knows; a party that nobody refers to keeps the
    roles it was given.
    """
    before = {row["id"]: row for row in (base or {}).get("parties") or []}
    described = {row["id"]: row for row in (party(org, roles=[]) for org in known if org)}
    described |= {row["id"]: row for row in given}
    roles: dict[str, set[str]] = {row["id"]: set(row.get("roles") or []) for row in given}
    names: dict[str, str] = {}
    for role, row in _references(body):
        if not row.get("id"):
            raise BadRelease(gettext_noop("An organisation in the release has no id."))
        roles.setdefault(row["id"], set()).add(role)
        names[row["id"]] = row.get("name") or ""
    rows = []
    for id, own in roles.items():
        scheme, _, code = id.rpartition("-")
        row = {"id": id, "name": names.get(id, ""), "identifier": {"scheme": scheme, "id": code}}
        row |= before.get(id, {}) | described.get(id, {})
        row["roles"] = sorted(own | set(before.get(id, {}).get("roles") or []))
        rows.append(row)
    by_id = {row["id"]: row for row in rows}
    for _, said in _references(body):
        said["name"] = by_id[said["id"]]["name"]
    return rows
