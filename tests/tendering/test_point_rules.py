"""An objective criterion is scored by a rule that the draft says: from the stated fact to the points."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from core.errors import Invalid
from tendering import point_rules
from tendering.models import Criterion
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

YES_NO = {"kind": "yes_no", "most": "4"}
UNIT = {"kind": "per_unit", "each": "1.5", "most": "5", "whole": True}
STEPS = {"kind": "steps", "steps": [["12", "2"], ["24", "5"]]}
LINE = {"kind": "line", "steps": [["12", "2"], ["24", "5"]]}


@pytest.mark.parametrize(
    ("rule", "fact", "points"),
    [
        (YES_NO, "yes", "4"), (YES_NO, "no", "0"), (YES_NO, True, "0"), (YES_NO, None, "0"),
        (UNIT, "0", "0"), (UNIT, "3", "4.5"), (UNIT, "4", "5"), (UNIT, "2.5", "0"), (UNIT, 3, "4.5"), (UNIT, "-3", "0"),
        (STEPS, "11.999999", "0"), (STEPS, "12", "2"), (STEPS, "23.9", "2"), (STEPS, "24", "5"), (STEPS, "1000", "5"),
        (LINE, "0", "2"), (LINE, "12", "2"), (LINE, "16", "3"), (LINE, "14.02", "2.51"), (LINE, "24", "5"), (LINE, "99", "5"),
        (LINE, "x", "0"), (LINE, "", "0"), (LINE, None, "0"), (STEPS, True, "0"),
    ],
)  # fmt: skip
def test_points_follow_from_the_fact(rule: dict[str, Any], fact: object, points: str) -> None:
    assert point_rules.points(rule, fact) == D(points)
    assert 0 <= point_rules.points(rule, fact) <= point_rules.highest(rule)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "other"}, "kind"),
        ({"kind": "yes_no", "ask": " ", "most": "4"}, "ask"),
        ({"kind": "yes_no", "most": "0"}, "most"),
        ({"kind": "yes_no", "most": "4.001"}, "most"),
        ({"kind": "per_unit", "each": "6", "most": "5"}, "each"),
        ({"kind": "per_unit", "each": "", "most": "5"}, "each"),
        ({"kind": "steps", "table": ""}, "table"),
        ({"kind": "steps", "table": "24"}, "table"),
        ({"kind": "steps", "table": "24 = 3\n12 = 5"}, "table"),
        ({"kind": "steps", "table": "12 = 0"}, "table"),
        ({"kind": "line", "table": "12 = 3"}, "table"),
    ],
)
def test_a_rule_that_gives_no_clear_points_is_refused_at_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        point_rules.made(**{"ask": "质保月数", **said})
    assert list(refused.value.errors) == [field]


@pytest.mark.django_db
def test_the_editor_fixes_points_and_words_by_the_rule(cast: Any) -> None:
    tender = make.draft(cast.purchaser)
    client = evaluate.client_of(cast.purchaser)
    path = f"/tenders/{tender.id}/criteria/new/rule/"
    sent = {"name": "质保期", "ask": "质保月数", "kind": "steps", "unit": "个月", "table": "12 = 2\n24 = 3,5"}
    refused = client.post(path, sent)
    assert (refused.status_code, Criterion.objects.filter(rule__isnull=False).count()) == (422, 0)
    assert "24 = 3,5" in refused.content.decode(), "nothing typed is lost"
    assert client.post(path, {**sent, "table": "12 = 2\n24 = 3.5", "proof": "质保承诺函"}).status_code == 303
    row = next(one for one in tender_facts(tender.id).criteria if one.rule)
    assert (row.kind, row.max) == ("objective", D("3.5"))
    assert row.guide == (
        "投标人填报：质保月数。按达到的最高一档计分：达到12个月得2分；达到24个月得3.5分；未达到最低一档得0分。"
        "未填报不得分。证明方式：质保承诺函。"
    )
    own = f"/tenders/{tender.id}/criteria/{row.id}/"
    assert client.get(own).headers["Location"].endswith("/rule/")
    assert "24 = 3.5" in client.get(f"{own}rule/").content.decode()
    assert client.post(f"{own}rule/", {**sent, "kind": "yes_no", "most": "6"}).status_code == 303
    assert next(one for one in tender_facts(tender.id).criteria if one.rule).max == D("6")
