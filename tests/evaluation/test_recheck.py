"""Scores that stand out after the reveal are looked at again on the law's ground, by agreement, and signed."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from core.errors import NotFound, WrongState
from evaluation import rechecks, rules, verifying
from evaluation.models import Recheck, Report, Score
from evaluation.services import rechecking, reporting, scoring
from tests.factories import evaluation as evaluate
from tests.scenes import scene


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("41", "42", "43"), []),
        (("41", "42", "10"), [2]),
        (("30", "30", "17.5"), []),
        (("30", "30", "17.49"), [2]),
        (("50", "1"), []),
        (("40", "40", "40", "20", "1"), [3, 4]),
    ],
)
def test_a_judgement_stands_out_by_more_than_a_quarter_of_the_highest_score(values, found):
    assert rules.far([D(value) for value in values], D(50))[0] == found


@pytest.fixture
def made(cast: Any, at: Any) -> Any:
    """All is scored; the third member's judgement of the first bid is far below the others'."""

    def build() -> Any:
        made = evaluate.reached(cast, at, "scoring")
        for member in made.members:
            low = {"S1_0": "10"} if member.position == 3 else {}
            made.score(member, {"S1": f"{40 + member.position}", "O1": "18"}, **low)
            made.submit(member)
        return made

    return scene(("one far judgement", cast.purchaser.user_id), build)


def raised(made: Any, by: int = 1, **over: Any) -> Recheck:
    given = {
        "member_id": made.members[2].pk,
        "bid_id": made.bids[0].pk,
        "criterion": "S1",
        "reason": "明显偏低",
        **over,
    }
    return rechecking.raise_score(actor=made.actor(made.members[by]), panel_id=made.panel_id, **given)


def act(made: Any, verb: str, recheck: Recheck, by: int, **over: Any) -> Recheck:
    done = getattr(rechecking, verb)
    return done(actor=made.actor(made.members[by]), panel_id=made.panel_id, recheck_id=recheck.pk, **over)


def signed(made: Any, recheck: Recheck) -> Recheck:
    touched = made.credential(
        made.members[2].user_id, bytes.fromhex(recheck.digest), rechecks.purpose_of(recheck)
    )
    return act(made, "settle", recheck, 2, credential=touched)


@pytest.mark.django_db
def test_an_extreme_score_is_changed_by_its_member_when_the_panel_agrees_and_the_report_says_all(made):
    (far,) = rechecks.deviations(made.panel)
    assert (far.member.position, far.value, far.median) == (3, D("10.00"), D("42.00"))
    page = evaluate.client_of(made.actor(made.members[1])).get(f"/rooms/{made.panel_id}/").content.decode()
    assert f"/rooms/{made.panel_id}/rechecks" in page
    recheck = raised(made)
    with pytest.raises(WrongState):
        raised(made, by=3)
    for member, agrees in ((0, True), (2, False), (1, True)):
        recheck = act(made, "agree", recheck, member, agrees=agrees)
    with pytest.raises(WrongState):
        act(made, "draft", recheck, 2, value="40", reason="复核后修正")
    recheck = act(made, "agree", recheck, 3, agrees=True)
    assert recheck.status == "agreed"
    with pytest.raises(reporting.RechecksOpen):
        made.report()
    for by, over, error in (
        (1, {"value": "40", "reason": "x"}, NotFound),
        (2, {"value": "51", "reason": "x"}, rules.BadScore),
        (2, {"value": "40", "reason": " "}, scoring.ReasonMissing),
    ):
        with pytest.raises(error):
            act(made, "draft", recheck, by, **over)
    recheck = act(made, "draft", recheck, 2, value="40", reason="漏看第二章")
    sheet = made.members[2].sheet.digest
    with pytest.raises(NotFound):
        act(made, "settle", recheck, 1, credential={})
    assert Score.objects.filter(value=10).count() == 1, "nothing changes before it is signed"
    signed(made, recheck)
    assert not Score.objects.filter(value=10).exists()
    assert made.members[2].sheet.digest != sheet
    report = made.report()
    (said,) = report.body["rechecks"]
    assert (said["before"], said["after"], said["ground"]["code"]) == ("10.00", "40.00", "extreme")
    assert said["opinions"] == {"E1": True, "E2": True, "E3": False, "E4": True}
    assert "deviations" not in report.body
    assert verifying.flaws(made.panel, Report.objects.get(panel=made.panel)) == []
    page = evaluate.client_of(made.host).get(f"/rooms/{made.panel_id}/report/").content.decode()
    assert "漏看第二章" in page
    assert "财政部令第87号第六十四条" in page


@pytest.mark.django_db
def test_what_the_majority_does_not_find_extreme_stands_and_the_report_names_it(made, cast):
    for over, error in (
        ({"criterion": "O1"}, NotFound),
        ({"bid_id": made.panel_id}, NotFound),
        ({"member_id": made.panel_id}, NotFound),
        ({"reason": " "}, scoring.ReasonMissing),
    ):
        with pytest.raises(error):
            raised(made, **over)
    assert not Recheck.objects.exists()
    with pytest.raises(NotFound):
        rechecking.raise_score(
            actor=cast.supplier_a, panel_id=made.panel_id, member_id=made.members[2].pk,
            bid_id=made.bids[0].pk, criterion="S1", reason="x",
        )  # fmt: skip
    recheck = raised(made)
    for member in (0, 1, 2):
        recheck = act(made, "agree", recheck, member, agrees=False)
    assert recheck.status == "dismissed"
    with pytest.raises(WrongState):
        act(made, "draft", recheck, 2, value="40", reason="x")
    report = made.report()
    assert [(row["seat"], row["value"]) for row in report.body["deviations"]] == [("E3", "10.00")]
    with pytest.raises(WrongState):
        raised(made)
