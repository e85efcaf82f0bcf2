"""The report follows from the record, is signed by every member, and any change to it is seen."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.audit.services import verify as audit_verifies
from core.canonical import digest
from core.draw import order_drawn
from core.errors import NotFound, WrongState
from evaluation import rules, selectors, verifying
from evaluation.models import Report, Review, Score
from evaluation.scoring.recompute import recompute
from evaluation.services import reporting
from evaluation.states import PanelStatus
from parties.models import InboxItem
from parties.services import signing
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("S003-24", "S004-21")
def test_the_report_says_what_anybody_recomputes(cast, at, tmp_path):
    made = evaluate.reached(cast, at, "reported")
    report = selectors.report_of(made.panel)
    lot = report.body["lots"][0]
    assert recompute(lot["case"]) == lot["result"]
    file = tmp_path / "case.json"
    file.write_text(json.dumps(lot["case"]))
    done = subprocess.run(
        [sys.executable, "-m", "evaluation", "recompute", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == lot["result"]
    # five members gave 41 … 45 of 50 and 18 of 20; prices 900,000, 940,000 and 980,000 carry 30 points
    assert [(row["rank"], row["price_score"], row["other_score"], row["total"]) for row in lot["result"]["ranking"]] == [
        (1, "30.00", "61.00", "91.00"), (2, "28.72", "61.00", "89.72"), (3, "27.55", "61.00", "88.55"),
    ]  # fmt: skip
    assert report.digest == digest(report.body).hex()
    assert verifying.flaws(made.panel, report) == []


def test_every_member_signs_and_the_last_signature_asks_the_purchaser(cast, at):
    made = evaluate.reached(cast, at, "reported")
    report = selectors.report_of(made.panel)
    first, *others = made.members
    row = made.sign_report(first, dissent="售后评分偏高")
    assert signing.verify(row.signature, bytes.fromhex(report.digest))
    with pytest.raises(reporting.SignedAlready):
        made.sign_report(first)
    for member in others[:-1]:
        made.sign_report(member)
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("reported", "opened")
    made.sign_report(others[-1])
    assert (made.panel.status, tender_facts(made.tender.id).status) == ("signed", "evaluated")
    task = InboxItem.objects.get(key=f"tender.{made.tender.id}.award")
    report.refresh_from_db()
    assert (task.organisation_id, task.due_at, task.done_at) == (
        cast.purchaser.org_id,
        report.award_due_at,
        None,
    )
    assert not InboxItem.objects.filter(key__startswith=f"room.{made.panel_id}.sign.", done_at=None).exists()
    assert verifying.flaws(made.panel, selectors.report_of(made.panel)) == []
    assert audit_verifies(f"room.{made.panel_id}") is None


def test_a_signature_for_another_report_does_not_count(cast, at):
    made = evaluate.reached(cast, at, "reported")
    member = made.members[1]
    report = selectors.report_of(made.panel)
    wrong = made.credential(member.user_id, digest({"other": 1}), f"report.{report.pk}")
    with pytest.raises(signing.NotSigned):
        reporting.sign(actor=made.actor(member), panel_id=made.panel_id, credential=wrong)
    with pytest.raises(NotFound):
        reporting.sign(actor=cast.supervisor, panel_id=made.panel_id, credential={})
    assert report.signatures.count() == 0


@pytest.mark.parametrize("what", ["reason", "review", "body", "signature"])
def test_a_change_after_signing_is_seen(cast, at, what):
    made = evaluate.reached(cast, at, "signed")
    report = Report.objects.get(panel=made.panel)
    assert verifying.flaws(made.panel, report) == []
    if what == "reason":
        row = Score.objects.filter(criterion="S1").first()
        Score.objects.filter(pk=row.pk).update(reason="改过")
        expected = {f"sheet.E{row.sheet.member.position}"}
    elif what == "review":
        row = Review.objects.filter(bid_id=made.bids[0].pk).first()
        Review.objects.filter(pk=row.pk).update(passed=False)
        expected = {"inputs", f"review.{row.bid_id}.{row.criterion}"}
    elif what == "body":
        report.body["lots"][0]["result"]["ranking"].reverse()
        expected = {"digest", "result", "inputs"}
    else:
        signed = report.signatures.first()
        signed.signature = {**signed.signature, "payload_hash": "00" * 32}
        signed.save()
        expected = {f"signature.E{signed.member.position}"}
    assert set(verifying.flaws(made.panel, report)) == expected


@pytest.mark.requirement("S004-21")
def test_the_report_is_read_printed_and_signed_in_the_browser(cast, at, tmp_path):
    made = evaluate.reached(cast, at, "scored")
    path = f"/rooms/{made.panel_id}/report/"
    host = evaluate.client_of(cast.purchaser)
    assert host.get(path).status_code == 404
    assert host.post(f"/rooms/{made.panel_id}/report").status_code == 303
    said = host.get(path, headers={"accept": "application/json"}).json()
    assert (said["flaws"], said["signatures"]) == ([], [])
    member = made.members[1]
    browser = evaluate.client_of(made.actor(member))
    page = browser.get(path).content.decode()
    assert f'data-sign-hash="{said["payload_hash"]}"' in page
    assert f'data-sign-purpose="{said["purpose"]}"' in page
    touched = made.credential(member.user_id, bytes.fromhex(said["payload_hash"]), said["purpose"])
    sent = browser.post(f"{path}sign", {"credential": json.dumps(touched), "dissent": ""})
    assert (sent.status_code, sent["Location"]) == (303, path)
    assert "data-sign-hash" not in browser.get(path).content.decode()
    printed = browser.get(f"/rooms/{made.panel_id}/report.pdf")
    (tmp_path / "report.pdf").write_bytes(printed.content)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for part in ("91.00", "89.72", "88.55", said["digest"], member.name, "甲方示例科技有限公司"):
        assert part in text


def test_equal_bids_of_one_brand_are_separated_by_a_draw_that_anybody_repeats(cast, at):
    """Source: 财政部令第87号第三十一条."""
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    made = evaluate.opened(cast, at, ("4500.00", "4500.00", "4900.00", "4800.00"), suppliers)
    from bidding.models import OpenedBid

    for bid in made.bids[:2]:
        row = OpenedBid.objects.get(bid=bid)
        row.sheet = {**row.sheet, "facts": {**row.sheet["facts"], "brand": "示例牌"}}
        row.save()
    from evaluation.services import panels

    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    made.begin_scoring()
    made.score_all()
    report = made.report()
    lot = report.body["lots"][0]
    [drawn] = report.body["draws"]
    assert lot["case"]["draw"] == order_drawn((bid["id"] for bid in lot["case"]["bids"]), drawn["seed"])
    equals = {str(bid.pk) for bid in made.bids[:2]}
    winner = next(name for name in lot["case"]["draw"] if name in equals)
    assert lot["result"]["ranking"][0]["id"] == winner
    assert [row["rank"] for row in lot["result"]["ranking"]] == [1, 2, 3]
    assert lot["result"]["excluded"] == [{"id": (equals - {winner}).pop(), "reason": "same_brand"}]
    assert verifying.flaws(made.panel, report) == []


def test_a_bid_that_misses_a_condition_is_not_scored_and_not_ranked(cast, at):
    suppliers = [cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider]
    made = evaluate.drawn(cast, at, prices=("4500.00", "4600.00", "4900.00", "4400.00"), suppliers=suppliers)
    made.begin_scoring(failing=[made.bids[3].pk])
    assert {cell.bid_id for cell in selectors.cells_of(made.panel)} == {bid.pk for bid in made.bids[:3]}
    made.score_all()
    result = made.report().body["lots"][0]["result"]
    assert result["excluded"] == [{"id": str(made.bids[3].pk), "reason": "not_compliant"}]
    assert result["base_price"] == "900000.00"


def test_fewer_than_three_that_meet_the_conditions_are_not_evaluated(cast, at):
    """Source: 财政部令第87号第四十四条."""
    made = evaluate.drawn(cast, at)
    made.begin_scoring(failing=[made.bids[0].pk])
    assert selectors.cells_of(made.panel) == []
    for member in made.members:
        made.submit(member)
    report = made.report()
    assert report.body["lots"][0]["result"]["failed"] == "fewer_than_three"
    made.sign_all()
    assert made.panel.status == PanelStatus.SIGNED
    assert selectors.candidates(selectors.report_of(made.panel)) == {}


def test_the_report_is_made_once_by_the_host(cast, at):
    made = evaluate.reached(cast, at, "scored")
    with pytest.raises(NotFound):
        reporting.make(actor=made.actor(made.members[1]), panel_id=made.panel_id)
    made.report()
    with pytest.raises(WrongState):
        made.report()
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("total", "rows", "expected"),
    [
        ("900.00", [("200", "4.5")], ["4.50"]),
        ("900.00", [("200", "4.6")], ["4.50"]),
        ("100.00", [("3", "10"), ("7", "5")], ["15.383333", "7.692857"]),
        ("100.00", [("1", None), ("1", None)], ["50.00", "50.00"]),
        ("0.01", [("1", "1"), ("1", "1")], ["0.01", "0.00"]),
    ],
)
def test_a_contract_s_unit_prices_make_the_total_that_was_agreed(total, rows, expected):
    from core.money import UnitPrice, Yuan

    given: list[Any] = [(Decimal(q), UnitPrice(p) if p is not None else None) for q, p in rows]
    prices = rules.unit_prices(Yuan(total), given)
    assert [str(price) for price in prices] == expected
    made = sum(price.times(q).fen for price, (q, _) in zip(prices, given, strict=True))
    assert made == Yuan(total).fen


def test_no_unit_prices_make_a_total_of_nothing():
    from core.money import Yuan

    with pytest.raises(ValueError, match="no items"):
        rules.unit_prices(Yuan("1"), [])
