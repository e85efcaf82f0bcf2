"""A passkey in software, for tests, the walkthrough and the invented people of the demonstration. Pure.

It speaks the JSON forms of Web Authentication Level 3 (`parseCreationOptionsFromJSON`, `toJSON`), so that
it goes through the same HTTP addresses as a browser. It protects nothing: whoever has its file can sign.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40
AAGUID = bytes(16)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _inner(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the public-key options, with or without the `publicKey` wrapper."""
    inner: Mapping[str, Any] = options.get("publicKey", options)
    return inner


@dataclass
class SoftKey:
    """One credential on the curve P-256 (ES256), for one relying party and one origin.

    `verifies` sets the flag that the person was verified (PIN, finger); `counter` grows with every use.
    """

    rp_id: str
    origin: str
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""
    counter: int = 0
    verifies: bool = True

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer creation options with a registration (attestation `none`); remembers whose key it is.

        Raises ValueError when the options are for another relying party or refuse ES256.
        """
        wanted = _inner(options)
        if wanted["rp"].get("id", self.rp_id) != self.rp_id:
            raise ValueError(f"options are for {wanted['rp'].get('id')}, this key is for {self.rp_id}")
        if not any(row["alg"] == -7 for row in wanted["pubKeyCredParams"]):
            raise ValueError("the relying party does not take ES256")
        self.user_handle = _decode(wanted["user"]["id"])
        attested = (
            AAGUID
            + len(self.credential_id).to_bytes(2, "big")
            + self.credential_id
            + cbor.encode(self._cose())
        )
        attestation = cbor.encode(
            {"fmt": "none", "attStmt": {}, "authData": self._authenticator_data(ATTESTED) + attested}
        )
        return {
            "id": _encode(self.credential_id),
            "rawId": _encode(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": _encode(self._client_data("webauthn.create", wanted["challenge"])),
                "attestationObject": _encode(attestation),
                "transports": ["internal"],
            },
        }

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer request options with an assertion. Raises LookupError when another key is asked for."""
        wanted = _inner(options)
        if wanted.get("rpId", self.rp_id) != self.rp_id:
            raise ValueError(f"options are for {wanted.get('rpId')}, this key is for {self.rp_id}")
        allowed = [_decode(row["id"]) for row in wanted.get("allowCredentials") or []]
        if allowed and self.credential_id not in allowed:
            raise LookupError("this key is not among those asked for")
        self.counter += 1
        client = self._client_data("webauthn.get", wanted["challenge"])
        data = self._authenticator_data(0)
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": _encode(self.credential_id),
            "rawId": _encode(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": _encode(client),
                "authenticatorData": _encode(data),
                "signature": _encode(signature),
                "userHandle": _encode(self.user_handle),
            },
        }

    def dump(self) -> str:
        """Write the key as JSON, private part included."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "rp_id": self.rp_id,
                "origin": self.origin,
                "private": pem.decode("ascii"),
                "credential_id": _encode(self.credential_id),
                "user_handle": _encode(self.user_handle),
                "counter": self.counter,
            }
        )

    @classmethod
    def load(cls, text: str) -> SoftKey:
        """Read what `dump` wrote."""
        row = json.loads(text)
        private = serialization.load_pem_private_key(row["private"].encode("ascii"), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key of this kind")
        return cls(
            rp_id=row["rp_id"],
            origin=row["origin"],
            private=private,
            credential_id=_decode(row["credential_id"]),
            user_handle=_decode(row["user_handle"]),
            counter=row["counter"],
        )

    def _authenticator_data(self, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False},
            separators=(",", ":"),
        ).encode()

    def _cose(self) -> dict[int, Any]:
        point = self.private.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
