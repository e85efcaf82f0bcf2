"""Resumable uploads (tus 1.0 semantics): offsets are checked, the hash is known before "received" is said.

Bytes are appended to a file under `settings.UPLOADS_DIR`, which all web processes of a site share; the file's length
on disk is the truth after a crash, and the row is brought back to it. An upload is hashed from the disk, beside its
arrival where one process receives it, and moved into its store in one piece.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedRandom
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, storages
from django.db import transaction

from core import clock
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.reads import ModelRead
from core.writes import Update
from storage import faults, hashing
from storage.models import Upload

CHUNK = 1024 * 1024
UNUSED_PER_OWNER = 50
UNUSED_LASTS = timedelta(days=7)


class UploadTooLarge(Refused):
    """The announced or sent bytes exceed the limit."""

    code = "too-large"
    title = gettext_noop("The file is too large")
    status = 413


class TooManyUploads(Refused):
    """The owner has too many uploads that nothing refers to."""

    code = "too-many-uploads"
    title = gettext_noop("Too many uploads are unfinished or unused")
    status = 429


class WrongOffset(Conflict):
    """The part does not begin where the upload stands."""

    code = "wrong-offset"
    title = gettext_noop("The upload stands elsewhere; ask where and go on from there")


class UploadKept(Conflict):
    """Something refers to the upload: it can neither be dropped nor be used for anything else."""

    code = "upload-kept"
    title = gettext_noop("This upload belongs to something that was sent")


@dataclass(frozen=True)
class UploadFacts:
    """An upload as other packages see it; `sha256` and `stored_as` are empty until it is complete."""

    id: uuid.UUID
    owner: str
    purpose: str
    length: int
    offset: int
    sha256: str
    store: str
    stored_as: str
    finished_at: datetime | None

    @property
    def complete(self) -> bool:
        """Tell whether every byte has arrived and been hashed."""
        return self.finished_at is not None


def _facts(row: Upload) -> UploadFacts:
    return UploadFacts(
        row.pk,
        row.owner,
        row.purpose,
        row.length,
        row.offset,
        row.sha256,
        row.store,
        row.stored_as,
        row.finished_at,
    )


def _path(upload_id: uuid.UUID) -> Path:
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / str(upload_id)


def create(
    *, owner: str, purpose: str, length: int, store: str = "sealed", max_bytes: int | None = None
) -> UploadFacts:
    """Begin an upload of exactly `length` bytes. Raises UploadTooLarge, Invalid, TooManyUploads.

    What its owner left unused for UNUSED_LASTS is forgotten now, so that abandoned uploads do not fill the disk.
    """
    limit = max_bytes or settings.UPLOAD_MAX_BYTES
    if length <= 0:
        raise Invalid(
            gettext_noop("An empty file cannot be uploaded."), errors={"length": gettext_noop("more than 0")}
        )
    if length > limit:
        raise UploadTooLarge(
            gettext_noop("The file has %(length)s bytes; at most %(limit)s bytes are taken."),
            length=length,
            limit=limit,
        )
    unused = Upload.objects.filter(owner=owner, kept_for="")
    for old in unused.filter(created_at__lt=clock.now() - UNUSED_LASTS)[:UNUSED_PER_OWNER]:
        drop(upload_id=old.pk, owner=owner)
    if unused.count() >= UNUSED_PER_OWNER:
        raise TooManyUploads(
            gettext_noop("%(limit)s uploads are open. Finish or remove some first."), limit=UNUSED_PER_OWNER
        )
    return _facts(Upload.objects.create(owner=owner, purpose=purpose, length=length, store=store))


def find(upload_id: uuid.UUID, owner: str) -> UploadFacts:
    """Give the upload if it is `owner`'s, with the offset that is really on disk; raises NotFound.

    One whose last byte arrived before a crash could finish it is finished now: nobody would send another part.
    """
    row = _row(upload_id, owner)
    if row.finished_at is None:
        path = _path(row.pk)
        try:
            on_disk = path.stat().st_size
        except FileNotFoundError:
            on_disk = 0
        if on_disk == row.length:
            try:
                return append(upload_id=upload_id, owner=owner, offset=on_disk, parts=())
            except WrongOffset:  # whoever wrote the last part is finishing it now
                return _facts(row)
        row.offset = min(on_disk, row.length)
    return _facts(row)


@dataclass(frozen=True)
class Arrived:
    """What has arrived of an upload: `received` of `length` bytes, the last of them at `at`, and their SHA-256."""

    id: uuid.UUID
    length: int
    received: int
    sha256: str
    at: datetime


def arrived(owner: str, purpose: str) -> list[Arrived]:
    """Give what has arrived of every upload of `owner` for `purpose`, oldest first; what is on disk is hashed now."""
    found = []
    for row in Upload.objects.filter(owner=owner, purpose=purpose).order_by("created_at", "pk"):
        if row.finished_at is not None:
            found.append(Arrived(row.pk, row.length, row.length, row.sha256, row.finished_at))
            continue
        hashed, received = hashlib.sha256(), 0
        with suppress(FileNotFoundError), _path(row.pk).open("rb") as file:
            while part := file.read(CHUNK):
                hashed.update(part)
                received += len(part)
        if received:
            at = row.arrived_at or row.created_at
            found.append(Arrived(row.pk, row.length, received, hashed.hexdigest(), at))
    return found


_OWN = ModelRead[Upload](
    lambda upload, owner: Upload.objects.filter(pk=upload, owner=owner), upload=uuid.UUID, owner=str
)
_ARRIVED = Update(Upload, "offset", "arrived_at", null="finished_at")


def _row(upload_id: uuid.UUID, owner: str) -> Upload:
    for row in _OWN(upload=upload_id, owner=owner):
        return row
    raise NotFound()


@contextmanager
def _held(path: Path) -> Iterator[BufferedRandom]:
    """Open for appending, one writer at a time across processes."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongOffset(gettext_noop("Another part of this upload is being written.")) from None
        yield file


