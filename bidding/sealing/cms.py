"""A bidder's signature by certificate (FORMAT.md 3.10, scheme `cms`): detached CMS SignedData (RFC 5652) with one signer.

What the signature is over, that its certificate made it, and – with authorities that one trusts – that these vouch for the
certificate at a time.  `cryptography` verifies signatures and chains; SM2 is not among what it knows.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from bidding.sealing import revocation
from bidding.sealing.errors import BadSignature
from core.ledger.der import (
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    NotDer,
    Value,
    context,
    only,
    sequence,
    values,
    write,
)

MAX_BYTES = 12_000
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}
_SIGNATURES: dict[bytes, tuple[type, hashes.HashAlgorithm | None]] = {
    bytes.fromhex("2a864886f70d010101"): (
        RSAPublicKey,
        None,
    ),  # rsaEncryption: the hash is the one of the digest
    bytes.fromhex("2a864886f70d01010b"): (RSAPublicKey, hashes.SHA256()),
    bytes.fromhex("2a864886f70d01010c"): (RSAPublicKey, hashes.SHA384()),
    bytes.fromhex("2a864886f70d01010d"): (RSAPublicKey, hashes.SHA512()),
    bytes.fromhex("2a8648ce3d040302"): (EllipticCurvePublicKey, hashes.SHA256()),
    bytes.fromhex("2a8648ce3d040303"): (EllipticCurvePublicKey, hashes.SHA384()),
    bytes.fromhex("2a8648ce3d040304"): (EllipticCurvePublicKey, hashes.SHA512()),
}
_UNREADABLE = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.ExtensionNotFound, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
_RSA_BITS_AT_LEAST = 2048
#: Where a certificate of the trade names its organisation: the unified social credit code stands in one of these.
_CODES = (
    NameOID.ORGANIZATION_IDENTIFIER,
    NameOID.SERIAL_NUMBER,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
    NameOID.USER_ID,
)


@dataclass(frozen=True, slots=True)
class Authorities:
    """The certificates one trusts to vouch for bidders, and those that may stand between them and a bidder's.

    `revoked` are their revocation lists; None: whether a certificate was revoked is not asked.
    """

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    revoked: tuple[revocation.List, ...] | None = None

    @classmethod
    def from_pem(cls, pem: bytes, lists: bytes | None = None) -> Authorities:
        """Sort the certificates of a PEM file; `lists` is a file of revocation lists.

        Raises ValueError without a self-signed certificate, or for lists that cannot be read.
        """
        found = x509.load_pem_x509_certificates(pem)
        roots = tuple(one for one in found if one.issuer == one.subject)
        if not roots:
            raise ValueError("the authorities' file holds no root certificate")
        others = tuple(one for one in found if one not in roots)
        return cls(roots, others, None if lists is None else revocation.read(lists))


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that verifies: by which certificate, and the others that came with it."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]

    @property
    def public_key(self) -> bytes:
        """The signer's key (DER SubjectPublicKeyInfo)."""
        return self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def names(self, code: str) -> bool:
        """Tell whether the certificate was issued to the organisation with this unified social credit code."""
        subject = self.certificate.subject
        said = [str(one.value) for oid in _CODES for one in subject.get_attributes_for_oid(oid)]
        return bool(code) and code in said

    def vouched(self, authorities: Authorities, at: datetime) -> None:
        """Check the chain as it stood at a time: it holds, was not revoked, and may sign.  Raises BadSignature."""
        builder = PolicyBuilder().store(Store(list(authorities.roots))).time(at)
        builder = builder.extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.permit_all().may_be_present(
                x509.KeyUsage, Criticality.AGNOSTIC, _may_sign
            ),
        )
        try:
            found = builder.build_client_verifier().verify(
                self.certificate, [*self.others, *authorities.intermediates]
            )
        except (VerificationError, *_UNREADABLE) as error:
            raise BadSignature("no trusted authority vouches for the certificate at that time") from error
        if authorities.revoked is not None:
            revocation.check(found.chain, authorities.revoked, at)


