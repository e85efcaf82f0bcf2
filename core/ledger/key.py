"""The log's signing key: one file with a 32-byte seed in hexadecimal, readable by its owner alone.

Beside it, `.origin` keeps the name under which the log began: those who follow it know it by that name and its key.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from core.errors import Refused, gettext_noop
from core.ledger.note import ED25519, Signer


class LogKeyMissing(Refused):
    """The log has signed before, and the file with its key is gone: a new key would be a new log."""

    code = "log-key-missing"
    title = gettext_noop("The transparency log cannot sign now")
    status = 503


def log_signer(*, may_create: bool) -> Signer:
    """The log's signer, named by its origin.

    A missing key file is made when `may_create`, that is before the first signature; later it raises
    LogKeyMissing.
    """
    path = Path(settings.LEDGER_KEY_FILE)
    if not path.exists():
        if not may_create:
            raise LogKeyMissing(gettext_noop("The file with the log's key is missing"))
        _make(path)
    return Signer(settings.LEDGER_ORIGIN, bytes.fromhex(path.read_text().strip()), ED25519)


def _make(path: Path) -> None:
    """Write a new seed completely, then give it its name; whoever comes second keeps the first's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_bytes(32).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
    path.with_name(f"{path.name}.origin").write_text(f"{settings.LEDGER_ORIGIN}\n")
