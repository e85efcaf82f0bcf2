"""Whether a certificate was revoked (FORMAT.md 3.10): revocation lists that one holds are asked; nothing is fetched.

Strict, because a list that does not speak of a certificate proves nothing about it: every certificate of a chain but its
root needs a list of its own issuer, signed by it and still current at the time asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from bidding.sealing.errors import BadSignature

List = x509.CertificateRevocationList


class RevocationUnknown(BadSignature):
    """No list that is current speaks of the certificate: nothing is known against it, and nothing for it."""


_PEM = b"-----BEGIN X509 CRL-----"
_END = b"-----END X509 CRL-----"
_UNDERSTOOD = (x509.IssuingDistributionPoint, x509.CRLNumber, x509.AuthorityKeyIdentifier)


def read(data: bytes) -> tuple[List, ...]:
    """Read the lists of a file: one in DER, or any number in PEM.  Raises ValueError for none."""
    if _PEM not in data:
        return (x509.load_der_x509_crl(data),)
    blocks = data.split(_PEM)[1:]
    return tuple(x509.load_pem_x509_crl(_PEM + block.partition(_END)[0] + _END + b"\n") for block in blocks)


def check(chain: Sequence[x509.Certificate], lists: Sequence[List], at: datetime) -> None:
    """Check that no certificate of a verified chain (the signer's first, the root last) was revoked at that time.

    A certificate revoked later was good then.  Raises BadSignature, RevocationUnknown.
    """
    for certificate, issuer in pairwise(chain):
        found = [one for one in lists if _speaks(one, certificate, issuer, at)]
        if not found:
            raise RevocationUnknown("no current revocation list speaks of the certificate")
        if any(_revoked(one, certificate, at) for one in found):
            raise BadSignature("the certificate was revoked")


def _speaks(one: List, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    if one.issuer != issuer.subject or one.next_update_utc is None or one.next_update_utc < at:
        return False
    if any(row.critical and not isinstance(row.value, _UNDERSTOOD) for row in one.extensions):
        return False  # a list of changes alone, or of a kind that is not known here
    usage = next((row.value for row in issuer.extensions if isinstance(row.value, x509.KeyUsage)), None)
    if usage is not None and not usage.crl_sign:
        return False
    try:
        signed = one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return signed and _covers(one, certificate)


def _covers(one: List, certificate: x509.Certificate) -> bool:
    """Tell whether the list is for this certificate, where its authority keeps several (RFC 5280, 5.2.5)."""
    said = [row.value for row in one.extensions if isinstance(row.value, x509.IssuingDistributionPoint)]
    if not said:
        return True
    (point,) = said
    basic = [row.value for row in certificate.extensions if isinstance(row.value, x509.BasicConstraints)]
    ca = bool(basic and basic[0].ca)
    if point.indirect_crl or point.only_some_reasons or point.only_contains_attribute_certs:
        return False
    if (point.only_contains_ca_certs and not ca) or (point.only_contains_user_certs and ca):
        return False
    if point.full_name is None:
        return point.relative_name is None
    named = [row.value for row in certificate.extensions if isinstance(row.value, x509.CRLDistributionPoints)]
    own = [name for points in named for one in points for name in one.full_name or ()]
    return any(name in own for name in point.full_name)


def _revoked(one: List, certificate: x509.Certificate, at: datetime) -> bool:
    entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return False
    since = entry.revocation_date_utc
    for row in entry.extensions:
        if isinstance(row.value, x509.InvalidityDate):  # the key may have been lost long before it was told
            since = min(since, row.value.invalidity_date_utc)
    return since <= at
