"""A framework agreement admits suppliers, and its caps hold to the fen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracting.facts import AgreementItemTerms, EntrantTerms
from contracting.models import Entrant, FrameworkAgreement
from contracting.services import agreements, caps
from contracting.services.agreements import AlreadyAdmitted, ExcludedEntrant
from contracting.services.caps import NotInForce, OverCap
from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.money import UnitPrice, Yuan
from disclosure.models import Notice
from parties.models import Sanction
from tests.factories import mall as make

pytestmark = pytest.mark.django_db


def traces() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (FrameworkAgreement, Entrant, Entry, Notice))


@pytest.mark.requirement("S002-43")
def test_admission_is_public_with_prices_and_caps(cast: Any, client: Any) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b)
    notice = Notice.objects.get()
    assert (notice.type, notice.pk) == ("framework_entry", made.notice_id)
    assert [row["name"] for row in notice.facts["suppliers"]] == [
        cast.supplier_a.org_name,
        cast.supplier_b.org_name,
    ]
    assert notice.facts["suppliers"][0]["prices"] == {"1": "5500.00"}
    page = client.get(f"/agreements/{made.id}/")
    assert page.status_code == 200
    assert cast.supplier_b.org_name in page.content.decode()


def test_before_admission_an_agreement_is_its_organisers(cast: Any, client: Any) -> None:
    now = clock.now()
    draft = agreements.create_agreement(
        actor=cast.agency,
        agreement_no="KJ-1",
        title="框架协议",
        category="goods",
        region="330100",
        starts_at=now,
        ends_at=now + timedelta(days=100),
        cap=Yuan("1"),
        items=[AgreementItemTerms("1", "A02010108", "便携式计算机", "台", UnitPrice("1"))],
    )
    assert client.get(f"/agreements/{draft.id}/").status_code in {302, 401}


@pytest.mark.parametrize(
    ("days", "category", "fits"),
    [(365, "goods", True), (372, "goods", False), (700, "services", True), (740, "services", False)],
)
def test_the_term_is_at_most_what_the_law_allows(cast: Any, days: int, category: str, fits: bool) -> None:
    now = clock.now()
    over = {"starts_at": now, "ends_at": now + timedelta(days=days), "category": category}
    before = traces()
    if fits:
        assert make.agreement(cast.agency, cast.supplier_a, **over).status == "active"
        return
    with pytest.raises(Invalid) as refused:
        make.agreement(cast.agency, cast.supplier_a, **over)
    assert "ends_at" in refused.value.errors
    assert traces() == before


@pytest.mark.parametrize(
    "case", ["above ceiling", "unknown item", "cap", "twice", "banned", "stranger", "none"]
)
def test_who_does_not_fit_is_not_admitted(cast: Any, case: str) -> None:
    made = make.agreement(cast.agency, cast.supplier_a)
    actor, entry = cast.agency, EntrantTerms(cast.supplier_b.org_id, Yuan("1000"), {"1": UnitPrice("6000")})
    refusal: type[Exception] = Invalid
    entrants = [entry]
    if case == "above ceiling":
        entrants = [EntrantTerms(entry.supplier_id, entry.cap, {"1": UnitPrice("6000.01")})]
    elif case == "unknown item":
        entrants = [EntrantTerms(entry.supplier_id, entry.cap, {"2": UnitPrice("1")})]
    elif case == "cap":
        entrants = [EntrantTerms(entry.supplier_id, Yuan("1000000.01"), entry.prices)]
    elif case == "twice":
        entrants, refusal = [EntrantTerms(cast.supplier_a.org_id, entry.cap, entry.prices)], AlreadyAdmitted
    elif case == "banned":
        refusal = ExcludedEntrant
        Sanction.objects.create(
            credit_code=cast.supplier_b.credit_code, name="乙方", kind="x", since=clock.now() - timedelta(1)
        )
    elif case == "stranger":
        actor, refusal = cast.purchaser, NotFound
    else:
        entrants = []
    before = traces()
    with pytest.raises(refusal):
        agreements.admit(actor=actor, agreement_id=made.id, entrants=entrants)
    assert traces() == before


def test_caps_are_drawn_and_given_back_to_the_fen(cast: Any) -> None:
    made = make.agreement(cast.agency, cast.supplier_a, cast.supplier_b, cap="100.00", entrant_cap="60.00")
    first, second = made.entrants

    def draw(entrant: Any, amount: str) -> None:
        with transaction.atomic():
            caps.draw_cap(
                actor_label="test",
                entrant_id=entrant.id,
                agreement_id=made.id,
                amount=Yuan(amount),
                source="order.x",
            )

    draw(first, "60.00")
    with pytest.raises(OverCap) as refused:
        draw(first, "0.01")
    assert refused.value.facts["left"] == "0.00"
    draw(second, "39.99")
    with pytest.raises(OverCap) as refused:
        draw(second, "0.02")
    assert refused.value.facts["left"] == "0.01"
    assert sum(Entrant.objects.values_list("drawn_fen", flat=True)) == 9999
    caps.release_cap(
        actor_label="test", entrant_id=first.id, agreement_id=made.id, amount=Yuan("60"), source="order.x"
    )
    assert FrameworkAgreement.objects.get().drawn_fen == 3999
    with pytest.raises(WrongState), transaction.atomic():
        caps.release_cap(
            actor_label="test",
            entrant_id=first.id,
            agreement_id=made.id,
            amount=Yuan("0.01"),
            source="order.x",
        )
    assert FrameworkAgreement.objects.get().drawn_fen == 3999


def test_the_term_is_half_open(cast: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make.agreement(cast.agency, cast.supplier_a)
    given = {
        "actor_label": "test",
        "entrant_id": made.entrants[0].id,
        "agreement_id": made.id,
        "amount": Yuan("1"),
        "source": "order.x",
    }
    for instant, allowed in (
        (made.starts_at - timedelta(microseconds=1), False),
        (made.starts_at, True),
        (made.ends_at - timedelta(microseconds=1), True),
        (made.ends_at, False),
    ):
        monkeypatch.setattr("core.clock.now", lambda instant=instant: instant)
        if allowed:
            caps.draw_cap(**given)
        else:
            with pytest.raises(NotInForce), transaction.atomic():
                caps.draw_cap(**given)


def test_the_database_itself_holds_the_caps(cast: Any) -> None:
    make.agreement(cast.agency, cast.supplier_a, cap="100.00", entrant_cap="60.00")
    for table in (FrameworkAgreement, Entrant):
        for drawn in (-1, 10_001):
            with pytest.raises(IntegrityError), transaction.atomic():
                table.objects.update(drawn_fen=drawn)
