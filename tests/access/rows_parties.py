"""Addresses of parties: desks, organisations, people, experts, bad records, recovery, signing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from core import clock
from parties import tokens
from parties.models import (
    Capacity,
    Employment,
    Evidence,
    Expert,
    Holder,
    Invitation,
    KeyRecovery,
    Membership,
    Sanction,
)
from parties.services import inbox, people
from parties.states import Role
from tests.access.matrix import EVERYONE, SIGNED_IN, Row
from tests.factories import parties as make

HAVE_DESK = {"purchaser", "agency", "supplier", "supervisor", "outsider_supplier", "outsider_supervisor"}
SUPPLY = {"supplier", "outsider_supplier"}
SUPERVISE = {"supervisor", "operator"}
ANY_SUPERVISOR = {*SUPERVISE, "outsider_supervisor"}


def _application(cast: Any) -> dict[str, Any]:
    org = make.organisation("待审核公司", "330106")
    return {"capacity_id": Capacity.objects.create(organisation=org, kind="supplier").pk}


def _colleague(cast: Any) -> Membership:
    person = make.user("同事")
    people.join(actor="test", user_id=person.pk, org_id=cast.supplier_a.org_id, role=Role.HANDLER)
    return Membership.objects.get(user=person)


def _invitation(cast: Any) -> Invitation:
    token = people.invite(actor=cast.supplier_a, email="new@example.org", role=Role.HANDLER)
    return Invitation.objects.get(token_hash=tokens.hashed(token))


def _recovery(cast: Any) -> KeyRecovery:
    now = clock.now()
    row = KeyRecovery(user_id=_colleague(cast).user_id, requested_at=now, ready_at=now + timedelta(days=3))
    row.expires_at, row.token_hash = now + timedelta(days=9), tokens.hashed(tokens.make("recovery", row.pk))
    row.save()
    return row


def _applicant(cast: Any) -> dict[str, Any]:
    row = Expert.objects.create(user=make.user("申请人"), number="A1", region="330100", admitted_at=None)
    return {"expert_id": row.pk}


def _tie(cast: Any) -> dict[str, Any]:
    expert = Expert.objects.get(user_id=cast.experts[0].user_id)
    day = clock.now().date()
    row = Employment.objects.create(
        expert=expert, organisation_name="某公司", credit_code=make.credit_code(), since=day
    )
    return {"employment_id": row.pk}


def _sanction(cast: Any) -> dict[str, Any]:
    row = Sanction.objects.create(
        credit_code=make.credit_code(), name="某公司", kind="ban", since=clock.now() - timedelta(days=1)
    )
    return {"sanction_id": row.pk}


def _item(cast: Any, is_task: bool) -> dict[str, Any]:
    key = f"matrix.{is_task}"
    row = inbox.assign(
        key=key, org_id=cast.supplier_a.org_id, kind="supplier", title="x", url="/desk", is_task=is_task
    )
    return {"item_id": row.pk}


def _desk_of_supplier(cast: Any) -> dict[str, Any]:
    return {"desk": Membership.objects.get(user_id=cast.supplier_a.user_id).pk}


def _held(cast: Any) -> dict[str, Any]:
    """A piece of evidence of the supplier, with a document."""
    row = Evidence.objects.filter(organisation_id=cast.supplier_a.org_id).first()
    row.stored_as, row.name = storages["default"].save("evidence/x.pdf", ContentFile(b"paper")), "x.pdf"
    row.save()
    return {"evidence_id": row.pk}


def _holder(cast: Any) -> dict[str, Any]:
    day = clock.now().date()
    row = Holder.objects.create(
        organisation_id=cast.supplier_a.org_id, hold="holding", name="母公司", key="x", since=day
    )
    return {"holder_id": row.pk}


OBJECTS = {
    "held_evidence": _held,
    "holder": _holder,
    "application": _application,
    "colleague": lambda cast: {"membership_id": _colleague(cast).pk},
    "open_invitation": lambda cast: {"invitation_id": _invitation(cast).pk},
    "invitation_token": lambda cast: {"token": tokens.make("invitation", _invitation(cast).pk)},
    "recovery": lambda cast: {"recovery_id": _recovery(cast).pk},
    "recovery_token": lambda cast: {"token": tokens.make("recovery", _recovery(cast).pk)},
    "expert_applicant": _applicant,
    "tie": _tie,
    "sanction": _sanction,
    "task_item": lambda cast: _item(cast, True),
    "note_item": lambda cast: _item(cast, False),
    "desk_of_supplier": _desk_of_supplier,
}

ROWS = [
    Row("desk", allowed=SIGNED_IN),
    Row("desk_calendar", allowed=SIGNED_IN),
    Row("board", allowed=SIGNED_IN - {"expert", "operator"}),
    Row("desk_switch", allowed={"supplier"}, method="post", data="desk_of_supplier"),
    Row("display", allowed=EVERYONE, method="post", data={"large": "1"}),
    Row("desk_item_take", "task_item", allowed={"supplier"}, method="post"),
    Row("desk_item_put_away", "note_item", allowed={"supplier"}, method="post"),
    Row(
        "sign_begin",
        allowed=SIGNED_IN,
        method="post",
        json=True,
        data={"payload_hash": "00" * 32, "purpose": "test"},
        accepts={409},
    ),
    Row("recover_key"),
    Row("recover_key", method="post", data={"email": "nobody@example.org"}),
    Row("recover_key_use", "recovery_token", allowed=EVERYONE),
    Row("recover_key_stop", allowed=set(), method="post"),
    Row("parties:evidence", allowed=SUPPLY),
    Row("parties:evidence", allowed=SUPPLY, method="post", accepts={422}),
    Row("parties:evidence_file", "held_evidence", allowed={"supplier"}),
    Row("parties:evidence_withdraw", "held_evidence", allowed={"supplier"}, method="post"),
    Row("parties:control", allowed=HAVE_DESK),
    Row("parties:control_end", "holder", allowed={"supplier"}, method="post"),
    Row("parties:region_pick"),
    Row("parties:organisation_new", allowed=SIGNED_IN),
    Row("parties:organisation_new", allowed=SIGNED_IN, method="post", accepts={422}),
    Row("parties:organisation", allowed=HAVE_DESK),
    Row("parties:organisation_edit", allowed=HAVE_DESK),
    Row("parties:capacity_apply", allowed=HAVE_DESK, method="post", accepts={422}),
    Row("parties:people", allowed=HAVE_DESK),
    Row("parties:invite", allowed=HAVE_DESK, method="post", accepts={422}),
    Row("parties:person", "colleague", allowed={"supplier"}),
    Row(
        "parties:person",
        "colleague",
        allowed={"supplier"},
        method="post",
        data={"act": "role"},
        accepts={422},
    ),
    Row("parties:invitation_withdraw", "open_invitation", allowed={"supplier"}, method="post"),
    Row("parties:invitation", "invitation_token", allowed=EVERYONE),
    Row("parties:invitation", "invitation_token", allowed=set(), method="post", refused={403}),
    Row("parties:recovery_approve", "recovery", allowed={"supplier"}, method="post"),
    Row("parties:size"),
    Row("parties:size_declare", allowed={"supplier", "outsider_supplier"}, method="post", accepts={422}),
    Row("parties:capacities", allowed=ANY_SUPERVISOR),
    Row("parties:capacity", "application", allowed=SUPERVISE),
    Row("parties:capacity", "application", allowed=SUPERVISE, method="post", data={"verb": "verify"}),
    Row("parties:expert", allowed=SIGNED_IN),
    Row("parties:tie_add", allowed={"expert"}, method="post", accepts={422}),
    Row("parties:tie_end", "tie", allowed={"expert"}, method="post", data={"until": "2099-01-01"}),
    Row("parties:experts", allowed=ANY_SUPERVISOR),
    Row(
        "parties:expert_decide", "expert_applicant", allowed=SUPERVISE, method="post", data={"verb": "admit"}
    ),
    Row("parties:sanctions", allowed=ANY_SUPERVISOR),
    Row(
        "parties:sanction_lift",
        "sanction",
        allowed=ANY_SUPERVISOR,
        method="post",
        data={"reason": "decision withdrawn"},
    ),
]
