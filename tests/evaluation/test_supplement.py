"""A supplementary call (补充征集): lawful below the share of suppliers left, with the terms of the first, for others alone."""

from __future__ import annotations

from typing import Any

import pytest

from contracting.facts import EntrantTerms
from contracting.selectors import agreement_facts
from contracting.services import agreements, entering
from core import clock
from core.audit.models import Entry
from core.errors import Invalid
from core.money import UnitPrice
from disclosure.models import Notice
from evaluation.services import entries
from parties.models import InboxItem
from tendering import access, supplement_rules
from tendering import services as tendering
from tendering.framework_rules import agreement_terms
from tendering.models import FrameworkCall
from tendering.selectors import law_of, tender_facts
from tendering.services import supplementing
from tests.evaluation.test_entry import called, opened, signed, touch
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


def in_force(cast: Any, at: Any, settings: Any) -> tuple[Any, Any]:
    """A call, and the agreement that it led to with two suppliers, signed and filed."""
    evaluate.begin_spring(settings, at)
    tender = called(cast)
    agreement = agreements.create_agreement(
        actor=cast.purchaser,
        **agreement_terms(tender, tender.lots[0], clock.now()),
        when_signed=entries.ENTERED_TIMER,
        law=law_of(tender.id),
    )
    both = [
        EntrantTerms(who.org_id, tender.budget, {"1": UnitPrice("4500")})
        for who in (cast.supplier_b, cast.supplier_a)
    ]
    agreements.admit(actor=cast.purchaser, agreement_id=agreement.id, entrants=both)
    entering.settle(cast.purchaser, agreement.id, clock.now())
    entering.file(actor=cast.purchaser, agreement_id=agreement.id, filing_no="备 1 号")
    return tender, agreement_facts(agreement.id)


def test_others_enter_with_the_same_terms_and_until_the_same_end(cast: Any, at: Any, settings: Any) -> None:
    first, agreement = in_force(cast, at, settings)
    draft = make.draft(cast.purchaser, make.plan(cast.purchaser, "900000.00", method="framework"))
    given = {"actor": cast.purchaser, "tender_id": draft.id, "agreement_id": agreement.id}
    before = Entry.objects.count()
    with pytest.raises(Invalid) as refused:
        supplementing.supplement(**given, version=draft.version, reason="只剩一家")
    assert ("agreement" in refused.value.errors, Entry.objects.count()) == (True, before), "enough are left"
    agreements.expel(actor=cast.purchaser, entrant_id=agreement.entrants[0].id, reason="拒不履约")
    told = InboxItem.objects.filter(key__startswith=f"agreement.{agreement.id}.few.")
    assert [row.rule for row in told] == ["F-10.supplement_trigger"]
    browser = evaluate.client_of(cast.purchaser)
    page = f"/tenders/{draft.id}/supplement/"
    wrong = browser.post(page, {"version": draft.version, "agreement_id": str(agreement.id), "reason": " "})
    assert (wrong.status_code, FrameworkCall.objects.filter(tender_id=draft.id).count()) == (422, 0)
    sent = {"version": draft.version, "agreement_id": str(agreement.id), "reason": "只剩一家，无法按期供货"}
    assert evaluate.client_of(cast.outsider).post(page, sent).status_code == 404
    assert browser.post(page, sent).status_code in (302, 303)
    taken = tender_facts(draft.id)
    assert supplement_rules.conditions(taken) == supplement_rules.conditions(first)
    assert (taken.lots[0].budget, taken.documents[0].name) == (taken.budget, "征集文件.pdf")
    assert (
        "1 of 2"
        in browser.get(f"/agreements/{agreement.id}/", headers={"accept-language": "en"}).content.decode()
    )

    tender = tendering.publish(actor=cast.purchaser, tender_id=draft.id)
    notice = Notice.objects.get(pk=tender.notice_id)
    assert notice.facts["framework"]["supplements"] == agreement.agreement_no
    for actor in (cast.supplier_a, cast.supplier_b):
        with pytest.raises(access.EnteredAlready):
            access.tender_to_bid(actor, tender.id)
    at(tender.bids_due_at)
    others = (cast.supplier_c, *(parties.desk("supplier", f"示例{n}供应商", "330100") for n in "丁戊"))
    second = opened(cast, tender, others, ("4700", "4800", "4900"))
    for member in second.members:
        second.submit(member)
    after = signed(second).admit()
    assert after.id == agreement.id
    assert [(row.no, row.status) for row in after.entrants] == [
        (1, "expelled"),
        (2, "admitted"),
        (3, "named"),
        (4, "named"),
    ]
    assert after.ends_at == agreement.ends_at
    assert Notice.objects.filter(type="framework_entry").order_by("position").last().ocid == tender.ocid
    assert not entries.entered(tender_id=tender.id), "their signatures are awaited"
    for entrant, actor in zip(after.entrants[2:], others, strict=False):
        touch(second, actor, entrant)
        touch(second, second.host, entrant)
    assert entries.entered(tender_id=tender.id)
    assert tender_facts(tender.id).status == "contracted"
    to_file = InboxItem.objects.filter(key__startswith=f"agreement.{agreement.id}.file", done_at=None)
    assert to_file.count() == 1, "the entries are filed too"
    filed = entering.file(actor=cast.purchaser, agreement_id=agreement.id, filing_no="备 2 号")
    assert (filed.filing_no, to_file.count()) == ("备 1 号、备 2 号", 0)
