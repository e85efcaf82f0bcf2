"""Prequalification: nobody is called qualified against whom something stands; what else was found is answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.audit.models import Entry
from core.errors import Invalid
from parties.models import Evidence
from parties.services import holders, standing
from tendering.selectors import applications_of, call_of
from tendering.services import applicants, inviting
from tendering.services.applicants import ApplicantBarred
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(settings: Any, at: Any) -> None:
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    at(TODAY)


def test_an_applicant_is_qualified_only_as_far_as_the_law_lets(cast: Any, at: Any, signed_in: Any) -> None:
    draft = make.complete_draft(cast.purchaser, make.plan(cast.purchaser, method="restricted_tender"))
    tender = inviting.call(actor=cast.purchaser, tender_id=draft.id)
    people = (cast.supplier_a, cast.supplier_b, cast.supplier_c, cast.outsider)
    for supplier in people:
        paper = SimpleUploadedFile("资格申请.pdf", b"%PDF-1.7 x")
        inviting.apply(actor=supplier, tender_id=tender.id, statement="符合资格要求", file=paper)
    assert applicants.findings_of(tender.id) == {}
    for supplier in people[1:3]:
        holders.name_responsible(actor=supplier, name="钱示例", number="33010219700101123X")
    standing.impose(
        actor=cast.supervisor, credit_code=cast.supplier_a.credit_code, name="", kind="罚款", mark="fine",
        fine=3_000_000, reason="违法经营", citation="某罚〔2024〕1号", since=TODAY - timedelta(days=900), until=None,
    )  # fmt: skip
    Evidence.objects.filter(organisation_id=cast.outsider.org_id, condition="taxes").update(
        valid_until=date(2026, 9, 1)
    )
    at(call_of(tender.id).due_at)
    rows = {row.credit_code: row.id for row in applications_of(tender.id)}
    given = {"actor": cast.purchaser, "tender_id": tender.id, "verb": "qualify"}
    before = Entry.objects.count()
    for supplier in people[:3]:
        with pytest.raises(ApplicantBarred):
            inviting.review(**given, application_id=rows[supplier.credit_code], reason="符合")
    with pytest.raises(Invalid):
        inviting.review(**given, application_id=rows[cast.outsider.credit_code])
    assert {row.status for row in applications_of(tender.id)} == {"applied"}
    assert Entry.objects.count() == before

    client, address = signed_in(cast.purchaser), f"/tenders/{tender.id}/applications/"
    page = client.get(address).content.decode()
    assert "《政府采购法实施条例》第十八条" in page
    assert "某罚〔2024〕1号" in page
    client.post(f"{address}{rows[cast.supplier_a.credit_code]}/", {"verb": "qualify", "reason": "符合"})
    client.post(
        f"{address}{rows[cast.outsider.credit_code]}/", {"verb": "qualify", "reason": "申请文件附有完税证明"}
    )
    found = {row.credit_code: row.status for row in applications_of(tender.id)}
    assert (found[cast.supplier_a.credit_code], found[cast.outsider.credit_code]) == ("applied", "qualified")
