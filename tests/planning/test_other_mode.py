"""Another mode of buying in a district whose measure knows them: reason, approval on paper, start, public result."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.audit.models import Entry
from core.errors import Conflict, Invalid
from core.money import Yuan
from disclosure.selectors.notices import of_process
from planning.selectors import other_mode_of, plan_facts, reservation_of
from planning.services import otherwise, withdraw_plan
from planning.services.otherwise import NoRuleHere, NotApproved
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TRIAL = datetime(2014, 6, 3, 2, tzinfo=UTC)
"""The measure of 渝北区 was in force."""
MODES = {"delegation", "franchise", "cooperation", "grant", "outsourcing"}


@pytest.fixture
def buyer(cast: Any, at: Any) -> Any:
    at(TRIAL)
    return parties.desk("purchaser", "渝北区某局（示例）", "500112")


def planned(buyer: Any, amount: str = "800000.00", **over: Any) -> Any:
    line = make.budget_line(buyer, amount, category="services")
    return make.plan(buyer, amount, line, item_key="2013:C0201", **over)


def paper() -> Any:
    return SimpleUploadedFile("批复.pdf", b"%PDF-1.7 x")


def approval(kind: str = "approval", day: str = "2014-06-01") -> dict[str, Any]:
    return {
        "kind": kind,
        "number": "渝北财〔2014〕1号",
        "authority": "区财政局",
        "decided_on": day,
        "file": paper(),
    }


@pytest.mark.requirement("S001-47", "S001-48")
def test_a_mode_needs_its_reason_and_without_the_approval_on_paper_nothing_starts(
    buyer: Any, cast: Any, signed_in: Any
) -> None:
    plan, browser = planned(buyer), signed_in(buyer)
    assert (
        reverse("planning:mode", args=[plan.id]) in browser.get(reverse("planning:plan", args=[plan.id])).text
    )
    page = reverse("planning:mode", args=[plan.id])
    assert {one.code for one in otherwise.modes(TRIAL.date())} == MODES
    assert "渝北区政府购买信息服务实施办法" in browser.get(page).text
    before = Entry.objects.count()
    for wrong in ({"mode": "franchise", "reason": " "}, {"mode": "auction", "reason": "独家管网"}):
        assert browser.post(page, wrong).status_code == 422
    assert (other_mode_of(plan.id), Entry.objects.count()) == (None, before)

    assert browser.post(page, {"mode": "franchise", "reason": "管网独家，市场竞争不充分"}).status_code == 303
    start = reverse("planning:mode_start", args=[plan.id])
    before = Entry.objects.count()
    refused = browser.post(start)
    assert refused.status_code == 422
    assert "管网独家" in refused.text
    assert (plan_facts(plan.id).status, Entry.objects.count()) == ("filed", before)
    with pytest.raises(Conflict):
        make.draft(buyer, plan)
    no_paper = {name: value for name, value in approval().items() if name != "file"}
    assert browser.post(reverse("planning:mode_paper", args=[plan.id]), no_paper).status_code == 422
    later = approval(day="2014-06-04")
    assert browser.post(reverse("planning:mode_paper", args=[plan.id]), later).status_code == 422
    assert browser.post(start).status_code == 422

    assert browser.post(reverse("planning:mode_paper", args=[plan.id]), approval()).status_code == 303
    assert browser.post(start).status_code == 303
    result = {
        "name": "渝北管网公司（示例）", "credit_code": cast.supplier_a.credit_code, "address": "渝北区某路1号",
        "amount": "800,000.01", "agreed": "三年运营，按季度考核付款。",
    }  # fmt: skip
    concluded = reverse("planning:mode_result", args=[plan.id])
    over = browser.post(concluded, result)
    assert over.status_code == 422
    assert "三年运营" in over.text
    assert of_process(plan.ocid) == []
    assert browser.post(concluded, {**result, "amount": "700,000"}).status_code == 303
    [notice] = of_process(plan.ocid)
    public = browser.get(reverse("portal:notice", args=[notice.id])).text
    assert (notice.type, "特许经营" in public or "Franchise" in public) == ("other_result", True)
    assert "渝北财〔2014〕1号" in public
    held = reservation_of(plan.source)
    assert held is not None
    assert (plan_facts(plan.id).status, held.committed, held.reserved) == ("done", Yuan("700000"), Yuan(0))
    assert browser.get(page).status_code == 200


def test_outside_the_budget_the_meeting_decides_too_and_a_mode_can_be_given_up(buyer: Any) -> None:
    plan = planned(buyer, "1000000.00", unbudgeted=True)
    who = {"actor": buyer, "plan_id": plan.id}

    def record(kind: str) -> Any:
        return otherwise.record_paper(**who, **{**approval(kind), "decided_on": TRIAL.date()})

    otherwise.choose_mode(**who, mode="grant", reason="只有一家能够承担")
    record("approval")
    with pytest.raises(Invalid):
        record("party_committee")
    with pytest.raises(NotApproved):
        otherwise.start_in_mode(**who)
    record("exec_meeting")
    otherwise.start_in_mode(**who)
    with pytest.raises(Invalid):
        otherwise.leave_mode(**who, reason=" ")
    otherwise.leave_mode(**who, reason="市场上已有竞争")
    assert (plan_facts(plan.id).status, other_mode_of(plan.id)) == ("filed", None)
    assert withdraw_plan(actor=buyer, plan_id=plan.id, reason="不办").status == "withdrawn"


def test_elsewhere_and_after_the_trial_there_is_no_such_mode(cast: Any, signed_in: Any) -> None:
    plan = make.plan(cast.purchaser, "1000.00")
    with pytest.raises(NoRuleHere):
        otherwise.choose_mode(actor=cast.purchaser, plan_id=plan.id, mode="grant", reason="x")
    assert signed_in(cast.purchaser).get(reverse("planning:mode", args=[plan.id])).status_code == 404
