"""Gather, then open (R4): nothing is interpolated or decrypted before every bid has its shares or the time is over."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet

from bidding import keepers, selectors
from bidding.models import Bid, CloseList, OpenedBid, OpenedFile, Opening, Share
from bidding.sealing.confined import Opened
from bidding.sealing.errors import SealingError
from bidding.sealing.objects import SealedRecord
from bidding.sealing.plain import PlainShare
from bidding.services import drafting, kits, locks, minutes, recording, resolving, securities
from bidding.services.resolving import GATHER
from bidding.services.unsealing import Sealed, Unsealing
from bidding.states import BID_STEPS, OPENING_STEPS, BidStatus, OpeningStatus
from core import clock
from core.audit.services import Act, record_all
from core.audit.services import record as record_act
from core.canonical import canonical
from core.errors import NotFound, gettext_noop
from core.ledger import services as ledger
from core.money import Yuan
from core.timers import services as timers
from core.transitions import follow
from parties.access import CLOCK
from parties.selectors import organisation_facts
from parties.services import inbox
from realtime.services import push
from storage import uploads
from tendering import selectors as tenders
from tendering import services as tendering
from tendering.facts import TenderFacts
from tendering.methods import method_of
from tendering.states import TenderStatus

log = logging.getLogger(__name__)
NOT_OPENABLE = {"verdict": "fault_platform", "code": "not-opened", "part": "", "keepers": []}
BAD_KIT = {"verdict": "void_bidder", "part": "", "keepers": []}
AGAIN = timedelta(seconds=1)
AGAIN_AT_MOST = timedelta(seconds=30)
PATIENCE = timedelta(minutes=10)
ASK_AT_ONCE = 8
OPENED, VOID = "opened", frozenset({"void_bidder", "void_limits"})


def gather(*, tender_id: uuid.UUID) -> bool:
    """Go on with a tender's opening: gather shares, and open each lot whose gathering is over; True when all is done.

    Called by the clock until it is done; every part may be repeated. Raises BeingOpened while another clock is at it.
    Source: 财政部令第87号第三十九条至第四十一条.
    """
    with locks.opening(tender_id):
        return _go_on(tenders.tender_facts(tender_id))


def _go_on(tender: TenderFacts) -> bool:
    tender_id = tender.id
    envelope = _stage(tender)
    if envelope is None or tender.opens_at is None:
        return True
    # The database's clock, as for closing: one server's wrong clock ends no gathering early.
    now = clock.stamp()
    if now < tender.opens_at:
        timers.schedule(verb=GATHER, subject=str(tender_id), due_at=tender.opens_at)
        return False
    if held := tenders.holds_in_force(tender_id):
        timers.schedule(verb=GATHER, subject=str(tender_id), due_at=min(held[0].until, now + AGAIN_AT_MOST))
        return False
    for opening in _openings(tender, envelope, now):
        if opening.status == OpeningStatus.GATHERING:
            _gather_lot(tender, opening)
        if opening.status == OpeningStatus.GATHERING and _gathered(opening, now):
            _begin(opening)
        if opening.status == OpeningStatus.OPENING:
            _open_lot(tender, opening)
    rows = Opening.objects.filter(tender_id=tender_id, envelope=envelope)
    running = rows.filter(status__in=[OpeningStatus.GATHERING, OpeningStatus.OPENING]).first()
    if running is not None:
        gathering = timedelta(seconds=tender.sealing["gathering_seconds"])
        waited = now - (running.gather_until - gathering)
        pause = min(max(AGAIN, waited / 20), AGAIN_AT_MOST)
        timers.soon(verb=GATHER, subject=str(tender_id), after=pause)
        return False
    if envelope == "price":
        _finish_prices(tender)
    else:
        _finish(tender)
    return True


def _stage(tender: TenderFacts) -> str | None:
    """Give the envelope that opens now: the first at the opening time, prices once their result is logged; else None."""
    if tender.status == TenderStatus.CLOSED:
        return tender.envelopes[0]
    begun = Opening.objects.filter(tender_id=tender.id, envelope="price").exists()
    return "price" if begun and tender.judging else None


def _openings(tender: TenderFacts, envelope: str, now: datetime) -> list[Opening]:
    if envelope == "price":
        return list(Opening.objects.filter(tender_id=tender.id, envelope="price").order_by("lot"))
    return [_opening(tender, lot.no, now) for lot in tender.lots]


@transaction.atomic
def _opening(tender: TenderFacts, lot: str, now: datetime) -> Opening:
    until = now + timedelta(seconds=tender.sealing["gathering_seconds"])
    opening, fresh = Opening.objects.get_or_create(
        tender_id=tender.id, lot=lot, envelope=tender.envelopes[0], defaults={"gather_until": until}
    )
    if fresh:
        push(f"opening.{tender.id}", "gathering", lot=lot, until=until.isoformat())
    return opening


def _gather_lot(tender: TenderFacts, opening: Opening) -> None:
    """Ask every keeper that has not answered well for every listed bid; keep what verifies."""
    bids = list(_listed(opening).filter(status__in=[BidStatus.LISTED, BidStatus.WAITING]))
    first = opening.began_at is None and not Share.objects.filter(bid__in=bids).exists()
    close_list = CloseList.objects.get(tender_id=tender.id, lot=opening.lot, envelope=opening.envelope)
    people = keepers.keepers_of(tender)
    ledger.publish_checkpoint()
    checkpoint = keepers.witnessed_checkpoint(people)
    jobs: list[tuple[Bid, int]] = []
    for bid in bids:
        have = set(Share.objects.filter(bid=bid, verified=True).values_list("keeper", flat=True))
        jobs += [(bid, number) for number, keeper in enumerate(people) if keeper.id not in have]

    away: set[int] = set()

    def ask(job: tuple[Bid, int]) -> keepers.Released:
        """Ask one keeper for one share. One that is away is not waited for again in this round."""
        bid, number = job
        if number in away:
            return keepers.Released(None, "away")
        try:
            answer = keepers.ask_for_release(people[number], bid, number + 1, checkpoint, close_list)
        except Exception:
            log.exception("keeper %s could not be asked for bid %s", people[number].id, bid.pk)
            return keepers.Released(None, "not-asked")
        if answer.code == "away":
            away.add(number)
        return answer

    with ThreadPoolExecutor(max_workers=ASK_AT_ONCE) as pool:
        answers = list(pool.map(ask, jobs))
    said: dict[Bid, list[tuple[str, int, keepers.Released]]] = {bid: [] for bid in bids}
    for (bid, number), answer in zip(jobs, answers, strict=True):
        said[bid].append((people[number].id, number + 1, answer))
    for bid, given in said.items():
        _keep(tender, opening, bid, given)
    needed = int(tender.sealing["k"])
    short = []
    for bid in bids:
        if Share.objects.filter(bid=bid, verified=True).count() >= needed:
            with transaction.atomic():
                _move(bid, "gather")
                inbox.finish_all(f"bid.{bid.pk}.kit")
        else:
            short.append(bid)
    if first:
        kits.ask(tender, opening, short)


@transaction.atomic
def _keep(
    tender: TenderFacts, opening: Opening, bid: Bid, given: list[tuple[str, int, keepers.Released]]
) -> None:
    """Keep what keepers (id, index, answer) said about one bid, and tell the hall."""
    before = {share.keeper: share for share in Share.objects.filter(bid=bid)}
    have = sum(share.verified for share in before.values())
    shares, acts = [], []
    for keeper, index, answer in given:
        known = before.get(keeper)
        if known is not None and answer.share is None and known.code == answer.code:
            continue  # the same answer as a moment ago
        share = Share(
            bid=bid,
            keeper=keeper,
            index=index,
            payload=answer.share.to_json() if answer.share else None,
            verified=answer.share is not None,
            code=answer.code,
            at=clock.now(),
        )
        shares.append(share)
        have += share.verified - (known is not None and known.verified)
        if share.verified:
            push(f"opening.{tender.id}", "share", lot=opening.lot, bid=str(bid.pk), keeper=keeper, have=have)
        facts = {"keeper": keeper, "code": answer.code}
        acts.append(Act("release", "sealing.R4", facts, actor=f"keeper {keeper}"))
    if not shares:
        return
    Share.objects.bulk_create(
        shares,
        update_conflicts=True,
        unique_fields=["bid", "keeper"],
        update_fields=["index", "payload", "verified", "code", "at"],
    )
    record_all(actor=CLOCK.label, subject=f"bid.{bid.pk}", acts=acts)


def _gathered(opening: Opening, now: datetime) -> bool:
    short = _listed(opening).filter(status__in=[BidStatus.LISTED, BidStatus.WAITING]).exists()
    return not short or now >= opening.gather_until


def _listed(opening: Opening) -> QuerySet[Bid]:
    """The bids of its lot and envelope."""
    return Bid.objects.filter(tender_id=opening.tender_id, lot=opening.lot, envelope=opening.envelope)


@transaction.atomic
def _begin(opening: Opening) -> None:
    step = follow(OPENING_STEPS, opening.status, "begin")
    for bid in _listed(opening).filter(status=BidStatus.LISTED):
        _move(bid, "wait")
        inbox.finish_all(f"bid.{bid.pk}.kit")
    opening.status, opening.began_at = step.target, clock.stamp()
    opening.save(update_fields=["status", "began_at"])
    push(f"opening.{opening.tender_id}", "opening", lot=opening.lot)
    record_act(
        actor=CLOCK.label,
        verb=step.verb,
        subject=f"opening.{opening.tender_id}",
        rule=step.rule,
        lot=opening.lot,
    )


def _open_lot(tender: TenderFacts, opening: Opening) -> None:
    """Open every gathered bid; one that cannot be opened stops no other, and is tried again for PATIENCE."""
    bids = list(_listed(opening).filter(status=BidStatus.GATHERED).order_by("pk"))
    with Unsealing(len(bids)) as unsealing:
        begun: deque[Callable[[], None]] = deque()
        for place, bid in enumerate(bids):
            while len(begun) <= unsealing.at_once and place + len(begun) < len(bids):
                begun.append(_begin_bid(tender, opening, bids[place + len(begun)], unsealing))
            try:
                begun.popleft()()
            except Exception:
                log.exception("bid %s could not be opened; the others are", bid.pk)
                if opening.began_at is not None and clock.stamp() >= opening.began_at + PATIENCE:
                    _keep_verdict(tender, opening, bid, NOT_OPENABLE)
    if _listed(opening).filter(status=BidStatus.GATHERED).exists():
        return
    with transaction.atomic():
        step = follow(OPENING_STEPS, opening.status, "finish")
        opening.status, opening.finished_at = step.target, clock.stamp()
        opening.transcript = keepers.transcript(tender, opening)
        opening.save(update_fields=["status", "finished_at", "transcript"])
        push(f"opening.{tender.id}", "lot.opened", lot=opening.lot)
        record_act(
            actor=CLOCK.label, verb=step.verb, subject=f"opening.{tender.id}", rule=step.rule, lot=opening.lot
        )
        if not tender.rounds:  # what is opened is the team's alone to see: nobody confirms a line of it
            minutes.ask(tender, opening)
        ledger.append(
            {
                "type": "mingcai/v1/transcript-entry",
                "tender": str(tender.id),
                "lot": opening.lot,
                "envelope": opening.envelope,
                "sha256": keepers.sha256(canonical(opening.transcript)),
            }
        )


def _begin_bid(tender: TenderFacts, opening: Opening, bid: Bid, unsealing: Unsealing) -> Callable[[], None]:
    """Begin to open one bid in a process of its own; what is given keeps what it said, in one transaction."""
    sealed = None
    try:
        record = SealedRecord.from_json(bid.record)
        verified = Share.objects.filter(bid=bid, verified=True).order_by("index")
        released = [PlainShare.from_json(share.payload) for share in verified]
        try:
            released += kits.shares_of(bid, record, tender) or []
        except SealingError as error:
            verdict = {**BAD_KIT, "code": error.code}
            return lambda: _keep_verdict(tender, opening, bid, verdict)
        parts = (_upload(bid.sheet_upload), _upload(bid.files_upload))
        sealed = Sealed(bid.pk, record, released, *parts, keepers.acked(bid))
        opened = unsealing.begin(sealed)
    except Exception as error:  # noqa: BLE001 - told when it is this bid's turn
        opened = Future()
        opened.set_exception(error)
    return lambda: _keep_opened(tender, opening, bid, sealed, opened)


def _keep_opened(
    tender: TenderFacts, opening: Opening, bid: Bid, sealed: Sealed | None, opened: Future[Opened]
) -> None:
    try:
        said = opened.result()
        public = said.verdict.to_json()
        mine = said.organisation == str(bid.supplier_id)
        if said.sheet is not None and not mine:
            log.error("bid %s names another organisation than the one that submitted it", bid.pk)
            public = {"verdict": "void_bidder", "code": "wrong-context", "part": "", "keepers": []}
        kept = [
            (file.name, file.size, file.sha256, _keep_file(bid, number, file.path))
            for number, file in enumerate(said.files if mine else ())
        ]
    finally:
        if sealed is not None:
            sealed.forget()
    sheet: dict[str, Any] | None = dict(said.sheet.to_json()) if said.sheet is not None and mine else None
    quote = Yuan.from_fen(int(sheet["total_fen"])) if sheet and sheet["total_fen"] is not None else None
    _keep_verdict(tender, opening, bid, public, sheet=sheet, quote=quote, seed=said.seed_sheet, kept=kept)


@transaction.atomic
def _keep_verdict(
    tender: TenderFacts,
    opening: Opening,
    bid: Bid,
    verdict: Mapping[str, Any],
    *,
    sheet: dict[str, Any] | None = None,
    quote: Yuan | None = None,
    seed: str = "",
    kept: Sequence[tuple[str, int, str, str]] = (),
) -> None:
    """Keep what became of one bid and say so in the hall; only the bidder's own fault makes it void."""
    row = OpenedBid.objects.create(
        bid=bid,
        verdict=dict(verdict),
        sheet=sheet,
        quote=quote.amount if quote is not None else None,
        seed_sheet=seed,
        opened_at=clock.now(),
    )
    for file_name, size, sha256, stored_as in kept:
        OpenedFile.objects.create(bid=row, name=file_name, size=size, sha256=sha256, stored_as=stored_as)
    word = str(verdict["verdict"])
    verb, event = (
        ("open", "bid.opened")
        if word == OPENED
        else ("void", "bid.void")
        if word in VOID
        else ("fault", "bid.fault")
    )
    _move(bid, verb)
    push(
        f"opening.{tender.id}",
        event,
        lot=opening.lot,
        bid=str(bid.pk),
        supplier=organisation_facts(bid.supplier_id).name,
        quote=str(quote) if quote is not None else None,
        verdict=dict(verdict),
    )


