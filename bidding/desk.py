"""What the page of a bid shows beside its fields: the register, the terms that must be met, what amendments touched."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from bidding import consortia, keepers
from bidding.models import Bid, SeenAmendment
from bidding.rules import starred
from bidding.selectors import AFTER_CLOSE
from bidding.states import SECURITY_FORM_WORDS, BidStatus
from bidding.subcontracts import LINES as SUB_LINES
from core import clock
from core.errors import gettext_noop
from core.law.duties import duty
from core.workdays import beijing_date
from parties.access import Actor
from parties.evidence import held_at
from parties.selectors import organisation_facts
from parties.services import passkeys
from tendering.facts import AmendmentFacts, LotFacts, TenderFacts
from tendering.reserved import lots_for_smes
from tendering.states import CriterionKind

ENVELOPES: dict[str, str] = {
    "technical": gettext_noop("Technical envelope"),
    "price": gettext_noop("Price envelope"),
}
ROUNDS_ENVELOPES: dict[str, str] = {
    "technical": gettext_noop("First response"),
    "price": gettext_noop("Final quote"),
}
HALF: dict[str, str] = {
    "technical": gettext_noop("NOT submitted: the technical envelope is missing"),
    "price": gettext_noop("NOT submitted: the price envelope is missing"),
}
SEALING_ACTS = ("check", "state", "sign", "submit")
UNSENT = frozenset({BidStatus.PREPARING, BidStatus.CHECKED})
MUST = frozenset({CriterionKind.QUALIFICATION, CriterionKind.CONFORMITY})
DUE = "Bids are due"
#: What an amendment names (tendering.services.amending) -> the parts of the bid that it may touch.
TOUCHES = {
    "Need": ("prices", "responses"),
    "Delivery": ("terms",),
    "Payment": ("terms",),
    "Document": ("responses", "files"),
    DUE: ("sealing",),
}


@dataclass(frozen=True, slots=True)
class Must:
    """A term that a valid bid meets; it wants an explicit answer. `id` names the answer in the sheet."""

    id: str
    name: str
    guide: str


@dataclass(frozen=True, slots=True)
class Amended:
    """One amendment on the task list: what it changed (instants as such), which parts it touches, who has read it."""

    facts: AmendmentFacts
    changes: tuple[tuple[str, object, object], ...]
    parts: tuple[str, ...]
    seen: bool


def musts(tender: TenderFacts, lot: LotFacts) -> list[Must]:
    """Give the terms to be met: the tender's conditions, and what is starred (★) in its need and the lot's items."""
    found = [Must(row.id, row.name, row.guide) for row in tender.criteria if row.kind in MUST]
    known: set[str] = set()
    texts = [(f"star.{item.no}", item.spec) for item in lot.items] + [("star.need", tender.need)]
    for prefix, text in texts:
        for number, term in enumerate(starred(text), start=1):
            if term not in known:
                known.add(term)
                found.append(Must(f"{prefix}.{number}", term, ""))
    return found


def amended(tender: TenderFacts, supplier_id: uuid.UUID) -> list[Amended]:
    """Give the amendments, the newest first, as this bidder has or has not read them."""
    seen = set(
        SeenAmendment.objects.filter(tender_id=tender.id, supplier_id=supplier_id).values_list(
            "no", flat=True
        )
    )
    return [
        Amended(
            facts=row,
            changes=tuple(
                (label, _instant(before), _instant(after)) if label == DUE else (label, before, after)
                for label, before, after in row.changes
            ),
            parts=tuple(
                dict.fromkeys(part for label, _, _ in row.changes for part in TOUCHES.get(label, ()))
            ),
            seen=row.no in seen,
        )
        for row in reversed(tender.amendments)
    ]


def _instant(value: str) -> object:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def unsent(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> list[Bid]:
    """Give a supplier's bids that were begun and have no outcome, newest first: NOT submitted."""
    rows = Bid.objects.filter(supplier_id=supplier_id, tender_id=tender_id, status__in=UNSENT)
    return list(rows.order_by("-created_at"))


def envelope_word(tender: TenderFacts, envelope: str) -> str:
    """Give what an envelope of this tender is called (a message id); empty where there is only one."""
    return (ROUNDS_ENVELOPES if tender.rounds else ENVELOPES).get(envelope, "")


def missing_envelope(tender: TenderFacts, supplier_id: uuid.UUID, lot: str) -> str:
    """Give the envelope without which what a supplier has submitted for a lot is no bid; empty when nothing is missing."""
    sent = set(
        Bid.objects.filter(
            tender_id=tender.id,
            lot=lot,
            supplier_id=supplier_id,
            status__in=[BidStatus.SUBMITTED, *AFTER_CLOSE],
        ).values_list("envelope", flat=True)
    )
    return next((one for one in tender.window if one not in sent), "") if sent else ""


