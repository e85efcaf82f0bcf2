"""Prequalification: nobody is called qualified against whom something stands; what else was found is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import clock
from core.audit.models import Entry
from core.enacted import selectors as enacted
from core.errors import Invalid, NotFound, WrongState
from core.uptime import services as heart
from core.workdays import Special, beijing_date
from disclosure.models import Notice
from parties.models import Evidence, InboxItem
from parties.services import holders, standing
from tendering import access
from tendering.models import Extension
from tendering.selectors import applications_of, call_of, law_of, tender_facts
from tendering.services import (
    admission,
    amending_call,
    applicants,
    inviting,
    prequalifying,
    publishing,
    rescuing,
)
from tendering.services.again import tender_again
from tendering.services.amending import DeadlinePassed, EarlierDeadline
from tendering.services.applicants import ApplicantBarred
from tendering.services.prequalifying import EnoughQualified, TooFewQualified
from tendering.services.publishing import PurchaserApproves
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(settings: Any, at: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(TODAY)


def test_an_applicant_is_qualified_only_as_far_as_the_law_lets(cast: Any, at: Any, signed_in: Any) -> None:
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="restricted_tender"))
    tender = inviting.call(actor=cast.purchaser, tender_id=draft.id)
    people = (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)
    for supplier in people:
        paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 x")
        inviting.apply(actor=supplier, tender_id=tender.id, statement="符合资格要求", file=paper)
    assert applicants.findings_of(tender.id) == {}
    for supplier in people[1:3]:
        holders.name_responsible(actor=supplier, name="钱示例", number="33010219700101123X")
    standing.impose(
        actor=cast.supervisor, credit_code=cast.supplier_a.credit_code, name="", kind="罚款", mark="fine",
        fine=3_000_000, reason="违法经营", citation="某罚〔2024〕1号", since=TODAY - timedelta(days=900), until=None,
    )  # fmt: skip
    Evidence.objects.filter(organisation_id=cast.outsider.org_id, condition="taxes").update(
        valid_until=date(2026, 9, 1)
    )
    at(call_of(tender.id).due_at)
    rows = {row.credit_code: row.id for row in applications_of(tender.id)}
    given = {"actor": cast.purchaser, "tender_id": tender.id, "verb": "qualify"}
    before = Entry.objects.count()
    for supplier in people[:3]:
        with pytest.raises(ApplicantBarred):
            inviting.review(**given, application_id=rows[supplier.credit_code], reason="符合")
    with pytest.raises(Invalid):
        inviting.review(**given, application_id=rows[cast.outsider.credit_code])
    assert {row.status for row in applications_of(tender.id)} == {"applied"}
    assert Entry.objects.count() == before

    client, address = signed_in(cast.purchaser), f"/tenders/{tender.id}/applications/"
    page = client.get(address).content.decode()
    assert "《政府采购法实施条例》第十八条" in page
    assert "某罚〔2024〕1号" in page
    client.post(f"{address}{rows[cast.supplier_a.credit_code]}/", {"verb": "qualify", "reason": "符合"})
    client.post(
        f"{address}{rows[cast.outsider.credit_code]}/", {"verb": "qualify", "reason": "申请文件附有完税证明"}
    )
    found = {row.credit_code: row.status for row in applications_of(tender.id)}
    assert (found[cast.supplier_a.credit_code], found[cast.outsider.credit_code]) == ("applied", "qualified")


def prequalified(cast: Any, people: tuple[Any, ...]) -> Any:
    """An open tender that asks for a prequalification and has called for applications, which came from these suppliers."""
    draft = make.complete_draft(cast.purchaser)
    admission.save(
        actor=cast.purchaser, tender_id=draft.id, evidence_asked=[], preparers=[], prequalified=True
    )
    tender = prequalifying.call(actor=cast.purchaser, tender_id=draft.id)
    for supplier in people:
        paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 x")
        inviting.apply(actor=supplier, tender_id=tender.id, statement="符合资格要求", file=paper)
    return tender


def judge(cast: Any, tender: Any, refused: Any) -> None:
    for row in applications_of(tender.id):
        out = row.supplier_id == refused.org_id
        inviting.review(
            actor=cast.purchaser, tender_id=tender.id, application_id=row.id,
            verb="refuse" if out else "qualify", reason="无相应业绩" if out else "符合",
        )  # fmt: skip


def test_an_open_tender_invites_everybody_who_qualified_before(cast: Any, at: Any, signed_in: Any) -> None:
    draft = make.complete_draft(cast.purchaser)
    buyer, form = signed_in(cast.purchaser), {"evidence_asked": ["civil"], "prequalified": "on"}
    publish = reverse("tendering:publish", args=[draft.id])
    assert buyer.post(reverse("tendering:admission", args=[draft.id]), form).status_code == 303
    assert "实施条例》第二十一条" in buyer.get(reverse("tendering:preview", args=[draft.id])).content.decode()
    with pytest.raises(WrongState):
        publishing.publish(actor=cast.purchaser, tender_id=draft.id)
    assert buyer.post(publish).status_code == 303
    call, notice = call_of(draft.id), Notice.objects.get(type="prequalification")
    last = law_of(draft.id).end_of("L-12.prequal_submit_min", TODAY).last_day
    assert (last, beijing_date(call.due_at)) == (date(2026, 9, 8), last)
    assert ("wanted" in notice.facts, tender_facts(draft.id).status) == (False, "applying")
    people = (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)
    for supplier in people:
        paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 x")
        sent = signed_in(supplier).post(
            reverse("tendering:apply", args=[draft.id]), {"statement": "符合资格要求", "file": paper}
        )
        assert sent.status_code == 303
    before = Entry.objects.count()
    for moment in (TODAY, call.due_at):
        at(moment)
        with pytest.raises(WrongState):
            prequalifying.issue(actor=cast.purchaser, tender_id=draft.id)
    assert (Entry.objects.count(), tender_facts(draft.id).published_at) == (before, None)

    judge(cast, draft, cast.outsider)
    with pytest.raises(EnoughQualified):
        prequalifying.fail_call(actor=cast.purchaser, tender_id=draft.id)
    buyer = signed_in(cast.purchaser)
    page = buyer.get(reverse("tendering:applications", args=[draft.id])).content.decode()
    assert publish in page
    assert reverse("tendering:fix_pool", args=[draft.id]) not in page
    assert buyer.post(publish).status_code == 303
    tender = tender_facts(draft.id)
    earliest = law_of(draft.id).end_of("L-09.bid_min_days", call.due_at).last_day
    assert (tender.status, beijing_date(tender.bids_due_at) >= earliest) == ("open", True)
    assert access.tender_to_bid(cast.supplier_a, draft.id).id == draft.id
    with pytest.raises(NotFound):
        access.tender_to_bid(cast.outsider, draft.id)
    document = reverse("tendering:document", args=[draft.id, tender.documents[0].id])
    assert signed_in(cast.supplier_a).get(document).status_code == 200
    assert signed_in(cast.outsider).get(document).status_code == 404
    told = {row.organisation_id: row for row in InboxItem.objects.filter(key__endswith=".answer")}
    assert (len(told), told[cast.outsider.org_id].why) == (4, "无相应业绩")


def test_a_call_with_too_few_who_qualify_fails_and_is_begun_anew(cast: Any, at: Any, signed_in: Any) -> None:
    tender = prequalified(cast, (cast.supplier_a, cast.supplier_b, cast.supplier_c))
    at(call_of(tender.id).due_at)
    judge(cast, tender, cast.supplier_c)
    before = Entry.objects.count()
    with pytest.raises(TooFewQualified):
        prequalifying.issue(actor=cast.purchaser, tender_id=tender.id)
    assert {row.status for row in applications_of(tender.id)} == {"qualified", "refused"}
    assert Entry.objects.count() == before
    buyer = signed_in(cast.purchaser)
    address = reverse("tendering:fail_call", args=[tender.id])
    assert address in buyer.get(reverse("tendering:applications", args=[tender.id])).content.decode()
    assert buyer.post(address).status_code == 303
    assert tender_facts(tender.id).status == "failed"
    assert InboxItem.objects.filter(key__endswith=".answer").count() == 3
    anew = tender_again(actor=cast.purchaser, tender_id=tender.id)
    assert (anew.prequalified, anew.previous.id) == (True, tender.id)


def test_an_outage_over_the_time_for_applications_moves_it_before_any_is_reviewed(cast: Any, at: Any) -> None:
    tender = prequalified(cast, (cast.supplier_a,))
    before = call_of(tender.id).due_at
    back = before + timedelta(minutes=3)
    at(back)
    host = clock.now() - clock.offset()
    for ago in (3610, 3600):
        heart.beat((), at=back - timedelta(seconds=ago), host_at=host - timedelta(seconds=ago))
    [row] = applications_of(tender.id)
    given = {"actor": cast.purchaser, "tender_id": tender.id, "application_id": row.id, "verb": "qualify"}
    with pytest.raises(WrongState):
        inviting.review(**given, reason="符合")
    moved = Extension.objects.get()
    assert (moved.before, moved.after, moved.amendment) == (before, call_of(tender.id).due_at, None)
    assert moved.after - before >= timedelta(days=1)
    notice = Notice.objects.get(type="amendment")
    assert (notice.corrects_id, "/outages/" in str(notice.sections)) == (tender.notice_id, True)
    assert InboxItem.objects.filter(key__contains=".amended.").count() == 1
    assert rescuing.rescue() == []
    known = enacted.calendar("330100")
    guessed, day = replace(known, documents={}), beijing_date(moved.after)
    storm = known.with_local([Special("停工令（虚构）", day, day, False, "台风")])
    how: dict[str, Any] = {"actor_label": "clock", "reason": "test", "region": "330100"}
    for old, new, count in ((known, storm, 0), (storm, known, 0), (guessed, storm, 1), (guessed, storm, 0)):
        assert rescuing.recount_rescued(**how, old=lambda _, t=old: t, new=lambda _, t=new: t) == count
    later = call_of(tender.id).due_at
    assert (later > moved.after, later.time()) == (True, moved.after.time())
    assert InboxItem.objects.get(key=f"tender.{tender.id}.review").due_at == later
    assert Notice.objects.filter(type="amendment").count() == 2
    paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 y")
    inviting.apply(actor=cast.supplier_b, tender_id=tender.id, statement="符合资格要求", file=paper)
    assert len(applications_of(tender.id)) == 2


def test_an_amended_call_gives_everybody_the_same_notice_and_time_enough(
    cast: Any, at: Any, signed_in: Any
) -> None:
    tender = prequalified(cast, (cast.supplier_a, cast.supplier_b))
    before = call_of(tender.id).due_at
    traces = Entry.objects.count(), Notice.objects.count()
    given: dict[str, Any] = {
        "tender_id": tender.id,
        "reason": "资格条件有误",
        "change": "业绩要求改为近三年一项",
    }
    for wrong, refusal in (
        ({"actor": cast.agency}, PurchaserApproves),
        ({"actor": cast.purchaser, "reason": " "}, Invalid),
        ({"actor": cast.purchaser, "change": ""}, Invalid),
        ({"actor": cast.purchaser, "new_due_at": before - timedelta(minutes=1)}, EarlierDeadline),
    ):
        with pytest.raises(refusal):
            amending_call.amend_call(**{**given, **wrong})
    assert (Entry.objects.count(), Notice.objects.count()) == traces

    amending_call.amend_call(actor=cast.purchaser, **given)
    assert call_of(tender.id).due_at == before, "three days are left"
    at(before - timedelta(days=2))
    address = reverse("tendering:amend_call", args=[tender.id])
    buyer = signed_in(cast.purchaser)
    assert address in buyer.get(reverse("tendering:applications", args=[tender.id])).content.decode()
    form = {"need": tender.need, "delivery": "送至新校区", "payment": tender.payment, "affects_bids": "on"}
    assert "送至新校区" in buyer.post(address, form).content.decode()
    assert buyer.post(address, {**form, "reason": "交付地点变更"}).status_code == 303
    later = call_of(tender.id).due_at
    assert (beijing_date(later) - beijing_date(before), later.time()) == (timedelta(days=1), before.time())
    assert InboxItem.objects.get(key=f"tender.{tender.id}.review").due_at == later
    told = InboxItem.objects.filter(key__contains=".amended.", due_at=later)
    assert {row.organisation_id for row in told} == {cast.supplier_a.org_id, cast.supplier_b.org_id}
    notice = Notice.objects.filter(type="amendment").latest("published_at")
    assert [row["label"] for row in notice.facts["changes"]] == ["Delivery", "Applications are due"]
    paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 z")
    inviting.apply(actor=cast.supplier_a, tender_id=tender.id, statement="按更正后的条件", file=paper)
    at(later)
    with pytest.raises(DeadlinePassed):
        amending_call.amend_call(actor=cast.purchaser, **given)
