"""Search in Chinese and Latin text with the same results on SQLite and PostgreSQL.

Text is normalised (NFKC, case-folded) and cut at white space; each run gives its pairs of neighbouring
characters and its last character as tokens. A query term of two or more characters asks for all its
pairs, a single character for every token that begins with it; terms of three or more are checked again
against the text, because pairs may stand apart. Tokens are spelt in base 36, four digits a character,
so that neither engine's own word rules can touch them. SQLite keeps them in an FTS5 table whose rowid
is the row's place in time, PostgreSQL in a tsvector with a GIN index.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
MOST_CHARACTERS = 20_000
MOST_TERMS = 8
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def normalised(text: str) -> str:
    """Give the spelling in which text is kept and asked for."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.replace("\x00", " ").split())[:MOST_CHARACTERS]


def _spelt(character: str) -> str:
    number, out = ord(character), ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        out = _DIGITS[digit] + out
    return out


def tokens(text: str) -> list[str]:
    """Give the distinct tokens of a normalised text."""
    found: dict[str, None] = {}
    for run in text.split(" "):
        spelt = [_spelt(character) for character in run]
        for first, second in zip(spelt, spelt[1:], strict=False):
            found[first + second] = None
        if spelt:
            found[spelt[-1]] = None
    return list(found)


def terms(query: str) -> list[str]:
    """Give the terms of a query, at most eight."""
    return normalised(query)[:200].split(" ")[:MOST_TERMS] if query.strip() else []


def _asked(words: list[str]) -> list[tuple[str, bool]]:
    """Give the tokens to ask for, each with whether any token beginning with it will do."""
    asked: dict[tuple[str, bool], None] = {}
    for word in words:
        spelt = [_spelt(character) for character in word]
        if len(spelt) == 1:
            asked[(spelt[0], True)] = None
        for first, second in zip(spelt, spelt[1:], strict=False):
            asked[(first + second, False)] = None
    return list(asked)


def table_of(model: type[Model]) -> str:
    """Give the name of the table with the tokens of `model`."""
    return f"{model._meta.db_table}_search"


def add(model: type[Model], rows: list[tuple[int, str]]) -> None:
    """Make rows (place in time, normalised text) findable, in the caller's transaction."""
    table = table_of(model)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                f"INSERT INTO {table} (position, tokens) VALUES (%s, array_to_tsvector(%s::text[])) "  # noqa: S608
                "ON CONFLICT (position) DO UPDATE SET tokens = EXCLUDED.tokens",
                [(position, tokens(text)) for position, text in rows],
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} (rowid, tokens) VALUES (%s, %s)",  # noqa: S608
                [(position, " ".join(tokens(text))) for position, text in rows],
            )


def find(rows: QuerySet[M], query: str) -> QuerySet[M]:
    """Narrow `rows` to those that contain every term of `query`, and put the newest first."""
    words = terms(query)
    if not words:
        return rows.order_by("-position")
    table, own = table_of(rows.model), rows.model._meta.db_table
    if connection.vendor == "postgresql":
        asked = " & ".join(f"'{token}'{':*' if open_end else ''}" for token, open_end in _asked(words))
        rows = rows.extra(  # noqa: S610
            tables=[table],
            where=[f"{table}.position = {own}.position", f"{table}.tokens @@ %s::tsquery"],
            params=[asked],
            order_by=[f"-{table}.position"],
        )
    else:
        asked = " AND ".join(f'"{token}"{"*" if open_end else ""}' for token, open_end in _asked(words))
        rows = rows.extra(  # noqa: S610
            tables=[table],
            where=[f"{table}.rowid = {own}.position", f"{table} MATCH %s"],
            params=[asked],
            order_by=[f"-{table}.rowid"],
        )
    for word in words:
        if len(word) >= 3:
            rows = rows.filter(search_text__contains=word)
    return rows


def product_key(item: dict[str, Any]) -> str:
    """Give the digest by which the same product is found again: name, brand, model and unit."""
    named = "\x1f".join(normalised(str(item.get(part) or "")) for part in ("name", "brand", "model", "unit"))
    return hashlib.sha256(named.encode()).hexdigest()[:32]
