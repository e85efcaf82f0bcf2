"""Reads that many requests make at once: Django writes their SQL once in a process, not once in a request.

Composing a query takes Django longer than a database takes to answer one that finds a row by its key. A `Read` is
composed by the query set API like any other, with a stand-in for each value; afterwards only the values change.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, Model, QuerySet, UUIDField
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
A = TypeVar("A")
B = TypeVar("B")
Rows = list[tuple[Any, ...]]
_FIELDS: dict[type, Field[Any, Any]] = {uuid.UUID: UUIDField(), datetime: DateTimeField(), str: CharField()}


@dataclass(frozen=True, slots=True)
class _Written:
    """One statement: its text, its parameters, where each value belongs among them, how columns are read."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[str, Field[Any, Any], tuple[int, ...]], ...]
    converters: tuple[tuple[int, list[Any], Any], ...]
    compiler: Any


@dataclass(frozen=True, slots=True)
class Asked(Generic[A]):
    """A statement that is not sent yet, and what its rows become. `written` gives its text and values when it is sent.

    `planned`: PostgreSQL keeps its plan for this connection when it is sent alone.
    """

    written: Callable[[], tuple[str, Sequence[Any]]]
    made: Callable[[Rows], A]
    planned: bool = False

    def then(self, make: Callable[[A], B]) -> Asked[B]:
        """Give the same statement, whose answer becomes something else."""
        return Asked(self.written, lambda rows: make(self.made(rows)), self.planned)


def together(*asked: Asked[Any]) -> list[Any]:
    """Send statements in their order and give each one's answer: on PostgreSQL in one message, elsewhere one by one.

    In one message each still sees what was committed before it itself began, as if it had been sent alone. Where
    statements are watched, as in tests, they are sent alone and seen alone.
    """
    by_one = connection.vendor != "postgresql" or _watched()
    with (
        _planning() if len(asked) == 1 and asked[0].planned and not by_one else connection.cursor() as cursor
    ):
        if by_one or len(asked) == 1:
            answers = []
            for one in asked:
                cursor.execute(*one.written())
                answers.append(one.made(cursor.fetchall() if cursor.description else []))
            return answers
        written = [one.written() for one in asked]
        cursor.execute(
            ";\n".join(sql for sql, _ in written), [value for _, params in written for value in params]
        )
        given: list[Rows] = []
        for number in range(len(asked)):
            if number:
                cursor.nextset()
            given.append(cursor.fetchall() if cursor.description else [])
    return [one.made(rows) for one, rows in zip(asked, given, strict=True)]


class Unseeing:
    """A wrapper of statements (`connection.execute_wrapper`) that does not look at them."""


def _watched() -> bool:
    return connection.queries_logged or not all(
        isinstance(one, Unseeing) for one in connection.execute_wrappers
    )


def _planning() -> Any:
    """Give a cursor that binds values at the server, where PostgreSQL then keeps the plan of a statement that comes often."""
    from django.db.backends.postgresql.base import TIMESTAMPTZ_OID, ServerBindingCursor
    from django.db.backends.postgresql.psycopg_any import register_tzloader
    from psycopg.pq import Format

    connection.ensure_connection()
    cursor: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]  # the stubs know psycopg 2
    if cursor.adapters.get_loader(TIMESTAMPTZ_OID, Format.TEXT).timezone != connection.timezone:
        register_tzloader(connection.timezone, cursor)
    return connection._prepare_cursor(cursor)  # type: ignore[attr-defined]


class Read:
    """`compose` gives a `values_list` query set over the named values, whose types (UUID, datetime, str) are `takes`.

    It is called once, and must use every value as it is: what depends on a value in any other way would stay as it was.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]], **takes: type) -> None:
        self._compose, self._takes = compose, takes
        self._written: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> Rows:
        """Give the rows. Raises TypeError for other values than were declared."""
        return together(self.asked(**values))[0]  # type: ignore[no-any-return]

    def asked(self, **values: Any) -> Asked[Rows]:
        """Give the statement with its values, to be sent `together` with others. Raises TypeError as calling does."""
        if values.keys() != self._takes.keys():
            raise TypeError(f"takes {sorted(self._takes)}, not {sorted(values)}")
        return Asked(lambda: self._statement(values), self._converted, planned=True)

    def _statement(self, values: dict[str, Any]) -> tuple[str, Sequence[Any]]:
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = self._write()
        params = list(written.params)
        for name, field, places in written.places:
            value = field.get_db_prep_value(values[name], connection)
            for place in places:
                params[place] = value
        return written.sql, params

    def _converted(self, rows: Rows) -> Rows:
        written = self._written[connection.vendor]
        if not written.converters:
            return rows
        return [self._read(row, written) for row in rows]

    @staticmethod
    def _read(row: tuple[Any, ...], written: _Written) -> tuple[Any, ...]:
        cells = list(row)
        for place, converters, expression in written.converters:
            for converter in converters:
                cells[place] = converter(cells[place], expression, connection)
        return tuple(cells)

    def _write(self) -> _Written:
        stand_ins = {name: _stand_in(kind, number) for number, (name, kind) in enumerate(self._takes.items())}
        compiler = self._compose(**stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = []
        for name, kind in self._takes.items():
            field = _FIELDS[kind]
            sought = field.get_db_prep_value(stand_ins[name], connection)
            found = tuple(place for place, param in enumerate(params) if param == sought)
            if not found:
                raise TypeError(f"the query does not use {name}")
            places.append((name, field, found))
        columns = compiler.get_converters([column[0] for column in compiler.select])
        converters = tuple((place, *how) for place, how in columns.items())
        return _Written(sql, tuple(params), tuple(places), converters, compiler)


class ModelRead(Read, Generic[M]):
    """The same for a query set of models, with what it selects beside them by `select_related`; nothing is prefetched."""

    def __call__(self, **values: Any) -> list[M]:  # type: ignore[override]
        """Give the models, as the query set would. Raises TypeError for other values than were declared."""
        rows = super().__call__(**values)
        if not rows:
            return []
        compiler = self._written[connection.vendor].compiler
        own = compiler.klass_info
        first, last = own["select_fields"][0], own["select_fields"][-1] + 1
        names = [column[0].target.attname for column in compiler.select[first:last]]
        beside = get_related_populators(  # type: ignore[call-arg]  # the stubs are of a later Django
            own, compiler.select, connection.alias
        )
        return [self._model(own["model"], names, row, (first, last), beside) for row in rows]

    @staticmethod
    def _model(
        kind: type[M], names: list[str], row: tuple[Any, ...], span: tuple[int, int], beside: list[Any]
    ) -> M:
        found = kind.from_db(connection.alias, names, row[slice(*span)])
        for one in beside:
            one.populate(row, found)
        return found


def _stand_in(kind: type, number: int) -> Any:
    """Give a value that stands nowhere else in a query."""
    if kind is uuid.UUID:
        return uuid.UUID(int=(0xA11CE << 96) | number)
    if kind is datetime:
        return datetime(1, 2, 3, 4, 5, number, tzinfo=UTC)
    return f"\x01stand-in {number}"