def qr_of(address: str) -> str:
    """Give a QR code of an address as a data address for an image."""
    return str(segno.make(address, error="m").svg_data_uri(scale=3, border=2, dark="#1b1e23"))


def sealed_before(bid: Bid, tender: TenderFacts) -> bool:
    """Tell whether the bid was sealed under an earlier version of the notice."""
    ctx = (bid.record or {}).get("ctx", {})
    return bool(ctx) and ctx.get("notice_version", 0) < tender.notice_version


# What the page's scripts say; {…} is filled in by them.
WORDS: dict[str, str] = {
    "todo": gettext_noop("to do"),
    "done": gettext_noop("done"),
    "none": gettext_noop("none"),
    "check": gettext_noop("check"),
    "unread": gettext_noop("amended: read it"),
    "blocked": gettext_noop("{count} to put right"),
    "advised": gettext_noop("{count} to look at"),
    "ready": gettext_noop("ready to seal"),
    "next": gettext_noop("Next: {task}"),
    "next-blocked": gettext_noop("Put right what stops the sealing."),
    "next-advised": gettext_noop("Look at the remarks and confirm them."),
    "next-seal": gettext_noop("Everything is there: seal and upload."),
    "next-sign": gettext_noop("Sealed and uploaded: sign it to submit."),
    "saved": gettext_noop("Draft kept in this browser at {time}"),
    "not-saved": gettext_noop(
        "This browser does not keep drafts. Do not close this page before you have submitted."
    ),
    "files-not-saved": gettext_noop(
        "The draft is kept, but there is no room for its files. Choose them again after a restart."
    ),
    "restored": gettext_noop("This draft was kept in this browser at {time}. Go on where you stopped."),
    "forget": gettext_noop("Delete the draft, with its files, from this browser? What is sealed stays."),
    "price-missing": gettext_noop("Item {item}, {name}: the unit price is missing."),
    "price-wrong": gettext_noop(
        "Item {item}, {name}: the unit price must be a number with at most six places, such as 1234.50."
    ),
    "price-zero": gettext_noop("Item {item}, {name}: the price is 0.00."),
    "over-ceiling": gettext_noop("The total is above the ceiling: such a bid is invalid."),
    "over-budget": gettext_noop("The total is above the budget: such a bid is invalid."),
    "delivery-missing": gettext_noop("Say in how many days you deliver."),
    "warranty-missing": gettext_noop("You have not said how long the warranty is."),
    "validity-missing": gettext_noop(
        "You have not said how long the bid is valid; the procurement document may ask for it."
    ),
    "must-open": gettext_noop("{name}: answer whether your bid meets this term. It must be met."),
    "must-deviates": gettext_noop(
        "{name}: you answer that your bid deviates. A bid that does not meet this term is invalid."
    ),
    "fact-missing": gettext_noop("{id} · {name}: the fact that gives points is not stated; it gets none."),
    "fact-wrong": gettext_noop(
        "{id} · {name}: state a number of zero or more, whole where whole numbers are asked for."
    ),
    "answer-missing": gettext_noop("{id} · {name}: there is no response; it may get no points."),
    "size-large": gettext_noop(
        "This lot is reserved for small and medium-sized enterprises: a bid of what a large one makes is invalid."
    ),
    "subcontract-incomplete": gettext_noop(
        "A subcontract needs the name, the credit code, the size, the share and the work of who takes it on."
    ),
    "subcontract-over": gettext_noop("The subcontracts add up to more than the documents permit."),
    "security-missing": gettext_noop("The documents ask for a bid security; say who pays it and its number."),
    "no-files": gettext_noop("There are no attachments."),
    "amendment-unseen": gettext_noop("Amendment {no} is not marked as read."),
    "file-empty": gettext_noop("{name} is empty. Choose it again, or remove it."),
    "file-name": gettext_noop(
        "{name}: the name cannot be used: no slashes, no leading dot, at most 200 characters. "
        "Rename the file and choose it again."
    ),
    "file-cut-off": gettext_noop(
        "{name} is damaged: its end is missing. Save it again, then choose it again."
    ),
    "file-damaged": gettext_noop(
        "{name} is damaged: it is not what its name says. Save it again, then choose it again."
    ),
    "file-unreadable": gettext_noop("{name} cannot be read any more. Choose it again."),
    "file-password": gettext_noop(
        "{name} is protected by a password or by rights. If evaluators cannot open it, it counts as missing."
    ),
    "file-wrong-extension": gettext_noop(
        "{name} is in fact a file of the kind {kind}. Give it its right ending."
    ),
    "file-no-extension": gettext_noop("{name} has no ending that says what kind of file it is."),
    "file-program": gettext_noop("{name} is a program. Evaluators do not run programs."),
    "file-same-name": gettext_noop("{name} is there twice. Rename one of them, or remove it."),
    "file-same-content": gettext_noop("{name} has the same content as {other}."),
    "remove": gettext_noop("Remove {name}"),
    "removed": gettext_noop("{name} removed"),
    "looking": gettext_noop("being looked at …"),
    "in-order": gettext_noop("in order"),
    "imported": gettext_noop("{count} of {all} prices taken from {name}."),
    "row": gettext_noop("Row {row}: "),
    "row-no-heading": gettext_noop(
        "No line with the headings “Item no.” and “Unit price” was found. Use the price list that can be saved here."
    ),
    "row-unknown-item": gettext_noop("this lot has no item “{given}”."),
    "row-twice": gettext_noop("item “{given}” is there twice; the first one counts."),
    "row-missing-item": gettext_noop("Item {given} is not in the workbook."),
    "row-cell-error": gettext_noop("a cell shows an error instead of a value."),
    "row-no-price": gettext_noop("the unit price is missing."),
    "row-not-a-price": gettext_noop(
        "“{given}” is not a price: a number with at most six places, such as 1234.50."
    ),
    "row-quantity": gettext_noop("the quantity is {given}; the tender asks for {wanted}."),
    "row-unit": gettext_noop("the unit is “{given}”; the tender says “{wanted}”."),
    "row-amount": gettext_noop("the amount is {given}; quantity times unit price gives {wanted}."),
    "row-total": gettext_noop("the total is {given}; the amounts add up to {wanted}."),
    "book-too-large": gettext_noop("This workbook is too large for a price list. Nothing was changed."),
    "book-old-or-password": gettext_noop(
        "This is an .xls workbook, or one with a password. Save it as .xlsx without a password. Nothing was changed."
    ),
    "book-not-xlsx": gettext_noop("This is not an .xlsx workbook. Nothing was changed."),
    "book-failed": gettext_noop("This workbook cannot be read. Save it again as .xlsx. Nothing was changed."),
    "met": gettext_noop("Met, without deviation."),
    "deviates": gettext_noop("Deviates."),
    "stopped": gettext_noop("Nothing was sealed: some things must be put right first."),
    "kit-short": gettext_noop(
        "The passphrase of the recovery kit needs at least 12 characters. Nothing was sealed."
    ),
    "confirm": gettext_noop("Confirm that you have looked at the remarks, then seal."),
    "kept": gettext_noop("What you entered is still here; what is sealed already stays in this browser."),
    "entered": gettext_noop("What you entered is still here."),
    "kept-there": gettext_noop("The sealed bid is kept: it can still be signed here."),
    "late": gettext_noop("The deadline has passed. Nothing was submitted."),
    "cancelled": gettext_noop(
        "The passkey was not used, so nothing was submitted. The sealed bid is kept: sign it again, here or on another device."
    ),
    "session": gettext_noop(
        "You are no longer signed in. Sign in again in another tab of this browser, then go on here."
    ),
    "offline": gettext_noop(
        "The server cannot be reached. The sealed bid is kept here: go on with it when the connection is back."
    ),
    "sealed-files": gettext_noop(
        "These are not the files of one sealed bid: record.json, sheet.age, files.age and one envelope for each keeper are "
        "needed. Nothing was uploaded."
    ),
    "other-terms": gettext_noop(
        "This bid was sealed for other terms: another bid number, lot or version of the notice, or in place of another bid. "
        "Save the offer again and seal it anew. Nothing was uploaded."
    ),
    "changed": gettext_noop("A file was changed after you chose it. Choose it again."),
    "length": gettext_noop("A text is too long or holds characters that cannot be used."),
    "failed": gettext_noop("The browser could not seal the bid."),
    "phase-reading": gettext_noop("Reading the files …"),
    "phase-sealing": gettext_noop("Sealing in this browser …"),
    "phase-uploading": gettext_noop("Uploading the sealed files …"),
    "phase-paused": gettext_noop("Paused. Nothing is lost; go on whenever you like."),
    "phase-checking": gettext_noop("The keepers are checking their envelopes …"),
    "phase-signing": gettext_noop("Waiting for your signature …"),
    "phase-submitting": gettext_noop("Submitting …"),
    "phase-received": gettext_noop("Received"),
}


