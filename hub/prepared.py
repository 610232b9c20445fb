"""Queries that are written to SQL once: for the few statements that every page runs.

Building a query with peewee and writing it to SQL costs four to ten times what SQLite needs to answer it, and a page
builds the same seven statements each time, with other values. `prepared` keeps the SQL that peewee wrote for a
function's query, and reads rows straight into model instances. What it gives is what the query itself gives
(tests/ground/test_prepared.py compares them), so a prepared query can become a plain one again at any time.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import peewee

from hub import clock, db

MOST_KEPT = 64
"""Statements kept of one query: one for each number of values in its lists."""
_FIRST = 8_000_000_000_000_000_000
_MOMENT = datetime(7000, 1, 1, tzinfo=UTC)
_MICROS = db.UTCField()
_THEN = _MICROS.db_value(_MOMENT) or 0
_NEAR = 100 * 365 * 24 * 60 * 60 * 1_000_000
_NOW = "\x1anow"
_AS_IT_IS = (
    peewee.IntegerField,
    peewee.BigIntegerField,
    peewee.AutoField,
    peewee.CharField,
    peewee.TextField,
    peewee.ForeignKeyField,
)
_MANY = (list, tuple, set, frozenset)
_local = threading.local()


class Prepared:
    """A function that builds a query from named values, and the SQL of its queries by their shape.

    Values are whole numbers, texts, and lists or sets of either; None is none of them. The function is called with
    stand-ins, so it may use them in no other way than as values of the query: no `if person:`, no f"item:{person}".
    It may reckon with `clock.now()`: the query then asks for moments that lie as far from the time it is run at.
    """

    def __init__(self, build: Callable[..., Any]) -> None:
        self.build = build
        self.__doc__ = build.__doc__
        self._kept: dict[Any, _Statement] = {}

    def __call__(self, **values: Any) -> list[Any]:
        """The query's rows."""
        if getattr(_local, "as_written", False):
            return list(self.build(**values))
        return self._statement(values).rows(values)

    def first(self, **values: Any) -> Any:
        """The first row, None where there is none. The query should have a limit of its own."""
        rows = self(**values)
        return rows[0] if rows else None

    def _statement(self, values: dict[str, Any]) -> _Statement:
        shape = (
            type(db.database.obj),
            *[(n, len(v) if isinstance(v, _MANY) else -1) for n, v in values.items()],
        )
        found = self._kept.get(shape)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[shape] = _Statement(self.build, values)
        return found


def prepared(build: Callable[..., Any]) -> Prepared:
    """Keeps the SQL of the queries that the function builds. For hot paths that were measured; docs/performance.md lists them."""
    return Prepared(build)


@contextmanager
def as_written() -> Iterator[None]:
    """Runs prepared queries the plain way in this thread: for comparing the two."""
    before, _local.as_written = getattr(_local, "as_written", False), True
    try:
        yield
    finally:
        _local.as_written = before


class _Statement:
    """The SQL for one shape of values: where each value goes, and how a row is read."""

    def __init__(self, build: Callable[..., Any], values: dict[str, Any]) -> None:
        stand_ins, places = _stand_ins(values)
        with clock.pinned(_MOMENT):
            self.query = build(**stand_ins)
            self.sql, params = self.query.sql()
        self.params = [_placed(param, places) for param in params]
        self.timed = any(_is_moment(param) for param in params)
        self.reader: Callable[[Any], list[Any]] | None = None

    def rows(self, values: dict[str, Any]) -> list[Any]:
        """Runs the statement with these values."""
        flat = {name: sorted(v) if isinstance(v, set | frozenset) else v for name, v in values.items()}
        if self.timed:
            flat[_NOW] = _MICROS.db_value(clock.now())
        cursor = db.database.execute_sql(self.sql, [fill(flat) for fill in self.params])
        reader = self.reader
        if reader is None:
            reader = self.reader = _reader(self.query, cursor)
        return reader(cursor)


def _stand_ins(values: dict[str, Any]) -> tuple[dict[str, Any], dict[Any, tuple[str, int | None]]]:
    """A value nobody else uses for each value, and whose place it keeps: (name, index in a list)."""
    places: dict[Any, tuple[str, int | None]] = {}

    def stand_in(value: Any, name: str, index: int | None) -> Any:
        made = f"\x1a{len(places):04d}" if isinstance(value, str) else _FIRST + len(places)
        places[made] = (name, index)
        return made

    made: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, _MANY):
            made[name] = [stand_in(one, name, index) for index, one in enumerate(value)]
        else:
            made[name] = stand_in(value, name, None)
    return made, places


def _placed(param: Any, places: dict[Any, tuple[str, int | None]]) -> Callable[[dict[str, Any]], Any]:
    """How the parameter at one place of the SQL is made from the values of a call."""
    if isinstance(param, int | str) and param in places:
        name, index = places[param]
        return (lambda values: values[name]) if index is None else (lambda values: values[name][index])
    if _is_moment(param):
        shift = param - _THEN
        return lambda values: values[_NOW] + shift
    if isinstance(param, int) and abs(param - (_MICROS.db_value(datetime.now(UTC)) or 0)) < _NEAR // 10:
        raise TypeError("a moment stands fixed in a prepared query: let the function ask hub.clock for it")
    return lambda _values: param


