"""Beginnings that many tests share: built once by a worker, then written again as rows and files.

A scene is what its builder leaves in the database and in the folder of files, with the time it leaves the clock at and
what it gives back.  It is written again only into a database that holds exactly what the builder found.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.files.storage import Storage
from django.core.management.color import no_style
from django.db import connection, models, transaction
from storages.backends.s3 import S3Storage

from core import clock
from tests.databases import tables_with_rows

T = TypeVar("T")
Row = tuple[Any, ...]
CLOCK = "clock-offset"
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?([a-z0-9_]+)')


def model_of(table: str) -> type[models.Model]:
    """Give the model whose rows a table holds."""
    return next(m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table)


def key_of(model: type[models.Model]) -> models.Field[Any, Any]:
    """Give the primary key."""
    assert model._meta.pk is not None
    return model._meta.pk


def columns_of(model: type[models.Model]) -> list[str]:
    """Give the columns, the primary key first."""
    key = key_of(model)
    return [
        str(field.column) for field in (key, *(one for one in model._meta.concrete_fields if one is not key))
    ]


def rows_of(table: str) -> dict[Any, Row]:
    """Give all rows of a table as the database has them, by primary key."""
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns_of(model_of(table))))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {quote(table)} ORDER BY 1")
        return {row[0]: row for row in cursor.fetchall()}


@cache
def tables() -> list[str]:
    """Give the tables that have a model."""
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return sorted(known & set(connection.introspection.table_names()))


def fingerprint() -> str:
    """Name what the database and the files hold, whatever numbers rows have that nobody refers to."""
    digest = hashlib.sha256()
    for file in sorted(settings.VAR.rglob("*")):
        if file.is_file() and file.name != CLOCK:
            digest.update(repr((str(file.relative_to(settings.VAR)), file.read_bytes())).encode())
    for table in tables_with_rows(tables()):
        numbered = isinstance(key_of(model_of(table)), models.AutoField)
        rows = [row[numbered:] for row in rows_of(table).values()]
        digest.update(repr((table, rows)).encode())
    return digest.hexdigest()


class Rows:
    """What a builder adds to the database."""

    def __init__(self) -> None:
        self.before: dict[str, dict[Any, Row]] = {}
        self.indexed: list[tuple[str, Any]] = []
        self.added: list[tuple[type[models.Model], list[str], list[Row]]] = []

    def __call__(self, execute: Callable[..., T], sql: str, params: Any, many: bool, context: Any) -> T:
        if written := WRITES.match(sql.lstrip()):
            table = written[1]
            if table.endswith("_search"):  # an index without readable rows
                self.indexed.append((sql, params if many else [params]))
            elif table not in self.before:
                self.before[table] = rows_of(table)
        return execute(sql, params, many, context)

    def keep(self) -> bool:
        """Read what was added; tell whether that is all, and no row was changed that was there before."""
        for table, before in self.before.items():
            now, model = rows_of(table), model_of(table)
            if not all(now.get(key) == row for key, row in before.items()):
                return False
            rows = [row for key, row in now.items() if key not in before]
            columns, key = columns_of(model), key_of(model)
            if isinstance(key, models.AutoField) and not referred_to(model):
                columns, rows = columns[1:], [row[1:] for row in rows]
            self.added.append((model, columns, rows))
        return True

    def write(self) -> None:
        """Add it again."""
        quote = connection.ops.quote_name
        numbered = []
        with transaction.atomic(), connection.cursor() as cursor:
            for model, columns, rows in self.added:
                places = ", ".join(["%s"] * len(columns))
                names = ", ".join(map(quote, columns))
                table = quote(model._meta.db_table)
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
                if isinstance(key_of(model), models.AutoField) and columns[0] == key_of(model).column:
                    numbered.append(model)
            for sql, values in self.indexed:
                cursor.executemany(sql, values)
            for statement in connection.ops.sequence_reset_sql(no_style(), numbered):
                cursor.execute(statement)


def referred_to(model: type[models.Model]) -> bool:
    """Tell whether rows of other tables name rows of this one."""
    return any(field.auto_created and not field.concrete for field in model._meta.get_fields())


_listing: list[
    list[tuple[Storage, str]]
] = []  # one for each scene being built: a scene may begin with another


@contextmanager
def saved() -> Iterator[list[tuple[Storage, str]]]:
    """List what is put into stores that keep nothing in the folder of files, and so are shared by all tests."""
    names: list[tuple[Storage, str]] = []
    save = S3Storage.save

    def listed(store: S3Storage, *arguments: Any, **named: Any) -> str:
        names.append((store, save(store, *arguments, **named)))
        return names[-1][1]

    _listing.append(names)
    with patch.object(S3Storage, "save", listed):
        yield names
    _listing.pop()


@dataclass
class Scene:
    """Rows, files, the time, and what the builder gave."""

    rows: Rows
    files: Path
    stored: list[tuple[Storage, str]]
    moment: datetime
    given: Any

    def whole(self) -> bool:
        """Tell whether no test has deleted what is stored outside the folder of files."""
        return all(store.exists(name) for store, name in self.stored)


_kept: dict[Hashable, Scene] = {}
_folder = tempfile.TemporaryDirectory(prefix="scenes-")


def scene(name: Hashable, build: Callable[[], T]) -> T:
    """Give what `build` gives, with the database, the files and the clock as it leaves them.

    `name` says which builder with which arguments; the hour of the call and the site's pack of rules belong to it.
    Outside of tests, in benchmarks, everything is built.
    """
    if not settings.TESTING:
        return build()
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    key = (name, hour, settings.SANDBOX, settings.DEMONSTRATION, fingerprint())
    if (known := _kept.get(key)) and known.whole():
        known.rows.write()
        for names in _listing:
            names += known.stored
        shutil.copytree(known.files, settings.VAR, dirs_exist_ok=True)
        offset = os.environ.get("CLOCK_OFFSET_FILE")
        if offset and known.moment > clock.now():
            Path(offset).write_text(str((known.moment - datetime.now(UTC)).total_seconds()))  # noqa: TID251
        given: T = deepcopy(known.given)
        return given
    rows = Rows()
    with connection.execute_wrapper(rows), saved() as stored:
        built = build()
    if rows.keep():
        files = Path(tempfile.mkdtemp(dir=_folder.name))
        shutil.copytree(settings.VAR, files, dirs_exist_ok=True, ignore=shutil.ignore_patterns(CLOCK))
        _kept[key] = Scene(rows, files, stored, clock.now(), deepcopy(built))
    return built
