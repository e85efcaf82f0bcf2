"""Correct by hand what a published notice says wrong (更正公告): item by item, before and after, with the reason."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core.errors import Invalid, NotFound, gettext_noop
from disclosure.facts import NoticeFacts
from disclosure.models import Notice
from disclosure.services.notices import publish
from disclosure.states import CORRECTABLE, NoticeType
from parties.access import Actor
from parties.states import Kind


def notice_to_correct(actor: Actor, notice_id: uuid.UUID) -> Notice:
    """Give a notice of the actor's own procurement that can be corrected by hand; else NotFound, SignInFirst.

    What changes a procedure – documents, deadlines, results – is corrected by its own act. The newest version is
    corrected, and the purchaser answers for it, whoever published it.
    """
    actor.require_kind(Kind.PURCHASER)
    row = Notice.objects.select_related("corrected_by").filter(pk=notice_id, external={}).first()
    if row is None or row.type not in CORRECTABLE or hasattr(row, "corrected_by"):
        raise NotFound()
    if not actor.credit_code or row.purchaser.get("credit_code") != actor.credit_code:
        raise NotFound()
    return row


def correct(
    *, actor: Actor, notice_id: uuid.UUID, reason: str, items: Sequence[tuple[str, str, str]]
) -> NoticeFacts:
    """Publish a correction of a notice; `items` are (what, as published, as it should read).

    Raises NotFound, SignInFirst, AlreadyCorrected, Invalid.   Source: 财库〔2015〕135号, 财办库〔2020〕50号 (更正公告).
    """
    old = notice_to_correct(actor, notice_id)
    rows = [tuple(part.strip() for part in row) for row in items if any(part.strip() for part in row)]
    errors = {}
    if not reason.strip():
        errors["reason"] = gettext_noop("Say why the notice is corrected.")
    if not rows or not all(what and after for what, _, after in rows):
        errors["what_1"] = gettext_noop("Name what is corrected, and how it should read.")
    elif any(before == after for _, before, after in rows):
        errors["what_1"] = gettext_noop("An item reads the same before and after.")
    if errors:
        raise Invalid(errors=errors)
    changes = [{"label": what, "before": before, "after": after} for what, before, after in rows]
    sections: list[dict[str, Any]] = [
        {
            "title": gettext_noop("What is corrected"),
            "rows": [
                [gettext_noop("Notice"), old.title],
                [gettext_noop("First published"), old.published_at],
                [gettext_noop("Reason"), reason.strip()],
            ],
        },
        {
            "title": gettext_noop("Item by item"),
            "table": {
                "head": [gettext_noop("Item"), gettext_noop("As published"), gettext_noop("Corrected")],
                "rows": [list(row) for row in rows],
            },
        },
    ]
    return publish(
        actor=actor,
        type=NoticeType.CORRECTION,
        title=f"{old.title}（更正公告）",
        title_en=f"{old.title_en} (correction)" if old.title_en else "",
        region=old.region,
        purchaser=old.purchaser,
        agency=old.agency or None,
        sections=sections,
        facts={"changes": changes, "reason": reason.strip(), "corrected_type": old.type},
        ocid=old.ocid,
        source=old.source,
        project_no=old.project_no,
        category=old.category,
        method=old.method,
        corrects=old.pk,
    )
