"""Where pictures of products are stored: under the hash of their bytes, so that they never change."""

from __future__ import annotations

PICTURE_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def place_of(sha256: str) -> str:
    """Give the name in the store of the picture with this hash."""
    return f"mall/pictures/{sha256[:2]}/{sha256}"
