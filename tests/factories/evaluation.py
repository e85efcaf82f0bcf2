"""Tenders under evaluation, reached by calling services; only the opened bids are built as rows (no keepers)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test import Client, override_settings

from bidding.models import Bid
from config.softkey import SoftKey
from core import clock
from core.canonical import digest
from evaluation import selectors
from evaluation.models import Panel
from evaluation.services import agenda, awards, panels, reporting, scoring, technical
from parties.access import CLOCK, Actor, actor_for
from parties.models import Employment, Expert, Membership, User
from parties.services import passkeys, signing
from tendering.facts import TenderFacts
from tendering.selectors import tender_facts
from tendering.services import progress
from tests.factories import bidding as bids
from tests.factories import tendering as make
from tests.scenes import scene

PRICES = ("4500.00", "4700.00", "4900.00")
SPRING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORIGIN = "http://localhost:8000"


def begin_spring(settings: Any, at: Any) -> None:
    """Keepers that may seal real bids, a passkey's site, and a spring day."""
    settings.INDEPENDENT_KEEPERS = True
    settings.KEEPERS_NEEDED = 2
    settings.RP_ID = "localhost"
    settings.PASSKEY_ORIGINS = [ORIGIN]
    at(SPRING)


@dataclass
class Evaluation:
    """A tender with its panel, its people and their passkeys."""

    tender: TenderFacts
    host: Actor
    bids: list[Bid] = field(default_factory=list)
    panel_id: Any = None
    keys: dict[Any, SoftKey] = field(default_factory=dict)

    @property
    def panel(self) -> Panel:
        """The panel as it stands."""
        return Panel.objects.get(pk=self.panel_id)

    @property
    def members(self) -> list[Any]:
        """The seats that are taken."""
        return selectors.members_of(self.panel)

    def actor(self, member: Any) -> Actor:
        """Who sits there."""
        return actor_for(User.objects.get(pk=member.user_id))

    def credential(self, user_id: Any, payload_hash: bytes, purpose: str) -> dict[str, Any]:
        """Touch the person's passkey for one act."""
        if user_id not in self.keys:
            self.keys[user_id] = key = SoftKey("localhost", ORIGIN)
            passkeys.add(user_id, "test", key.create(passkeys.creation_options(user_id)))
        return self.keys[user_id].get(signing.begin(user_id, payload_hash, purpose))

    # --- the steps ---

    def declare(self, member: Any) -> Any:
        body = panels.declaration(self.panel, member)
        touched = self.credential(member.user_id, digest(body), f"declaration.{member.pk}")
        return panels.declare(actor=self.actor(member), panel_id=self.panel_id, credential=touched)

    def begin_review(self) -> None:
        for member in self.members:
            self.declare(member)
        agenda.advance(actor=self.host, panel_id=self.panel_id, verb="begin_review")

    def review(self, failing: Iterable[Any] = ()) -> None:
        """Every condition of every bid: met, but for the bids in `failing`, which miss the first conformity condition."""
        conformity = next(row.id for row in self.tender.criteria if row.kind == "conformity")
        for bid_id, criterion in selectors.unreviewed(self.panel):
            kind = next(row.kind for row in self.tender.criteria if row.id == criterion)
            passed = not (bid_id in set(failing) and criterion == conformity)
            said = "已核对" if kind == "qualification" else ""
            scoring.review(
                actor=self.host if kind == "qualification" else self.actor(self.members[1]),
                panel_id=self.panel_id,
                bid_id=bid_id,
                criterion=criterion,
                passed=passed,
                reason=said if passed else "报价文件未按要求签署",
                ground="" if passed else selectors.grounds_of(self.tender)[0].code,
            )

    def begin_scoring(self, failing: Iterable[Any] = ()) -> None:
        self.begin_review()
        self.review(failing)
        agenda.advance(actor=self.host, panel_id=self.panel_id, verb="begin_scoring")

    def score(self, member: Any, scores: dict[str, str], **over: Any) -> None:
        """Give every bid the same scores, by criterion; `over` maps "criterion.bid number" to another value."""
        numbers = {bid.pk: n for n, bid in enumerate(self.bids)}
        for cell in selectors.cells_of(self.panel):
            name = f"{cell.criterion.id}_{numbers[cell.bid_id]}"
            scoring.save_score(
                actor=self.actor(member),
                panel_id=self.panel_id,
                bid_id=cell.bid_id,
                criterion=cell.criterion.id,
                value=over.get(name, scores[cell.criterion.id]),
                reason="方案完整" if cell.criterion.kind == "subjective" else None,
            )

    def submit(self, member: Any) -> Any:
        return scoring.submit_sheet(actor=self.actor(member), panel_id=self.panel_id)

    def score_all(self, **over: Any) -> None:
        for member in self.members:
            self.score(member, {"S1": f"{40 + member.position}", "O1": "18"}, **over)
            self.submit(member)

    def sign_report(self, member: Any, dissent: str = "") -> Any:
        report = selectors.report_of(self.panel)
        touched = self.credential(member.user_id, bytes.fromhex(report.digest), f"report.{report.pk}")
        return reporting.sign(
            actor=self.actor(member), panel_id=self.panel_id, credential=touched, dissent=dissent
        )

    def report(self) -> Any:
        return reporting.make(actor=self.host, panel_id=self.panel_id)

    def sign_all(self) -> None:
        for member in self.members:
            self.sign_report(member)

    def decision(self, actor: Actor) -> dict[str, Any]:
        body = selectors.decision_body(self.panel, selectors.report_of(self.panel))
        return self.credential(actor.user_id, digest(body), awards.purpose_of(self.tender.id))

    def decide(self, actor: Actor | None = None) -> Any:
        actor = actor or self.host
        return awards.decide(actor=actor, tender_id=self.tender.id, credential=self.decision(actor))