def _upload(upload_id: uuid.UUID | None) -> uploads.UploadFacts | None:
    try:
        return uploads.facts_of(upload_id) if upload_id is not None else None
    except NotFound:
        return None


def _keep_file(bid: Bid, number: int, path: Path) -> str:
    name = f"{bid.pk}/{number}"
    storages["opened"].delete(name)  # of a try that died before its commit
    with path.open("rb") as source:
        return storages["opened"].save(name, File(source, name=str(number)))


def _publish(tender: TenderFacts) -> None:
    """Publish the opening record; where rounds follow, no part of what suppliers offered may be known to others.

    Source: 《政府采购法》第三十八条第四项 (no party to a negotiation tells another supplier's information).
    """
    if not tender.rounds:
        recording.publish(tender, actor=CLOCK)


@transaction.atomic
def _finish(tender: TenderFacts) -> None:
    """All lots are done: the record is published; held bids wait for the supervisor, too few readable ones end it."""
    held = selectors.held_bids(tender.id)
    if held:
        _publish(tender)
        resolving.ask(tender, held)
        return
    opened = OpenedBid.objects.filter(bid__tender_id=tender.id, bid__status=BidStatus.OPENED)
    complete = {(bid.lot, bid.supplier_id) for bid in selectors.bids_to_judge(tender.id)}
    record_act(
        actor=CLOCK.label, verb="opened", subject=f"opening.{tender.id}", rule="T-07", bids=opened.count()
    )
    tendering.mark_opened(tender_id=tender.id, actor=CLOCK)
    _publish(tender)
    securities.note_opened(tender, actor=CLOCK)
    push(f"opening.{tender.id}", "opened")
    needed, _ = tenders.fewest_suppliers(tender)
    read = set(opened.values_list("bid__lot", "bid__supplier_id")) & complete
    counts = {
        row.lot: sum(1 for lot, _ in read if lot == row.lot)
        for row in Opening.objects.filter(tender_id=tender.id, status=OpeningStatus.OPENED)
    }
    few = sorted(lot for lot, count in counts.items() if count < needed)
    if len(few) == len(counts):
        failed = method_of(tender.method).failed
        tendering.fail(tender_id=tender.id, actor=CLOCK, reason=recording.TOO_FEW_OPENED, rule=failed)
        recording.tell_bidders(tender, few, recording.TOO_FEW_OPENED)
        securities.after_end(actor=CLOCK, tender_id=tender.id)
        return
    recording.fail_lots(tender, few, recording.TOO_FEW_OPENED)
    inbox.assign(
        key=f"tender.{tender.id}.panel",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Form the panel for “%(tender)s”"),
        why=gettext_noop("The bids are opened."),
        url=f"/tenders/{tender.id}/panel/",
        rule="T-10",
        tender=tender.title,
    )


