"""A bidder's signature over the record's hash (FORMAT.md 3.10): a passkey of the person, or the organisation's certificate."""

from __future__ import annotations

import logging
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from fido2 import cbor

from bidding.sealing import cms
from bidding.sealing.errors import BadSignature
from bidding.sealing.objects import SignedRecord
from bidding.sealing.signatures import CMS, WEBAUTHN, Passkey, verify_certificate, verify_webauthn
from core import clock
from core.errors import Refused, gettext_noop
from parties.access import Actor
from parties.assertion import decode, encode
from parties.services import passkeys

log = logging.getLogger(__name__)


def options(actor: Actor) -> dict[str, Any]:
    """Give the options of the passkey ceremony; the page sets the record's hash as its challenge."""
    keys = passkeys.of(actor.require_user())
    return {
        "scheme": WEBAUTHN,
        "publicKey": {
            "rpId": settings.RP_ID,
            "allowCredentials": [{"type": "public-key", "id": encode(key.credential_id)} for key in keys],
            "userVerification": "required",
            "timeout": 600_000,
        },
    }


class CertificatesUnavailable(Refused):
    """The operator's files of authorities and revocation lists cannot be read."""

    code = "certificates-unavailable"
    title = gettext_noop("Certificates cannot be checked now")


@lru_cache(maxsize=2)
def _authorities(*files: tuple[str, int]) -> cms.Authorities:
    return cms.Authorities.from_pem(*(Path(path).read_bytes() for path, _ in files))


def authorities() -> cms.Authorities | None:
    """Give who may vouch for bidders' certificates here (`BIDDER_CA_FILE`); None where only passkeys sign.

    With `BIDDER_CRL_FILE` their revocation lists are asked; both files are read again when they change. Raises
    CertificatesUnavailable when one cannot be read.
    """
    if not settings.BIDDER_CA_FILE:
        return None
    named = filter(None, (settings.BIDDER_CA_FILE, settings.BIDDER_CRL_FILE))
    try:
        return _authorities(*((str(file), Path(file).stat().st_mtime_ns) for file in named))
    except (OSError, ValueError) as error:
        log.error("certificates of bidders cannot be checked: %s", error)
        raise CertificatesUnavailable(
            gettext_noop(
                "The platform cannot read its list of authorities. Nothing was submitted. "
                "Tell the operator, or sign with a passkey."
            )
        ) from error


def _by_certificate(actor: Actor, signed: SignedRecord) -> bytes:
    trusted = authorities()
    if trusted is None:
        raise BadSignature("certificates are not accepted here")
    found = verify_certificate(signed)
    if not found.names(actor.credit_code):
        raise BadSignature("the certificate is not this organisation's")
    found.vouched(trusted, clock.stamp())
    return found.public_key


def verify(actor: Actor, signed: SignedRecord) -> bytes:
    """Check that the actor signed the record here, with an own passkey or the organisation's certificate; give the key (DER).

    Raises BadSignature.
    """
    if signed.signature.get("scheme") == CMS:
        return _by_certificate(actor, signed)
    named = signed.signature.get("credential_id", "")
    try:
        wanted = decode(named)
    except ValueError as error:
        raise BadSignature("the signature names no passkey") from error
    for key in passkeys.of(actor.require_user()):
        if key.credential_id == wanted:
            public = spki(key.public_key)
            verify_webauthn(signed, Passkey(public, settings.RP_ID, settings.PASSKEY_ORIGINS))
            return public
    raise BadSignature("the passkey is not one of this person's")


def public_key(org_id: uuid.UUID, credential_id: bytes) -> bytes | None:
    """Give the key (DER) of a passkey of that desk; None when nobody who works there now has it."""
    stored = (key.public_key for key in passkeys.of_desk(org_id) if key.credential_id == credential_id)
    return next(map(spki, stored), None)


def spki(cose: bytes) -> bytes:
    """Turn a public key from COSE form (RFC 9053) into DER. Raises BadSignature for other kinds than passkeys have."""
    key = cbor.decode(cose)
    if not isinstance(key, dict):
        raise BadSignature("not a key")
    kind = key.get(1)
    try:
        if kind == 2 and key.get(-1) == 1:
            numbers = EllipticCurvePublicNumbers(
                int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big"), SECP256R1()
            )
            return numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if kind == 1 and key.get(-1) == 6:
            return Ed25519PublicKey.from_public_bytes(key[-2]).public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )
        if kind == 3:
            rsa = RSAPublicNumbers(int.from_bytes(key[-2], "big"), int.from_bytes(key[-1], "big"))
            return rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (KeyError, ValueError, TypeError) as error:
        raise BadSignature("the passkey's key cannot be read") from error
    raise BadSignature("the passkey's key is of an unknown kind")
