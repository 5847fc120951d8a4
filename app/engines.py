"""The manners of each engine: the one writer of SQLite, and how PostgreSQL is read and reached.

On SQLite every writing transaction takes one lock (a thread lock and a file lock beside the
database) and then BEGIN IMMEDIATE, so that nobody ever waits inside a transaction or meets
SQLITE_BUSY_SNAPSHOT. PostgreSQL needs no such lock. What only reads there needs no transaction
either, for under READ COMMITTED each query sees what was kept before it began: a page is spared
two ways to the server.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidatePoolError

_TRUSTED = 1.0
"""Seconds for which a connection is held to be alive without asking it."""


def give_manners(engine: Engine, writing: Callable[[], bool]) -> None:
    """`writing` says whether the transaction that begins may write."""
    if engine.dialect.name == "sqlite":
        _one_writer(engine, writing)
    else:
        _many_readers(engine, writing)


def _many_readers(engine: Engine, writing: Callable[[], bool]) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        _commit_each(connection.connection.dbapi_connection, not writing())

    @event.listens_for(engine, "checkin")
    def _checkin(_: Any, record: Any) -> None:
        record.info["left"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(dbapi: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("left", 0.0) > _TRUSTED:
            _ask(dbapi)


def hold(connection: Connection) -> None:
    """What is read from here on is one transaction on PostgreSQL too, as a cursor needs that is
    read in pieces."""
    if connection.dialect.name == "postgresql":
        _commit_each(connection.connection.dbapi_connection, False)


def _commit_each(dbapi: Any, alone: bool) -> None:
    if dbapi.autocommit != alone:
        dbapi.autocommit = alone


def _ask(dbapi: Any) -> None:
    """Raises InvalidatePoolError, upon which the pool connects anew, where nobody answers."""
    try:
        _commit_each(dbapi, True)
        dbapi.execute("SELECT 1")
    except psycopg.OperationalError as gone:
        raise InvalidatePoolError from gone


class _WriterLock:
    """One writer at a time, among threads and among processes."""

    def __init__(self, engine: Engine) -> None:
        self._threads = threading.Lock()
        self._engine = engine

    def acquire(self) -> None:
        self._threads.acquire()
        try:
            path = Path(f"{self._engine.url.database}.lock")
            self._file = path.open("a")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        self._file.close()
        self._threads.release()


def _one_writer(engine: Engine, writing: Callable[[], bool]) -> None:
    """Real transactions, one writer, durable commits."""
    lock = _WriterLock(engine)

    @event.listens_for(engine, "connect")
    def _pragmas(dbapi: Any, _: Any) -> None:
        dbapi.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "secure_delete=ON",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        held = connection.connection.info.get("writes", False)
        if writing() and not held:
            lock.acquire()
            connection.connection.info["writes"] = True
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing() else "BEGIN")

    @event.listens_for(engine, "checkin")
    def _checkin(_: Any, record: Any) -> None:
        if record.info.pop("writes", False):
            lock.release()
