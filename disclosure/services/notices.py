"""Publish notices, ours and those of other systems."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse

from core import clock, regions
from core.audit.services import record
from core.canonical import digest
from core.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from core.money import Yuan
from disclosure import content, releases, rules, search
from disclosure.facts import NoticeFacts
from disclosure.models import Notice
from disclosure.services.numbers import next_number, position
from disclosure.states import CATEGORIES, SUPERVISOR_ONLY, WAYS, NoticeType, official_name
from parties.access import Actor
from parties.states import Kind
from realtime.services import push

STREAM = "market.notices"


class NoticeIncomplete(Invalid):
    """A notice lacks what the rules make it say; `errors` names each field."""

    code = "notice-incomplete"
    title = gettext_noop("The notice is not complete")


class AlreadyCorrected(Conflict):
    """There is a later version of the notice; correct that one."""

    code = "already-corrected"
    title = gettext_noop("This notice has been corrected already")


class NotYourType(Forbidden):
    """Only a finance department publishes this type of notice."""

    code = "not-your-notice-type"
    title = gettext_noop("Only a finance department publishes notices of this type")


def publish(
    *,
    actor: Actor,
    type: str,
    title: str,
    region: str,
    purchaser: dict[str, Any],
    sections: list[dict[str, Any]],
    facts: dict[str, Any],
    ocid: str = "",
    title_en: str = "",
    source: str = "",
    project_no: str = "",
    agency: dict[str, Any] | None = None,
    category: str = "",
    method: str = "",
    amount: Yuan | None = None,
    corrects: uuid.UUID | None = None,
    law_as_of: date | None = None,
    due_at: datetime | None = None,
    release: dict[str, Any] | None = None,
    tag: Sequence[str] = (),
) -> NoticeFacts:
    """Publish one notice, for good, and with `release` one OCDS release of its process.

    `purchaser` and `agency` have `name` and `credit_code`, and optionally `name_en`, `region`, `address`,
    `contact_name`, `contact_phone`. A section is `{"title", "rows": [[label, value], …]}`, `{"title",
    "text"}` or `{"title", "table": {"head": […], "rows": [[…]]}}`; titles, labels and heads are message
    ids; a value is text, Yuan, a datetime, a date, `{"zh": …, "en": …}`, `{"msg": message id}` or
    `{"href": …, "text": …}`. What `facts` must hold for each type stands in `rules.FACTS`; pages read
    `facts["bids"]` of an opening record (`supplier`, `lot`, `price`, `record_hash`, `note`) and
    `facts["winners"]` of an award (`name`, `address`, `amount`, `lot`, `score`); `facts["changes"]`, a
    list of `{"label", "before", "after"}`, says what an amendment changes, else both versions' sections
    are compared; `facts["recompute"]` of an award is the case that `evaluation recompute` takes.
    `corrects` is the newest version of the notice that this one replaces. `due_at` is an instant.

    Raises NoticeIncomplete, AlreadyCorrected, NotYourType, NotFound (nothing to correct), BadRelease;
    then nothing is written.   Source: 《政府采购信息发布管理办法》(财政部令第101号); 财库〔2015〕135号.
    """
    kind = NoticeType(type)
    purchaser, office = content.public_party(purchaser), content.public_party(agency)
    said, known = content.plain(sections, typed=True), content.facts(facts)
    arguments = {
        "title": title,
        "region": region,
        "purchaser": purchaser,
        "agency": office,
        "sections": said,
        "project_no": project_no,
        "method": method,
        "amount": amount,
        "due_at": due_at,
        "corrects": corrects,
    }
    errors = rules.missing_from_notice(kind, arguments, known) | unknown(region, method, category)
    if release is not None:
        for role, org in (("purchaser", purchaser), ("agency", office)):
            if org and not org.get("credit_code"):
                errors[f"{role}.credit_code"] = gettext_noop("Give the unified social credit code.")
        if not ocid or not tag:
            raise ValueError("a release needs an ocid and a tag")
    if errors:
        raise NoticeIncomplete(
            gettext_noop("These fields are missing or cannot be used: %(fields)s"),
            errors=errors,
            fields=", ".join(errors),
        )
    if kind in SUPERVISOR_ONLY and not actor.acts_as(Kind.SUPERVISOR):
        raise NotYourType()
    with transaction.atomic():
        seq = next_number()
        now = clock.now()
        old = _newest_version(corrects) if corrects else None
        id = uuid.uuid4()
        notice = Notice(
            id=id,
            position=position(now, seq),
            type=kind,
            title=title,
            title_en=title_en,
            region=regions.get(region).code,
            ocid=ocid,
            project_no=project_no,
            purchaser=purchaser,
            purchaser_name=purchaser["name"],
            agency=office,
            category=category,
            method=method,
            amount=amount.amount if amount is not None else None,
            sections=said,
            facts=known,
            due_at=due_at,
            law_as_of=law_as_of,
            published_at=now,
            publisher=actor.org_name or actor.name,
            publisher_org=actor.org_id,
            source=source,
            root_id=old.root_id if old else id,
            version=old.version + 1 if old else 1,
            corrects=old,
        )
        _save(notice)
        written = None
        page = reverse("portal:notice", args=[id])
        if release is not None:
            written = releases.write(
                seq=seq,
                ocid=ocid,
                sections=release,
                tag=tag,
                at=now,
                title=title,
                title_en=title_en,
                purchaser=purchaser,
                agency=office or None,
                notice=notice,
                page=page,
            )
        record(
            actor=actor.label,
            verb="notice.publish",
            subject=f"notice.{notice.root_id}",
            type=str(kind),
            notice=str(id),
            hash=notice.hash,
            source=source,
            release=written.release_id if written else "",
        )
        push(STREAM, "notice.published", id=str(id), notice_type=str(kind), ocid=ocid, region=notice.region)
    return _notice_facts(notice, written.release_id if written else "")


def import_external(
    *,
    actor: Actor,
    key: str,
    type: str,
    title: str,
    region: str,
    purchaser: dict[str, Any],
    sections: list[dict[str, Any]],
    facts: dict[str, Any],
    published_at: datetime | None,
    source: str,
    source_url: str,
    provenance: str,
    project_no: str = "",
    agency: dict[str, Any] | None = None,
    method: str = "",
    amount: Yuan | None = None,
    due_at: datetime | None = None,
    official_type: str = "",
) -> NoticeFacts:
    """Take in a notice of another system once (`key`): shown with its source, never released as ours.

    Nothing is demanded of its content: another publisher answers for it. `published_at` is that
    publisher's date; where it is not known, the notice stands at the time of its import. `region` may be empty. Raises Invalid
    for an unknown region.
    """
    kind = NoticeType(type)
    errors = unknown(region, method) if region else unknown_method(method)
    if errors or not title.strip() or not source.strip():
        raise NoticeIncomplete(errors=errors or {"title": gettext_noop("Give the title of the notice.")})
    id = uuid.uuid5(uuid.NAMESPACE_URL, f"external:{key}")
    with transaction.atomic():
        seq = next_number()
        present = Notice.objects.filter(pk=id).first()
        if present is not None:
            return _notice_facts(present, "")
        now = clock.now()
        notice = Notice(
            id=id,
            position=position(published_at or now, seq),
            type=kind,
            title=title,
            region=regions.get(region).code if region else "",
            project_no=project_no,
            purchaser=content.public_party(purchaser),
            purchaser_name=purchaser.get("name", ""),
            agency=content.public_party(agency),
            method=method,
            amount=amount.amount if amount is not None else None,
            sections=content.plain(sections, typed=True),
            facts=content.plain(facts),
            due_at=due_at,
            published_at=published_at or now,
            publisher=source,
            root_id=id,
            external={
                "key": key,
                "source": source,
                "url": source_url,
                "provenance": provenance,
                "official_type": official_type,
                "imported_at": content.stamp(now),
                "dated": published_at is not None,
            },
        )
        _save(notice)
        record(
            actor=actor.label,
            verb="notice.import",
            subject=f"notice.{id}",
            key=key,
            hash=notice.hash,
            url=source_url,
        )
    return _notice_facts(notice, "")


def unknown(region: str, method: str = "", category: str = "") -> dict[str, str]:
    """Say which of these codes nobody knows, by argument."""
    errors = unknown_method(method)
    try:
        regions.get(region)
    except NotFound:
        errors["region"] = gettext_noop("There is no region with this code.")
    if category and category not in CATEGORIES:
        errors["category"] = gettext_noop("There is no such category.")
    return errors


def unknown_method(method: str) -> dict[str, str]:
    """Say that nobody knows the method, if so."""
    return (
        {"method": gettext_noop("There is no such procurement method.")}
        if method and method not in WAYS
        else {}
    )


def _save(notice: Notice) -> None:
    notice.hash = digest(content.of_notice(notice)).hex()
    notice.search_text = search.normalised(
        " ".join(
            content.words(
                [
                    notice.title,
                    notice.title_en,
                    notice.project_no,
                    notice.ocid,
                    official_name(notice.type, notice.method),
                    notice.purchaser,
                    notice.agency,
                    notice.sections,
                ]
            )
        )
    )
    notice.save(force_insert=True)
    search.add(Notice, [(notice.position, notice.search_text)])


def _newest_version(id: uuid.UUID) -> Notice:
    """Give the notice to correct; the caller holds the counter, so nobody else corrects it now."""
    notice = Notice.objects.select_related("corrected_by").filter(pk=id, external={}).first()
    if notice is None:
        raise NotFound()
    if hasattr(notice, "corrected_by"):
        raise AlreadyCorrected(latest=str(notice.corrected_by.pk))
    return notice


def _notice_facts(notice: Notice, release_id: str) -> NoticeFacts:
    return NoticeFacts(
        id=notice.pk,
        type=notice.type,
        title=notice.title,
        title_en=notice.title_en,
        region=notice.region,
        ocid=notice.ocid,
        project_no=notice.project_no,
        published_at=notice.published_at,
        due_at=notice.due_at,
        version=notice.version,
        hash=notice.hash,
        url=reverse("portal:notice", args=[notice.pk]),
        release_id=release_id,
    )
