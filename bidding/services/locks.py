"""The lock of R1: submitting shares it, closing takes it alone; one supplier's tickets go one after the other.

On PostgreSQL it is an advisory lock of the transaction, so it spans all web processes. On SQLite transactions are
serialised, but a submit reads its arrival before it waits for the write lock. So it shares a file lock from before that
reading until its ticket is written, and closing takes that lock alone, in whichever process of this machine. A process
that dies lets go of its locks.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from core import clock
from core.errors import Refused, gettext_noop
from core.reads import Asked, together

WAIT_SECONDS = 30.0
LOOK_AGAIN = 0.005


def _key(tender_id: uuid.UUID) -> int:
    return int.from_bytes(tender_id.bytes[:8], "big", signed=True)


# One round trip. Each part reads what the one before it gives, so that the clock is read while both locks are held.
SHARE = """
WITH tender AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s) AS held),
supplier AS MATERIALIZED (SELECT pg_advisory_xact_lock(%s) AS held FROM tender)
SELECT clock_timestamp() FROM supplier
"""


def _share(tender_id: uuid.UUID, supplier_id: uuid.UUID) -> Asked[datetime]:
    """Take the tender's lock shared, then the supplier's alone, and give the database's clock read while holding them.

    So a supplier's tickets arrive and are decided in order. What is asked together with it is read after it.
    """
    own = hashlib.sha256(tender_id.bytes + supplier_id.bytes).digest()
    params = [_key(tender_id), int.from_bytes(own[:8], "big", signed=True)]
    return Asked(lambda: (SHARE, params), lambda rows: clock.of_database(rows[0][0]))


@contextmanager
def arriving(
    tender_id: uuid.UUID, supplier_id: uuid.UUID, *asked: Asked[Any]
) -> Iterator[tuple[datetime, list[Any]]]:
    """Open the transaction that stores a ticket, and give the arrival; nothing may be decided inside it.

    PostgreSQL: the shared lock first, then the database's clock while holding it. SQLite: the host's clock, then the
    transaction. What is `asked` is answered under the lock, in one message with it.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            arrival, *answers = together(_share(tender_id, supplier_id), *asked)
            yield arrival, answers
        return
    # Through the gate: whoever wants the tender alone shuts it first, so that a stream of submits cannot keep it out.
    with _file(f"gate-{tender_id}", fcntl.LOCK_SH) as gate, _file(f"tender-{tender_id}", fcntl.LOCK_SH):
        fcntl.flock(gate, fcntl.LOCK_UN)
        arrival = clock.stamp()
        with transaction.atomic():
            yield arrival, together(*asked)


@contextmanager
def _file(name: str, kind: int) -> Iterator[int]:
    """Hold a lock on a file of this machine, waiting for it WAIT_SECONDS at most; raises TimeoutError."""
    folder = Path(settings.VAR) / "locks"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TimeoutError(f"the lock {name} was not free for {WAIT_SECONDS:.0f} s") from None
                time.sleep(LOOK_AGAIN)
        yield file
    finally:
        os.close(file)


@contextmanager
def deciding(tender_id: uuid.UUID, supplier_id: uuid.UUID, *asked: Asked[Any]) -> Iterator[list[Any]]:
    """Open the transaction that decides a ticket: shared, as submitting is. Gives what is `asked`, as `arriving` does."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            yield together(_share(tender_id, supplier_id), *asked)[1:]
        else:
            yield together(*asked)


class BeingOpened(Refused):
    """Another clock is at the same opening now."""

    code = "being-opened"
    title = gettext_noop("The opening is under way")


@contextmanager
def opening(tender_id: uuid.UUID) -> Iterator[None]:
    """Let one clock at a time work on an opening, however long it takes; raises BeingOpened for the others.

    No transaction: an opening makes many. The lock ends with the process that holds it.
    """
    if connection.vendor == "postgresql":
        key = int.from_bytes(hashlib.sha256(b"opening" + tender_id.bytes).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            if not cursor.fetchone()[0]:
                raise BeingOpened()
        try:
            yield
        finally:
            # With a connection that is lost its lock is gone already.
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
        return
    folder = Path(settings.VAR) / "locks"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / f"opening-{tender_id}").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingOpened() from None
        yield


@contextmanager
def closing(tender_id: uuid.UUID) -> Iterator[datetime]:
    """Open a transaction that nobody submits beside, and give the instant read while holding the lock."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(tender_id)])
            yield clock.stamp()
        return
    with _file(f"gate-{tender_id}", fcntl.LOCK_EX), _file(f"tender-{tender_id}", fcntl.LOCK_EX):
        instant = clock.stamp()
        with transaction.atomic():
            yield instant
