"""Writes that many requests make at once: Django writes their SQL once in a process, and they travel together.

What `core.reads` is for reading. No signals are sent, as with `bulk_create` and `update`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import AutoField, Model
from django.db.models.constants import OnConflict

from core.reads import Asked, Rows, Unseeing, together

M = TypeVar("M", bound=Model)


class _Waiting(Unseeing):
    """Writes that wait; any other statement sends them first."""

    def __init__(self) -> None:
        self.asked: list[Asked[Any]] = []

    def send(self) -> None:
        """Send them, if there are any."""
        going, self.asked = self.asked, []
        if going:
            together(*going)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Wrap a statement."""
        self.send()
        return execute(sql, params, many, context)


_held: ContextVar[_Waiting | None] = ContextVar("writes_held_back", default=None)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold `Insert` and `Update` back until another statement or the end of the block: then they go in one message.

    So everybody sees them in their order, as without it; what the database refuses is raised a little later. For use
    in a transaction that an error ends. Raises RuntimeError outside of one.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("writes are held back in a transaction only")
    waiting = _Waiting()
    with connection.execute_wrapper(waiting):
        token = _held.set(waiting)
        try:
            yield
            waiting.send()
        finally:
            _held.reset(token)


def _write(sql: str, params: Sequence[Any]) -> None:
    asked: Asked[None] = Asked(lambda: (sql, params), _nothing)
    waiting = _held.get()
    if waiting is None:
        together(asked)
    else:
        waiting.asked.append(asked)


def _nothing(_: Rows) -> None:
    return None


def _column(model: type[Model], name: str) -> str:
    return next(str(field.column) for field in model._meta.concrete_fields if field.name == name)


class Insert(Generic[M]):
    """INSERT of rows of one model; `over`: a unique field by which a row that is there is updated in `fields` instead.

    A row's own key must be known before, unless the database numbers the rows: then it stays unknown.
    """

    def __init__(self, model: type[M], *, over: str = "", fields: Sequence[str] = ()) -> None:
        meta = model._meta
        self._table = meta.db_table
        self._fields = [field for field in meta.concrete_fields if not isinstance(field, AutoField)]
        self._over = [_column(model, over)] if over else []
        self._updated = [_column(model, name) for name in fields]
        self._written: dict[str, tuple[str, str, str]] = {}

    def __call__(self, *rows: M) -> None:
        """Write the rows. Raises IntegrityError, now or when they are sent."""
        before, places, after = self._written.get(connection.vendor) or self._compose()
        params = [
            field.get_db_prep_save(field.pre_save(row, True), connection)
            for row in rows
            for field in self._fields
        ]
        _write(before + ", ".join([places] * len(rows)) + after, params)
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias

    def _compose(self) -> tuple[str, str, str]:
        quoted = connection.ops.quote_name
        columns = ", ".join(quoted(str(field.column)) for field in self._fields)
        after = ""
        if self._over:
            after = connection.ops.on_conflict_suffix_sql(
                self._fields,
                OnConflict.UPDATE,
                self._updated,
                self._over,
            )
        written = (
            f"INSERT INTO {quoted(self._table)} ({columns}) VALUES ",  # noqa: S608 - names of the model
            f"({', '.join(['%s'] * len(self._fields))})",
            f" {after}" if after else "",
        )
        self._written[connection.vendor] = written
        return written


class Update(Generic[M]):
    """UPDATE of `fields` of one row by its key, unless `null`, a field that such an update fills, is filled already."""

    def __init__(self, model: type[M], *fields: str, null: str = "") -> None:
        meta = model._meta
        by_name = {field.name: field for field in meta.concrete_fields}
        self._table, self._key = meta.db_table, next(field for field in by_name.values() if field.primary_key)
        self._fields = [by_name[name] for name in fields]
        self._null = _column(model, null) if null else ""

    def __call__(self, row: M) -> None:
        """Write the fields as they are in `row`."""
        quoted = connection.ops.quote_name
        values = ", ".join(f"{quoted(str(field.column))} = %s" for field in self._fields)
        only = f" AND {quoted(self._null)} IS NULL" if self._null else ""
        params = [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*self._fields, self._key)
        ]
        where = f"WHERE {quoted(str(self._key.column))} = %s{only}"
        _write(f"UPDATE {quoted(self._table)} SET {values} {where}", params)  # noqa: S608 - names of the model
