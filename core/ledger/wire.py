"""How this platform reaches its witnesses and keepers: over loopback in the clear, elsewhere by mutual TLS."""

from __future__ import annotations

import ssl

import httpx
from django.conf import settings


def client(timeout: float) -> httpx.Client:
    """Give an HTTP client, `timeout` in seconds per call, with this platform's certificate where one is configured.

    `KEEPERS_CA_FILE` names the authority of the keepers' certificates, `KEEPERS_CLIENT_CERT_FILE` and
    `KEEPERS_CLIENT_KEY_FILE` the platform's own. Raises OSError when a file is missing.
    """
    context = ssl.create_default_context(cafile=settings.KEEPERS_CA_FILE or None)
    if settings.KEEPERS_CLIENT_CERT_FILE:
        context.load_cert_chain(settings.KEEPERS_CLIENT_CERT_FILE, settings.KEEPERS_CLIENT_KEY_FILE or None)
    return httpx.Client(timeout=timeout, trust_env=False, verify=context)