def words() -> dict[str, str]:
    """Give what the scripts say, in the reader's language."""
    return {code: gettext(text) for code, text in WORDS.items()}


REHEARSAL_WORDS: dict[str, str] = {
    "next-seal": gettext_noop("Everything is there: seal and upload the rehearsal."),
    "next-sign": gettext_noop("Sealed and uploaded: sign it to end the rehearsal."),
    "late": gettext_noop(
        "The deadline has passed. A rehearsal can still be finished; a bid can not be submitted."
    ),
}


def rehearsal_words() -> dict[str, str]:
    """Give what the scripts say differently in a rehearsal."""
    return {code: gettext(text) for code, text in REHEARSAL_WORDS.items()}


def lines(lot: LotFacts) -> list[dict[str, str]]:
    """Give the price sheet's lines; the quantity as the record writes decimals, without zeros at its end."""
    return [
        {
            "no": item.no,
            "name": item.name,
            "spec": item.spec,
            "unit": item.unit,
            "quantity": f"{item.quantity.normalize():f}",
            "ceiling": str(item.ceiling) if item.ceiling else "",
        }
        for item in lot.items
    ]


def ceiling_of(tender: TenderFacts, lot: LotFacts | None) -> Any:
    """Give the ceiling that binds a lot: its own, or the tender's when it is the only lot; None without one."""
    if lot is not None and lot.ceiling is not None:
        return lot.ceiling
    return tender.ceiling if len(tender.lots) == 1 else None


