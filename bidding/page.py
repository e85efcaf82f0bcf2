"""What the pages of an opening show: words and numbers only, no decisions; nothing of any bid before the close."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from bidding import access, keepers, notices, selectors, words
from bidding.models import Bid, Opening, OpeningRecord, RecoveryKit, Share
from bidding.services import minutes, stamps
from bidding.states import HELD, BidStatus, OpeningStatus
from core import clock
from core.errors import gettext_noop
from core.law.rule import Rule
from parties.access import Actor
from parties.states import Kind
from tendering import selectors as tenders
from tendering.facts import TenderFacts
from tendering.states import BEING_OPENED, TenderStatus

SHORT = frozenset({BidStatus.LISTED, BidStatus.WAITING})
PHASES: dict[str, tuple[str, str]] = {
    OpeningStatus.GATHERING: (gettext_noop("gathering"), "sealed"),
    OpeningStatus.OPENING: (gettext_noop("opening"), "active"),
    OpeningStatus.OPENED: (gettext_noop("opened"), "opened"),
    OpeningStatus.NOT_HELD: (gettext_noop("not held: too few bids"), "failed"),
}
INCOMPLETE = gettext_noop(
    "No price envelope was submitted with it: it is no complete bid and is not evaluated."
)
NO_PRICES = (gettext_noop("no price is opened: too few bids passed"), "sealed")
WORD_GLYPHS = {"confirmed": "signed", "objected": "warning", "silent": "done", "waiting": "waiting"}


def hall(tender: TenderFacts, actor: Actor) -> dict[str, Any]:
    """Give what the hall shows to this reader; the rows are empty before the close."""
    people = keepers.described(tender)
    rows = selectors.hall(tender.id)
    shares = _shares(tender) if rows else {}
    said = (
        minutes.words_of(tender.id)
        if any(row["opening"].status == OpeningStatus.OPENED for row in rows)
        else {}
    )
    lots = [_lot(tender, lot, people, shares, said) for lot in rows]
    held = [row for lot in lots for row in lot["rows"] if row["held"]]
    record = selectors.opening_record(tender.id)
    follows = actor.is_authenticated and (access.runs(actor, tender) or actor.oversees(tender.region))
    return {
        "lots": lots,
        "prices_wait": tender.two_envelopes
        and any(lot["held_meeting"] for lot in lots)
        and not any(lot["envelope"] == "price" for lot in lots),
        "say": _say(lots, held),
        "keepers": _keepers(people, lots),
        "held": held,
        "follows": follows,
        "disputed": follows and stamps.any_disputed(tender.id),
        "oversees": actor.is_authenticated and actor.oversees(tender.region),
        "objections": [
            row for lot in lots for row in lot["rows"] if row["word"] and row["word"]["objection"]
        ],
        "own": [row for lot in lots for row in lot["rows"] if _is_own(row, actor)],
        "hosts": access.runs(actor, tender),
        "resolutions": resolutions(tender),
        "record": record,
        "step": _step(tender, actor, lots, held, record),
        "short": any(
            row["status"] in SHORT and row["have"] < row["need"] for lot in lots for row in lot["rows"]
        ),
        "confirm_rule": confirm_rule(tender),
    }


def confirm_rule(tender: TenderFacts) -> Rule | None:
    """Give the rule that says how long bidders may confirm or object; None when its packs know none."""
    if tender.published_at is None:
        return None
    law = tenders.law_of(tender.id)
    return law.cite(minutes.RULE) if law.has(minutes.RULE) else None


def resolutions(tender: TenderFacts) -> list[dict[str, Any]]:
    """Give what the supervisor decided, in words."""
    rows = selectors.resolutions(tender.id)
    names = {str(line.bid_id): line.supplier_name for line in selectors.lines(tender.id)} if rows else {}
    return [
        {
            "at": row.decided_at,
            "authority": row.authority,
            "lot": row.opening.lot,
            "decision": _(notices.DECISIONS[row.decision]),
            "bids": [names.get(bid, bid) for bid in row.body["bids"]],
            "reason": row.body["reason"],
            "entry": row.entry_index,
        }
        for row in rows
    ]


def _shares(tender: TenderFacts) -> dict[Any, dict[str, Share]]:
    found: dict[Any, dict[str, Share]] = defaultdict(dict)
    for share in Share.objects.filter(bid__tender_id=tender.id).defer("payload"):
        found[share.bid_id][share.keeper] = share
    return found


def _lot(
    tender: TenderFacts,
    lot: dict[str, Any],
    people: list[dict[str, str]],
    shares: dict[Any, dict[str, Share]],
    said: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    opening: Opening = lot["opening"]
    need = int(tender.sealing["k"])
    bids = list(
        Bid.objects.filter(tender_id=tender.id, lot=opening.lot).values_list(
            "pk", "supplier_id", "envelope", "status"
        )
    )
    suppliers = {pk: supplier_id for pk, supplier_id, _envelope, _status in bids}
    priced = {
        supplier_id
        for _pk, supplier_id, envelope, status in bids
        if envelope == "price" and status in selectors.AFTER_CLOSE
    }
    kits = {one.bid_id: one for one in RecoveryKit.objects.filter(bid__tender_id=tender.id).defer("sealed")}
    rows = []
    for row in lot["rows"]:
        what, fault = words.reason(row["verdict"], row["code"])
        if row["status"] in (BidStatus.WAITING, BidStatus.SET_ASIDE) and not row["verdict"]:
            what, fault = words.reason("waiting_keepers", "too-few-shares")
        if opening.envelope == "technical" and suppliers.get(row["bid_id"]) not in priced:
            what = what or INCOMPLETE
        word = said.get(str(row["bid_id"])) if opening.status == OpeningStatus.OPENED else None
        rows.append(
            {
                **row,
                "need": need,
                "supplier_id": suppliers.get(row["bid_id"]),
                "keepers": [_answer(who, shares.get(row["bid_id"], {}).get(who["id"])) for who in people],
                "what": _(what) if what else "",
                "fault": _(fault) if fault else "",
                "held": row["status"] in HELD
                and opening.status == OpeningStatus.OPENED
                and tender.status in BEING_OPENED,
                "word": _word(word) if word else None,
                "kit": kits.get(row["bid_id"]),
            }
        )
    enough = sum(1 for row in rows if row["have"] >= need or row["status"] == BidStatus.NOT_OPENED)
    done = sum(1 for row in rows if row["status"] not in (*SHORT, BidStatus.GATHERED) or row["held"])
    phase, kind = PHASES[opening.status]
    if (opening.envelope, opening.status) == ("price", OpeningStatus.NOT_HELD):
        phase, kind = NO_PRICES
    facts = tender.lot(opening.lot)
    return {
        "lot": opening.lot,
        "envelope": opening.envelope,
        "part": _(notices.SHEETS[opening.envelope]) if opening.envelope != "single" else "",
        "id": opening.lot if opening.envelope != "price" else f"{opening.lot}-price",
        "title": facts.title if facts else "",
        "opening": opening,
        "phase": _(phase),
        "kind": kind,
        "rows": rows,
        "any_held": any(row["held"] for row in rows),
        "enough": enough,
        "done": done,
        "gathers": opening.status == OpeningStatus.GATHERING,
        "opens": opening.status == OpeningStatus.OPENING,
        "held_meeting": opening.status != OpeningStatus.NOT_HELD,
        "clock": opening.confirm_until is not None and clock.now() < opening.confirm_until,
    }


def _answer(who: dict[str, str], share: Share | None) -> dict[str, Any]:
    """Give one keeper's answer for one bid."""
    if share is None:
        return {**who, "state": "waiting", "says": _("not asked yet")}
    if share.verified:
        return {**who, "state": "done", "says": _("released")}
    says, do = words.answer(share.code)
    return {**who, "state": "failed", "says": _(says), "do": _(do), "code": share.code, "since": share.at}


