"""The register of experts: applied, admitted, kept away from those they are tied to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.audit.models import Entry
from core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from parties import selectors
from parties.access import actor_for
from parties.models import Employment, Expert, User
from parties.services import experts, people
from parties.states import Role
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
SINCE = date(2023, 11, 20)


def again(actor: Any) -> Any:
    return actor_for(User.objects.get(pk=actor.user_id))


@pytest.mark.requirement("S004-26")
def test_an_applicant_is_no_expert_until_the_supervisor_admits_and_none_while_suspended(cast: Any) -> None:
    person = actor_for(make.user("申请人"))
    number = experts.apply(actor=person, region="330100", title="高级工程师", specialties=["c0301", "A02"])
    assert again(person).expert_id is None
    assert number not in {row.id for row in selectors.experts_for("A02")}
    with pytest.raises(Conflict):
        experts.apply(actor=person, region="330100", title="x", specialties=["A02"])

    for verb, active in [("admit", True), ("suspend", False), ("restore", True)]:
        experts.decide(actor=cast.supervisor, expert_id=number, verb=verb)
        assert (again(person).expert_id == number) == active
        assert (number in {row.id for row in selectors.experts_for("A020101")}) == active
    with pytest.raises(WrongState):
        experts.decide(actor=cast.supervisor, expert_id=number, verb="admit")
    far = make.desk("supervisor", "重庆市财政局（示例）", "500000")
    before = Entry.objects.count()
    for actor in (far, cast.purchaser, again(person)):
        with pytest.raises(Forbidden):
            experts.decide(actor=actor, expert_id=number, verb="suspend")
    assert Entry.objects.count() == before


@pytest.mark.parametrize(("region", "codes"), [("330100", []), ("330100", ["A2x"]), ("999999", ["A02"])])
def test_an_application_names_region_and_item_codes(region: str, codes: list[str]) -> None:
    person = actor_for(make.user("申请人"))
    with pytest.raises(Invalid):
        experts.apply(actor=person, region=region, title="x", specialties=codes)
    assert not Expert.objects.exists()


def test_whoever_supervises_cannot_become_an_expert(cast: Any) -> None:
    with pytest.raises(Forbidden):
        experts.apply(actor=cast.supervisor, region="330100", title="x", specialties=["A02"])
    assert not Expert.objects.filter(user_id=cast.supervisor.user_id).exists()


@pytest.mark.parametrize(
    ("until", "tied"),
    [(None, True), (date(2024, 1, 1), True), (SINCE, True), (date(2023, 11, 19), False)],
)
def test_experts_tied_within_the_look_back_are_not_offered(cast: Any, until: date | None, tied: bool) -> None:
    expert = cast.experts[0]
    code = cast.supplier_a.credit_code
    experts.declare_tie(
        actor=expert,
        organisation_name="甲方",
        credit_code=code,
        tie="employee",
        since=date(2020, 1, 1),
        until=until,
    )
    offered = {row.id for row in selectors.experts_for("A02", [code], since=SINCE)}
    assert (expert.expert_id not in offered) == tied
    assert len(offered) == 7 - tied
    assert bool(selectors.ties_between(expert.expert_id, [code], SINCE)) == tied
    assert expert.expert_id not in {row.id for row in selectors.experts_for("A02", [code])}
    assert len(selectors.experts_for("A02", [cast.supplier_b.credit_code])) == 7


def test_a_desk_held_now_is_a_tie_without_any_declaration(cast: Any) -> None:
    expert = cast.experts[0]
    people.join(actor="test", user_id=expert.user_id, org_id=cast.agency.org_id, role=Role.VIEWER)
    code = cast.agency.credit_code
    assert expert.expert_id not in {row.id for row in selectors.experts_for("A02", [code], since=SINCE)}
    assert selectors.ties_between(expert.expert_id, [code], SINCE)


def test_specialties_fit_above_and_below_in_the_catalogue() -> None:
    broad, narrow, other = (
        make.expert(n, codes).expert_id for n, codes in enumerate([["A02"], ["A02010105"], ["C16"]])
    )
    assert {row.id for row in selectors.experts_for("A020101")} == {broad, narrow}
    assert {row.id for row in selectors.experts_for("")} == {broad, narrow, other}


def test_an_expert_keeps_the_entry_up_to_date_through_the_pages(cast: Any, signed_in: Any) -> None:
    expert = cast.experts[0]
    client = signed_in(expert)
    client.post("/expert", {"title": "教授", "specialties": "A02，C0301、B01"})
    assert Expert.objects.get(pk=expert.expert_id).specialties == ["A02", "B01", "C0301"]
    tie = {
        "organisation_name": "某研究院",
        "credit_code": make.credit_code(),
        "tie": "employee",
        "since": "2020-01-01",
    }
    assert client.post("/expert/ties", {**tie, "credit_code": "9" * 18}).status_code == 422
    assert not Employment.objects.exists()
    client.post("/expert/ties", tie)
    row = Employment.objects.get()
    client.post(f"/expert/ties/{row.pk}/end", {"until": "2021-01-01"})
    row.refresh_from_db()
    assert row.until == date(2021, 1, 1)
    assert "某研究院" in client.get("/expert").content.decode()
    with pytest.raises(NotFound):
        experts.end_tie(actor=cast.experts[1], employment_id=row.pk, until=date(2022, 1, 1))
