"""Consortia by their services: offered by the lead, signed by every desk with a passkey in software."""

from __future__ import annotations

from typing import Any

from bidding.consortia import purpose_of
from bidding.services import consortia
from bidding.services.consortia import Part
from config.softkey import SoftKey
from parties.models import Organisation
from parties.services import passkeys, signing

ORIGIN = "http://localhost:8000"


def touched(actor: Any, found: Any) -> dict[str, Any]:
    """Touch a fresh passkey of the actor's for the agreement."""
    key = SoftKey("localhost", ORIGIN)
    passkeys.add(actor.user_id, f"test-{found.id}", key.create(passkeys.creation_options(actor.user_id)))
    purpose = purpose_of(found.id)
    return key.get(signing.begin(actor.user_id, bytes.fromhex(found.terms_hash), purpose))


def offered(tender: Any, lead: Any, *partners: tuple[Any, str], own: str = "60", lot: str = "1") -> Any:
    """An agreement that nobody has signed yet; partners are actors with their share in percent."""
    parts = [
        Part(Organisation.objects.get(pk=who.org_id).credit_code, percent, "安装与售后")
        for who, percent in partners
    ]
    return consortia.offer(
        actor=lead,
        tender_id=tender.id,
        lot=lot,
        own=Part("", own, "供货与集成"),
        partners=parts,
        text="争议由牵头人所在地法院管辖。",
    )


def sign(found: Any, actor: Any) -> Any:
    """One desk signs."""
    return consortia.sign(actor=actor, consortium_id=found.id, credential=touched(actor, found))


def agreed(tender: Any, lead: Any, *partners: tuple[Any, str], own: str = "60", lot: str = "1") -> Any:
    """An agreement that every member has signed."""
    found = offered(tender, lead, *partners, own=own, lot=lot)
    for actor in (lead, *(who for who, _percent in partners)):
        found = sign(found, actor)
    return found
