"""What stands beside our views: the least that a view of the kind must do, behind the same middleware."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.views.decorators.http import require_GET, require_POST

PIECE = 256 * 1024
TABLES = (
    "CREATE TABLE bench_floor (id uuid PRIMARY KEY, body text NOT NULL)",
    "CREATE TABLE bench_stock (id int PRIMARY KEY, left_over bigint NOT NULL)",
    "INSERT INTO bench_stock VALUES (1, 1000000000)",
)
_empty: Any = None


def make_tables() -> None:
    """Make the tables that the views here write to."""
    with connection.cursor() as cursor:
        for statement in TABLES:
            cursor.execute(statement)


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """One INSERT in a transaction, by a person whose session is looked up."""
    who = str(request.user.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_floor VALUES (%s, %s)", [uuid.uuid4(), who])
    return JsonResponse({"accepted": True})


@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Lock one row that everybody wants, then write five rows in three statements."""
    who = str(request.user.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bench_stock SET left_over = left_over - 1 WHERE id = 1 AND left_over >= 1")
        for rows in (1, 3, 1):
            values = [value for _ in range(rows) for value in (uuid.uuid4(), who)]
            places = ", ".join(["(%s, %s)"] * rows)
            cursor.execute(f"INSERT INTO bench_floor VALUES {places}", values)  # noqa: S608 - places alone
    return JsonResponse({"accepted": True})


@require_GET
def empty(request: HttpRequest) -> HttpResponse:
    """A template without anything in it."""
    global _empty
    if _empty is None:
        _empty = engines["django"].from_string("")
    return HttpResponse(_empty.render({}, request))


def bare_upload(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Append the body of a request to the file that its path names: a WSGI application without Django."""
    target = Path(os.environ["BENCH_UPLOADS"]) / Path(environ["PATH_INFO"]).name
    left, source = int(environ.get("CONTENT_LENGTH") or 0), environ["wsgi.input"]
    with target.open("ab", buffering=0) as out:
        while left and (piece := source.read(min(left, PIECE))):
            out.write(piece)
            left -= len(piece)
    start_response("204 No Content", [("Content-Length", "0")])
    return [b""]
