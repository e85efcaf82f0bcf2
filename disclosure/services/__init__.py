"""Publish: notices, transaction records and their OCDS releases. What is public stays as it is."""

from __future__ import annotations

import secrets

from django.conf import settings

from core import clock
from disclosure.services.notices import (
    AlreadyCorrected,
    NoticeIncomplete,
    NotYourType,
    import_external,
    publish,
)
from disclosure.services.transactions import (
    AlreadyRecorded,
    RecordIncomplete,
    record_transaction,
)
from disclosure.states import SANDBOX_MARK

__all__ = [
    "AlreadyCorrected",
    "AlreadyRecorded",
    "NotYourType",
    "NoticeIncomplete",
    "RecordIncomplete",
    "import_external",
    "new_ocid",
    "publish",
    "record_transaction",
]


def new_ocid() -> str:
    """Give a fresh OCDS process id; a sandbox marks its own."""
    mark = SANDBOX_MARK if settings.SANDBOX else ""
    return f"{settings.OCID_PREFIX}-{mark}{clock.now():%Y}-{secrets.token_hex(6)}"
