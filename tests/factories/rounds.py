"""Negotiations and consultations at the points that tests start from; every step is a call of a service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bidding.models import Bid
from core import clock
from core.ledger import services as ledger
from evaluation import talks
from evaluation.models import Panel, Round, Talk
from evaluation.services import panels, rounds, talking
from parties.access import CLOCK
from tendering.facts import TenderFacts
from tendering.selectors import tender_facts
from tendering.services import progress, terms
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make
from tests.scenes import scene

HOURS = timedelta(hours=2)


def draft(actor: Any, method: str = "negotiation", ground: str = "complex") -> TenderFacts:
    """A complete draft with two listed terms: a technical one and one of the contract."""
    begun = make.complete_draft(actor, make.plan(actor, "1000000.00", method=method))
    if ground:
        terms.state_ground(actor=actor, tender_id=begun.id, ground=ground)
    for kind, title, text in (("technical", "内存", "不低于 16 GB"), ("contract", "付款", "验收合格后付清")):
        begun = terms.save_term(actor=actor, tender_id=begun.id, kind=kind, title=title, text=text)
    return begun


def reviewing(cast: Any, at: Any, suppliers: list[Any], **said: str) -> evaluate.Evaluation:
    """First responses are opened, and the team is at its review."""
    begun = draft(cast.purchaser, **said)
    with make.override_settings(INDEPENDENT_KEEPERS=True, KEEPERS_NEEDED=2):
        tender = make.tendering.publish(actor=cast.purchaser, tender_id=begun.id)
    at(tender.bids_due_at + timedelta(minutes=1))
    rows = [bids.opened_bid(tender, who) for who in suppliers]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    made = evaluate.Evaluation(tender_facts(tender.id), cast.purchaser, rows)
    drawn = panels.draw(actor=made.host, tender_id=tender.id, representative_id=cast.purchaser.user_id)
    made.panel_id = drawn.pk
    made.begin_review()
    return made


def talking_with(
    cast: Any, at: Any, suppliers: list[Any] | None = None, failing: int = 0, **said: str
) -> evaluate.Evaluation:
    """The review is over and the talks have begun; the last `failing` responses did not pass."""
    suppliers = suppliers or [cast.supplier_a, cast.supplier_b, cast.supplier_c]

    def build() -> evaluate.Evaluation:
        made = reviewing(cast, at, suppliers, **said)
        made.review([row.pk for row in made.bids[len(made.bids) - failing :]])
        rounds.begin(actor=made.host, panel_id=made.panel_id)
        return made

    names = tuple(one.org_id for one in suppliers)
    return scene(("talks", cast.purchaser.user_id, names, failing, tuple(sorted(said.items()))), build)


def talk_of(made: evaluate.Evaluation, actor: Any) -> Talk:
    """The talks with a supplier."""
    return Talk.objects.select_related("panel", "supplier").get(
        panel_id=made.panel_id, supplier_id=actor.org_id
    )


def sign(made: evaluate.Evaluation, actor: Any, talk: Talk, side: str) -> Round:
    """Sign the minutes of the last round for one side."""
    last = talk.rounds.order_by("-number").first()
    touched = made.credential(actor.user_id, bytes.fromhex(last.digest), talks.purpose_of(last))
    return talking.sign(actor=actor, talk=talk, side=side, credential=touched)


def call(made: evaluate.Evaluation, actor: Any) -> Round:
    """Call a supplier to its next round."""
    return talking.call(actor=made.host, panel_id=made.panel_id, talk_id=talk_of(made, actor).pk)


def write(made: evaluate.Evaluation, actor: Any, text: str = "双方说明了各自的意见。") -> Round:
    """End the round with its minutes."""
    talk = talk_of(made, actor)
    return talking.write_minutes(actor=made.host, panel_id=made.panel_id, talk_id=talk.pk, text=text)


def hear(made: evaluate.Evaluation, actor: Any) -> None:
    """One whole round: called, spoken, minuted, signed by both sides."""
    call(made, actor)
    talk = talk_of(made, actor)
    talking.say(actor=actor, talk=talk, side=talks.SUPPLIER, text="我方可提供 32 GB 内存。")
    write(made, actor)
    sign(made, actor, talk, talks.SUPPLIER)
    sign(made, made.actor(made.members[1]), talk, talks.TEAM)


def called_for_finals(
    made: evaluate.Evaluation, actors: list[Any], due_at: datetime | None = None
) -> TenderFacts:
    """Everybody was heard once and is asked for a final quote."""
    for actor in actors:
        hear(made, actor)
    ledger.publish_checkpoint()
    due_at = due_at or clock.now().replace(microsecond=0) + HOURS
    rounds.call_finals(actor=made.host, panel_id=made.panel_id, due_at=due_at)
    return tender_facts(made.tender.id)


def asked(made: evaluate.Evaluation) -> set[Any]:
    """The suppliers that were asked for final quotes."""
    rows = Bid.objects.filter(tender_id=made.tender.id, finals_asked_at__isnull=False)
    return set(rows.values_list("supplier_id", flat=True))


def panel_of(made: evaluate.Evaluation) -> Panel:
    """The team."""
    return Panel.objects.get(pk=made.panel_id)
