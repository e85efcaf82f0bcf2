"""Two envelopes at the supplier's desk and at the close: only both together are a bid. No keepers are needed here.

That prices stay shut: tests/keeper/test_price_envelope.py; the whole way: tests/journeys/test_two_envelopes.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import gettext

from bidding import page, selectors
from bidding.models import Bid, CloseList, OpenedBid, Opening
from bidding.services import closing, preparing
from bidding.states import BidStatus
from core import clock
from core.errors import NotFound
from parties.models import InboxItem
from tendering.selectors import tender_facts
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def tender(cast: Any, at: Any, settings: Any) -> Any:
    evaluate.begin_spring(settings, at)
    return make.published(cast.purchaser, two_envelopes=True)


def sent(tender: Any, supplier: Any, *envelopes: str) -> list[Bid]:
    """Bids as accepted tickets leave them."""
    return [
        Bid.objects.create(
            tender_id=tender.id, lot="1", envelope=envelope, supplier_id=supplier.org_id,
            prepared_by=supplier.label, status=BidStatus.SUBMITTED,
            record={"ctx": {"notice_version": tender.notice_version}}, record_hash=f"{number:064x}",
        )
        for number, envelope in enumerate(envelopes)
    ]  # fmt: skip


def test_each_envelope_has_its_own_number_and_what_it_is_bound_to(cast: Any, tender: Any) -> None:
    found = {
        envelope: preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1", envelope=envelope)
        for envelope in ("", "technical", "price")
    }
    assert found[""].ctx_base["envelope"] == "technical"
    policies = {one.ctx_base["policy_hash"] for one in found.values()}
    assert policies == {tender.sealing["lots"]["1"][name]["policy_hash"] for name in tender.envelopes}
    with pytest.raises(NotFound):
        preparing.begin(actor=cast.supplier_a, tender_id=tender.id, lot="1", envelope="single")
    assert Bid.objects.count() == 3


def test_the_page_of_the_technical_part_has_no_price_and_that_of_the_price_nothing_else(
    cast: Any, tender: Any
) -> None:
    client = evaluate.client_of(cast.supplier_a, **ENGLISH)
    texts = {}
    for envelope in tender.envelopes:
        begun = client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1", "envelope": envelope})
        texts[envelope] = client.get(begun["Location"]).content.decode()
        assert f'data-envelope="{envelope}"' in texts[envelope]
        assert f'data-lot="1-{envelope}"' in texts[envelope]
    assert 'id="prices"' not in texts["technical"]
    assert 'id="terms"' in texts["technical"]
    assert 'id="prices"' in texts["price"]
    assert not any(f'id="{part}"' in texts["price"] for part in ("terms", "responses"))
    assert all('id="files"' in text for text in texts.values())


def test_one_envelope_alone_is_shown_as_not_submitted(cast: Any, tender: Any) -> None:
    client = evaluate.client_of(cast.supplier_a, **ENGLISH)
    page = f"/tenders/{tender.id}/bid/"
    text = client.get(page).content.decode()
    assert "Write and seal the technical part" in text
    assert "Write and seal the price" in text
    sent(tender, cast.supplier_a, "technical")
    text = client.get(page).content.decode()
    assert "NOT submitted: the price envelope is missing" in text
    lots = text.split("What you have submitted")[0]
    assert "submitted, receipt" not in lots
    sent(tender, cast.supplier_a, "price")
    text = client.get(page).content.decode()
    assert "envelope is missing" not in text
    assert text.split("What you have submitted")[0].count("submitted, receipt") == 2


def test_an_envelope_replaces_its_own_kind_alone(cast: Any, tender: Any) -> None:
    first = dict(zip(tender.envelopes, sent(tender, cast.supplier_a, *tender.envelopes), strict=True))
    client = evaluate.client_of(cast.supplier_a, **ENGLISH)
    for envelope, replaced in first.items():
        begun = client.post(f"/tenders/{tender.id}/bid/begin", {"lot": "1", "envelope": envelope})
        params = client.get(begun["Location"]).context["params"]
        assert (params["supersedes"], params["ctx_base"]["envelope"]) == (replaced.record_hash, envelope)


def test_an_incomplete_bid_is_listed_told_plainly_and_not_counted(cast: Any, tender: Any, at: Any) -> None:
    for supplier in (cast.supplier_a, cast.supplier_b, cast.supplier_c):
        sent(tender, supplier, *tender.envelopes)
    sent(tender, cast.outsider, "technical")
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    assert {row.envelope for row in CloseList.objects.all()} == {"technical", "price"}
    assert Bid.objects.filter(envelope="technical", status=BidStatus.LISTED).count() == 4
    assert Bid.objects.filter(envelope="price", status=BidStatus.LISTED).count() == 3
    told = InboxItem.objects.filter(key__contains=".incomplete.")
    assert [item.organisation_id for item in told] == [cast.outsider.org_id]
    assert "without a price it is not evaluated" in told.get().why
    assert not Opening.objects.exists(), "three complete bids: the opening is held"

    for bid in Bid.objects.filter(envelope="technical"):
        OpenedBid.objects.create(
            bid=bid, verdict={"verdict": "opened", "code": ""}, sheet={}, opened_at=clock.now()
        )
    shown = page.hall(tender_facts(tender.id), cast.supplier_a)
    assert shown["lots"] == [], "the hall begins with the opening"
    Opening.objects.create(
        tender_id=tender.id, lot="1", envelope="technical", status="opened", gather_until=clock.now()
    )
    (lot,) = page.hall(tender_facts(tender.id), cast.supplier_a)["lots"]
    remarks = {row["supplier_id"]: row["what"] for row in lot["rows"] if row["what"]}
    assert remarks == {cast.outsider.org_id: gettext(page.INCOMPLETE)}
    text = evaluate.client_of(cast.supplier_a, **ENGLISH).get(f"/opening/{tender.id}/").content.decode()
    assert "no complete bid" in text
    assert "The price envelopes are sealed" in text
    judged = {bid.supplier_id for bid in selectors.bids_to_judge(tender.id)}
    assert judged == {cast.supplier_a.org_id, cast.supplier_b.org_id, cast.supplier_c.org_id}
    assert len(selectors.lines(tender.id)) == 4


def test_two_complete_bids_and_two_halves_are_too_few(cast: Any, tender: Any, at: Any) -> None:
    for supplier in (cast.supplier_a, cast.supplier_b):
        sent(tender, supplier, *tender.envelopes)
    sent(tender, cast.supplier_c, "technical")
    sent(tender, cast.outsider, "price")
    at(tender.bids_due_at)
    assert closing.close(tender_id=tender.id)
    (opening,) = Opening.objects.all()
    assert (opening.envelope, opening.status) == ("technical", "not_held")
    assert InboxItem.objects.filter(key__contains=".incomplete.").count() == 2
