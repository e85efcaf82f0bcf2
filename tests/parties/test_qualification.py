"""Evidence is held once and has days of validity; who stands behind an organisation is known without its numbers."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from core.workdays import beijing_date
from parties.evidence import conditions_of, held_at, links_between
from parties.models import Evidence, Holder, Organisation
from parties.services import holders, qualification
from parties.states import Condition, Hold

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 licence"


@pytest.fixture
def bare(cast: Any) -> Any:
    """A supplier with an empty register."""
    Evidence.objects.filter(organisation_id=cast.supplier_a.org_id).delete()
    return cast.supplier_a


@pytest.mark.requirement("S001-15")
@pytest.mark.requirement("S001-16")
@pytest.mark.requirement("S001-17")
@pytest.mark.requirement("S001-19")
@pytest.mark.parametrize("condition", list(Condition))
def test_each_of_the_six_conditions_has_its_evidence_with_days_of_validity(
    bare: Any, signed_in: Any, condition: str
) -> None:
    today = beijing_date(clock.now())
    form = {"condition": condition, "title": "证明材料", "issuer": "示例机关", "valid_from": "2026-01-01"}
    form |= {"valid_until": str(today - timedelta(days=1))}
    client = signed_in(bare)
    assert client.post("/organisation/evidence", form).status_code == 422
    assert not Evidence.objects.filter(organisation_id=bare.org_id).exists()
    file = SimpleUploadedFile("证明.pdf", PDF)
    assert client.post("/organisation/evidence", {**form, "file": file}).status_code == 303
    row = Evidence.objects.get(organisation_id=bare.org_id)
    assert (row.condition, row.sha256) == (condition, hashlib.sha256(PDF).hexdigest())
    found = {one["condition"]: one for one in conditions_of(bare.org_id)}
    assert [one["valid"] for one in found[condition]["rows"]] == [False]
    Evidence.objects.update(valid_until=today)
    found = {one["condition"]: one["proven"] for one in conditions_of(bare.org_id)}
    assert found == {one: one == condition for one in Condition}
    got = client.get(f"/organisation/evidence/{row.pk}")
    assert b"".join(got.streaming_content) == PDF


def test_a_declaration_is_evidence_and_what_is_withdrawn_stays_for_bids_of_before(
    bare: Any, cast: Any
) -> None:
    before = clock.now()
    row = qualification.add(
        actor=bare,
        condition="clean",
        title="声明",
        valid_from=date(2026, 1, 1),
        statement="三年内无重大违法记录",
    )
    with pytest.raises(NotFound):
        qualification.withdraw(actor=cast.supplier_b, evidence_id=row.pk)
    between = clock.now()
    qualification.withdraw(actor=bare, evidence_id=row.pk)
    with pytest.raises(WrongState):
        qualification.withdraw(actor=bare, evidence_id=row.pk)
    found = [len(held_at([bare.org_id], at)[bare.org_id]) for at in (before, between, clock.now())]
    assert found == [0, 1, 0]


@pytest.mark.parametrize(
    "over",
    [
        {"condition": "wealth"},
        {"title": " "},
        {"valid_until": date(2025, 12, 31)},
        {"statement": " "},
    ],
)
def test_evidence_without_its_parts_is_refused(bare: Any, over: dict[str, Any]) -> None:
    given = {"condition": "clean", "title": "声明", "valid_from": date(2026, 1, 1), "statement": "没有"}
    before = Entry.objects.count()
    with pytest.raises(Invalid):
        qualification.add(actor=bare, **{**given, **over})
    assert (Evidence.objects.filter(organisation_id=bare.org_id).count(), Entry.objects.count()) == (
        0,
        before,
    )
    with pytest.raises(NotFound):
        qualification.add(actor=bare.__class__(user_id=bare.user_id), **given)
    qualification.add(actor=bare, **given)


def test_the_same_person_is_recognised_and_the_number_is_stored_nowhere(cast: Any, signed_in: Any) -> None:
    number = "33010219700101123X"
    for supplier, typed in ((cast.supplier_a, number), (cast.supplier_b, "330102 1970 0101 123x")):
        form = {"what": "responsible", "name": "钱示例", "number": typed}
        assert signed_in(supplier).post("/organisation/control", form).status_code == 303
    orgs = Organisation.objects.filter(pk__in=[cast.supplier_a.org_id, cast.supplier_b.org_id])
    keys = {row.responsible_key for row in orgs}
    assert len(keys) == 1
    written = [*keys, *(str(row.facts) for row in Entry.objects.all())]
    assert not any("1970" in text for text in written)
    bad = signed_in(cast.supplier_a).post("/organisation/control", {**form, "number": "1"})
    assert bad.status_code == 422
    assert "钱示例" in bad.content.decode()


def test_what_ties_bidders_is_direct_or_only_to_be_looked_at(cast: Any) -> None:
    today = beijing_date(clock.now())
    a, b, c = cast.supplier_a, cast.supplier_b, cast.supplier_c
    ids = [row.org_id for row in (a, b, c)]
    assert links_between(ids, today) == {one: [] for one in ids}
    given = {"credit_code": "", "number": "", "since": today}
    held = holders.add(actor=a, hold=Hold.HOLDING, name="乙方", **{**given, "credit_code": b.credit_code})
    for one in (b, c):
        holders.add(actor=one, hold=Hold.MANAGEMENT, name="赵示例", **{**given, "number": "E12345678"})
    found = links_between(ids, today)
    assert [(row.other, row.hold, row.direct) for row in found[a.org_id]] == [(b.org_name, "holding", True)]
    assert [(row.hold, row.direct) for row in found[b.org_id]] == [("holding", True), ("parent", False)]
    assert [(row.hold, row.direct) for row in found[c.org_id]] == [("parent", False)]
    with pytest.raises(holders.HeldAlready):
        holders.add(actor=a, hold=Hold.HOLDING, name="乙方", **{**given, "credit_code": b.credit_code})
    with pytest.raises(Invalid):
        holders.add(actor=a, hold=Hold.HOLDING, name="丙方", **{**given, "credit_code": "123"})
    with pytest.raises(NotFound):
        holders.end(actor=b, holder_id=held.pk)
    holders.end(actor=a, holder_id=held.pk)
    assert links_between(ids, today)[a.org_id] == []
    assert Holder.objects.count() == 3
