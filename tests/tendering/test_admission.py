"""A tender says which evidence it asks for, and who prepared the project: they cannot bid for the rest of it."""

from __future__ import annotations

from typing import Any

import pytest

from bidding import desk
from bidding.services import preparing
from core.audit.models import Entry
from core.errors import Invalid, NotFound, WrongState
from disclosure.models import Notice
from parties.models import Evidence
from parties.states import Condition
from tendering import access
from tendering.access import PreparedProject
from tendering.facts import Preparer
from tendering.selectors import tender_facts
from tendering.services import admission, publishing
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def may_serve(settings: Any) -> None:
    settings.INDEPENDENT_KEEPERS = True
    settings.KEEPERS_NEEDED = 2


def test_who_prepared_the_project_cannot_bid_and_everybody_reads_so(cast: Any, signed_in: Any) -> None:
    draft = make.complete_draft(cast.purchaser)
    assert draft.evidence_asked == tuple(Condition)
    form = {"evidence_asked": ["civil", "taxes"], "name_1": cast.supplier_a.org_name, "part_1": "design"}
    client, address = signed_in(cast.purchaser), f"/tenders/{draft.id}/admission/"
    wrong = client.post(address, {**form, "credit_code_1": "123"})
    assert wrong.status_code == 422
    assert cast.supplier_a.org_name in wrong.content.decode()
    assert tender_facts(draft.id).preparers == ()
    assert client.post(address, {**form, "credit_code_1": cast.supplier_a.credit_code}).status_code == 303
    found = tender_facts(draft.id)
    assert found.evidence_asked == ("civil", "taxes")
    assert found.preparers == (Preparer(cast.supplier_a.credit_code, cast.supplier_a.org_name, "design"),)
    assert found.version == draft.version + 1

    tender = publishing.publish(actor=cast.purchaser, tender_id=draft.id)
    said = str(Notice.objects.get(pk=tender.notice_id).sections)
    assert cast.supplier_a.org_name in said
    before = Entry.objects.count()
    with pytest.raises(PreparedProject) as refused:
        preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1")
    assert (refused.value.rule, Entry.objects.count()) == ("L-02.preparers_max", before)
    assert access.tender_to_bid(cast.supplier_b, tender.id).id == tender.id
    with pytest.raises(WrongState):
        admission.save(actor=cast.purchaser, tender_id=tender.id, evidence_asked=[], preparers=[])


def test_a_draft_takes_known_conditions_and_whole_lines_only(cast: Any) -> None:
    draft = make.draft(cast.purchaser)
    given = {"actor": cast.purchaser, "tender_id": draft.id}
    line = Preparer(cast.supplier_a.credit_code, "", "design")
    for wrong in (
        {"evidence_asked": ["wealth"], "preparers": []},
        {"evidence_asked": [], "preparers": [line]},
    ):
        with pytest.raises(Invalid):
            admission.save(**given, **wrong)
    with pytest.raises(NotFound):
        access.tender_to_manage(cast.outsider, draft.id)
    assert tender_facts(draft.id) == draft


def test_a_bid_names_the_evidence_that_is_valid_on_the_deadline(cast: Any, signed_in: Any) -> None:
    tender = make.published(cast.purchaser)
    held = Evidence.objects.filter(organisation_id=cast.supplier_a.org_id)
    held.filter(condition="taxes").update(valid_until=tender.bids_due_at.date())
    found = {row["condition"]: row for row in desk.evidence(tender, cast.supplier_a.org_id)}
    assert all(row["proven"] for row in found.values())
    held.filter(condition="means").update(valid_until="2026-01-01")
    begun = preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1")
    page = signed_in(cast.supplier_a).get(f"/bids/{begun.bid_id}/").content.decode()
    named = held.exclude(condition="means")
    assert page.count('data-fact="evidence_') == 5
    assert all(f'value="{row.condition}:{row.sha256}"' in page for row in named)