def named(name: x509.Name) -> str:
    """Give a subject or issuer for people: its organisation, else its common name, else all of it."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        if said := name.get_attributes_for_oid(oid):
            return str(said[0].value)
    return name.rfc4514_string()


def read(data: bytes, message: bytes) -> Signed:
    """Check that a detached signature is over `message` and by the certificate it carries.  Raises BadSignature."""
    if len(data) > MAX_BYTES:
        raise BadSignature("the signature is too long")
    try:
        return _read(data, message)
    except _UNREADABLE as error:
        raise BadSignature(f"not a detached CMS signature: {error}") from error


def _read(data: bytes, message: bytes) -> Signed:
    kind, wrapped = sequence(only(data, SEQUENCE), OID, context(0))
    if kind.body != _SIGNED_DATA:
        raise NotDer("no SignedData")
    parts = sequence(only(wrapped.body, SEQUENCE), INTEGER, SET, SEQUENCE)
    announced = [_hash_named(only(one.raw, SEQUENCE)) for one in values(parts[1].body)]
    content = sequence(parts[2].body, OID)
    if content[0].body != _DATA or len(content) != 1:
        raise NotDer("it carries content of its own")
    signers = values(parts[-1].body) if parts[-1].tag == SET else []
    if len(signers) != 1:
        raise NotDer("not exactly one signer")
    inside = next((one for one in parts[3:-1] if one.tag == context(0)), None)
    certificates = [
        x509.load_der_x509_certificate(one.raw)
        for one in (values(inside.body) if inside is not None else [])
        if one.tag == SEQUENCE
    ]
    _, who, digest, attributes, algorithm, signature, *_rest = sequence(
        only(signers[0].raw, SEQUENCE), INTEGER
    )
    shape = (digest.tag, attributes.tag, algorithm.tag, signature.tag)
    if shape != (SEQUENCE, context(0), SEQUENCE, OCTETS) or who.tag not in (SEQUENCE, 0x80):
        raise NotDer("no signed attributes")
    hashed = _HASHES.get(_hash_named(digest.body))
    family, own = _SIGNATURES.get(sequence(algorithm.body, OID)[0].body, (None, None))
    if hashed is None or family is None or _hash_named(digest.body) not in announced:
        raise NotDer("an algorithm that is not known here")
    named = {
        kind.body: value.body
        for kind, value in (sequence(one.body, OID, SET) for one in values(attributes.body))
    }
    if only(named.get(_CONTENT_TYPE, b""), OID) != _DATA:
        raise NotDer("another type of content was signed")
    said = hashlib.new(hashed.name, message).digest()
    if not hmac.compare_digest(only(named.get(_MESSAGE_DIGEST, b""), OCTETS), said):
        raise BadSignature("the signature is over something else")
    signer = next((one for one in certificates if _is(one, who)), None)
    if signer is None:
        raise NotDer("the signer's certificate is not in it")
    # What is signed are the attributes as a SET, not under the context tag that they have here.
    if not isinstance(signer.public_key(), family):
        raise NotDer("the algorithm is not the certificate's")
    _verify(signer, signature.body, write(SET, [attributes.body]), own or hashed)
    return Signed(signer, tuple(one for one in certificates if one is not signer))


def _hash_named(algorithm: bytes) -> bytes:
    """Give the identifier of an AlgorithmIdentifier of a hash, which has no parameters or NULL."""
    name, *parameters = sequence(algorithm, OID)
    if parameters and [one.raw for one in parameters] != [b"\x05\x00"]:
        raise NotDer("a hash with parameters")
    return name.body


def _is(certificate: x509.Certificate, who: Value) -> bool:
    if who.tag == 0x80:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        return bool(extension.value.digest == who.body)
    issuer, serial = sequence(who.body, SEQUENCE, INTEGER)
    return issuer.raw == certificate.issuer.public_bytes() and certificate.serial_number == int.from_bytes(
        serial.body, "big", signed=True
    )


def _verify(
    certificate: x509.Certificate, signature: bytes, signed: bytes, algorithm: hashes.HashAlgorithm
) -> None:
    key = certificate.public_key()
    try:
        if isinstance(key, RSAPublicKey) and key.key_size >= _RSA_BITS_AT_LEAST:
            key.verify(signature, signed, PKCS1v15(), algorithm)
        elif isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, signed, ECDSA(algorithm))
        else:
            raise NotDer("a key that is not known here, or too short")
    except InvalidSignature as error:
        raise BadSignature("the signature does not verify") from error


def _may_sign(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("the certificate is not for signing")
