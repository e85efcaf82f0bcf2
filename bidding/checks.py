"""Deployment checks: the files that bidders' certificates are judged by can be read, and their revocation lists are current."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from bidding import signing
from core import clock


@register(Tags.security, deploy=True)
def certificates_can_be_checked(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse files that cannot be read, and lists that are out of date; warn where nothing asks for revocation."""
    if settings.BIDDER_CRL_FILE and not settings.BIDDER_CA_FILE:
        return [Error("BIDDER_CRL_FILE without BIDDER_CA_FILE", hint="Set both.", id="bidding.E001")]
    try:
        trusted = signing.authorities()
    except signing.CertificatesUnavailable as error:
        hint = "Both are PEM; lists may be one in DER."
        return [Error(f"BIDDER_CA_FILE or BIDDER_CRL_FILE: {error.__cause__}", hint=hint, id="bidding.E002")]
    if trusted is None:
        return []
    if trusted.revoked is None:
        said = "Bidders may sign with certificates, and whether one was revoked is not asked"
        return [Warning(said, hint="Set BIDDER_CRL_FILE, and fetch the lists daily.", id="bidding.W001")]
    now = clock.now()
    old = [one for one in trusted.revoked if one.next_update_utc is None or one.next_update_utc < now]
    return [
        Error(
            f"the revocation list of {one.issuer.rfc4514_string()} is out of date: nobody of it can sign",
            hint="Fetch it again from the authority.",
            id="bidding.E003",
        )
        for one in old
    ]
