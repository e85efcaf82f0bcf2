"""RFC 3161 time stamps over checkpoints: what a token says, and whether its authority signed it; pure.

A *token* is a DER TimeStampToken over the checkpoint's note text, as receipts carry it.  `rfc3161-client` (OpenSSL
underneath) reads and verifies; nothing here believes a token without `certificates`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from core.ledger import der

MAX_TOKEN_BYTES = 1 << 16
_GRANTED = b"\x30\x03\x02\x01\x00"
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}


class BadToken(ValueError):
    """No time stamp token, over something else, or not signed by the authority that is trusted."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a token says: when its authority saw the text; `verified` whether its signature was checked."""

    at: datetime
    policy: str
    serial: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificates one trusts: root, intermediates, and the authority's own if tokens leave it out."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    signer: x509.Certificate | None

    @classmethod
    def from_pem(cls, pem: bytes) -> Authority:
        """Sort the certificates of a PEM file by what they are.  Raises BadToken without a root."""
        try:
            found = x509.load_pem_x509_certificates(pem)
        except ValueError as error:
            raise BadToken("the authority's file holds no PEM certificates") from error
        roots = tuple(item for item in found if item.issuer == item.subject)
        signers = [item for item in found if _stamps(item)]
        rest = tuple(item for item in found if item not in roots and item not in signers)
        if not roots or len(signers) > 1:
            raise BadToken("the authority's file needs its root, and at most one certificate that stamps")
        return cls(roots, rest, signers[0] if signers else None)


def read(token: bytes, text: str, authority: Authority | None = None) -> Stamped:
    """Check that `token` is over the note text, and by `authority` if given.  Raises BadToken."""
    answer = _answer(token)
    info = answer.tst_info
    digest = _DIGESTS.get(info.message_imprint.hash_algorithm.dotted_string)
    if digest is None:
        raise BadToken("the time stamp uses an unknown hash")
    if info.message_imprint.message != hashlib.new(digest, text.encode("utf-8")).digest():
        raise BadToken("the time stamp is over something else")
    if authority is not None:
        _verify(answer, text, authority)
    policy = info.policy.dotted_string if info.policy is not None else ""
    return Stamped(info.gen_time, policy, int(info.serial_number), authority is not None)


def token_of(response: bytes, text: str, authority: Authority | None = None) -> bytes:
    """The token of an authority's answer (`application/timestamp-reply`) over the note text.  Raises BadToken."""
    try:
        token = bytes(decode_timestamp_response(response).time_stamp_token())
    except ValueError as error:
        raise BadToken(f"no time stamp in the answer: {error}") from error
    read(token, text, authority)
    return token


def _in_order(token: bytes) -> bytes:
    """Put the certificates in a token into DER's order, which OpenSSL does not keep; no signature is over them.

    Whatever is no SignedData comes back as it is.
    """
    try:
        kind, wrapped = der.sequence(der.only(token, der.SEQUENCE), der.OID, der.context(0))
        signed = der.values(der.only(wrapped.body, der.SEQUENCE))
        parts = [
            der.write(one.tag, sorted(inner.raw for inner in der.values(one.body)))
            if one.tag == der.context(0)
            else one.raw
            for one in signed
        ]
    except (der.NotDer, ValueError):
        return token
    inside = der.write(der.context(0), [der.write(der.SEQUENCE, parts)])
    return der.write(der.SEQUENCE, [kind.raw, inside])


def _answer(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN_BYTES:
        raise BadToken("the time stamp is too long")
    token = _in_order(token)
    body = _GRANTED + token
    length = len(body).to_bytes(3, "big").lstrip(b"\x00")
    head = bytes([len(body)]) if len(body) < 128 else bytes([0x80 | len(length)]) + length
    try:
        answer = decode_timestamp_response(b"\x30" + head + body)
        same = bytes(answer.time_stamp_token()) == token and answer.tst_info is not None
    except ValueError as error:
        raise BadToken("not a time stamp token") from error
    if not same:
        raise BadToken("not a time stamp token in DER")
    return answer


def _verify(answer: TimeStampResponse, text: str, authority: Authority) -> None:
    builder = VerifierBuilder(
        roots=list(authority.roots),
        intermediates=list(authority.intermediates),
        tsa_certificate=authority.signer,
    )
    try:
        builder.build().verify_message(answer, text.encode("utf-8"))
    except (VerificationError, ValueError) as error:
        raise BadToken("the time stamp is not signed by this authority") from error


def _stamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage
