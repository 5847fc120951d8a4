"""Rows by the hundred thousand: COPY on PostgreSQL, prepared statements on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table

from app import db

_PIECE = 5000
_ROOM = 256
"""MiB of pages that SQLite may keep in memory, its own default being 2."""


@contextmanager
def room() -> Iterator[None]:
    """Within: SQLite keeps the pages that a long transaction changes, and writes each once."""
    connection = db.session().connection()
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {-1024 * _ROOM}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def pour(table: type[db.Base], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows, whose values stand in the order of these columns, within the caller's
    transaction; how many. Columns that are not named stay empty: no default is asked for.
    """
    connection = db.session().connection()
    columns = [cast(Table, table.__table__).c[name] for name in names]
    said = [one.type.dialect_impl(connection.dialect) for one in columns]
    prepare = _preparing([one.bind_processor(connection.dialect) for one in said])
    quoted = [connection.dialect.identifier_preparer.quote(name) for name in names]
    into = f"{table.__tablename__} ({', '.join(quoted)})"
    write = _copy if connection.dialect.name == "postgresql" else _insert
    driver = connection.connection.driver_connection
    waiting, count = iter(rows), 0
    while piece := [prepare(row) for row in islice(waiting, _PIECE)]:
        write(driver, into, piece)
        count += len(piece)
    return count


def add(
    table: type[db.Base],
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    key: str,
    place: str,
) -> dict[Any, int]:
    """Write those of these rows whose `key` is not there yet, in their order; the `place` (a number
    that the database counts up) that each of them was given, by its key."""
    connection = db.session().connection()
    columns = cast(Table, table.__table__).c
    said = [columns[name].type.dialect_impl(connection.dialect) for name in names]
    prepare = _preparing([one.bind_processor(connection.dialect) for one in said])
    quoted = ", ".join(map(connection.dialect.identifier_preparer.quote, names))
    driver: Any = connection.connection.driver_connection
    prepared = (prepare(row) for row in rows)
    adding = f"INSERT INTO {table.__tablename__} ({quoted})"
    known = f"ON CONFLICT ({key}) DO NOTHING RETURNING {key}, {place}"
    if connection.dialect.name == "postgresql":
        kinds = ", ".join(f"%s::{one.compile(connection.dialect)}[]" for one in said)
        values = [list(one) for one in zip(*prepared, strict=True)]
        all_rows = f"{adding} SELECT * FROM unnest({kinds}) {known}"  # noqa: S608  (our own names)
        return dict(driver.execute(all_rows, values))
    one_row = f"{adding} VALUES ({', '.join('?' * len(names))}) {known}"
    found = (new for row in prepared for new in driver.execute(one_row, row))
    read = (
        columns[key]
        .type.dialect_impl(connection.dialect)
        .result_processor(connection.dialect, None)
    )
    return {read(new) if read else new: number for new, number in found}


def _preparing(
    ways: Sequence[Callable[[Any], Any] | None],
) -> Callable[[Sequence[Any]], list[Any]]:
    """What makes the values of a row those that the driver understands."""

    def prepare(row: Sequence[Any]) -> list[Any]:
        return [
            value if value is None or way is None else way(value)
            for way, value in zip(ways, row, strict=True)
        ]

    return prepare


def _insert(driver: Any, into: str, rows: Sequence[Sequence[Any]]) -> None:
    places = ", ".join("?" * len(rows[0]))
    driver.executemany(f"INSERT INTO {into} VALUES ({places})", rows)  # noqa: S608  (our own names)


def _copy(driver: Any, into: str, rows: Sequence[Sequence[Any]]) -> None:
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