def append(*, upload_id: uuid.UUID, owner: str, offset: int, parts: Iterable[bytes]) -> UploadFacts:
    """Write `parts` from `offset` on; finishes the upload when its length is reached.

    Whatever arrived before a lost line stays, also when the store fails at the end: asking where the upload stands
    finishes it. Raises NotFound, WrongOffset, UploadTooLarge (nothing beyond the announced length is kept),
    StoreUnavailable.
    """
    path = _path(upload_id)
    if not path.exists():  # nothing has arrived, or everything, or it is nobody's
        row = _row(upload_id, owner)
        if row.finished_at is not None:
            return _finished(row, offset)
    with _held(path) as file:
        row = _row(upload_id, owner)  # it may have been finished, or dropped, before the lock was ours
        if row.finished_at is not None:
            path.unlink(missing_ok=True)
            return _finished(row, offset)
        file.seek(0, os.SEEK_END)
        at = file.tell()
        if offset != at:
            raise WrongOffset(offset=at)
        try:
            for part in parts:
                if at + len(part) > row.length:
                    raise UploadTooLarge(
                        gettext_noop("More bytes were sent than the %(length)s that were announced."),
                        length=row.length,
                    )
                file.write(part)
                at += len(part)
        finally:
            file.flush()
            hashing.follow(path, at)
            os.fsync(file.fileno())
            row.offset, row.arrived_at = at, clock.now()
            _ARRIVED(row)
        if at == row.length:
            _finish(row, file, path)
    return _facts(row)


def _finished(row: Upload, offset: int) -> UploadFacts:
    if offset == row.length:
        return _facts(row)
    raise WrongOffset(offset=row.length)


