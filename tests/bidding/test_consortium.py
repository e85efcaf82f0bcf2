"""Suppliers bid together: an agreement that its members alone see, sign and end, and that the sealed bid names."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bidding import consortia as reading
from bidding.models import Consortium
from bidding.services import consortia
from bidding.services.consortia import NoConsortia, Part, RunningAlready, SignedAlready, TooLate
from bidding.states import CONSORTIUM_STEPS, ConsortiumStatus
from core.audit.models import Entry
from core.canonical import digest
from core.errors import NotFound, WrongState
from core.transitions import follow
from parties.assertion import verify
from parties.models import InboxItem, Membership, Organisation
from tendering.models import Admission
from tendering.selectors import tender_facts
from tests.factories import consortia as together
from tests.factories import evaluation as evaluate
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tender(settings: Any, at: Any, cast: Any) -> Any:
    evaluate.begin_spring(settings, at)
    return make.published(cast.purchaser)


def code(actor: Any) -> str:
    return str(Organisation.objects.get(pk=actor.org_id).credit_code)


def form(cast: Any, **over: str) -> dict[str, str]:
    first = {"credit_code_1": code(cast.supplier_b), "percent_1": "40", "work_1": "安装"}
    return {"lot": "1", "percent_0": "60", "work_0": "供货", **first, "text": "", **over}


def test_partners_are_named_and_each_desk_signs_for_itself(cast: Any, tender: Any, signed_in: Any) -> None:
    assert tender.consortia, "the law lets suppliers join forces unless the documents say otherwise"
    answer = signed_in(cast.supplier_a).post(f"/tenders/{tender.id}/bid/consortium", form(cast))
    assert answer.status_code == 303, answer.content.decode()
    found = reading.to_read(cast.supplier_a, Consortium.objects.get().pk)
    assert [(one.name, one.share) for one in found.members] == [
        (cast.supplier_a.org_name, Decimal("0.6")),
        (cast.supplier_b.org_name, Decimal("0.4")),
    ]
    assert digest(dict(found.terms)).hex() == found.terms_hash
    task = InboxItem.objects.get(organisation_id=cast.supplier_b.org_id, done_at=None)
    assert (task.url, task.due_at) == (f"/consortia/{found.id}/", tender.bids_due_at)
    page = signed_in(cast.supplier_b).get(task.url).content.decode()
    assert found.terms_hash in page
    assert "data-sign" in page

    together.sign(found, cast.supplier_b)
    assert reading.led_by(cast.supplier_a.org_id, tender.id, "1") is None, "the lead has not signed"
    with pytest.raises(SignedAlready):
        together.sign(found, cast.supplier_b)
    done = together.sign(found, cast.supplier_a)
    assert (done.status, done.agreed_at is not None) == ("agreed", True)
    assert all(verify(one.signature, bytes.fromhex(done.terms_hash)) for one in done.members)
    assert not InboxItem.objects.filter(key__contains=".sign.", done_at=None, url=task.url).exists()
    begun = signed_in(cast.supplier_a).post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})["Location"]
    page = signed_in(cast.supplier_a).get(begun).content.decode()
    assert re.search(rf'value="{done.terms_hash}"[^>]* selected', page)
    assert 'data-fact="consortium"' in page
    own = signed_in(cast.supplier_b).post(f"/tenders/{tender.id}/bid/begin", {"lot": "1"})["Location"]
    assert 'data-fact="consortium"' not in signed_in(cast.supplier_b).get(own).content.decode()


def test_nobody_but_the_members_learns_of_it_before_the_opening(
    cast: Any, tender: Any, signed_in: Any
) -> None:
    found = together.agreed(tender, cast.supplier_a, (cast.supplier_b, "40"))
    for actor in (cast.supplier_c, cast.purchaser, cast.supervisor, cast.agency):
        client = signed_in(actor)
        assert client.get(f"/consortia/{found.id}/").status_code == 404
        for verb in ("sign", "end"):
            assert client.post(f"/consortia/{found.id}/{verb}", {"reason": "x"}).status_code == 404
    own = {cast.supplier_a.org_id, cast.supplier_b.org_id}
    told = InboxItem.objects.filter(key__contains=str(found.id))
    assert set(told.values_list("organisation_id", flat=True)) == own
    for path in (f"/tenders/{tender.id}/", f"/opening/{tender.id}/"):
        answer = signed_in(cast.purchaser).get(path)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert found.terms_hash not in page
        assert cast.supplier_b.org_name not in page
    assert not Entry.objects.filter(subject=tender.source, facts__icontains=found.terms_hash).exists()
    Membership.objects.filter(user=cast.supplier_b.user_id).update(role="viewer")
    assert signed_in(cast.supplier_b).get(f"/consortia/{found.id}/").status_code == 404
    assert Consortium.objects.get().status == ConsortiumStatus.AGREED


WRONG = [
    ({"percent_1": "39"}, "percent_0"),
    ({"percent_1": "0"}, "percent_1"),
    ({"percent_1": "viel"}, "percent_1"),
    ({"percent_1": "33.333"}, "percent_1"),
    ({"work_1": " "}, "work_1"),
    ({"credit_code_1": "91330100000000000X"}, "credit_code_1"),
    ({"credit_code_1": "", "percent_1": "", "work_1": ""}, "credit_code_1"),
    ({"credit_code_1": "own"}, "credit_code_1"),
    ({"credit_code_1": "purchaser"}, "credit_code_1"),
]


@pytest.mark.parametrize(("over", "field"), WRONG)
def test_what_does_not_make_an_agreement_is_said_at_its_field(
    cast: Any, tender: Any, signed_in: Any, over: dict[str, str], field: str
) -> None:
    named = {"own": cast.supplier_a, "purchaser": cast.purchaser}
    if over.get("credit_code_1") in named:
        over = {"credit_code_1": code(named[over["credit_code_1"]])}
    answer = signed_in(cast.supplier_a).post(
        f"/tenders/{tender.id}/bid/consortium", form(cast, **{"text": "已谈妥的条款", **over})
    )
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "已谈妥的条款" in answer.content.decode(), "nothing that was typed is lost"
    assert not Consortium.objects.exists()


def test_a_member_leaves_before_the_deadline_and_nothing_moves_after_it(
    cast: Any, tender: Any, at: Any, signed_in: Any
) -> None:
    found = together.agreed(tender, cast.supplier_a, (cast.supplier_b, "40"))
    with pytest.raises(RunningAlready):
        together.offered(tender, cast.supplier_a, (cast.supplier_c, "40"))
    client = signed_in(cast.supplier_b)
    assert client.post(f"/consortia/{found.id}/end", {"reason": " "}).status_code == 422
    assert client.post(f"/consortia/{found.id}/end", {"reason": "人手不足"}).status_code == 303
    gone = reading.to_read(cast.supplier_a, found.id)
    assert (gone.status, gone.ended_by, gone.ended_reason) == ("ended", cast.supplier_b.org_name, "人手不足")
    assert InboxItem.objects.filter(
        organisation_id=cast.supplier_a.org_id, key__endswith=f"ended.{cast.supplier_a.org_id}"
    ).exists()
    with pytest.raises(WrongState):
        together.sign(gone, cast.supplier_b)

    again = together.offered(tender, cast.supplier_a, (cast.supplier_c, "40"))
    at(tender.bids_due_at - timedelta(seconds=1))
    together.sign(again, cast.supplier_a)
    at(tender.bids_due_at)
    with pytest.raises(TooLate):
        together.sign(again, cast.supplier_c)
    with pytest.raises(TooLate):
        consortia.end(actor=cast.supplier_c, consortium_id=again.id, reason="太晚")
    with pytest.raises(TooLate):
        together.offered(tender, cast.supplier_b, (cast.supplier_c, "40"))
    assert Consortium.objects.get(pk=again.id).status == ConsortiumStatus.OFFERED


def test_documents_that_take_no_consortia_take_none(
    cast: Any, settings: Any, at: Any, signed_in: Any
) -> None:
    evaluate.begin_spring(settings, at)
    draft = make.complete_draft(cast.purchaser)
    client, address = signed_in(cast.purchaser), f"/tenders/{draft.id}/admission/"
    assert client.post(address, {"evidence_asked": ["civil"], "consortia": "on"}).status_code == 303
    assert tender_facts(draft.id).consortia
    assert client.post(address, {"evidence_asked": ["civil"]}).status_code == 303
    assert not tender_facts(draft.id).consortia
    tender = make.published(cast.purchaser)
    Admission.objects.filter(tender_id=tender.id).update(consortia=False)
    assert signed_in(cast.supplier_a).get(f"/tenders/{tender.id}/bid/consortium").status_code == 404
    with pytest.raises(NoConsortia):
        together.offered(tender, cast.supplier_a, (cast.supplier_b, "40"))
    with pytest.raises(NotFound):
        consortia.offer(
            actor=cast.purchaser, tender_id=tender.id, lot="1", own=Part("", "60", "x"), partners=[]
        )


def test_every_status_and_verb_of_an_agreement_is_allowed_once_or_refused() -> None:
    allowed = [(source, step.verb) for step in CONSORTIUM_STEPS for source in step.sources]
    assert len(allowed) == len(set(allowed))
    for status in ConsortiumStatus:
        for verb in {step.verb for step in CONSORTIUM_STEPS}:
            if (status, verb) in allowed:
                assert follow(CONSORTIUM_STEPS, status, verb).target in ConsortiumStatus
            else:
                with pytest.raises(WrongState):
                    follow(CONSORTIUM_STEPS, status, verb)
