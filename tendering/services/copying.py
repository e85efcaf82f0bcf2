"""What a draft takes over from another procedure: criteria, files, terms of a framework, lots. In the caller's transaction."""

from __future__ import annotations

from parties.access import Actor
from tendering.models import Criterion, Document, FrameworkCall, Item, Lot, Tender
from tendering.rules import PRICE_WORDS
from tendering.states import BY_SCORE, SCORED


def copy_criteria(old: Tender, new: Tender) -> None:
    """Give a draft the criteria of another procedure, as far as its own method judges them."""
    new.criteria.all().delete()
    for row in old.criteria.all():
        if fits(row, new):
            row.pk, row.tender = None, new
            row.save(force_insert=True)


def copy_documents(old: Tender, new: Tender, actor: Actor) -> None:
    """Give a draft the files of another procedure."""
    for document in old.documents.all():
        Document.objects.create(
            tender=new,
            added_by=actor.label,
            **{name: getattr(document, name) for name in _FILE},
        )


def fits(row: Criterion, new: Tender) -> bool:
    """Tell whether a criterion can be judged under the new procedure's method: scored, or before a price is known."""
    if row.kind in SCORED:
        return new.evaluation_method in BY_SCORE
    return not (new.two_envelopes and any(word in f"{row.name} {row.guide}".lower() for word in PRICE_WORDS))


_FILE = ("name", "kind", "media_type", "size", "sha256", "stored_as")


def copy_framework(old: Tender, new: Tender) -> None:
    """Give a draft the terms of another framework's call, and the agreement that it supplements."""
    call = FrameworkCall.objects.filter(tender=old).first()
    if call is not None:
        call.pk, call.tender = None, new
        call.save(force_insert=True)


def copy_lots(old: Tender, new: Tender, only: set[str]) -> None:
    """Copy the lots with their items and numbers; `only`: these alone, empty for all."""
    new.lots.all().delete()
    for lot in old.lots.prefetch_related("items"):
        if only and lot.no not in only:
            continue
        items = list(lot.items.all())
        copy = Lot.objects.create(
            tender=new,
            no=lot.no,
            title=lot.title,
            title_en=lot.title_en,
            budget=lot.budget,
            ceiling=lot.ceiling,
            reserved=lot.reserved,
        )
        for item in items:
            item.pk, item.lot = None, copy
        Item.objects.bulk_create(items)
