"""Entry to a framework agreement: who is admitted signs and sells, who is not never does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracting.models import EntrantSignature, FrameworkAgreement
from contracting.selectors import agreement_of, entrant_facts
from contracting.services import agreements, entering
from contracting.services.duties import PostsNotSeparated
from core import clock
from core.audit.models import Entry
from core.canonical import digest
from core.errors import Invalid, NotFound, WrongState
from core.money import UnitPrice
from disclosure.models import Notice
from evaluation import selectors
from evaluation.services import awards, deeming, entries, panels
from parties.access import CLOCK, actor_for
from parties.models import Membership, Organisation, User
from parties.states import Role
from tendering import services as tendering
from tendering.selectors import tender_facts
from tendering.services import documents, drafting, frameworks, progress
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
QUALITY = ("quality_first", "state_price")


@dataclass
class Stage(evaluate.Evaluation):
    """An evaluation of responses to a call."""

    def admit(self) -> Any:
        [made] = self.admit_lots()
        return made

    def admit_lots(self) -> list[Any]:
        return entries.decide(actor=self.host, tender_id=self.tender.id, credential=self.decision(self.host))


def stage(cast: Any, at: Any, prices: tuple[str, ...], quality: bool = False, **terms: Any) -> Stage:
    """A call whose responses are open, and whose panel can begin."""
    tender = called(cast, quality, **terms)
    at(tender.bids_due_at)
    return opened(cast, tender, (cast.supplier_a, cast.supplier_b, cast.supplier_c), prices)


def called(cast: Any, quality: bool = False, **terms: Any) -> Any:
    """A call that is published."""
    make.keepers()
    filed = make.plan(cast.purchaser, "1000000.00", method="framework")
    tender = make.draft(cast.purchaser, filed)
    drafting.save_basics(
        actor=cast.purchaser, tender_id=tender.id, version=tender.version, title=tender.title, need=tender.need,
        delivery="按订单", budget=tender.budget,
    )  # fmt: skip
    if quality:
        drafting.save_criterion(
            actor=cast.purchaser,
            tender_id=tender.id,
            name="质量",
            kind="subjective",
            max=Decimal(100),
            guide="按检测",
        )
        drafting.save_evaluation(
            actor=cast.purchaser, tender_id=tender.id, version=tender_facts(tender.id).version,
            evaluation_method=QUALITY[0], price_weight=Decimal(0), deductions=tender.deductions,
        )  # fmt: skip
    given = {"elimination": Decimal("0.2"), "months": 12, "selection": "direct", **terms}
    frameworks.state_terms(
        actor=cast.purchaser, tender_id=tender.id, version=tender_facts(tender.id).version,
        ceilings={"1-1": UnitPrice("5000")}, quality_ground=QUALITY[1] if quality else "", **given,
    )  # fmt: skip
    documents.add_document(
        actor=cast.purchaser, tender_id=tender.id, file=SimpleUploadedFile("征集文件.pdf", b"%PDF-1.7 x")
    )
    return tendering.publish(actor=cast.purchaser, tender_id=tender.id)


def opened(cast: Any, tender: Any, suppliers: tuple[Any, ...], prices: tuple[str, ...]) -> Stage:
    """A call whose responses are open, and whose panel can begin."""
    rows = [bids.opened_bid(tender, who, price) for who, price in zip(suppliers, prices, strict=True)]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    made = Stage(tender_facts(tender.id), cast.purchaser, rows)
    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    made.begin_scoring()
    return made


def signed(made: Stage) -> Stage:
    made.report()
    made.sign_all()
    return made


def cheapest(
    cast: Any, at: Any, settings: Any, prices: tuple[str, ...] = ("4500", "4400", "4600"), **terms: Any
) -> Stage:
    evaluate.begin_spring(settings, at)
    made = stage(cast, at, prices, **terms)
    for member in made.members:
        made.submit(member)
    return signed(made)


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (FrameworkAgreement, Notice, Entry))


def touch(made: Stage, actor: Any, entrant: Any) -> Any:
    facts = entrant_facts(entrant.id)
    credential = made.credential(
        actor.user_id, bytes.fromhex(facts.terms_hash), entering.purpose_of(entrant.id)
    )
    return entering.sign(actor=actor, entrant_id=entrant.id, credential=credential)


def test_quality_first_admits_the_best_whatever_they_ask_below_the_ceiling(
    cast: Any, at: Any, settings: Any
) -> None:
    evaluate.begin_spring(settings, at)
    made = stage(cast, at, ("5000", "4000", "4500"), quality=True)
    for member in made.members:
        made.score(member, {"S1": "60"}, S1_0="80", S1_2="70")
        made.submit(member)
    agreement = signed(made).admit()
    assert [row.supplier_id for row in agreement.entrants] == [cast.supplier_a.org_id, cast.supplier_c.org_id]
    assert [str(row.prices[0].price) for row in agreement.entrants] == ["5000.00", "4500.00"]
    notice = Notice.objects.get(type="framework_entry")
    assert notice.facts["recompute"]["method"] == "quality_first"
    assert "price" not in notice.facts["recompute"]


def test_a_price_above_its_ceiling_is_out_and_too_few_end_the_call(cast: Any, at: Any, settings: Any) -> None:
    made = cheapest(cast, at, settings, ("4500", "5000.01", "6000"))
    report = selectors.report_of(made.panel)
    assert report.body["lots"][0]["result"]["failed"] == "too_few_qualified"
    before = traces()
    with pytest.raises(awards.NoCandidate):
        made.admit()
    assert traces() == before
    body = selectors.decision_body(made.panel, report, fails=True)
    touched = made.credential(made.host.user_id, digest(body), awards.purpose_of(made.tender.id))
    awards.declare_failure(actor=made.host, tender_id=made.tender.id, credential=touched)
    failed = Notice.objects.get(type="failure")
    assert (failed.facts["rule"], tender_facts(made.tender.id).status) == ("F-08", "failed")
    assert "财政部令第110号" in str(failed.sections)
    assert agreement_of(made.tender.source) is None


def test_silence_admits_nobody(cast: Any, at: Any, settings: Any) -> None:
    made = cheapest(cast, at, settings)
    at(selectors.report_of(made.panel).award_due_at)
    before = traces()
    assert not deeming.deem(tender_id=made.tender.id)
    assert traces() == before


def test_both_sides_sign_each_entry_and_who_does_not_is_let_go(cast: Any, at: Any, settings: Any) -> None:
    made = cheapest(cast, at, settings, selection="in_turn")
    agreement = made.admit()
    first, second = agreement.entrants
    assert (agreement.selection, first.status, first.supplier_id) == (
        "in_turn",
        "named",
        cast.supplier_b.org_id,
    )
    assert first.sign_due_at > clock.now()
    with pytest.raises(NotFound):
        touch(made, cast.supplier_c, first)
    with pytest.raises(WrongState):
        entering.file(actor=made.host, agreement_id=agreement.id, filing_no="备 1 号")
    touch(made, cast.supplier_b, first)
    with pytest.raises(entering.EntrySigned):
        touch(made, cast.supplier_b, first)
    both = parties.member(Organisation.objects.get(pk=cast.purchaser.org_id), "采购人同事")
    there = Membership.objects.create(
        user_id=both.user_id, organisation_id=cast.supplier_a.org_id, role=Role.ADMIN
    )
    touch(made, both, second)
    with pytest.raises(PostsNotSeparated):
        touch(made, actor_for(User.objects.get(pk=both.user_id), str(there.pk)), second)
    assert EntrantSignature.objects.count() == 2
    assert touch(made, made.host, first).status == "admitted"
    assert not entries.entered(tender_id=made.tender.id), "one is still asked to sign"

    with pytest.raises(Invalid):
        agreements.expel(actor=made.host, entrant_id=second.id, reason=" ")
    with pytest.raises(NotFound):
        agreements.expel(actor=cast.supplier_a, entrant_id=second.id, reason="拒签")
    assert agreements.expel(actor=made.host, entrant_id=second.id, reason="逾期不签").status == "expelled"
    assert entries.entered(tender_id=made.tender.id)
    assert tender_facts(made.tender.id).status == "contracted"
    filed = entering.file(actor=made.host, agreement_id=agreement.id, filing_no="备 1 号")
    assert (filed.filing_no, filed.file_due_at is not None) == ("备 1 号", True)
    with pytest.raises(WrongState):
        entering.file(actor=made.host, agreement_id=agreement.id, filing_no="备 2 号")
    with pytest.raises(WrongState):
        touch(made, cast.supplier_a, second)
