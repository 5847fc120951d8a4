"""Keyset pages: a list goes on after the last row that was seen, and never counts rows to skip."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, literal, tuple_

from app.errors import Invalid

Row = TypeVar("Row")


def _number(value: Any) -> int:
    if not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("no number of a column")
    return value


_READ: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    UUID: lambda value: UUID(str(value)),
    str: str,
    int: _number,
    float: lambda value: float(str(value)),
}


def cursor(*place: datetime | date | UUID | str | int | float) -> str:
    """Where a list goes on, as one word for an address: opaque to whoever sends it back."""
    values = [one if isinstance(one, (str, int)) else str(one) for one in place]
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def place(cursor: str | None, *shape: type) -> tuple[Any, ...] | None:
    """What a cursor of ours says, in these types (datetime, date, UUID, str, int,
    float); None for none.

    Raises Invalid when it is no cursor of this list.
    """
    if not cursor:
        return None
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        found = tuple(_READ[kind](one) for kind, one in zip(shape, values, strict=True))
    except (ValueError, TypeError, RecursionError) as wrong:
        raise Invalid({"cursor": _l("This is not the place of a row in this list.")}) from wrong
    if any(isinstance(one, datetime) and one.tzinfo is None for one in found):
        raise Invalid({"cursor": _l("This is not the place of a row in this list.")})
    return found


def below(columns: Sequence[Any], place: tuple[Any, ...]) -> ColumnElement[bool]:
    """The rows that come after this place in a list sorted by these columns, all descending."""
    return tuple_(*columns) < _values(columns, place)


def above(columns: Sequence[Any], place: tuple[Any, ...]) -> ColumnElement[bool]:
    """The same in a list sorted by these columns, all ascending."""
    return tuple_(*columns) > _values(columns, place)


def _values(columns: Sequence[Any], place: tuple[Any, ...]) -> Any:
    return tuple_(*(literal(one, column.type) for column, one in zip(columns, place, strict=True)))


def page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[Any, ...]]
) -> tuple[list[Row], str | None]:
    """A page of `limit` rows and the cursor of the next; `rows` were asked for with one more."""
    shown = list(rows[:limit])
    return shown, cursor(*key(shown[-1])) if len(rows) > limit else None
