"""Signatures of bidders over records (FORMAT.md 3.10): passkeys, certificates, and a software key for offline use."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from bidding.sealing import cms
from bidding.sealing.encoding import h, join, label
from bidding.sealing.errors import BadSignature, Malformed
from bidding.sealing.objects import SignedRecord
from bidding.sealing.shape import hexadecimal

SOFTWARE = "ed25519-software"
WEBAUTHN = "webauthn"
CMS = "cms"
_MEMBERS = {
    CMS: {"scheme", "signed_data"},
    SOFTWARE: {"scheme", "public_key", "signature"},
    WEBAUTHN: {"scheme", "credential_id", "authenticator_data", "client_data_json", "signature"},
}
_PRESENT_AND_VERIFIED = 0x05


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey's public key (DER SubjectPublicKeyInfo), its relying party and its origins."""

    public_key: bytes
    rp_id: str
    origins: Collection[str]


def software_signature(key: Ed25519PrivateKey, record_hash: bytes) -> dict[str, str]:
    """Sign H(record) with a software key."""
    return {
        "scheme": SOFTWARE,
        "public_key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(message(record_hash)).hex(),
    }


def verify_software(signed: SignedRecord, public_key: bytes | None = None) -> None:
    """Check a software signature by `public_key`, or by the key it names.  Raises BadSignature."""
    signature = _members(signed, SOFTWARE)
    named = hexadecimal(signature["public_key"], "signature.public_key", 32)
    if public_key is not None and not hmac.compare_digest(named, public_key):
        raise BadSignature("signed with another key")
    try:
        Ed25519PublicKey.from_public_bytes(named).verify(
            hexadecimal(signature["signature"], "signature.signature", 64),
            message(bytes.fromhex(signed.record.hash)),
        )
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("the signature does not verify") from error


def verify_webauthn(signed: SignedRecord, passkey: Passkey) -> None:
    """Check a passkey's assertion over H(record), its user verified.  Raises BadSignature."""
    signature = _members(signed, WEBAUTHN)
    authenticator, client = (_base64(signature[name]) for name in ("authenticator_data", "client_data_json"))
    check_challenge(signed)
    if _client(client).get("origin") not in passkey.origins:
        raise BadSignature("signed for another site")
    flags = authenticator[32] if len(authenticator) >= 37 else 0
    if flags & _PRESENT_AND_VERIFIED != _PRESENT_AND_VERIFIED:
        raise BadSignature("the person was not verified")
    if not hmac.compare_digest(authenticator[:32], h(passkey.rp_id.encode("utf-8"))):
        raise BadSignature("signed for another relying party")
    try:
        _verify(passkey.public_key, _base64(signature["signature"]), authenticator + h(client))
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("the signature does not verify") from error


def verify_certificate(signed: SignedRecord) -> cms.Signed:
    """Check a signature by certificate over H(record); who vouches for it is the caller's question.  Raises BadSignature."""
    signature = _members(signed, CMS)
    return cms.read(_base64(signature["signed_data"]), message(bytes.fromhex(signed.record.hash)))


def check_bidder(signed: SignedRecord) -> str:
    """Check what can be checked without a passkey's key or trusted authorities: `verified` or `bound`.  Raises BadSignature."""
    if signed.signature.get("scheme") == SOFTWARE:
        verify_software(signed)
        return "verified"
    if signed.signature.get("scheme") == CMS:
        verify_certificate(signed)
        return "bound"
    check_challenge(signed)
    return "bound"


def check_challenge(signed: SignedRecord) -> None:
    """Check that a passkey's assertion is about this record, without its key.  Raises BadSignature."""
    client = _client(_base64(_members(signed, WEBAUTHN)["client_data_json"]))
    challenge = client.get("challenge")
    expected = base64.urlsafe_b64encode(bytes.fromhex(signed.record.hash)).rstrip(b"=").decode("ascii")
    if client.get("type") != "webauthn.get" or challenge != expected:
        raise BadSignature("the assertion is about something else")


def message(record_hash: bytes) -> bytes:
    """Give the bytes that a certificate or a software key signs for H(record)."""
    return join(label("bidder-signature"), record_hash)


def _members(signed: SignedRecord, scheme: str) -> dict[str, str]:
    signature = signed.signature
    if signature.get("scheme") != scheme or signature.keys() != _MEMBERS[scheme]:
        raise BadSignature(f"not a signature of scheme {scheme}")
    return signature


def _base64(text: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadSignature("not base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii") != text:
        raise BadSignature("not canonical base64url")
    return data


def _client(data: bytes) -> dict[str, object]:
    try:
        client = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise BadSignature("the client data is not JSON") from error
    if not isinstance(client, dict):
        raise BadSignature("the client data is not an object")
    return client


def _verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    key = load_der_public_key(public_key)
    if isinstance(key, EllipticCurvePublicKey):
        key.verify(signature, message, ECDSA(SHA256()))
    elif isinstance(key, Ed25519PublicKey):
        key.verify(signature, message)
    elif isinstance(key, RSAPublicKey):
        key.verify(signature, message, PKCS1v15(), SHA256())
    else:
        raise Malformed("a passkey's key is of an unknown type")
