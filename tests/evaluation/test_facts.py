"""Facts that give points by rule: every member confirms or contradicts them, and all agree before the report."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from bidding.models import OpenedBid
from core.errors import NotFound, WrongState
from evaluation import rules, selectors, verifying
from evaluation.models import Report, Score
from evaluation.scoring.recompute import recompute
from evaluation.services import reporting, scoring
from tendering import point_rules
from tendering.models import Criterion
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.scenes import scene

pytestmark = pytest.mark.django_db
STATED = ("24", "36", None)


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """Scoring is open; the fact of O1 is months of warranty: 20 points from 36, in proportion from 12; one bid states none."""

    def build() -> Any:
        made = evaluate.reached(cast, at, "drawn")
        rule = point_rules.made(kind="line", ask="质保月数", unit="个月", whole=True, table="12 = 0\n36 = 20")
        guide = point_rules.text(rule)
        Criterion.objects.filter(tender_id=made.tender.id, code="O1").update(rule=rule, guide=guide)
        for bid, fact in zip(made.bids, STATED, strict=True):
            row = OpenedBid.objects.get(bid=bid)
            row.sheet["facts"] |= {"score_o1": fact} if fact else {}
            row.save(update_fields=["sheet"])
        made.tender = tender_facts(made.tender.id)
        made.begin_scoring()
        return made

    return scene(("facts", cast.purchaser.user_id), build)


def confirm(made: Any, member: Any, bid: int, **over: str) -> Score:
    place = {"panel_id": made.panel_id, "bid_id": made.bids[bid].pk, "criterion": "O1"}
    return scoring.confirm_fact(actor=made.actor(member), **place, **over)


def judge(made: Any, member: Any) -> None:
    for bid in made.bids:
        scoring.save_score(
            actor=made.actor(member),
            panel_id=made.panel_id,
            bid_id=bid.pk,
            criterion="S1",
            value="40",
            reason="方案完整",
        )


def test_every_member_confirms_the_fact_or_says_what_it_is_and_they_agree_before_the_report(made):
    first, *others = made.members
    client = evaluate.client_of(made.actor(first))
    page = client.get(f"/rooms/{made.panel_id}/?part=work").content.decode()
    assert page.count('class="fact-cell"') == 3
    assert "未填报" in page
    address = {"bid": str(made.bids[0].pk), "criterion": "O1"}
    assert (
        client.post(f"/rooms/{made.panel_id}/facts", address, headers={"hx-request": "true"}).status_code
        == 200
    )
    for bid in (1, 2):
        confirm(made, first, bid)
    for member in others:
        for bid in range(3):
            over = (
                {"found": "18", "reason": "承诺函第2页写18个月"} if (member.position, bid) == (2, 0) else {}
            )
            confirm(made, member, bid, **over)
    points = {
        (row.sheet.member.position, row.bid_id): row.value for row in Score.objects.filter(criterion="O1")
    }
    ids = [bid.pk for bid in made.bids]
    assert [points[1, one] for one in ids] == [D(10), D(20), D(0)]
    assert points[2, ids[0]] == D(5)
    for member in made.members:
        judge(made, member)
        made.submit(member)
    with pytest.raises(reporting.ObjectiveScoresDiffer):
        made.report()
    differ = {"panel_id": made.panel_id, "bid_id": ids[0], "criterion": "O1", "reason": "以补充承诺为准"}
    with pytest.raises(rules.BadFact):
        scoring.correct(actor=made.actor(others[0]), value="两年", **differ)
    scoring.correct(actor=made.actor(others[0]), value="24", **differ)
    report = made.report()
    lot = report.body["lots"][0]
    said = {one["id"]: one.get("facts") for one in lot["case"]["bids"]}
    assert [said[str(one)] for one in ids] == [{"O1": "24"}, {"O1": "36"}, None]
    assert recompute(lot["case"]) == lot["result"]
    assert verifying.flaws(made.panel, report) == []
    Score.objects.filter(criterion="O1", bid_id=ids[0]).update(value=20)
    (again,) = selectors.lots_of(made.panel, made.tender)
    assert again["result"]["warnings"] == [
        {"code": "points_not_by_rule", "bid": str(ids[0]), "criterion": "O1"}
    ]
    assert {"sheet.E1", "inputs"} <= set(verifying.flaws(made.panel, Report.objects.get()))


def test_points_of_a_rule_cannot_be_given_by_hand_and_another_fact_needs_its_reason(made, cast):
    first = made.members[1]
    place = {"actor": made.actor(first), "panel_id": made.panel_id, "bid_id": made.bids[0].pk}
    with pytest.raises(scoring.ScoredByRule):
        scoring.save_score(criterion="O1", value="20", **place)
    for over, error in (
        ({"criterion": "O1", "found": "18"}, scoring.ReasonMissing),
        ({"criterion": "O1", "found": "18.5", "reason": "x"}, rules.BadFact),
        ({"criterion": "S1"}, WrongState),
        ({"criterion": "O9"}, NotFound),
        ({"criterion": "O1", "actor": cast.supplier_a}, NotFound),
    ):
        with pytest.raises(error):
            scoring.confirm_fact(**{**place, **over})
    assert not Score.objects.exists()
    with pytest.raises(scoring.SheetIncomplete):
        made.submit(first)
    same = confirm(made, first, 0, found="24.0", reason="与填报一致")
    assert (same.found, same.reason, same.value) == ("", "", D(10)), (
        "what is found as stated is a confirmation"
    )
