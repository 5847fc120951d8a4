"""Exports: columns as SQL expressions, rows streamed, cells that harm no spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: `name` in files and the API, `label` on pages, `expression` in SQL.

    `order` sorts the columns of several plugins; `say` turns a stored value into the cell.
    """

    name: str
    label: Any
    expression: ColumnElement[Any]
    order: int = 50
    say: Callable[[Any], Any] | None = None


def cell(value: Any) -> Any:
    """A value as a file says it: ISO 8601 UTC times, and no text that a spreadsheet would run."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def as_csv(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV in pieces of some kilobytes; a byte order mark first, for spreadsheets."""
    page = StringIO()
    writer = csv.writer(page)
    page.write("\ufeff")
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if page.tell() > 16_384:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()