def _finish(row: Upload, file: BufferedRandom, path: Path) -> None:
    row.sha256 = hashing.digest(path, file, row.length)
    file.seek(0)
    with faults.told():
        row.stored_as = _stored(row, file, path)
    row.finished_at = clock.now()
    row.save(update_fields=["sha256", "stored_as", "finished_at", "offset"])
    path.unlink()


class _Whole(File[bytes]):
    """A file that a store on the same disk takes as it is, under its second name, instead of copying it."""

    def __init__(self, file: BufferedRandom, name: str, second: Path) -> None:
        super().__init__(file, name=name)
        self.second = second

    def temporary_file_path(self) -> str:
        """Where the store finds it; Django moves it from there."""
        return str(self.second)


def _stored(row: Upload, file: BufferedRandom, path: Path) -> str:
    """Put the bytes into their store. The upload keeps its own name until the row says where they are."""
    store, name = storages[row.store], f"{row.pk.hex[:2]}/{row.pk}"
    second = path.with_name(f"{path.name}.whole")
    if not isinstance(store, FileSystemStorage):
        return store.save(name, File(file, name=str(row.pk)))
    second.unlink(missing_ok=True)  # of a try that died
    try:
        os.link(path, second)
    except OSError:  # a file system without links
        return store.save(name, File(file, name=str(row.pk)))
    try:
        return store.save(name, _Whole(file, str(row.pk), second))
    finally:
        second.unlink(missing_ok=True)


def keep(*, upload_id: uuid.UUID, owner: str, kept_for: str) -> None:
    """Bind a complete upload to the one thing that refers to it, in the caller's transaction; `release` alone undoes it.

    Raises NotFound (gone, not complete, another owner's), UploadKept (bound to something else).
    """
    mine = Upload.objects.filter(pk=upload_id, owner=owner, finished_at__isnull=False)
    if mine.filter(kept_for__in=["", kept_for]).update(kept_for=kept_for):
        return
    if mine.exists():
        raise UploadKept()
    raise NotFound()


def drop(*, upload_id: uuid.UUID, owner: str) -> None:
    """Forget an upload and its bytes. Raises NotFound, UploadKept when something refers to it."""
    facts = find(upload_id, owner)
    gone, _ = Upload.objects.filter(pk=facts.id, kept_for="").delete()
    if not gone:
        raise UploadKept()
    if facts.stored_as:
        storages[facts.store].delete(facts.stored_as)
    _path(facts.id).unlink(missing_ok=True)


def release(*, upload_id: uuid.UUID, owner: str, kept_for: str) -> None:
    """Forget an upload that is bound to `kept_for`, in the caller's transaction; its bytes go when that commits.

    For what may be thrown away, such as the files of a draft. Raises NotFound.
    """
    row = Upload.objects.filter(pk=upload_id, owner=owner, kept_for=kept_for).first()
    if row is None:
        raise NotFound()
    row.delete()
    transaction.on_commit(lambda: storages[row.store].delete(row.stored_as))


def read(facts: UploadFacts) -> File[bytes]:
    """Open a complete upload's bytes; raises NotFound when the object is gone."""
    store = storages[facts.store]
    with faults.told():
        if not facts.stored_as or not store.exists(facts.stored_as):
            raise NotFound()
        return store.open(facts.stored_as, "rb")


def copy_to(facts: UploadFacts, target: Path) -> Path:
    """Copy a complete upload's bytes from its store to `target` and give it; raises NotFound when the object is gone."""
    store = storages[facts.store]
    with faults.told():
        if not facts.stored_as or not store.exists(facts.stored_as):
            raise NotFound()
        with store.open(facts.stored_as, "rb") as source, target.open("wb") as out:
            while piece := source.read(CHUNK):
                out.write(piece)
    return target


def facts_of(upload_id: uuid.UUID) -> UploadFacts:
    """Give an upload for the platform's own use (no owner asked); raises NotFound."""
    row = Upload.objects.filter(pk=upload_id).first()
    if row is None:
        raise NotFound()
    return _facts(row)
