"""Reserve, commit, spend, release: no fen is promised twice, whoever asks and in whatever order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit.models import Entry
from core.errors import Invalid, NotFound
from core.money import Yuan
from planning import services
from planning.models import BudgetLine, Reservation
from planning.selectors import budget_facts, reservation_of, reservations_of
from planning.services import AlreadyReserved, OverBudget
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(cast: Any) -> Any:
    return make.budget_line(cast.purchaser, "100000.00")


def reserve(line: Any, amount: str, source: str = "") -> Any:
    return services.reserve(
        actor_label="test",
        budget_line_id=line.id,
        amount=Yuan(amount),
        source=source or f"order.{uuid4()}",
        name="DG-1",
    )


@pytest.mark.requirement("S003-15")
def test_a_plan_freezes_a_contract_binds_a_payment_spends(line: Any) -> None:
    reserve(line, "60000.00", "plan.1")
    services.commit(actor_label="test", source="plan.1", amount=Yuan("55000.00"))
    services.spend(actor_label="test", source="plan.1", amount=Yuan("20000.00"))
    now = budget_facts(line.id)
    assert (now.reserved, now.committed, now.spent) == (Yuan("5000"), Yuan("35000"), Yuan("20000"))
    assert now.available == Yuan("40000.00")
    services.release(actor_label="test", source="plan.1")
    assert budget_facts(line.id).available == Yuan("45000.00")


@pytest.mark.requirement("S003-15")
@pytest.mark.parametrize(("amount", "fits"), [("40000.00", True), ("40000.01", False)])
def test_the_last_fen_can_be_reserved_and_not_one_more(line: Any, amount: str, fits: bool) -> None:
    reserve(line, "60000.00")
    before = Entry.objects.count()
    if fits:
        reserve(line, amount)
        assert budget_facts(line.id).available == Yuan(0)
        return
    with pytest.raises(OverBudget) as refused:
        reserve(line, amount)
    assert refused.value.facts["available"] == "40000.00"
    assert budget_facts(line.id).available == Yuan("40000.00")
    assert (Entry.objects.count(), Reservation.objects.count()) == (before, 1)


def test_amounts_stay_exact_where_binary_fractions_would_not(cast: Any) -> None:
    line = make.budget_line(cast.purchaser, "0.30")
    reserve(line, "0.10")
    reserve(line, "0.20")
    assert budget_facts(line.id).available == Yuan(0)
    large = make.budget_line(cast.purchaser, "9999999999999999.99")
    reserve(large, "9999999999999999.98")
    assert budget_facts(large.id).available == Yuan("0.01")


def test_one_act_reserves_once(line: Any) -> None:
    reserve(line, "10.00", "order.1")
    with pytest.raises(AlreadyReserved):
        reserve(line, "10.00", "order.1")
    assert budget_facts(line.id).reserved == Yuan("10.00")


@pytest.mark.parametrize(
    ("verb", "amount"),
    [("commit", "60000.01"), ("spend", "0.01"), ("release", "60000.01"), ("uncommit", "0.01")],
)
def test_nobody_moves_more_than_there_is(line: Any, verb: str, amount: str) -> None:
    reserve(line, "60000.00", "plan.1")
    before, entries = budget_facts(line.id), Entry.objects.count()
    with pytest.raises(OverBudget):
        getattr(services, verb)(actor_label="test", source="plan.1", amount=Yuan(amount))
    assert budget_facts(line.id) == before
    assert Entry.objects.count() == entries


@pytest.mark.parametrize("amount", ["0", "-0.01"])
def test_nothing_and_less_than_nothing_cannot_be_reserved(line: Any, amount: str) -> None:
    with pytest.raises(Invalid):
        reserve(line, amount)
    assert not reservations_of(line.id)


def test_what_holds_nothing_cannot_be_moved(line: Any) -> None:
    assert reservation_of("order.none") is None
    with pytest.raises(NotFound):
        services.commit(actor_label="test", source="order.none", amount=Yuan(1))


def test_a_cancelled_commitment_is_reserved_again(line: Any) -> None:
    reserve(line, "100.00", "order.1")
    services.commit(actor_label="test", source="order.1", amount=Yuan("100.00"))
    services.uncommit(actor_label="test", source="order.1", amount=Yuan("100.00"))
    assert services.release(actor_label="test", source="order.1").reserved == Yuan(0)
    assert budget_facts(line.id).available == Yuan("100000.00")


_ACTS = st.tuples(
    st.sampled_from(["reserve", "commit", "uncommit", "spend", "release"]),
    st.integers(0, 3),
    st.integers(1, 7000),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(_ACTS, max_size=25))
def test_money_is_neither_made_nor_lost_in_any_order_of_acts(cast: Any, acts: list[Any]) -> None:
    line = make.budget_line(cast.purchaser, "100.00")
    for verb, who, fen in acts:
        source, amount = f"order.{line.id}.{who}", Yuan.from_fen(fen)
        before = budget_facts(line.id)
        try:
            if verb == "reserve":
                services.reserve(
                    actor_label="test", budget_line_id=line.id, amount=amount, source=source, name=""
                )
            else:
                getattr(services, verb)(actor_label="test", source=source, amount=amount)
        except (OverBudget, AlreadyReserved, NotFound):
            assert budget_facts(line.id) == before
        now = budget_facts(line.id)
        held = reservations_of(line.id)
        assert now.available.fen >= 0
        assert now.reserved == Yuan.total(row.reserved for row in held)
        assert now.committed == Yuan.total(row.committed for row in held)
        assert now.spent == Yuan.total(row.spent for row in held)
        assert now.available + now.reserved + now.committed + now.spent == now.amount


def together(acts: list[Callable[[], Any]]) -> list[BaseException | None]:
    """Do all at once, each in its own thread and connection; give what each raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            act()
        except BaseException as error:  # noqa: BLE001 - the test looks at what each thread met
            results[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("S003-15")
def test_many_at_once_never_promise_more_than_the_budget() -> None:
    actor = parties.desk("purchaser", "并发示例中学", "330100")
    line = make.budget_line(actor, "100.00")
    met = together([lambda n=n: reserve(line, "30.00", f"order.{n}") for n in range(8)])
    assert sum(error is None for error in met) == 3
    assert all(error is None or isinstance(error, OverBudget) for error in met), met
    assert budget_facts(line.id).available == Yuan("10.00")
    assert Reservation.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_contracts_at_once_cannot_bind_the_same_money() -> None:
    actor = parties.desk("purchaser", "并发示例小学", "330100")
    line = make.budget_line(actor, "100.00")
    reserve(line, "100.00", "plan.1")
    met = together([lambda: services.commit(actor_label="test", source="plan.1", amount=Yuan("60.00"))] * 3)
    assert sum(error is None for error in met) == 1
    assert all(error is None or isinstance(error, OverBudget) for error in met), met
    assert BudgetLine.objects.get().committed_fen == 6000
