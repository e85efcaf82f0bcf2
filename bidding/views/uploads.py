"""Resumable uploads of sealed files: tus 1.0 (core, creation, termination) over `storage.uploads`."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from bidding import drafts
from core.errors import Invalid, Refused, gettext_noop
from parties.access import Request
from storage import uploads
from tendering import access as tenders

VERSION = "1.0.0"
PIECE = 256 * 1024


class NotTus(Refused):
    """The request does not speak tus 1.0."""

    code = "not-tus"
    title = gettext_noop("The upload did not follow the tus 1.0 protocol")
    status = 412


class PartTooLarge(uploads.UploadTooLarge):
    """One part of an upload may have 8 MiB."""

    code = "part-too-large"


def _answer(status: int, **headers: object) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response[name.replace("_", "-")] = str(value)
    return response


def _owner(request: Request) -> str:
    return f"organisation.{request.actor.require_kind('supplier')}"


def _speak(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise NotTus(gettext_noop("Send the header Tus-Resumable: 1.0.0."))


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid(gettext_noop("The header %(name)s must be a whole number."), name=name)
    return int(text)


def _metadata(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Invalid(gettext_noop("The upload's metadata cannot be read.")) from None
    return found


def collection(request: Request) -> HttpResponse:
    """OPTIONS: what is spoken. POST: begin an upload for the tender, or the draft, named in the metadata."""
    if request.method == "OPTIONS":
        return _answer(
            204,
            Tus_Version=VERSION,
            Tus_Extension="creation,termination",
            Tus_Max_Size=settings.UPLOAD_MAX_BYTES,
        )
    if request.method != "POST":
        return _answer(405)
    _speak(request)
    owner = _owner(request)
    purpose = _purpose(request, _metadata(request))
    upload = uploads.create(owner=owner, purpose=purpose, length=_number(request, "Upload-Length"))
    return _answer(201, Location=reverse("bidding:upload", args=[upload.id]), Upload_Offset=0)


def _purpose(request: Request, metadata: dict[str, str]) -> str:
    """Give what an upload is for: a tender, or a shared draft that the actor is named for. Raises Invalid, NotFound."""
    try:
        if "draft" in metadata:
            return f"draft.{drafts.to_read(request.actor, UUID(metadata['draft']))[0].draft.pk}"
        return tenders.tender_to_bid(request.actor, UUID(metadata.get("tender", ""))).source
    except ValueError:
        raise Invalid(gettext_noop("The upload must name its tender.")) from None


def one(request: Request, upload_id: uuid.UUID) -> HttpResponse:
    """HEAD: where it stands. PATCH: the next part. DELETE: forget it."""
    _speak(request)
    owner = _owner(request)
    if request.method == "HEAD":
        facts = uploads.find(upload_id, owner)
        return _answer(200, Upload_Offset=facts.offset, Upload_Length=facts.length)
    if request.method == "DELETE":
        uploads.drop(upload_id=upload_id, owner=owner)
        return _answer(204)
    if request.method != "PATCH":
        return _answer(405)
    if request.content_type != "application/offset+octet-stream":
        raise NotTus(gettext_noop("A part is sent as application/offset+octet-stream."))
    if (
        "Content-Length" in request.headers
        and _number(request, "Content-Length") > settings.UPLOAD_CHUNK_BYTES
    ):
        raise PartTooLarge(
            gettext_noop("One part may have %(limit)s bytes; send several."),
            limit=settings.UPLOAD_CHUNK_BYTES,
        )
    facts = uploads.append(
        upload_id=upload_id, owner=owner, offset=_number(request, "Upload-Offset"), parts=_pieces(request)
    )
    return _answer(204, Upload_Offset=facts.offset)


def _pieces(request: Request) -> Iterator[bytes]:
    while piece := request.read(PIECE):
        yield piece