def _is_moment(param: Any) -> bool:
    """Whether the parameter was reckoned from the pinned clock."""
    return isinstance(param, int) and abs(param - _THEN) < _NEAR


# --- rows ---------------------------------------------------------------------------------------------------------


def _reader(query: Any, cursor: Any) -> Callable[[Any], list[Any]]:
    """How rows of the query's cursor become what iterating over the query gives."""
    wrapper = query._get_cursor_wrapper(cursor)
    wrapper.initialize()
    if isinstance(wrapper, peewee.ModelCursorWrapper):
        return _Rows(wrapper).read
    if type(wrapper) is peewee.ModelTupleCursorWrapper:
        converts = [(i, convert) for i, convert in enumerate(map(_needed, wrapper.converters)) if convert]
        return partial(_tuples, converts)
    raise TypeError("a prepared query gives joined models or tuples")


def _tuples(converts: list[tuple[int, Any]], cursor: Any) -> list[Any]:
    if not converts:
        return [tuple(row) for row in cursor.fetchall()]
    found = []
    for row in cursor.fetchall():
        cells = list(row)
        for i, convert in converts:
            cells[i] = convert(cells[i])
        found.append(tuple(cells))
    return found


class _Part:
    """One model of a joined row: which cells are its fields, which are added values, and what it is linked to."""

    def __init__(self, key: Any, model: Any, spec: list[tuple[int, str, Any]]) -> None:
        self.key, self.model = key, model
        fields = model._meta.fields
        self.cells = [(i, name, convert) for i, name, convert in spec if name in fields]
        self.added = [(i, name, convert) for i, name, convert in spec if name not in fields]
        self.indexes = [i for i, _, _ in spec]
        self.raw = operator.itemgetter(*self.indexes) if len(spec) > 1 else None
        self.links: list[tuple[str, Any, bool, str]] = []

    def make(self, row: Any) -> Any:
        """An instance as peewee makes one from a row: its data set, nothing marked as changed."""
        made = self.model.__new__(self.model)
        made.__data__ = {
            name: row[i] if convert is None or row[i] is None else convert(row[i])
            for i, name, convert in self.cells
        }
        made._dirty = set()
        made.__rel__ = {}
        for i, name, convert in self.added:
            setattr(made, name, row[i] if convert is None else convert(row[i]))
        return made


class _Rows:
    """Reads joined rows as peewee.ModelCursorWrapper does, with the same instance for the same author, space and so on."""

    def __init__(self, wrapper: Any) -> None:
        spec: dict[Any, list[tuple[int, str, Any]]] = {}
        for index, key, column, convert in wrapper._row_spec:
            key = key if key in wrapper.key_to_constructor else wrapper.model
            spec.setdefault(key, []).append((index, column, _needed(convert)))
        if any(not is_model for _, _, is_model in wrapper._constructor_list):
            raise TypeError("a prepared query joins models only")
        self.root = wrapper.model
        self.parts = [_Part(key, model, spec.get(key, [])) for key, model, _ in wrapper._constructor_list]
        self.parts.sort(key=lambda part: part.key is not self.root)
        by_key = {part.key: part for part in self.parts}
        self.links: list[tuple[Any, str, Any, bool, bool, str]] = []
        for source, attr, target, _, outer, _ in wrapper.src_to_dest:
            if wrapper._dest_reachable.get(target) and not by_key[target].indexes:
                raise TypeError(f"a prepared query selects something of each model it joins through ({attr})")
            field = by_key[source].model._meta.fields.get(attr)
            foreign = isinstance(field, peewee.ForeignKeyField)
            self.links.append(
                (source, attr, target, outer, foreign, field.rel_field.name if foreign and field else "")
            )
        self.shared = [part for part in self.parts if part.key is not self.root and part.raw is not None]
        self.single = [
            part for part in self.parts if part.key is not self.root and part.raw is None and part.indexes
        ]

    def read(self, cursor: Any) -> list[Any]:
        """Every row."""
        seen: dict[Any, Any] = {}
        return [self._row(row, seen) for row in cursor.fetchall()]

    def _row(self, row: Any, seen: dict[Any, Any]) -> Any:
        root = self.parts[0].make(row)
        there: dict[Any, Any] = {self.root: root}
        for part in self.shared:
            raw = part.raw(row)  # type: ignore[misc]
            found = seen.get((part.key, raw))
            if found is None:
                found = seen[part.key, raw] = (
                    part.make(row) if any(cell is not None for cell in raw) else _ABSENT
                )
            there[part.key] = found
        for part in self.single:
            there[part.key] = part.make(row) if row[part.indexes[0]] is not None else _ABSENT
        for source, attr, target, outer, foreign, rel_name in self.links:
            one, other = there.get(source), there.get(target, _ABSENT)
            if one is None or one is _ABSENT:
                continue
            if other is _ABSENT:
                if outer and foreign:
                    one.__rel__[attr] = None
                elif outer:
                    setattr(one, attr, None)
            elif foreign:
                one.__rel__[attr] = other
                one.__data__[attr] = other.__data__.get(rel_name)
            else:
                setattr(one, attr, other)
        return root


_ABSENT: Any = object()


def _needed(convert: Any) -> Any:
    """The conversion of a column, None where both databases give the value as it is wanted."""
    field = getattr(convert, "__self__", None)
    return None if type(field) in _AS_IT_IS else convert
