"""Passkeys of a person as allauth keeps them: one place that knows how."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from fido2 import cbor
from fido2.webauthn import AttestationObject, RegistrationResponse

from core import clock
from core.audit.services import record
from core.errors import Invalid, gettext_noop
from core.reads import Read
from parties.access import person
from parties.assertion import decode, encode
from parties.models import Membership
from parties.selectors import in_force


@dataclass(frozen=True)
class Passkey:
    """One stored passkey: its id, its public key in COSE form, the name its owner gave it."""

    credential_id: bytes
    public_key: bytes
    name: str
    authenticator_id: int


def of(user_id: uuid.UUID) -> list[Passkey]:
    """Give a person's passkeys, oldest first."""
    return _read(_OWN(user=user_id))


def of_desk(org_id: uuid.UUID) -> list[Passkey]:
    """Give the passkeys of everybody who works at a desk now."""
    people = Membership.objects.filter(in_force(clock.now()), organisation_id=org_id, user__is_active=True)
    return _read(_passkeys().filter(user_id__in=people.values("user_id")))


def _passkeys() -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    return rows.values_list("pk", "data")


_OWN = Read(lambda user: _passkeys().filter(user_id=user), user=uuid.UUID)


def _read(rows: Iterable[tuple[int, dict[str, Any]]]) -> list[Passkey]:
    found = []
    for pk, stored in rows:
        # As allauth reads it, without the rest of the registration: a submission must not wait for that.
        attested = AttestationObject(decode(stored["credential"]["response"]["attestationObject"]))
        data = attested.auth_data.credential_data
        if data is not None:
            key = cbor.encode(dict(data.public_key))
            found.append(Passkey(bytes(data.credential_id), key, stored["name"], pk))
    return found


def creation_options(user_id: uuid.UUID) -> dict[str, Any]:
    """Give creation options in JSON form for a key that no browser makes (demonstration, tests)."""
    user = person(user_id)
    return {
        "publicKey": {
            "rp": {"id": settings.RP_ID, "name": "Mingcai"},
            "user": {
                "id": encode(user_pk_to_url_str(user).encode()),
                "name": user.email,
                "displayName": user.name,
            },
            "challenge": encode(uuid.uuid4().bytes),
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        }
    }


@transaction.atomic
def add(user_id: uuid.UUID, name: str, credential: Mapping[str, Any], *, actor: str = "operator") -> Passkey:
    """Store a passkey for a person from its registration in JSON form.

    For management commands and tests: whoever calls this vouches for the registration; a person adds a
    passkey through the site's pages. Raises Invalid for a registration that cannot be read or is for
    another site.
    """
    user = person(user_id)
    try:
        data = RegistrationResponse.from_dict(credential).response.attestation_object.auth_data
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(gettext_noop("This passkey cannot be read.")) from error
    if data.credential_data is None:
        raise Invalid(gettext_noop("This passkey cannot be read."))
    row = WebAuthn.add(user, name, dict(credential)).instance
    record(actor=actor, verb="parties.add_passkey", subject=f"person.{user_id}", name=name)
    return Passkey(
        bytes(data.credential_data.credential_id),
        cbor.encode(dict(data.credential_data.public_key)),
        name,
        row.pk,
    )
