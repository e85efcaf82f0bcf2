"""Uploads: nobody writes where, what or as much as they may not, and a crash loses nothing (tus 1.0)."""

from __future__ import annotations

import base64
import hashlib
import stat
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from core import clock
from storage import uploads
from storage.models import Upload
from tests.bidding.bidder import TUS
from tests.factories import tendering as make
from tests.hostile import stores
from tests.hostile.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = "organisation.1"
PART = {"content_type": "application/offset+octet-stream"}


@pytest.fixture
def upload() -> uploads.UploadFacts:
    return uploads.create(owner=OWNER, purpose="tender.1", length=10)


def put(upload: uploads.UploadFacts, offset: int, *parts: bytes) -> uploads.UploadFacts:
    return uploads.append(upload_id=upload.id, owner=OWNER, offset=offset, parts=parts)


def copies(upload: uploads.UploadFacts) -> int:
    return sum(str(upload.id) in name for name in stores.names("sealed"))


def on_disk() -> list[Path]:
    return [path for path in Path(project.UPLOADS_DIR).glob("*") if path.is_file()]


def test_two_writers_at_once_cannot_mix_their_bytes(upload: uploads.UploadFacts) -> None:
    answers = together(lambda: put(upload, 0, b"01234", b"56789"), 4)
    finished = [answer for answer in answers if isinstance(answer, uploads.UploadFacts)]
    assert len(finished) == 1
    assert all(isinstance(a, uploads.UploadFacts | uploads.WrongOffset) for a in answers)
    assert finished[0].sha256 == hashlib.sha256(b"0123456789").hexdigest()
    assert copies(upload) == 1
    assert on_disk() == []