def _keepers(people: list[dict[str, str]], lots: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each keeper with what it has released; with its failure and what to do while a bid still needs it."""
    found = []
    for place, who in enumerate(people):
        rows = [row for lot in lots if lot["held_meeting"] for row in lot["rows"]]
        answers = [row["keepers"][place] for row in rows]
        failed = [
            row["keepers"][place]
            for row in rows
            if row["keepers"][place]["state"] == "failed" and row["status"] in SHORT
        ]
        first = min(failed, key=lambda one: one["since"]) if failed else None
        released = sum(1 for one in answers if one["state"] == "done")
        found.append({**who, "released": released, "of": len(answers), "trouble": first})
    return found


def _word(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "text": _(notices.WORDS[said["word"]]), "glyph": WORD_GLYPHS[said["word"]]}


def _is_own(row: dict[str, Any], actor: Actor) -> bool:
    return actor.acts_as(Kind.SUPPLIER) and actor.org_id is not None and row["supplier_id"] == actor.org_id


def _say(lots: list[dict[str, Any]], held: list[Any]) -> str:
    """Give one sentence on where the opening stands, which screen readers are told when it changes."""
    if not lots:
        return ""
    if held:
        return _("%(count)s bids could not be opened; the supervisor decides.") % {"count": len(held)}
    for lot in lots:
        facts = {"lot": lot["lot"], "of": len(lot["rows"])}
        if lot["gathers"]:
            return _("Lot %(lot)s: %(count)s of %(of)s bids have their shares.") % {
                **facts,
                "count": lot["enough"],
            }
        if lot["opens"]:
            return _("Lot %(lot)s: %(count)s of %(of)s bids are opened.") % {**facts, "count": lot["done"]}
    return _("The opening is done.")


def _step(
    tender: TenderFacts,
    actor: Actor,
    lots: list[dict[str, Any]],
    held: list[Any],
    record: OpeningRecord | None,
) -> dict[str, Any] | None:
    """Give the reader's own next step, if there is one."""
    if not lots or not actor.is_authenticated:
        return None
    takes_kits = any(
        "supervisor" in one["policy"] for lot in tender.sealing["lots"].values() for one in lot.values()
    )
    for lot in lots:
        for row in lot["rows"]:
            lacks = row["status"] in SHORT and row["have"] < row["need"] and row["kit"] is None
            if (
                lacks
                and lot["gathers"]
                and lot["opening"].began_at is None
                and _is_own(row, actor)
                and takes_kits
            ):
                return {
                    "text": _(
                        "Too few keepers have answered for your bid so far: hand in your recovery kit."
                    ),
                    "action": _("To the recovery kit"),
                    "url": reverse("bidding:kit", args=[row["bid_id"]]),
                    "due": lot["opening"].gather_until,
                }
            asked = lot["clock"] and not row["held"] and row["word"] and row["word"]["word"] == "waiting"
            if asked and _is_own(row, actor):
                return {
                    "text": _("Read your line of the opening and confirm it, or object."),
                    "action": _("To my line"),
                    "url": reverse("bidding:line", args=[row["bid_id"]]),
                    "due": lot["opening"].confirm_until,
                }
    if held and actor.oversees(tender.region):
        return {
            "text": _("Decide about the bids that could not be opened."),
            "action": _("To the decision"),
            "url": reverse("bidding:resolve", args=[tender.id]),
        }
    if not access.runs(actor, tender):
        return None
    return _host_step(tender, lots, held, record)


def _host_step(
    tender: TenderFacts, lots: list[dict[str, Any]], held: list[Any], record: OpeningRecord | None
) -> dict[str, Any] | None:
    if held:
        return {"text": _("The supervisor decides about the held bids; below is what you can do meanwhile.")}
    for lot in lots:
        for row in lot["rows"]:
            word = row["word"]
            if word and word["word"] == "objected" and not word["answer"]:
                return {
                    "text": _("Answer the objection of %(supplier)s.") % {"supplier": row["supplier"]},
                    "action": _("Answer"),
                    "url": reverse("bidding:line", args=[row["bid_id"]]),
                }
    if record is not None and record.signed_at is None and not minutes.waits_for(tender):
        return {
            "text": _("Read and sign the minutes of the opening."),
            "action": _("To the minutes"),
            "url": reverse("bidding:minutes", args=[tender.id]),
        }
    if tender.status == TenderStatus.OPENED:
        return {
            "text": _("Convene the panel that evaluates the bids."),
            "action": _("To the panel"),
            "url": reverse("evaluation:panel", args=[tender.id]),
        }
    return None
