"""Files that people hand in as documents: taken by kind, stored whole, hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from core.errors import Invalid, gettext_noop

LARGEST = 50 * 1024 * 1024
"""Bytes of one document."""
MEDIA = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ofd": "application/ofd",
    ".zip": "application/zip",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}


class Upload(Protocol):
    """A file as a form gives it."""

    name: str
    size: int

    def chunks(self) -> Iterable[bytes]:
        """Give its bytes in pieces."""


def keep(folder: str, file: Upload) -> dict[str, Any]:
    """Store and hash one file; gives the columns that say so. Raises Invalid (empty, too large, of a kind not taken)."""
    name = "".join(c for c in file.name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable())[-200:]
    suffix = f".{name.rsplit('.', 1)[-1].lower()}" if "." in name else ""
    if suffix not in MEDIA:
        raise Invalid(errors={"file": gettext_noop("Files of this kind are not taken.")})
    if not 0 < file.size <= LARGEST:
        raise Invalid(errors={"file": gettext_noop("The file is empty or larger than 50 MiB.")})
    content = b"".join(file.chunks())
    return {
        "name": name,
        "media_type": MEDIA[suffix],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "stored_as": storages["default"].save(f"{folder}/{uuid4()}{suffix}", ContentFile(content)),
    }
