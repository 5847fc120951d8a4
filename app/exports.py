"""Exports: columns as SQL expressions, rows streamed, cells that harm no spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from app import plugins

_RUN = frozenset("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: `name` in files and the API, `label` on pages, `expression` in SQL.

    `order` sorts the columns of several plugins; `say` turns a stored value into the cell, the
    same one everywhere, in a language; `words` says the stored value on a page. `join` is a table
    with one row at most for each row of the report, and the condition that finds it: joined once,
    however many columns need it. Where `shown` is false, files and the API alone have the column.
    """

    name: str
    label: Any
    expression: Any
    order: int = 50
    say: Callable[[Any, str], Any] | None = None
    words: Callable[[Any], str] | None = None
    join: tuple[Any, ColumnElement[bool]] | None = None
    shown: bool = True
    numeric: bool = False


def columns() -> list[Column]:
    """The columns that every plugin contributes to the completion records, in their order."""
    asked = (column for some in plugins.ring().columns() for column in some)
    return sorted(asked, key=lambda column: column.order)


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


def _time(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _text(value: str) -> str:
    return f"'{value}" if value[:1] in _RUN and value else value


def _other(value: Any) -> Any:
    return _text(value) if isinstance(value, str) else value


_CELLS: dict[type, Callable[[Any], Any]] = {  # a look-up costs a third of asking type by type
    str: _text,
    datetime: _time,
    UUID: str,
    type(None): lambda _nothing: "",
}


def as_csv(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV in pieces of some kilobytes; a byte order mark first, for spreadsheets."""
    page = StringIO()
    writer = csv.writer(page)
    page.write("\ufeff")
    writer.writerow(header)
    said = _CELLS.get
    for row in rows:
        writer.writerow([said(type(value), _other)(value) for value in row])
        if page.tell() > 16_384:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()
