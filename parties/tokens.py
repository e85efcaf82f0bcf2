"""Tokens in messages: an id and its signature, so that nothing secret is kept in the database or in a queue."""

from __future__ import annotations

import hashlib
import uuid

from django.core.signing import BadSignature, Signer

from core.errors import NotFound


def make(purpose: str, id: uuid.UUID) -> str:
    """Give the token for a row; always the same for one row, purpose and secret of the site."""
    return Signer(salt=f"parties.{purpose}", sep=".").sign(id.hex)


def read(purpose: str, token: str) -> uuid.UUID:
    """Give the id in a token. Raises NotFound for anything that this site did not sign for this purpose."""
    try:
        return uuid.UUID(Signer(salt=f"parties.{purpose}", sep=".").unsign(token))
    except (BadSignature, ValueError) as error:
        raise NotFound() from error


def hashed(token: str) -> str:
    """Give what the row keeps of its token."""
    return hashlib.sha256(token.encode()).hexdigest()
