"""Have an outside authority stamp checkpoints (RFC 3161), so that the log's time rests on more than its keepers."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
from django.conf import settings
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from core.ledger import timestamp, wire
from core.ledger.models import Checkpoint, Timestamp
from core.ledger.note import Note

log = logging.getLogger(__name__)
SECONDS = 10.0


def authority() -> timestamp.Authority | None:
    """The configured authority's certificates, None without them.  Raises BadToken, OSError for a bad file."""
    file = settings.TSA_CERTIFICATES_FILE
    return timestamp.Authority.from_pem(Path(file).read_bytes()) if file else None


def stamp(checkpoint: Checkpoint) -> Timestamp | None:
    """Have the configured authority stamp a checkpoint once; gives None without one, or when it does not answer well.

    Its signature is checked before anything is stored, if its certificates are configured.
    """
    url = settings.TSA_URL
    if not url:
        return None
    found = Timestamp.objects.filter(checkpoint=checkpoint, tsa=url).first()
    if found is not None:
        return found
    text = Note.parse(checkpoint.note).text
    builder = TimestampRequestBuilder().data(text.encode("utf-8")).hash_algorithm(HashAlgorithm.SHA256)
    asked = builder.cert_request(cert_request=True).build()
    try:
        with wire.client(SECONDS) as http:
            answer = http.post(
                url, content=asked.as_bytes(), headers={"Content-Type": "application/timestamp-query"}
            )
        answer.raise_for_status()
        trusted = authority()
        token = timestamp.token_of(answer.content, text, trusted)
        stamped = timestamp.read(token, text, trusted)
    except (httpx.HTTPError, timestamp.BadToken, OSError) as error:
        log.warning("the time stamp authority gave no good stamp: %s", error)
        return None
    return Timestamp.objects.create(checkpoint=checkpoint, tsa=url, token=token, stamped_at=stamped.at)