def evidence(tender: TenderFacts, supplier_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give the conditions whose evidence the tender asks for, with what the supplier's register has for the deadline.

    `said` names a piece in the sealed sheet: its condition and its hash.
    """
    due = tender.bids_due_at or clock.now()
    day = beijing_date(due)
    held = held_at([supplier_id], clock.now())[supplier_id] if tender.evidence_asked else []
    valid = [row for row in held if row.proof.proves(day) and row.condition in tender.evidence_asked]
    named: list[dict[str, Any]] = [
        {"place": place, "facts": row, "said": f"{row.condition}:{row.sha256}"}
        for place, row in enumerate(valid, start=1)
    ]
    return [
        {"condition": one, "rows": rows, "proven": bool(rows)}
        for one in tender.evidence_asked
        for rows in [[row for row in named if row["facts"].condition == one]]
    ]


def scene(
    actor: Actor, tender: TenderFacts, lot: LotFacts, supplier_id: uuid.UUID, address: str
) -> dict[str, Any]:
    """Give what the page on which a bid is written shows, be it a bid or a rehearsal; `address` is the page's own."""
    return {
        "tender": tender,
        "lot": lot,
        "items": lines(lot),
        "ceiling": ceiling_of(tender, lot),
        "musts": musts(tender, lot),
        "scored": [row for row in tender.criteria if row.kind not in MUST],
        "organisation": organisation_facts(supplier_id),
        "evidence": evidence(tender, supplier_id),
        "consortium": consortia.led_by(supplier_id, tender.id, lot.no),
        "reserved": lot.no in lots_for_smes(tender),
        "security": tender.securities.get(lot.no),
        "subcontracting": tender.subcontracting.get(lot.no),
        "sub_lines": range(1, SUB_LINES + 1),
        "sub_rules": [duty("L-36"), duty("L-36.declared"), duty("S-08")],
        "security_forms": [(value, gettext(word)) for value, word in SECURITY_FORM_WORDS.items()],
        "address": address,
        "qr": qr_of(address),
        "passkeys": len(passkeys.of(actor.require_user())),
        "certificates": bool(settings.BIDDER_CA_FILE),
        "keepers": keepers.described(tender),
        "same_machine": not settings.INDEPENDENT_KEEPERS,
        "takes_kits": any(
            "supervisor" in one["policy"] for lot in tender.sealing["lots"].values() for one in lot.values()
        ),
    }


def sealing_params(supplier_id: uuid.UUID, prefix: str, key: uuid.UUID) -> dict[str, Any]:
    """Give what the browser needs to seal, upload, sign and submit; `prefix` and `key` name the addresses of its acts."""
    return {
        "organisation": str(supplier_id),
        "worker_url": reverse("bidding:worker"),
        "tus_endpoint": reverse("bidding:uploads"),
        "chunk_bytes": settings.UPLOAD_CHUNK_BYTES,
        **{f"{act}_url": reverse(f"bidding:{prefix}{act}", args=[key]) for act in SEALING_ACTS},
    }
