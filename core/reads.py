"""Reads that many requests make at once: Django writes their SQL once in a process, not once in a request.

Composing a query takes Django longer than a database takes to answer one that finds a row by its key. A `Read` is
composed by the query set API like any other, with a stand-in for each value; afterwards only the values change.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import CharField, DateTimeField, Field, Model, QuerySet, UUIDField
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)
_FIELDS: dict[type, Field[Any, Any]] = {uuid.UUID: UUIDField(), datetime: DateTimeField(), str: CharField()}


@dataclass(frozen=True, slots=True)
class _Written:
    """One statement: its text, its parameters, where each value belongs among them, how columns are read."""

    sql: str
    params: tuple[Any, ...]
    places: tuple[tuple[str, Field[Any, Any], tuple[int, ...]], ...]
    converters: tuple[tuple[int, list[Any], Any], ...]
    compiler: Any


class Read:
    """`compose` gives a `values_list` query set over the named values, whose types (UUID, datetime, str) are `takes`.

    It is called once, and must use every value as it is: what depends on a value in any other way would stay as it was.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, Any]], **takes: type) -> None:
        self._compose, self._takes = compose, takes
        self._written: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """Give the rows. Raises TypeError for other values than were declared."""
        if values.keys() != self._takes.keys():
            raise TypeError(f"takes {sorted(self._takes)}, not {sorted(values)}")
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = self._write()
        params = list(written.params)
        for name, field, places in written.places:
            value = field.get_db_prep_value(values[name], connection)
            for place in places:
                params[place] = value
        with connection.cursor() as cursor:
            cursor.execute(written.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
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
