"""Look into a private store, and damage it: whether it lies in files or in S3."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.core.files.storage import storages


def names(alias: str, folder: str = "") -> set[str]:
    """Give the name of every object in a store."""
    try:
        folders, files = storages[alias].listdir(folder)
    except FileNotFoundError:
        return set()
    found = {f"{folder}/{name}".lstrip("/") for name in files}
    for name in folders:
        found |= names(alias, f"{folder}/{name}".lstrip("/"))
    return found


def read(alias: str, name: str) -> bytes:
    """Give an object's bytes."""
    with storages[alias].open(name, "rb") as file:
        return bytes(file.read())


def exchange(alias: str, name: str, content: bytes) -> None:
    """Put other bytes in an object's place."""
    storages[alias].delete(name)
    assert storages[alias].save(name, ContentFile(content)) == name