def opened(
    cast: Any, at: Any, prices: tuple[str, ...] = PRICES, suppliers: list[Any] | None = None, **basics: Any
) -> Evaluation:
    """A tender whose bids are opened; the clock stands at its deadline."""
    tender = make.published(cast.purchaser, **basics)
    at(tender.bids_due_at + timedelta(minutes=1))
    suppliers = suppliers or [cast.supplier_a, cast.supplier_b, cast.supplier_c]
    rows = [bids.opened_bid(tender, who, price) for who, price in zip(suppliers, prices, strict=True)]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    return Evaluation(tender_facts(tender.id), cast.purchaser, rows)


def drawn(cast: Any, at: Any, **over: Any) -> Evaluation:
    """A tender whose panel is drawn: the purchaser's person and experts."""
    return reached(cast, at, "drawn", **over)


def _draw(cast: Any, at: Any, **over: Any) -> Evaluation:
    made = opened(cast, at, **over)
    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    return made


def reached(cast: Any, at: Any, status: str, **over: Any) -> Evaluation:
    """An evaluation at any point of its agenda: drawn, reviewing, scoring, scored, reported, signed, decided, dissolved.

    Also technical and pricing, where the prices lie in an envelope of their own; talking and quoting, where rounds are held.
    """
    if over:
        return _reach(cast, at, status, **over)

    def build() -> Evaluation:
        if status not in BEFORE:
            return _reach(cast, at, status)
        made = reached(cast, at, BEFORE[status])
        _go_on(cast, made, status)
        return made

    return scene(("evaluation", status, cast.purchaser.user_id), build)


#: Where an evaluation stands before it comes to a point.
BEFORE = {
    "reviewing": "drawn",
    "dissolved": "drawn",
    "scoring": "drawn",
    "scored": "scoring",
    "reported": "scored",
    "signed": "reported",
    "decided": "signed",
    "pricing": "technical",
    "quoting": "talking",
}


def _reach(cast: Any, at: Any, status: str, **over: Any) -> Evaluation:
    if status in BEFORE:
        made = _reach(cast, at, BEFORE[status], **over)
        _go_on(cast, made, status)
    elif status == "technical":
        made = _draw(cast, at, two_envelopes=True, **over)
        made.begin_scoring()
        made.score_all()
    elif status == "talking":
        from tests.factories import rounds

        made = rounds.talking_with(cast, at)
    else:
        made = _draw(cast, at, **over)
    return made


def _go_on(cast: Any, made: Evaluation, status: str) -> None:
    """Bring an evaluation to a point from the one before."""
    if status == "dissolved":
        agenda.dissolve(actor=made.host, panel_id=made.panel_id, reason="两名成员失联")
    elif status == "pricing":
        technical.log_result(actor=made.host, panel_id=made.panel_id)
    elif status == "quoting":
        from tests.factories import rounds

        rounds.called_for_finals(made, [cast.supplier_a, cast.supplier_b, cast.supplier_c])
    else:
        steps: dict[str, Callable[[], Any]] = {
            "reviewing": made.begin_review,
            "scoring": made.begin_scoring,
            "scored": made.score_all,
            "reported": made.report,
            "signed": made.sign_all,
            "decided": made.decide,
        }
        steps[status]()


def tie(expert: Any, supplier: Any, **over: Any) -> Employment:
    """An expert works for an organisation, since a year ago unless told otherwise."""
    today = clock.now().date()
    facts = {"since": today - timedelta(days=365), "until": None, **over}
    return Employment.objects.create(
        expert=Expert.objects.get(user_id=expert.user_id),
        organisation_name=supplier.org_name,
        credit_code=supplier.credit_code,
        **facts,
    )


def client_of(actor: Actor, **headers: str) -> Client:
    """A browser signed in as an actor, at the actor's desk."""
    client = Client(headers=headers)
    user = User.objects.get(pk=actor.user_id)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    desk = Membership.objects.filter(user=user, organisation_id=actor.org_id).first()
    if desk is not None:
        session = client.session
        session["desk"] = str(desk.pk)
        session.save()
    return client


@contextmanager
def past(monkeypatch: Any) -> Any:
    """For tests without a clock fixture: give an `at`, and undo it afterwards."""
    sites = override_settings(INDEPENDENT_KEEPERS=True, KEEPERS_NEEDED=2, PASSKEY_ORIGINS=[ORIGIN])
    with TemporaryDirectory() as folder, sites, monkeypatch.context() as patch:
        file = Path(folder) / "clock-offset"
        patch.setenv("TEST_CLOCK", "1")
        patch.setenv("CLOCK_OFFSET_FILE", str(file))

        def move(instant: datetime) -> None:
            file.write_text(str((instant - datetime.now(UTC)).total_seconds()))  # noqa: TID251

        yield move
