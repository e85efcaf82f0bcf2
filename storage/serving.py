"""Hand out foreign files: as downloads that no browser runs, from an origin of their own where there is one.

`settings.FILES_URL` names that origin. It serves nothing but files, by tokens that live a minute, and knows no session:
what a file may run there, should a browser run it after all, meets no cookie and no page of the platform. Tokens are
encrypted: where a file is stored tells which bid it belongs to, and not every reader may know that yet.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core import signing
from django.core.files.storage import storages
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac

from core.audit.services import record as record_act
from core.errors import Conflict, NotFound, gettext_noop
from storage import scanning

TOKEN_SECONDS = 60
WARNED_SECONDS = 600
_FILE, _WARNED = "storage.file", "storage.warned"


class FoundInFile(Conflict):
    """A scanner found something in the file."""

    code = "file-found"
    title = gettext_noop("The virus scanner found something in this file")


def attachment(store: str, stored_as: str, name: str) -> FileResponse:
    """Give the file as a download: no type to guess, no script to run, nobody to embed it, nothing kept in between."""
    response = FileResponse(
        storages[store].open(stored_as, "rb"),
        as_attachment=True,
        filename=name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def hand_out(
    request: HttpRequest, store: str, stored_as: str, name: str, *, subject: str
) -> HttpResponseBase:
    """Serve a file whose reader has been let in: one in which a scanner found something only after a warning.

    Taking it all the same is recorded on `subject`. Raises FoundInFile for programs.
    """
    actor: Any = getattr(request, "actor", None)
    said = scanning.result(store, stored_as)
    if said.word == scanning.Word.FOUND:
        if not _was_warned(request, actor, stored_as):
            if "application/json" in request.headers.get("Accept", ""):
                raise FoundInFile(
                    gettext_noop(
                        "The virus scanner found “%(found)s” in it. Fetch it on its page if you must."
                    ),
                    found=said.found,
                )
            token = signing.dumps(_warning(actor, stored_as), salt=_WARNED)
            context = {"name": name, "scan": said, "anyway": f"{request.path}?warned={token}"}
            return render(request, "storage/found.html", context, status=409)
        record_act(
            actor=actor.label, verb="take_found_file", subject=subject, file=stored_as, found=said.found
        )
    if settings.FILES_URL:
        token = _box().encrypt(json.dumps([store, stored_as, name]).encode()).decode()
        return redirect(settings.FILES_URL + reverse("storage:file", args=[token]))
    return attachment(store, stored_as, name)


def for_script(request: HttpRequest, store: str, stored_as: str, name: str) -> HttpResponseBase:
    """Serve a file's bytes to a script of this site's own page that displays it, never to a window or a frame.

    The reader has been let in. Raises NotFound for anything but a script's request, and for a file in which a scanner
    found something: that one is only to be had by `hand_out`, after its warning.
    """
    if request.headers.get("Sec-Fetch-Dest", "empty") != "empty":
        raise NotFound()
    if scanning.result(store, stored_as).word == scanning.Word.FOUND:
        raise NotFound()
    return attachment(store, stored_as, name)


def by_token(token: str) -> FileResponse:
    """Give the file that a fresh token of `hand_out` names; raises NotFound for any other."""
    try:
        store, stored_as, name = json.loads(_box().decrypt(token, ttl=TOKEN_SECONDS))
    except InvalidToken:
        raise NotFound() from None
    return attachment(store, stored_as, name)


def is_files_host(request: HttpRequest) -> bool:
    """Tell whether a request came to the origin of files."""
    return (
        bool(settings.FILES_URL) and request.META.get("HTTP_HOST", "") == urlsplit(settings.FILES_URL).netloc
    )


def _was_warned(request: HttpRequest, actor: Any, stored_as: str) -> bool:
    try:
        said: list[str] = signing.loads(request.GET.get("warned", ""), salt=_WARNED, max_age=WARNED_SECONDS)
    except signing.BadSignature:
        return False
    return said == _warning(actor, stored_as)


def _warning(actor: Any, stored_as: str) -> list[str]:
    """Name who is warned of which file; where it is stored stays unread, as in the addresses of `hand_out`."""
    return [str(actor.user_id), salted_hmac(_WARNED, stored_as, algorithm="sha256").hexdigest()]


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac(_FILE, "", algorithm="sha256").digest()))
