"""A certificate authority of the trade for tests, and what its customers sign with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import NameOID

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
DETACHED = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities)


@dataclass
class Holder:
    """A key and its certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, name: str, **over: Any) -> Holder:
        """Give a certificate to somebody else."""
        return _make(name, self, **over)

    def revokes(
        self, *revoked: Holder, at: datetime, until: datetime, extensions: Sequence[tuple[Any, bool]] = ()
    ) -> bytes:
        """A revocation list (PEM) that names these since `at` and is current until `until`."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.subject)
        builder = builder.last_update(at).next_update(until)
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(at).build())
        for value, critical in extensions:
            builder = builder.add_extension(value, critical)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def sign(self, message: bytes, *others: Holder, options: Any = DETACHED, digest: Any = None) -> bytes:
        """A CMS signature, as the program of the certificate makes it."""
        builder = PKCS7SignatureBuilder().set_data(message)
        builder = builder.add_signer(self.certificate, self.key, digest or hashes.SHA256())
        for one in others:
            builder = builder.add_certificate(one.certificate)
        return builder.sign(Encoding.DER, list(options))


def authority(name: str = "示例电子认证中心") -> Holder:
    """A root."""
    return _make(name, None, ca=True, usages={"key_cert_sign", "crl_sign"})


def _make(
    name: str,
    by: Holder | None,
    *,
    ca: bool = False,
    code: str = "",
    key: Any = None,
    usages: set[str] = frozenset({"digital_signature", "content_commitment"}),  # type: ignore[assignment]
    begin: datetime = BEGIN,
    end: datetime = END,
    lists: str = "",
) -> Holder:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    subject += [x509.NameAttribute(NameOID.SERIAL_NUMBER, code)] if code else []
    issuer = by.certificate.subject if by else x509.Name(subject)
    signing = by.key if by else key
    identifier = x509.SubjectKeyIdentifier.from_public_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - timedelta(days=400 if ca else 0))
        .not_valid_after(end + timedelta(days=4000 if ca else 0))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.KeyUsage(**{one: one in usages for one in USAGES}), critical=True)
        .add_extension(identifier(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    if lists:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(lists)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return Holder(key, builder.sign(signing, hashes.SHA256()))


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)
