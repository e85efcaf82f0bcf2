"""Sign one act with one touch of a passkey (step-up): bids, reports, decisions, contracts.

`begin` issues a challenge for the hash of the canonical content; the person's authenticator answers;
`finish` checks the answer once and gives the `Signature` that the act stores. How to check it later:
`parties.assertion`.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from fido2.webauthn import AuthenticationResponse

from core import clock
from core.audit.services import record
from core.errors import Conflict, Forbidden, Invalid, gettext_noop
from parties import assertion
from parties.access import Actor, person
from parties.assertion import Signature, challenge_for, encode
from parties.models import SigningChallenge, User
from parties.services import passkeys

CHALLENGE_LASTS = timedelta(minutes=10)
HASH_BYTES = 32


class NoPasskey(Conflict):
    """The person has no passkey to sign with."""

    code = "no-passkey"
    title = gettext_noop("Signing needs a passkey")


class NotSigned(Forbidden):
    """The answer of the authenticator does not sign this act."""

    code = "not-signed"
    title = gettext_noop("This was not signed")


def begin(user_id: uuid.UUID, payload_hash: bytes, purpose: str) -> dict[str, Any]:
    """Issue a challenge for `payload_hash` (32 bytes, SHA-256) and give request options in JSON form.

    `purpose` names the act and its object, such as `"report.<uuid>"`; the same text must be given to
    `finish`. The challenge can be answered once, within ten minutes. Raises NoPasskey, Invalid.
    """
    user = person(user_id)
    if len(payload_hash) != HASH_BYTES or not 0 < len(purpose) <= 120:
        raise Invalid(gettext_noop("There is nothing here that can be signed."))
    keys = passkeys.of(user.pk)
    if not keys:
        raise NoPasskey(gettext_noop("Add a passkey to your account, then sign."))
    now = clock.now()
    nonce = secrets.token_hex(16)
    challenge = challenge_for(payload_hash=payload_hash, purpose=purpose, user=str(user.pk), nonce=nonce)
    SigningChallenge.objects.create(
        user=user,
        purpose=purpose,
        payload_hash=payload_hash.hex(),
        nonce=nonce,
        challenge=encode(challenge),
        issued_at=now,
        expires_at=now + CHALLENGE_LASTS,
    )
    return {
        "publicKey": {
            "challenge": encode(challenge),
            "rpId": settings.RP_ID,
            "allowCredentials": [{"type": "public-key", "id": encode(key.credential_id)} for key in keys],
            "userVerification": "required",
            "timeout": int(CHALLENGE_LASTS.total_seconds() * 1000),
        }
    }


def sign_terms(
    actor: Actor, terms_hash: str, credential: Mapping[str, Any] | str, *, purpose: str
) -> dict[str, Any]:
    """Check the actor's answer over the hash (hex) of an agreement's terms; give the columns of `SignedBy`, but the time.

    Raises as `finish`, and as `Actor.require_user`.
    """
    user_id = actor.require_user()
    signature = finish(user_id, bytes.fromhex(terms_hash), credential, purpose=purpose)
    return {"person": actor.label, "user_id": user_id, "signature": dict(signature)}


@transaction.atomic
def finish(
    user_id: uuid.UUID, payload_hash: bytes, credential: Mapping[str, Any] | str, *, purpose: str
) -> Signature:
    """Check the authenticator's answer (JSON, text or read) and give the signature to store.

    The server computes `payload_hash` afresh from what it is about to do; purpose, person, hash and
    number used once must be those of an open challenge. Uses the challenge up, in the caller's
    transaction. Raises NotSigned.
    """
    now = clock.now()
    answer = _read(credential)
    User.objects.select_for_update().get(pk=person(user_id).pk)
    client_challenge = encode(answer.response.client_data.challenge)
    issued = (
        SigningChallenge.objects.select_for_update()
        .filter(user_id=user_id, challenge=client_challenge, payload_hash=payload_hash.hex(), purpose=purpose)
        .first()
    )
    key = next((k for k in passkeys.of(user_id) if k.credential_id == answer.raw_id), None)

    if issued is None or key is None:
        raise NotSigned(gettext_noop("The signature does not belong to this content. Please sign again."))
    if issued.used_at is not None or now >= issued.expires_at:
        raise NotSigned(gettext_noop("The time to sign is over. Please sign again."))
    signature = Signature(
        scheme=assertion.SCHEME,
        purpose=purpose,
        payload_hash=payload_hash.hex(),
        nonce=issued.nonce,
        user=str(user_id),
        at=now.isoformat(timespec="microseconds"),
        rp_id=settings.RP_ID,
        origin=answer.response.client_data.origin,
        credential_id=encode(key.credential_id),
        public_key=encode(key.public_key),
        authenticator_data=encode(bytes(answer.response.authenticator_data)),
        client_data_json=encode(bytes(answer.response.client_data)),
        signature=encode(answer.response.signature),
    )
    flaw = assertion.flaw(signature, payload_hash, rp_id=settings.RP_ID, origins=settings.PASSKEY_ORIGINS)
    if flaw:
        raise NotSigned(gettext_noop("The signature cannot be accepted. Please sign again."), reason=flaw)
    counter = answer.response.authenticator_data.counter
    if _looks_cloned(key.credential_id, counter):
        raise NotSigned(
            gettext_noop("This passkey may have been copied. Please use another one and tell us.")
        )

    claimed = SigningChallenge.objects.filter(pk=issued.pk, used_at=None).update(
        used_at=now, credential_id=encode(key.credential_id), counter=counter
    )
    if not claimed:
        raise NotSigned(gettext_noop("The time to sign is over. Please sign again."))

    record(
        actor=str(user_id),
        verb="parties.sign",
        subject=f"person.{user_id}",
        purpose=purpose,
        payload_hash=payload_hash.hex(),
    )
    return signature


def verify(signature: Mapping[str, Any], payload_hash: bytes) -> bool:
    """Tell whether a stored signature is good for `payload_hash` on this site. Never raises."""
    return assertion.verify(signature, payload_hash, rp_id=settings.RP_ID, origins=settings.PASSKEY_ORIGINS)


def _read(credential: Mapping[str, Any] | str) -> AuthenticationResponse:
    try:
        given = json.loads(credential) if isinstance(credential, str) else credential
        return AuthenticationResponse.from_dict(given)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotSigned(
            gettext_noop("The signature is missing or cannot be read. Please sign again.")
        ) from error


def _looks_cloned(credential_id: bytes, counter: int) -> bool:
    """Tell whether the counter did not grow. Keys that are synchronised between devices always say zero."""
    last = (
        SigningChallenge.objects.filter(credential_id=encode(credential_id))
        .order_by("-counter")
        .values_list("counter", flat=True)
        .first()
    )
    return last is not None and (counter != 0 or last != 0) and counter <= last
