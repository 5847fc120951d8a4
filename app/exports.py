"""Exports: columns as SQL expressions, rows streamed, cells that harm no spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from itertools import chain, islice
from operator import itemgetter
from typing import IO, Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement

from app import plugins, workbook
from app.models import Person

FORMATS = {
    "csv": "text/csv",
    "xlsx": workbook.MIMETYPE,
    "jsonl": "application/jsonl",
}
"""The files that can be asked for, and their media types."""

_RUN = frozenset("=+-@\t\r")
_first = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: `name` in files and the API, `label` on pages, `expression` in SQL.

    `order` sorts the columns of several plugins; `say` turns a stored value into the cell, the
    same one everywhere, in a language; `words` says the stored value on a page. `joins` are tables
    with one row at most for each row of the report, each with the condition that finds it: joined
    once, however many columns need them. Where `shown` is false, files and the API alone have the
    column.
    """

    name: str
    label: Any
    expression: Any
    order: int = 50
    say: Callable[[Any, str], Any] | None = None
    words: Callable[[Any], str] | None = None
    joins: tuple[tuple[Any, ColumnElement[bool]], ...] = ()
    shown: bool = True
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of a report: `name` in addresses, the API and commands, `label` on pages.

    `choices` says which values are offered to a reader beside an activity (its id, or None), each
    with its words, a few dozen at most. `condition` is what a value means in SQL, over Progress,
    and holds no row of the reader's session; it raises Invalid, NotFound or
    Forbidden for what she may not ask. The reader is None for a command of the house itself.
    `order` sorts the filters of several plugins.
    """

    name: str
    label: Any
    choices: Callable[[Person | None, UUID | None], Sequence[tuple[str, Any]]]
    condition: Callable[[str, Person | None], ColumnElement[bool]]
    order: int = 50


def filters() -> Sequence[Filter]:
    """The filters that plugins contribute to the completion records, in their order."""
    found: Sequence[Filter] = plugins.once("filters", lambda: _ordered(plugins.ring().filters()))
    return found


def columns() -> Sequence[Column]:
    """The columns that every plugin contributes to the completion records, in their order."""
    found: Sequence[Column] = plugins.once("columns", lambda: _ordered(plugins.ring().columns()))
    return found


def _ordered(contributed: Iterable[Iterable[Any]]) -> tuple[Any, ...]:
    return tuple(sorted(chain(*contributed), key=lambda one: one.order))


def duration(seconds: float | None) -> str | None:
    """Seconds as an ISO 8601 duration: PT1H2M3.5S; to hundredths, as xAPI asks."""
    if seconds is None:
        return None
    hours, rest = divmod(round(seconds * 100), 360_000)
    minutes, rest = divmod(rest, 6_000)
    parts = f"{hours}H" if hours else ""
    parts += f"{minutes}M" if minutes else ""
    if rest or not parts:
        parts += f"{rest / 100:g}S"
    return f"PT{parts}"


def plain(value: Any) -> Any:
    """A value as JSON says it: ISO 8601 UTC times, ids as text."""
    if isinstance(value, datetime):
        return _time(value)
    return str(value) if isinstance(value, UUID) else value


def cell(value: Any) -> Any:
    """The same as a file says it: nothing for None, and no text that a spreadsheet would run."""
    return _CELLS.get(type(value), _other)(value)


def runs(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV would take this text for a formula."""
    return text[:1] in _RUN and text != ""


def _time(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _text(value: str) -> str:
    return f"'{value}" if runs(value) else value


def _other(value: Any) -> Any:
    return _text(value) if isinstance(value, str) else value


_CELLS: dict[type, Callable[[Any], Any]] = {  # a look-up costs a third of asking type by type
    str: _text,
    datetime: _time,
    UUID: str,
    type(None): lambda _nothing: "",
}


def as_csv(header: Iterable[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV in pieces of some hundred rows; a byte order mark first, for spreadsheets."""
    return columns_as_csv(header, _parts(rows))


Part = Sequence[Sequence[Any]]
"""Some hundred rows, told by their columns: making text of a column at a time costs a third of
cell by cell."""


def columns_as_csv(header: Iterable[str], parts: Iterable[Part]) -> Iterator[str]:
    """The same of rows that come as columns."""
    page = StringIO()
    writer = csv.writer(page)
    page.write("\ufeff")
    writer.writerow(header)
    for part in parts:
        writer.writerows(zip(*map(_column, part), strict=True))
        yield page.getvalue()
        page.seek(0)
        page.truncate()
    yield page.getvalue()


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[Part]:
    left = iter(rows)
    while part := list(islice(left, 250)):
        yield list(zip(*part, strict=True))


def _column(values: Sequence[Any]) -> Sequence[Any]:
    """What `cell` says of each; a column of numbers or of harmless words is left as it is (the
    writer itself says nothing for None)."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {int, float}:
        return values
    if kinds == {str} and _RUN.isdisjoint(map(_first, filter(None, values))):
        return values
    return [cell(one) for one in values]


def columns_as_jsonl(header: Sequence[str], parts: Iterable[Part]) -> Iterator[bytes]:
    """JSON Lines: an object a row, as the API says it."""
    said = msgspec.json.Encoder()  # times and ids as `plain` says them
    for part in parts:
        rows = zip(*part, strict=True)
        yield said.encode_lines([dict(zip(header, row, strict=True)) for row in rows])


def write_xlsx(file: IO[bytes], header: Sequence[str], parts: Iterable[Part]) -> None:
    """A spreadsheet: the same cells as the API says, numbers as numbers, times as ISO 8601 text.

    Nothing in it is a formula, so nothing needs an apostrophe before it.
    """
    rows = (map(plain, row) for part in parts for row in zip(*part, strict=True))
    workbook.write(file, header, rows, runs=runs)
