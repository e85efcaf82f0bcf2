"""Any order of submit, replace, withdraw, die, amend, cancel, close and attack ends as a model of a hundred lines says."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bidding import keepers as platform
from bidding import signing
from bidding.keeper.client import CloseProof, KeeperRefused
from bidding.models import Bid, CloseList, OpenedBid, Receipt, Share, Ticket
from bidding.sealing.objects import Keeper, SealedRecord, Withdrawal
from bidding.sealing.seal import seal_bid
from bidding.services import closing, opening, preparing, submitting
from core import clock
from storage import uploads
from tendering import services as tendering
from tendering.selectors import tender_facts
from tests.bidding.bidder import sheet
from tests.bidding.conftest import START
from tests.factories import tendering as make
from tests.hostile.pocket import Pocket, settle

SUPPLIERS = range(4)
ENOUGH = 3


class Died(Exception):
    """The process ended between two commits."""


@dataclass
class Said:
    """A ticket as the model sees it."""

    bid: int
    kind: str
    arrival: datetime
    policy: int
    code: str | None = None


@dataclass
class Model:
    """One tender with one lot: what must come of every ticket."""

    due: datetime
    policy: int = 1
    status: str = "open"
    owner: list[int] = field(default_factory=list)  # of each bid
    sealed: list[tuple[int, int | None, datetime]] = field(
        default_factory=list
    )  # policy, replaces, confirmed at
    current: dict[int, int] = field(default_factory=dict)  # the submitted bid of each supplier
    tickets: list[Said] = field(default_factory=list)

    def find(self, bid: int, kind: str) -> Said | None:
        return next((t for t in self.tickets if (t.bid, t.kind) == (bid, kind)), None)

    def arrive(self, bid: int, kind: str, now: datetime) -> Said:
        ticket = self.find(bid, kind)
        if ticket is None:
            ticket = Said(bid, kind, now, self.policy)
            self.tickets.append(ticket)
        return ticket

    def decide(self, ticket: Said) -> str:
        for earlier in self.tickets:  # in the order of arrival
            if earlier.code is None and self.owner[earlier.bid] == self.owner[ticket.bid]:
                self._decide(earlier)
            if earlier is ticket:
                break
        assert ticket.code is not None
        return ticket.code

    def _decide(self, ticket: Said) -> None:
        supplier = self.owner[ticket.bid]
        now = self.current.get(supplier)
        policy, replaces, confirmed = self.sealed[ticket.bid]
        late = ticket.arrival >= self.due
        if self.status != "open" and not late:
            ticket.code = "not-open"
        elif late:
            ticket.code = "late"
        elif ticket.kind == "withdraw":
            ticket.code = "" if now == ticket.bid else "nothing-to-withdraw"
            if not ticket.code:
                del self.current[supplier]
        elif confirmed >= self.due:
            ticket.code = "keepers-late"
        elif policy != ticket.policy:
            ticket.code = "amended"
        elif now is not None and replaces is None:
            ticket.code = "already-submitted"
        elif replaces is not None and now != replaces:
            ticket.code = "replaces-another"
        else:
            ticket.code = ""
            self.current[supplier] = ticket.bid

    def close(self, now: datetime) -> str:
        if self.status != "open":
            return "was closed"
        if now < self.due:
            return "before-deadline"
        for ticket in self.tickets:
            if ticket.code is None:
                self._decide(ticket)
        self.status = "closed" if len(self.current) >= ENOUGH else "failed"
        return "closed"


class Procurement(RuleBasedStateMachine):
    """Drives the services and the model side by side; the attacker owns the platform's database and its addresses."""

    # given by the test
    cast: Any
    at: Callable[[datetime], None]
    pockets: list[Pocket]
    folder: Path
    dying: list[bool]

    def __init__(self) -> None:
        super().__init__()
        for pocket in self.pockets:
            pocket.lies = pocket.dead = False
            pocket.released.clear()
            pocket.watermark = None
        self.instant = START
        self.at(START)
        self.tender = make.published(self.cast.purchaser)
        self.model = Model(self.tender.bids_due_at)
        self.ids: list[str] = []
        self.signed: list[dict[str, Any]] = []
        self.actors = [self.cast.supplier_a, self.cast.supplier_b, self.cast.supplier_c, self.cast.outsider]

    def go(self, to: datetime) -> None:
        self.instant = max(to, self.instant + timedelta(minutes=1))
        self.at(self.instant)

    @initialize(sent=st.integers(0, 4), died=st.booleans())
    def some_have_bid(self, sent: int, died: bool) -> None:
        """Begin in the middle: each has sealed, some have sent, the last one's server died."""
        for supplier in SUPPLIERS:
            self.seal(supplier, replace=False)
        for bid in range(sent):
            self.deliver(bid, "submit", dies=died and bid == sent - 1)

    # --- suppliers ----------------------------------------------------------------------------------------------------
    @precondition(lambda self: self.model.status == "open")
    @rule(supplier=st.sampled_from(SUPPLIERS), replace=st.booleans())
    def seal(self, supplier: int, replace: bool) -> None:
        actor = self.actors[supplier]
        replaces = self.model.current.get(supplier) if replace else None
        bid = Bid.objects.get(pk=preparing.begin(actor=actor, tender_id=self.tender.id, lot="1").bid_id)
        tender = tender_facts(self.tender.id)
        made = seal_bid(
            preparing.offered(tender, bid),
            [Keeper.from_json(row) for row in tender.sealing["keepers"]],
            2,
            sheet(tender),
            [],
            self.folder / str(bid.pk),
            organisation=str(actor.org_id),
            **({"supersedes": self.signed[replaces]["hash"]} if replaces is not None else {}),
        )
        sent = {}
        for part in ("sheet", "files"):
            data = (made.directory / f"{part}.age").read_bytes()
            owner = f"organisation.{actor.org_id}"
            upload = uploads.create(owner=owner, purpose=tender.source, length=len(data))
            uploads.append(upload_id=upload.id, owner=owner, offset=0, parts=[data])
            sent[f"{part}_upload"] = upload.id

        confirmed = clock.now()
        preparing.check(
            actor=actor,
            bid_id=bid.pk,
            record=made.record.to_json(),
            envelopes=[b64encode(one).decode() for one in made.envelopes],
            **sent,
        )
        self.model.owner.append(supplier)
        self.model.sealed.append((self.model.policy, replaces, confirmed))
        self.ids.append(str(bid.pk))
        self.signed.append(
            {
                "record": made.record.to_json(),
                "signature": {"scheme": "webauthn", "credential_id": "AAAA"},
                "hash": made.record.hash,
            }
        )

    @precondition(lambda self: self.ids)
    @rule(
        data=st.data(), kind=st.sampled_from(["submit", "submit", "submit", "withdraw"]), dies=st.booleans()
    )
    def send(self, data: st.DataObject, kind: str, dies: bool) -> None:
        """Submit or withdraw any bid, new or sent before; the server may die after the ticket."""
        self.deliver(data.draw(st.sampled_from(range(len(self.ids)))), kind, dies=dies)

    def deliver(self, bid: int, kind: str, *, dies: bool) -> None:
        known = self.model.find(bid, kind)
        actor, record = self.actors[self.model.owner[bid]], self.signed[bid]
        body = {name: record[name] for name in ("record", "signature")}
        if kind == "withdraw":
            ctx = record["record"]["ctx"]
            place = [ctx[name] for name in ("log_origin", "tender", "lot", "envelope", "bid_id")]
            body["record"] = Withdrawal(*place, record["hash"], f"withdraw-{bid:08d}").to_json()
        ticket = self.model.arrive(bid, kind, clock.now())
        self.dying[0] = dies and known is None
        verb = submitting.submit if kind == "submit" else submitting.withdraw
        try:
            outcome = verb(actor=actor, bid_id=Bid.objects.get(pk=self.ids[bid]).pk, signed=body)
            assert (outcome.accepted, outcome.code) == (True, ""), outcome
            said = ""
        except Died:
            return
        except (submitting.NotAccepted, submitting.TooLate) as refused:
            said = refused.facts["reason"]
        finally:
            self.dying[0] = False
        assert said == self.model.decide(ticket), (bid, kind)

    # --- purchaser and clock --------------------------------------------------------------------------------------------
    @rule(days=st.sampled_from([0.5, 3, 12]))
    def wait(self, days: float) -> None:
        self.go(self.instant + timedelta(days=days))

    @precondition(
        lambda self: self.model.policy < 3 and self.model.status == "open" and self.instant < self.model.due
    )
    @rule()
    def amend(self) -> None:
        self.model.due += timedelta(days=3)
        tendering.amend(
            actor=self.cast.purchaser,
            tender_id=self.tender.id,
            reason="延长投标时间",
            affects_bids=False,
            new_due_at=self.model.due,
        )
        self.model.due = tender_facts(self.tender.id).bids_due_at or self.model.due
        self.model.policy += 1

    @precondition(lambda self: self.model.status == "open" and len(self.ids) > 3)
    @rule(really=st.integers(0, 3))
    def cancel(self, really: int) -> None:
        if not really:
            tendering.cancel(tender_id=self.tender.id, actor=self.cast.purchaser, reason="采购任务取消")
            self.model.status = "cancelled"

    @rule()
    def close(self) -> None:
        expected = self.model.close(clock.now())
        try:
            said = "closed" if closing.close(tender_id=self.tender.id) else "was closed"
        except closing.BeforeDeadline:
            said = "before-deadline"
        assert said == expected

    # --- faults and attacks -----------------------------------------------------------------------------------------------
    @rule(number=st.integers(0, 2), how=st.sampled_from(["lies", "dead", "well"]))
    def one_keeper_fails(self, number: int, how: str) -> None:
        for place, pocket in enumerate(self.pockets):
            pocket.lies = place == number and how == "lies"
            pocket.dead = place == number and how == "dead" and self.model.status != "open"

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def the_platform_asks_early_with_a_list_of_its_own(self, data: st.DataObject) -> None:
        """Whatever the list says that is not the log's: nothing is released, for any bid."""
        bid = data.draw(st.sampled_from(range(len(self.ids))))
        row = Bid.objects.get(pk=self.ids[bid])
        record = SealedRecord.from_json(row.record)
        entry = {
            "kind": "receipt", "record_hash": record.hash, "bid_id": self.ids[bid], "state": "effective",
            "arrival": "2026-03-02T01:00:00Z",
        }  # fmt: skip
        for number, pocket in enumerate(self.pockets):
            if pocket.dead:
                continue
            with pytest.raises(KeeperRefused):
                pocket.release(
                    record,
                    b64decode(row.envelopes[number]),
                    number + 1,
                    checkpoint="",
                    close=CloseProof(entry, 0, [secrets.token_bytes(32)]),
                )

    @rule(data=st.data())
    @precondition(lambda self: any(t.code == "" for t in self.model.tickets))
    def the_close_list_is_edited(self, data: st.DataObject) -> None:
        """A listed entry changed by SQL no longer follows from the root in the log: keepers release nothing for it."""
        listed = CloseList.objects.filter(tender_id=self.tender.id).first()
        if listed is None:
            return
        others = [e for e in listed.body["entries"] if e["state"] != "effective"]
        if not others:
            return
        entry = {k: v for k, v in data.draw(st.sampled_from(others)).items() if k not in ("by", "code")}
        bid = Bid.objects.get(pk=entry["bid_id"])
        forged = [
            {**entry, "state": "effective"} if e["bid_id"] == entry["bid_id"] else e
            for e in listed.body["entries"]
        ]
        body = listed.body
        listed.body = {**body, "entries": forged}
        people = platform.keepers_of(tender_facts(self.tender.id))
        for number, keeper in enumerate(people):
            answer = platform.ask_for_release(keeper, bid, number + 1, "", listed)
            assert answer.share is None

    # --- what holds at every moment -----------------------------------------------------------------------------------------
    @invariant()
    def every_ticket_is_what_the_model_says(self) -> None:
        rows = {
            (str(t.bid_id), t.kind): (None if t.decided_at is None else t.code)
            for t in Ticket.objects.filter(tender_id=self.tender.id)
        }
        assert rows == {(self.ids[t.bid], t.kind): t.code for t in self.model.tickets}
        mine = Receipt.objects.filter(ticket__tender_id=self.tender.id).count()
        assert mine == sum(t.code == "" for t in self.model.tickets)
        if self.model.status in ("open", "cancelled"):
            held = Bid.objects.filter(tender_id=self.tender.id, status="submitted")
            assert {str(bid.pk) for bid in held} == {self.ids[bid] for bid in self.model.current.values()}
        assert not Share.objects.filter(bid__tender_id=self.tender.id).exists()
        assert not any(pocket.released for pocket in self.pockets)

    def teardown(self) -> None:
        """At last the time comes: what is effective opens, all of it, and nothing else ever did."""
        for pocket in self.pockets:
            pocket.dead = False
        lied = sum(pocket.lies for pocket in self.pockets)
        self.go(self.model.due + timedelta(seconds=1))
        self.close()
        effective = {self.ids[bid] for bid in self.model.current.values()}
        if self.model.status in ("closed", "failed"):
            entries = CloseList.objects.get(tender_id=self.tender.id).body["entries"]
            states = Counter(entry["state"] for entry in entries)
            assert {e["bid_id"] for e in entries if e["state"] == "effective"} == effective
            assert sum(states.values()) == sum(t.kind == "submit" for t in self.model.tickets)
        self.go(self.model.due + timedelta(seconds=3))
        for _ in range(2):
            opening.gather(tender_id=self.tender.id)
        opened = {str(row.bid_id) for row in OpenedBid.objects.filter(bid__tender_id=self.tender.id)}
        released = {bid for pocket in self.pockets for bid, _ in pocket.released}
        assert opened == released == (effective if self.model.status == "closed" else set())
        assert all(at >= self.model.due for pocket in self.pockets for _, at in pocket.released)
        for row in OpenedBid.objects.filter(bid__tender_id=self.tender.id):
            assert row.verdict["verdict"] == "opened"
            assert 2 <= Share.objects.filter(bid=row.bid, verified=True).count() <= 3 - lied


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_in_whatever_order_the_tender_ends_as_the_model_says(
    cast: Any, at: Callable[[datetime], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, dying = submitting.decide, [False]

    def decide(*given: Any) -> Any:
        if dying[0]:
            raise Died
        return right(*given)

    monkeypatch.setattr(submitting, "decide", decide)
    monkeypatch.setattr(closing, "decide", right)
    monkeypatch.setattr(signing, "verify", lambda actor, signed: None)
    at(START)
    Procurement.cast, Procurement.at = cast, staticmethod(at)
    Procurement.pockets, Procurement.folder = settle(3, monkeypatch), tmp_path
    Procurement.dying = dying
    run_state_machine_as_test(
        Procurement,
        settings=hypothesis.settings(
            max_examples=10,
            stateful_step_count=14,
            deadline=None,
            phases=[hypothesis.Phase.generate],  # to shrink, one would wait for minutes
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
