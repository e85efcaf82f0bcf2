"""Subcontracts (分包): permitted by the documents, declared in the sealed bid, reviewed, favoured by the law, in the contract."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from bidding.selectors import opened_bids
from bidding.subcontracts import declared
from contracting.models import Contract
from core.errors import Invalid
from core.money import Yuan
from disclosure.models import Notice
from evaluation import selectors, subcontracts, verifying
from evaluation.services import eligibility, panels
from evaluation.subcontracts import Declared
from parties.access import CLOCK
from parties.eligibility_words import said
from parties.models import InboxItem, Organisation
from parties.services import holders
from tendering import failed_lots
from tendering.facts import Subcontracting
from tendering.selectors import tender_facts
from tendering.services import admission, drafting, progress, publishing
from tests.factories import bidding as bids
from tests.factories import evaluation as evaluate
from tests.factories import parties as desks
from tests.factories import tendering as make

CODE = desks.credit_code()


def line(
    size: str = "small", share: str = "40", n: int = 1, code: str = CODE, work: str = "安装"
) -> dict[str, str]:
    said = {"name": "丁方示例安装有限公司", "code": code, "size": size, "share": share, "work": work}
    return {f"sub_{n}_{name}": value for name, value in said.items()}


def bid(size: str = "large", **facts: str) -> Any:
    sheet = {"facts": facts}
    return SimpleNamespace(
        bid_id="b",
        lot="1",
        size=size,
        sheet=sheet,
        subcontracts=declared(sheet),
        supplier_name="甲方",
        partners=(),
    )


def tender(most: str = "0.40", sme: str = "0", small_micro: str = "0.10") -> Any:
    return SimpleNamespace(
        subcontracting={"1": Subcontracting(Decimal(most), "安装", Decimal(sme))} if most else {},
        deductions={"small_micro": small_micro},
    )


@pytest.mark.parametrize(
    ("size", "facts", "terms", "reserved", "codes"),
    [
        ("large", {}, {"most": ""}, False, set()),
        ("large", line(), {}, False, set()),
        ("large", line(), {"most": ""}, False, {"unwanted"}),
        ("large", line(share="40.01"), {}, False, {"too-much"}),
        ("large", line("small", "20") | line("medium", "20.01", 2), {}, False, {"too-much"}),
        ("large", line(work=""), {}, False, {"incomplete"}),
        ("large", line(share="vierzig"), {}, False, {"incomplete"}),
        ("large", line(code="123"), {}, False, {"incomplete"}),
        ("large", line("large", "30"), {"sme": "0.30"}, False, {"too-little"}),
        ("large", line("medium", "30"), {"sme": "0.30"}, False, set()),
        ("large", {}, {"sme": "0.30"}, False, {"too-little"}),
        ("medium", {}, {"sme": "0.30"}, False, set()),
        ("small", line("large"), {}, False, {"to-larger!"}),
        ("small", line("large"), {"small_micro": "0"}, False, set()),
        ("small", line("medium"), {"small_micro": "0"}, True, {"to-larger!"}),
        ("micro", line("small"), {}, True, set()),
        ("medium", line("large"), {}, False, set()),
        ("medium", line("large"), {}, True, {"to-larger!"}),
        ("medium", line("medium"), {}, True, set()),
    ],
)
def test_what_a_review_has_to_answer_of_subcontracts(
    size: str, facts: dict[str, str], terms: dict[str, Any], reserved: bool, codes: set[str]
) -> None:
    one = bid(size, **facts)
    known = Declared(one.subcontracts) if one.subcontracts else None
    found = subcontracts.findings(one, tender(**terms), known, reserved=reserved, barred={})
    assert {row.code.removeprefix("subcontract-") + "!" * row.bars for row in found} == codes
    assert all(row.citation and said(row) for row in found)


def test_the_register_ties_and_records_speak_against_a_subcontractor() -> None:
    one = bid("small", **line("small"))
    org: Any = SimpleNamespace(size="large")
    known = Declared(one.subcontracts, frozenset({CODE}), {CODE: org})
    record: Any = SimpleNamespace(citation="浙财罚〔2026〕1号")
    found = subcontracts.findings(one, tender(), known, reserved=False, barred={CODE: [record]})
    assert {row.code: row.rule for row in found} == {
        "subcontract-to-larger": "S-08",
        "subcontract-size": "S-09",
        "subcontract-tied": "S-04.subcontract",
        "subcontract-record": "L-36.declared",
    }


@pytest.mark.parametrize(
    ("facts", "most", "tied", "share"),
    [
        (line(share="30"), "0.40", set(), "0.30"),
        (line(share="15") | line("micro", "15", 2) | line("medium", "5", 3), "0.40", set(), "0.30"),
        (line(share="40.01"), "0.40", set(), "0"),
        (line(share="30") | line(share="5", n=2, work=""), "0.40", set(), "0"),
        (line(share="30"), "0.40", {CODE}, "0"),
        (line("medium", "30"), "0.40", set(), "0"),
        (line(share="30"), "", set(), "0"),
    ],
)
def test_what_counts_for_a_deduction(facts: dict[str, str], most: str, tied: set[str], share: str) -> None:
    one = bid(**facts)
    terms = tender(most).subcontracting.get("1")
    found = subcontracts.favouring_share(one, Declared(one.subcontracts, frozenset(tied)), terms)
    assert found == Decimal(share)


@pytest.fixture
def spring(settings: Any, at: Any) -> None:
    evaluate.begin_spring(settings, at)


@pytest.mark.django_db
def test_a_lot_is_subcontracted_as_the_documents_permit_and_one_without_bids_fails(
    cast: Any, at: Any, signed_in: Any, spring: None
) -> None:
    Organisation.objects.filter(pk=cast.supplier_a.org_id).update(size="large")
    partner = desks.desk("supplier", "丁方示例安装有限公司", "330100")
    Organisation.objects.filter(pk=partner.org_id).update(size="small")
    held = desks.desk("supplier", "戊方示例安装有限公司", "330100")
    draft = make.complete_draft(cast.purchaser, ceiling=None)
    for no, budget in (("1", "980000"), ("", "220000")):
        drafting.save_lot(actor=cast.purchaser, tender_id=draft.id, no=no, title="包", budget=Yuan(budget))
    drafting.save_item(
        actor=cast.purchaser, tender_id=draft.id, lot_no="2", item_key=make.LAPTOPS, name="打印机", spec="A4",
        quantity="10", unit="台",
    )  # fmt: skip
    client, address = signed_in(cast.purchaser), reverse("tendering:admission", args=[draft.id])
    wrong = client.post(address, {"subcontract_1": "100", "subcontract_work_1": "安装调试"})
    assert wrong.status_code == 422
    assert "安装调试" in wrong.content.decode()
    assert tender_facts(draft.id).subcontracting == {}
    with pytest.raises(Invalid) as refused:
        admission.save(
            actor=cast.purchaser, tender_id=draft.id, evidence_asked=[], preparers=[],
            subcontracting={"1": admission.Permitted("40", " ", "41")},
        )  # fmt: skip
    assert set(refused.value.errors) == {"subcontract_work_1", "subcontract_sme_1"}
    form = {"subcontract_1": "40", "subcontract_work_1": "安装调试", "subcontract_sme_1": ""}
    assert client.post(address, form).status_code == 303
    assert "安装调试" in client.get(reverse("tendering:tender", args=[draft.id])).content.decode()
    open_tender = publishing.publish(actor=cast.purchaser, tender_id=draft.id)
    notice = json.dumps(Notice.objects.get(pk=open_tender.notice_id).sections, ensure_ascii=False)
    assert "安装调试" in notice
    assert "第四十八条" in notice
    begun = signed_in(cast.supplier_a).post(
        reverse("bidding:begin", args=[open_tender.id]), {"lot": "1"}, follow=True
    )
    page = begun.content.decode()
    assert 'data-most="4000"' in page
    assert 'data-fact="sub_4_share"' in page

    holders.add(
        actor=held, hold="holding", name=cast.supplier_b.org_name, credit_code=cast.supplier_b.credit_code,
        number="", since=date(2020, 1, 1),
    )  # fmt: skip
    at(open_tender.bids_due_at + timedelta(minutes=1))
    rows = [
        bids.opened_bid(open_tender, cast.supplier_a, "4500.00", **line(code=partner.credit_code)),
        bids.opened_bid(open_tender, cast.supplier_b, "4700.00", **line(code=held.credit_code)),
        bids.opened_bid(open_tender, cast.supplier_c, "4900.00"),
    ]
    progress.close(tender_id=open_tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=open_tender.id, actor=CLOCK)
    made = evaluate.Evaluation(tender_facts(open_tender.id), cast.purchaser, rows)
    own, tied = (
        [
            row.code
            for row in eligibility.standing_of(made.tender, one.pk).findings
            if "subcontract" in row.code
        ]
        for one in rows[:2]
    )
    assert (own, tied) == ([], ["subcontract-tied"])
    over = replace(
        opened_bids(made.tender.id)[0], sheet={"facts": line(share="41", code=partner.credit_code)}
    )
    assert subcontracts.shares_of(made.tender, [over]) == {}

    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    made.begin_scoring()
    made.score_all()
    made.report()
    report = selectors.report_of(made.panel)
    assert verifying.flaws(made.panel, report) == []
    lot = report.body["lots"][0]
    told = {row["id"]: row.get("subcontract_small_share") for row in lot["case"]["bids"]}
    assert told == {str(rows[0].pk): "0.4000", str(rows[1].pk): None, str(rows[2].pk): None}
    prices = {row["id"]: Decimal(row["evaluation_price"]) for row in lot["result"]["ranking"]}
    rate = Decimal(lot["case"]["deductions"]["consortium"])
    quotes = {row["id"]: Decimal(row["quote"]) for row in lot["case"]["bids"]}
    first, second = str(rows[0].pk), str(rows[1].pk)
    assert rate > 0
    assert (prices[first], prices[second]) == (quotes[first] * (1 - rate), quotes[second])

    made.sign_all()
    made.decide(cast.purchaser)
    [failed] = failed_lots.of_tender(made.tender.id)
    assert (failed.no, str(failed.budget), failed.taken_by) == ("2", "220000.00", None)
    assert Notice.objects.get(type="failure").facts["lots"] == ["2"]
    assert InboxItem.objects.get(key=f"tender.{made.tender.id}.lots").organisation_id == cast.purchaser.org_id
    contract = Contract.objects.get()
    assert contract.terms["subcontracts"]["liable"] == "supplier"
    shown = signed_in(cast.purchaser).get(f"/contracts/{contract.pk}/").content.decode()
    award = Notice.objects.get(type="award")
    public = signed_in(cast.outsider).get(f"/notices/{award.pk}/").content.decode()
    assert partner.org_name in shown
    assert partner.org_name in public
    assert held.org_name not in public