def test_a_writer_that_comes_while_the_upload_is_finished_cannot_exchange_its_bytes(
    upload: uploads.UploadFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look at the row and its lock another writer finishes the upload."""
    right = uploads._held

    def late(path: Path) -> Any:
        monkeypatch.setattr(uploads, "_held", right)
        put(upload, 0, b"0123456789")
        return right(path)

    monkeypatch.setattr(uploads, "_held", late)
    with pytest.raises(uploads.WrongOffset):
        put(upload, 0, b"EXCHANGED!")
    facts = uploads.find(upload.id, OWNER)
    assert facts.sha256 == hashlib.sha256(b"0123456789").hexdigest()
    assert stores.read("sealed", facts.stored_as) == b"0123456789"
    assert copies(upload) == 1
    assert on_disk() == []


def test_an_upload_whose_process_died_after_the_last_byte_is_finished_when_asked_for(
    upload: uploads.UploadFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = uploads._finish
    monkeypatch.setattr(uploads, "_finish", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(upload, 0, b"0123456789")
    assert Upload.objects.get().finished_at is None
    monkeypatch.setattr(uploads, "_finish", right)
    facts = uploads.find(upload.id, OWNER)
    assert facts.complete
    assert facts.sha256 == hashlib.sha256(b"0123456789").hexdigest()
    assert on_disk() == []


@pytest.mark.skipif(bool(project.S3_BUCKET), reason="a store elsewhere gets a copy")
def test_a_finished_upload_is_moved_into_its_store_and_written_once(upload: uploads.UploadFacts) -> None:
    put(upload, 0, b"01234")
    [part] = on_disk()
    written = part.stat().st_ino
    facts = put(upload, 5, b"56789")
    with uploads.read(facts) as stored:
        assert stored.read() == b"0123456789"
        found = Path(stored.name).stat()
    assert (found.st_ino, found.st_nlink, stat.S_IMODE(found.st_mode)) == (written, 1, 0o600)
    assert on_disk() == []


def test_bytes_beyond_the_announced_length_are_not_kept_and_the_upload_goes_on(
    upload: uploads.UploadFacts,
) -> None:
    with pytest.raises(uploads.UploadTooLarge):
        put(upload, 0, b"01234", b"56789X")
    assert uploads.find(upload.id, OWNER).offset == 5
    assert put(upload, 5, b"56789").complete


def test_a_line_that_breaks_keeps_what_arrived(upload: uploads.UploadFacts) -> None:
    def broken() -> Iterator[bytes]:
        yield b"0123"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        uploads.append(upload_id=upload.id, owner=OWNER, offset=0, parts=broken())
    assert uploads.find(upload.id, OWNER).offset == 4
    assert put(upload, 4, b"456789").complete


def test_nobody_can_fill_the_disk_with_uploads_that_are_never_used(at: Callable[..., None]) -> None:
    kept = uploads.create(owner=OWNER, purpose="tender.1", length=1)
    put(kept, 0, b"x")
    uploads.keep(upload_id=kept.id, owner=OWNER, kept_for="bid.1")
    begun = [
        uploads.create(owner=OWNER, purpose="tender.1", length=10) for _ in range(uploads.UNUSED_PER_OWNER)
    ]
    put(begun[0], 0, b"12345")
    with pytest.raises(uploads.TooManyUploads):
        uploads.create(owner=OWNER, purpose="tender.1", length=10)
    assert uploads.create(owner="organisation.2", purpose="tender.1", length=10)
    at(clock.now() + uploads.UNUSED_LASTS + timedelta(seconds=1))
    assert uploads.create(owner=OWNER, purpose="tender.1", length=10)
    assert Upload.objects.filter(owner=OWNER).count() == 2
    assert on_disk() == []
    assert uploads.find(kept.id, OWNER).complete


@pytest.mark.requirement("S003-51")
def test_sealed_and_opened_files_are_readable_by_the_platforms_user_alone(
    upload: uploads.UploadFacts,
) -> None:
    put(upload, 0, b"01234")
    assert [stat.S_IMODE(path.stat().st_mode) for path in on_disk()] == [0o600]
    put(upload, 5, b"56789")
    if project.S3_BUCKET:
        return  # there the store's policy says who reads
    path = Path(project.STORAGES["sealed"]["OPTIONS"]["location"]) / uploads.find(upload.id, OWNER).stored_as
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.fixture
def tus(cast: Any, signed_in: Callable[[Any], Client]) -> tuple[Client, str]:
    """A supplier's client, and the metadata that names a tender."""
    tender = make.published(cast.purchaser)
    named = base64.b64encode(str(tender.id).encode()).decode()
    return signed_in(cast.supplier_a), f"tender {named}"


@pytest.mark.parametrize("length", ["-1", "0", "1e3", "", "9" * 15, "9" * 400, "١٢", "10; rm"])
def test_an_upload_of_an_impossible_length_is_refused(tus: tuple[Client, str], length: str) -> None:
    client, meta = tus
    headers = {**TUS, "HTTP_UPLOAD_METADATA": meta}
    answer = client.post("/uploads/", HTTP_UPLOAD_LENGTH=length, **headers)
    assert answer.status_code in (413, 422), answer.content
    assert Upload.objects.count() == 0
    assert client.post("/uploads/", HTTP_UPLOAD_LENGTH="10", **headers).status_code == 201


@pytest.mark.parametrize("meta", ["", "tender", "tender !", "tender Li4vLi4=", "tender /w==", "a b,c d"])
def test_an_upload_that_names_no_tender_is_refused(tus: tuple[Client, str], meta: str) -> None:
    answer = tus[0].post("/uploads/", HTTP_UPLOAD_LENGTH="10", HTTP_UPLOAD_METADATA=meta, **TUS)
    assert answer.status_code == 422, answer.content
    assert Upload.objects.count() == 0


def test_a_part_at_another_place_or_in_another_form_is_refused(tus: tuple[Client, str]) -> None:
    client, meta = tus
    where = client.post("/uploads/", HTTP_UPLOAD_LENGTH="10", HTTP_UPLOAD_METADATA=meta, **TUS)["Location"]
    for offset, status in (("5", 409), ("-5", 422), ("x", 422)):
        assert client.patch(where, b"12345", HTTP_UPLOAD_OFFSET=offset, **PART, **TUS).status_code == status
    assert client.patch(where, b"12345", HTTP_UPLOAD_OFFSET="0", **PART).status_code == 412
    assert (
        client.patch(where, b"12345", HTTP_UPLOAD_OFFSET="0", content_type="text/plain", **TUS).status_code
        == 412
    )
    odd = client.patch(where, b"12345", HTTP_UPLOAD_OFFSET="0", CONTENT_LENGTH="-5", **PART, **TUS)
    assert odd.status_code in (400, 422)
    assert client.head(where, **TUS)["Upload-Offset"] == "0"
    assert client.patch(where, b"1234567890", HTTP_UPLOAD_OFFSET="0", **PART, **TUS).status_code == 204
    for path in ("/uploads/../../etc/passwd", "/uploads/%2e%2e%2fkeys", f"/uploads/{uuid.uuid4()}"):
        assert client.delete(path, **TUS).status_code == 404
    assert client.delete(where, **TUS).status_code == 204
    assert not any(where.split("/")[-1] in name for name in stores.names("sealed"))
