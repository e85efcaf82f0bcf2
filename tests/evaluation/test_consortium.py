"""A consortium's bid: every member is checked as the lead is, its small members favour it, and all of them are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bidding.models import Consortium
from bidding.selectors import opened_bids
from contracting.models import Contract
from contracting.selectors import contract_facts
from contracting.services import contracts
from contracting.services.contracts import AlreadySigned
from core import clock
from core.errors import NotFound
from disclosure.models import Notice
from evaluation import selectors
from evaluation.services import eligibility, panels
from parties.access import CLOCK
from parties.eligibility_words import said
from parties.models import InboxItem, Organisation
from parties.services import holders, standing
from parties.states import Mark
from tendering.selectors import tender_facts
from tendering.services import progress
from tests.factories import bidding as bids
from tests.factories import consortia as together
from tests.factories import evaluation as evaluate
from tests.factories import parties as desks
from tests.factories import tendering as make
from tests.scenes import scene

pytestmark = pytest.mark.django_db


def joined(cast: Any, at: Any) -> Any:
    """Three opened bids; the first is of a consortium of supplier A, a large firm, with a small one at 40 %."""
    partner = desks.desk("supplier", "丁方示例安装有限公司", "330100")
    for actor, size in ((cast.supplier_a, "large"), (partner, "small")):
        Organisation.objects.filter(pk=actor.org_id).update(size=size)
    tender = make.published(cast.purchaser, ceiling=None)
    found = together.agreed(tender, cast.supplier_a, (partner, "40"))
    at(tender.bids_due_at + timedelta(minutes=1))
    rows = [
        bids.opened_bid(tender, cast.supplier_a, "4500.00", consortium=found.terms_hash),
        bids.opened_bid(tender, cast.supplier_b, "4700.00"),
        bids.opened_bid(tender, cast.supplier_c, "4900.00"),
    ]
    progress.close(tender_id=tender.id, actor=CLOCK)
    progress.mark_opened(tender_id=tender.id, actor=CLOCK)
    made = evaluate.Evaluation(tender_facts(tender.id), cast.purchaser, rows)
    made.partner = partner
    return made


@pytest.fixture
def made(settings: Any, at: Any, cast: Any) -> Any:
    evaluate.begin_spring(settings, at)
    return scene(("consortium", cast.purchaser.user_id), lambda: joined(cast, at))


def found_of(made: Any, number: int) -> list[Any]:
    return list(eligibility.standing_of(made.tender, made.bids[number].pk).findings)


def codes(made: Any, number: int) -> set[tuple[str, str, bool]]:
    return {(row.code, row.member, row.bars) for row in found_of(made, number) if row.code != "not-asked"}


def test_every_member_is_checked_as_the_lead_is(cast: Any, made: Any) -> None:
    partner = made.partner.org_name
    assert codes(made, 0) == set()
    asked = {row.member for row in found_of(made, 0) if row.code == "not-asked"}
    assert asked == {"", partner}, "the credit registers are asked about every member"
    standing.impose(
        actor=cast.supervisor,
        credit_code=made.partner.credit_code,
        name="",
        kind="禁止参加政府采购活动",
        reason="提供虚假材料",
        citation="某财采〔2026〕1号",
        since=clock.now() - timedelta(days=1),
        until=None,
        mark=Mark.BAN,
    )
    assert codes(made, 0) == {("record-ban", partner, True)}
    row = next(one for one in found_of(made, 0) if one.code == "record-ban")
    assert said(row).startswith(partner)
    with pytest.raises(eligibility.SanctionStands) as refused:
        eligibility.require(found_of(made, 0), cast.supplier_a.org_name)
    assert refused.value.facts["supplier"] == partner


def test_who_takes_part_twice_in_a_lot_is_out_of_both_and_elsewhere_free(cast: Any, made: Any) -> None:
    partner = made.partner.org_name
    made.bids.append(bids.opened_bid(made.tender, made.partner, "4800.00"))
    assert codes(made, 0) == {("second-bid", partner, True)}
    assert codes(made, 3) == {("second-bid", "", True)}
    assert codes(made, 1) == set()
    row = next(one for one in found_of(made, 3) if one.code == "second-bid")
    assert (row.rule, row.certainty) == ("L-04", "full text")
    assert cast.supplier_a.org_name in said(row)


def test_a_member_tied_to_another_bidder_ties_the_bid_and_members_may_be_tied_to_each_other(
    cast: Any, made: Any
) -> None:
    def held(organisation: Any, holder: Any) -> None:
        holders.add(
            actor=organisation,
            hold="holding",
            name=holder.org_name,
            credit_code=holder.credit_code,
            number="",
            since=date(2020, 1, 1),
        )

    held(made.partner, cast.supplier_a)
    assert codes(made, 0) == set()
    bid = next(one for one in opened_bids(made.tender.id) if one.bid_id == made.bids[0].pk)
    assert bid.consortium.small_share == 0, "a small firm that the lead holds favours nobody"
    held(made.partner, cast.supplier_b)
    partner = made.partner.org_name
    assert codes(made, 0) == {("linked", partner, True)}
    assert codes(made, 1) == {("linked", "", True)}


def test_an_agreement_that_does_not_hold_must_be_answered(cast: Any, made: Any) -> None:
    Consortium.objects.update(status="ended", ended_at=clock.now())
    assert codes(made, 0) == {("consortium-unsigned", "", False)}
    bid = next(one for one in opened_bids(made.tender.id) if one.bid_id == made.bids[0].pk)
    assert (bid.consortium, bid.party_ids) == (None, {cast.supplier_a.org_id})


def test_shares_and_signatures_edited_in_the_database_hold_nothing(made: Any) -> None:
    row = Consortium.objects.get()
    before = dict(row.terms)
    members = [{**one, "size": "micro"} for one in row.terms["members"]]
    Consortium.objects.update(terms={**before, "members": members})
    assert codes(made, 0) == {("consortium-unsigned", "", False)}
    Consortium.objects.update(terms=before)
    assert codes(made, 0) == set()
    first, second = row.members.all()
    row.members.filter(pk=second.pk).update(
        signature={**second.signature, "signature": first.signature["signature"]}
    )
    assert codes(made, 0) == {("consortium-unsigned", "", False)}


@pytest.mark.parametrize(
    ("sizes", "size", "share"),
    [
        (("large", "small"), "large", "0.4000"),
        (("medium", "micro"), "medium", "0.4000"),
        (("small", "micro"), "small", "1.0000"),
        (("", "small"), "large", "0.4000"),
        (("large", "medium"), "large", "0"),
    ],
)
def test_the_small_members_count_with_their_share(
    made: Any, sizes: tuple[str, str], size: str, share: str
) -> None:
    bid = next(one for one in opened_bids(made.tender.id) if one.bid_id == made.bids[0].pk)
    members = zip(bid.consortium.members, sizes, strict=True)
    found = replace(bid.consortium, members=tuple(replace(one, size=said) for one, said in members))
    assert (found.size, found.small_share) == (size, Decimal(share))
    assert bid.size == "large", "the largest member counts"


def test_a_consortium_is_favoured_awarded_and_contracted_with_all_its_members(
    cast: Any, made: Any, signed_in: Any
) -> None:
    made.panel_id = panels.draw(
        actor=made.host, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
    ).pk
    assert str(made.partner.org_id) in panels.declaration(made.panel, made.members[0])["bidders"]
    made.begin_scoring()
    made.score_all()
    made.report()
    made.sign_all()
    lot = selectors.report_of(made.panel).body["lots"][0]
    told = {row["id"]: row for row in lot["case"]["bids"]}
    assert [told[str(bid.pk)]["consortium_small_share"] for bid in made.bids] == ["0.4000", "0", "0"]
    rate = Decimal(lot["case"]["deductions"]["consortium"])
    place = next(row for row in lot["result"]["ranking"] if row["id"] == str(made.bids[0].pk))
    assert rate > 0
    quote = Decimal(told[str(made.bids[0].pk)]["quote"])
    assert Decimal(place["evaluation_price"]) == quote * (1 - rate)

    made.decide(cast.purchaser)
    result = f"/tenders/{made.tender.id}/result/"
    for actor in (cast.supplier_a, made.partner):
        letter = InboxItem.objects.get(key=f"tender.{made.tender.id}.result.{actor.org_id}")
        assert (letter.organisation_id, letter.title.startswith("Award letter")) == (actor.org_id, True)
        shown = signed_in(actor).get(result).content.decode()
        assert made.partner.org_name in shown
        assert "43.00" in shown, "its own scores"
    assert signed_in(cast.outsider).get(result).status_code == 404
    names = [cast.supplier_a.org_name, made.partner.org_name]
    notice = Notice.objects.get(type="award")
    page = signed_in(cast.supplier_c).get(f"/notices/{notice.pk}/").content.decode()
    assert all(name in page for name in names)
    contract = contract_facts(Contract.objects.get().pk)
    assert [one.name for one in contract.consortium.members] == names
    assert contract.terms["consortium"]["liable"] == "jointly"
    shown = signed_in(cast.purchaser).get(f"/contracts/{contract.id}/").content.decode()
    assert all(name in shown for name in names)

    def sign(actor: Any) -> Any:
        touched = made.credential(
            actor.user_id, bytes.fromhex(contract.terms_hash), contracts.purpose_of(contract.id)
        )
        return contracts.sign(actor=actor, contract_id=contract.id, credential=touched)

    page = signed_in(made.partner).get(f"/contracts/{contract.id}/").content.decode()
    assert "data-sign" in page
    assert 'id="deliver"' not in page
    assert signed_in(cast.supplier_b).get(f"/contracts/{contract.id}/").status_code == 404
    with pytest.raises(NotFound):
        sign(cast.supplier_b)
    sign(cast.supplier_a)
    assert sign(cast.purchaser).status == "formed", "every member signs"
    with pytest.raises(AlreadySigned):
        sign(cast.supplier_a)
    done = sign(made.partner)
    assert (done.status, [row.member for row in done.signatures]) == (
        "signed",
        ["", "", made.partner.credit_code],
    )
    contracts.publish(actor=cast.purchaser, contract_id=contract.id)
    notice = Notice.objects.get(type="contract")
    page = signed_in(cast.supplier_c).get(f"/notices/{notice.pk}/").content.decode()
    assert all(name in page for name in names)
