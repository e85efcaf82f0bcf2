"""An organisation registers once, is verified per capacity by its supervisor, and is then known everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from core.audit.models import Entry
from core.errors import Forbidden, Invalid, WrongState
from parties import selectors
from parties.access import actor_for
from parties.models import Capacity, InboxItem, Organisation, User
from parties.rules import capacity_clash, clash, credit_code_is_valid, may_hold_both
from parties.services import organisations
from parties.states import CapacityStatus, Kind
from tests.factories import parties as make

pytestmark = pytest.mark.django_db
PARTICULARS = {"name": "杭州示例科技有限公司", "address": "示例路1号", "contact_name": "张三"}


@pytest.fixture
def founder() -> Any:
    return actor_for(make.user("创办人"))


def register(founder: Any, **over: Any) -> Organisation:
    given = {
        "credit_code": make.credit_code("330106"),
        "region": "330106",
        "kinds": ["supplier"],
        "particulars": PARTICULARS,
        **over,
    }
    return Organisation.objects.get(pk=organisations.register(actor=founder, **given))


def again(actor: Any) -> Any:
    return actor_for(User.objects.get(pk=actor.user_id))


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({}, ""),
        ({"credit_code": "913301067384710260"}, "credit_code"),
        ({"credit_code": "9133"}, "credit_code"),
        ({"region": "999999"}, "region"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["supervisor", "supplier"]}, "kinds"),
        ({"kinds": ["wizard"]}, "kinds"),
    ],
)
def test_a_code_that_does_not_check_no_region_and_clashing_capacities_are_refused(
    founder: Any, over: dict[str, Any], field: str
) -> None:
    before = Entry.objects.count()
    if not field:
        org = register(founder, **over)
        assert again(founder).org_id == org.pk
        assert Entry.objects.filter(subject=f"organisation.{org.pk}").count() == 2
        return
    with pytest.raises(Invalid) as refused:
        register(founder, **over)
    assert field in refused.value.errors
    assert (Organisation.objects.count(), Entry.objects.count()) == (0, before)


def test_one_credit_code_is_registered_once(founder: Any) -> None:
    org = register(founder)
    with pytest.raises(organisations.AlreadyRegistered):
        register(actor_for(make.user("另一人")), credit_code=org.credit_code)
    assert Organisation.objects.count() == 1


def test_the_nearest_supervisor_is_asked_and_verifies(cast: Any, founder: Any) -> None:
    org = register(founder)
    capacity = Capacity.objects.get(organisation=org)
    item = InboxItem.objects.get(key=f"capacity.{capacity.pk}")
    assert item.organisation_id == cast.supervisor.org_id
    assert not again(founder).acts_as(Kind.SUPPLIER)

    organisations.decide(actor=cast.supervisor, capacity_id=capacity.pk, verb="verify")
    assert again(founder).acts_as(Kind.SUPPLIER)
    item.refresh_from_db()
    assert item.done_at is not None
    assert InboxItem.objects.filter(organisation=org, is_task=False).count() == 1


@pytest.mark.requirement("S004-26")
@pytest.mark.parametrize(
    ("by", "verb", "reason", "error"),
    [
        ("supervisor", "verify", "", None),
        ("supervisor", "refuse", "授权文件缺失", None),
        ("supervisor", "refuse", " ", Invalid),
        ("supervisor", "suspend", "x", WrongState),
        ("supervisor", "apply_again", "x", WrongState),
        ("purchaser", "verify", "", Forbidden),
        ("far supervisor", "verify", "", Forbidden),
        ("itself", "verify", "", Forbidden),
    ],
)
def test_only_the_supervisor_of_the_region_decides_and_owes_a_reason(
    cast: Any, founder: Any, by: str, verb: str, reason: str, error: Any
) -> None:
    org = register(founder)
    capacity = Capacity.objects.get(organisation=org)
    actors = {
        "supervisor": cast.supervisor,
        "purchaser": cast.purchaser,
        "far supervisor": make.desk("supervisor", "重庆市财政局（示例）", "500000"),
        "itself": again(founder),
    }
    before = (Entry.objects.count(), InboxItem.objects.count())
    if error is None:
        organisations.decide(actor=actors[by], capacity_id=capacity.pk, verb=verb, reason=reason)
        assert Entry.objects.count() == before[0] + 1
        return
    with pytest.raises(error):
        organisations.decide(actor=actors[by], capacity_id=capacity.pk, verb=verb, reason=reason)
    capacity.refresh_from_db()
    assert capacity.status == CapacityStatus.APPLIED
    assert (Entry.objects.count(), InboxItem.objects.count()) == before


def test_a_supervisor_is_verified_by_the_operator_only(cast: Any, founder: Any) -> None:
    org = register(founder, kinds=["supervisor"])
    capacity = Capacity.objects.get(organisation=org)
    with pytest.raises(Forbidden):
        organisations.decide(actor=cast.supervisor, capacity_id=capacity.pk, verb="verify")
    organisations.decide(actor=make.operator(), capacity_id=capacity.pk, verb="verify")
    assert again(founder).acts_as(Kind.SUPERVISOR)
    with pytest.raises(Invalid):
        organisations.apply_for(actor=again(founder), kind="supplier")


def test_who_was_refused_can_apply_again(cast: Any, founder: Any) -> None:
    org = register(founder)
    capacity = Capacity.objects.get(organisation=org)
    organisations.decide(actor=cast.supervisor, capacity_id=capacity.pk, verb="refuse", reason="补充材料")
    organisations.apply_for(actor=again(founder), kind="supplier", evidence={"basis": "新文件"})
    capacity.refresh_from_db()
    assert (capacity.status, capacity.evidence) == ("applied", {"basis": "新文件"})
    with pytest.raises(WrongState):
        organisations.apply_for(actor=again(founder), kind="supplier")


@pytest.mark.requirement("S003-41")
def test_a_supplier_verified_in_one_city_is_found_and_acts_in_another_without_registering_again(
    cast: Any, founder: Any
) -> None:
    org = register(founder)
    organisations.decide(
        actor=cast.supervisor, capacity_id=Capacity.objects.get(organisation=org).pk, verb="verify"
    )
    supplier = again(founder)
    far_away = make.desk("purchaser", "宁波示例医院", "330200")
    assert far_away.region != supplier.region
    assert supplier.require_kind("supplier") == org.pk  # the door of every procedure asks this, and no region
    assert org.pk in {facts.id for facts in selectors.organisations(kind="supplier")}


@pytest.mark.requirement("S004-26")
def test_regions_have_three_levels_and_every_kind_of_party_can_register(cast: Any) -> None:
    from core import regions

    assert [region.level for region in regions.path("330106")] == ["province", "city", "county"]
    for kind in Kind:
        for region in ("330000", "330100", "330106"):
            org = register(actor_for(make.user(f"{kind}{region}")), kinds=[kind], region=region)
            organisations.decide(
                actor=make.operator(), capacity_id=Capacity.objects.get(organisation=org).pk, verb="verify"
            )
            assert selectors.organisation_facts(org.pk).kinds == {kind}
    assert len(selectors.experts_for("A02")) == 7


def test_the_page_registers_keeps_input_and_works_without_scripts(client: Any, founder: Any) -> None:
    client.force_login(
        User.objects.get(pk=founder.user_id), backend="django.contrib.auth.backends.ModelBackend"
    )
    form = {
        "credit_code": make.credit_code("330106"),
        "name": "杭州示例科技有限公司",
        "region_0": "330000",
        "kinds": ["supplier"],
        "legal_representative": "张三",
        "address": "示例路1号",
        "contact_name": "李四",
        "contact_phone": "0571-0000",
    }
    step = client.post("/organisations/new", {**form, "pick": "region"})
    page = step.content.decode()
    assert step.status_code == 200
    assert 'name="region_1"' in page
    assert "error-summary" not in page
    wrong = client.post("/organisations/new", {**form, "credit_code": form["credit_code"][:-1] + "I"})
    assert wrong.status_code == 422
    assert "杭州示例科技有限公司" in wrong.content.decode()
    assert not Organisation.objects.exists()
    done = client.post("/organisations/new", {**form, "region_1": "330100", "region_2": "330106"})
    assert (done.status_code, done["Location"]) == (303, "/organisation")
    assert Organisation.objects.get().region == "330106"
    assert "杭州示例科技有限公司" in client.get("/organisation").content.decode()


def test_credit_codes_check_themselves() -> None:
    code = make.credit_code("330106")
    assert credit_code_is_valid(code)
    for place in range(17):
        other = "1" if code[place] != "1" else "2"
        assert not credit_code_is_valid(code[:place] + other + code[place + 1 :])


def test_separation_of_duties_is_a_table() -> None:
    assert not may_hold_both("purchaser", "supplier")
    assert may_hold_both("purchaser", "handler")
    assert clash({"agency"}, "supplier") == "L-02"
    assert clash({"purchaser"}, "handler") == ""
    assert capacity_clash({"purchaser"}, "supplier") == ""
    assert capacity_clash({"supplier"}, "supervisor") == "L-29"
    assert capacity_clash({"supervisor"}, "agency") == "L-29"
