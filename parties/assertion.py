"""Signatures by passkey: what is signed and how anyone checks it. Pure: no Django, no clock, no database.

A person signs the SHA-256 of canonical content by a WebAuthn assertion whose challenge binds that hash to
a purpose, to the person and to a number used once:

    challenge = SHA-256(canonical({"nonce": hex, "payload_hash": hex, "purpose": text, "user": uuid}))

The signature carries everything that this needs, so that a report or a receipt can be checked years later
and by others: relying party, origin, public key (COSE), authenticator data, client data. Binary members
are base64url without padding. `at` (the server's time) and `credential_id` are not signed. Source: W3C
Web Authentication Level 2, section 7.2.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Mapping
from typing import Any, TypedDict

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import CoseKey, UnsupportedKey
from fido2.webauthn import AuthenticatorData, CollectedClientData

from core.canonical import digest

SCHEME = "webauthn"


class Signature(TypedDict):
    """One signature; plain JSON."""

    scheme: str
    purpose: str
    payload_hash: str
    nonce: str
    user: str
    at: str
    rp_id: str
    origin: str
    credential_id: str
    public_key: str
    authenticator_data: str
    client_data_json: str
    signature: str


def encode(data: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Read base64url without padding. Raises ValueError for anything else."""
    if not isinstance(text, str) or "=" in text or not text.isascii():
        raise ValueError("not base64url")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    return data


def challenge_for(*, payload_hash: bytes, purpose: str, user: str, nonce: str) -> bytes:
    """Give the 32 bytes that the authenticator signs; `nonce` is hex, `user` the person's id as text."""
    return digest({"purpose": purpose, "payload_hash": payload_hash.hex(), "user": user, "nonce": nonce})


def flaw(
    signature: Mapping[str, Any],
    payload_hash: bytes,
    *,
    rp_id: str | None = None,
    origins: Collection[str] | None = None,
) -> str:
    """Say what is wrong with `signature` over `payload_hash`; empty when it is good.

    With `rp_id` and `origins` it must also have been made for that site; without, those that it names are
    taken.
    """
    try:
        return _flaw(signature, payload_hash, rp_id, origins)
    except (KeyError, ValueError, TypeError) as error:
        return f"cannot be read: {error}"


def _flaw(
    signature: Mapping[str, Any], payload_hash: bytes, rp_id: str | None, origins: Collection[str] | None
) -> str:
    if signature["scheme"] != SCHEME:
        return "unknown scheme"
    if signature["payload_hash"] != payload_hash.hex():
        return "signs other content"
    authenticator = AuthenticatorData(decode(signature["authenticator_data"]))
    client = CollectedClientData(decode(signature["client_data_json"]))
    expected = challenge_for(
        payload_hash=payload_hash,
        purpose=signature["purpose"],
        user=signature["user"],
        nonce=signature["nonce"],
    )
    if client.type != CollectedClientData.TYPE.GET or client.cross_origin:
        return "is no assertion of this page"
    if client.challenge != expected:
        return "answers another challenge"
    if client.origin != signature["origin"] or (origins is not None and client.origin not in origins):
        return "was made for another site"
    if rp_id is not None and signature["rp_id"] != rp_id:
        return "was made for another site"
    if authenticator.rp_id_hash != hashlib.sha256(signature["rp_id"].encode()).digest():
        return "was made for another site"
    if not (authenticator.is_user_present() and authenticator.is_user_verified()):
        return "was made without verifying the person"
    key = public_key(decode(signature["public_key"]))
    try:
        key.verify(bytes(authenticator) + client.hash, decode(signature["signature"]))
    except InvalidSignature:
        return "does not fit the key"
    return ""


def public_key(cose: bytes) -> CoseKey:
    """Read a public key in COSE form. Raises ValueError for algorithms that are not understood."""
    key = CoseKey.parse(_mapping(cbor.decode(cose)))
    if isinstance(key, UnsupportedKey):
        raise ValueError("unsupported key")
    return key


def _mapping(value: Any) -> Mapping[int, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("not a key")
    return value


def verify(
    signature: Mapping[str, Any],
    payload_hash: bytes,
    *,
    rp_id: str | None = None,
    origins: Collection[str] | None = None,
) -> bool:
    """Tell whether `signature` is good for `payload_hash`; see `flaw`. Never raises."""
    return not flaw(signature, payload_hash, rp_id=rp_id, origins=origins)
