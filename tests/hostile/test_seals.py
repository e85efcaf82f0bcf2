"""The log holds one hash over the acts of each minute: no act can be changed, taken out or slipped in behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import Entry, Seal
from core.audit.services import broken_seal, record, seal, verify

pytestmark = pytest.mark.django_db


def acts(count: int, subject: str = "tender.1") -> None:
    for number in range(count):
        record(actor="甲", verb="look", subject=f"{subject}{number}", rule="T-07")


def edited() -> None:
    Entry.objects.filter(subject="tender.11").update(hash="0" * 64)


def taken_out() -> None:
    Entry.objects.get(subject="tender.11").delete()


def slipped_in() -> None:
    acts(1, "behind")
    Entry.objects.filter(subject="behind0").update(sealed_in=1)


def moved_to_another_minute() -> None:
    Entry.objects.filter(subject="tender.11").update(sealed_in=2)


def seal_redone() -> None:
    Seal.objects.filter(number=1).update(hash="1" * 64)


@pytest.mark.parametrize("tamper", [edited, taken_out, slipped_in, moved_to_another_minute, seal_redone])
def test_what_is_done_to_sealed_acts_is_found(tamper: Callable[[], None]) -> None:
    acts(3, "tender.1")
    first = seal()
    acts(2, "later.")
    second = seal()
    assert (first.number, second.number, second.prev_hash) == (1, 2, first.hash)
    assert broken_seal() is None
    assert seal().number == 2  # nothing new, no new seal
    tamper()
    assert broken_seal() == 1


def test_an_act_that_commits_late_is_sealed_later_and_none_is_passed_over() -> None:
    acts(3)
    late = Entry.objects.order_by("id").first()
    assert late is not None
    Entry.objects.filter(pk=late.pk).update(sealed_in=99)  # as if its transaction had not ended
    seal()
    Entry.objects.filter(pk=late.pk).update(sealed_in=None)
    assert seal().number == 2
    assert Entry.objects.filter(sealed_in=None).count() == 0
    assert broken_seal() is None
    assert verify(late.subject) is None


def test_sealing_costs_what_is_new_and_not_what_there_is() -> None:
    costs = []
    for size in (5, 200):
        acts(size, f"many{size}.")
        seal()
        acts(1, f"one{size}.")
        with CaptureQueriesContext(connection) as asked:
            seal()
        costs.append(len(asked))
    assert costs[0] == costs[1] < 10


def test_the_check_of_sealed_bids_names_changed_acts_and_a_seal_that_only_the_log_knows() -> None:
    from bidding import integrity
    from config import clockwork

    acts(2)
    clockwork.checkpoint("log")
    assert integrity.check() == []
    entry = Entry.objects.get(subject="tender.11")
    Entry.objects.filter(pk=entry.pk).update(actor="乙")
    assert [(one.table, one.row) for one in integrity.check()] == [("audit_entry", "tender.11#1")]
    Entry.objects.filter(pk=entry.pk).update(actor="甲")
    assert integrity.check() == []
    # Whoever redoes acts and seals together does not reach the log.
    Entry.objects.all().delete()
    Seal.objects.all().delete()
    acts(1, "tender.2")
    seal()
    assert [(one.table, one.column) for one in integrity.check()] == [("audit_seal", "hash")]