@transaction.atomic
def _finish_prices(tender: TenderFacts) -> None:
    """The prices are open: the record is published anew; held ones wait for the supervisor, else the evaluation goes on."""
    before = recording.newest(tender.id)
    if not tender.rounds and recording.publish(tender, actor=CLOCK) == before:
        return  # said by a try that died after its commit
    held = selectors.held_bids(tender.id)
    if held:
        resolving.ask(tender, held)
        return
    push(f"opening.{tender.id}", "prices.opened")
    if tender.rounds:
        drafting.forget_all(tender_id=tender.id, actor=CLOCK.label)
    else:
        minutes.ask_to_sign(tender)
    inbox.assign(
        key=f"tender.{tender.id}.prices",
        org_id=tender.host_id,
        kind=tender.host_kind,
        title=gettext_noop("Go on with the evaluation of “%(tender)s”: the prices are opened"),
        why=gettext_noop("Only the prices of bids that passed the technical evaluation were opened."),
        url=f"/tenders/{tender.id}/panel/",
        rule="sealing.R6",
        tender=tender.title,
    )


def _move(bid: Bid, verb: str) -> None:
    step = follow(BID_STEPS, bid.status, verb)
    bid.status = step.target
    bid.save(update_fields=["status"])
    record_act(actor=CLOCK.label, verb=step.verb, subject=f"bid.{bid.pk}", rule=step.rule)
