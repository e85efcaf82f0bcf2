"""A person's draft key: the public half, and the secret half as the person's own browser wrapped it."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from django.db import transaction

from bidding.drafts import key_id_of
from bidding.models import DraftKey
from bidding.sealing.age.errors import HeaderFailure
from bidding.sealing.age.header import Header, read_header
from bidding.sealing.context import AGE_HYBRID, RECIPIENT_FORM
from core import clock
from core.audit.services import record as record_act
from core.errors import Conflict, Invalid, gettext_noop
from parties.access import Actor
from parties.states import Kind

#: How a secret may be wrapped, and the one stanza of the age file that does it.
STANZAS = {"passphrase": "scrypt", "passkey": "age-encryption.org/fido2prf"}
WRAPPED_BYTES = 4096
WRAPPED_MOST = 5


class KeyExists(Conflict):
    """The person has another draft key."""

    code = "key-exists"
    title = gettext_noop("You have a draft key already")


def read_age(text: Any, most: int) -> tuple[bytes, Header]:
    """Give the bytes of a base64 age file and its header. Raises Invalid."""
    try:
        data = base64.b64decode(text, validate=True)
        if len(data) > most:
            raise ValueError("too long")
        return data, read_header(io.BytesIO(data))
    except (TypeError, ValueError, binascii.Error, HeaderFailure) as error:
        raise Invalid(gettext_noop("This is no age file of the form that drafts use.")) from error


@transaction.atomic
def store(*, actor: Actor, recipient: Any, wrapped: Any, replace: bool = False) -> str:
    """Keep a person's draft key, or another wrapping of the same one; gives its key id.

    `wrapped` is `[{"by": "passkey" | "passphrase", "age": base64}]`. The platform cannot unwrap it and does not see
    what it holds. Raises Invalid, and KeyExists for another recipient unless `replace` is set: then drafts wait
    until a colleague who reads them has confirmed it.
    """
    user_id = actor.require_user()
    actor.require_kind(Kind.SUPPLIER)
    if not isinstance(recipient, str) or not RECIPIENT_FORM[AGE_HYBRID].fullmatch(recipient):
        raise Invalid(gettext_noop("This is no public draft key."))
    rows = _read_wrapped(wrapped)
    before = DraftKey.objects.select_for_update().filter(user_id=user_id).first()
    if before is not None and before.recipient != recipient and not replace:
        raise KeyExists(
            gettext_noop("Unlock it, or replace it: then a colleague has to give you access again.")
        )
    key_id = key_id_of(user_id, recipient)
    if before is not None and before.recipient == recipient:
        rows = [row for row in before.wrapped if row["by"] not in {one["by"] for one in rows}] + rows
    DraftKey.objects.update_or_create(
        user_id=user_id,
        defaults={"recipient": recipient, "key_id": key_id, "wrapped": rows, "made_at": clock.now()},
    )
    record_act(
        actor=actor.label,
        verb="store-draft-key",
        subject=f"draftkey.{user_id}",
        key_id=key_id,
        wrapped_by=[row["by"] for row in rows],
    )
    return key_id


def _read_wrapped(wrapped: Any) -> list[dict[str, str]]:
    if not isinstance(wrapped, list) or not 1 <= len(wrapped) <= WRAPPED_MOST:
        raise Invalid(gettext_noop("The secret draft key must be wrapped by a passkey or a passphrase."))
    rows = []
    for one in wrapped:
        by = one.get("by") if isinstance(one, dict) else None
        if by not in STANZAS:
            raise Invalid(gettext_noop("The secret draft key must be wrapped by a passkey or a passphrase."))
        _, header = read_age(one.get("age"), WRAPPED_BYTES)
        if [stanza.arguments[0] for stanza in header.stanzas] != [STANZAS[by]]:
            raise Invalid(gettext_noop("The secret draft key must be wrapped by a passkey or a passphrase."))
        rows.append({"by": by, "age": one["age"]})
    return rows


def own(actor: Actor) -> dict[str, Any] | None:
    """Give the actor's own draft key as it is kept, or None."""
    row = DraftKey.objects.filter(user_id=actor.require_user()).first()
    return {"recipient": row.recipient, "wrapped": row.wrapped} if row else None
