"""The manners of each engine: the one writer of SQLite, and how PostgreSQL is read and reached.

On SQLite every writing transaction takes one lock (a thread lock and a file lock beside the
database) and then BEGIN IMMEDIATE, so that nobody ever waits inside a transaction or meets
SQLITE_BUSY_SNAPSHOT. PostgreSQL needs no such lock. What only reads there needs no transaction
either, for under READ COMMITTED each query sees what was kept before it began: a page is spared
two ways to the server.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

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


def passes(error: DBAPIError) -> bool:
    """Whether the same act may be done once the others' that were in its way are over."""
    return isinstance(
        error.orig, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure
    )


def settled(connection: Connection) -> datetime:
    """The moment up to which this transaction sees every write, in whatever process it was made:
    the beginning of the oldest write that is open, or now where none is.

    A write tells its times after it began, and the clock is read before the open writes are
    looked for: one that begins meanwhile is later than what is said here.
    """
    if connection.dialect.name == "sqlite":
        return _EPOCH + timedelta(microseconds=connection.info["settled"] // 1000 - 1)
    found: datetime = connection.execute(_SETTLED).scalar_one()
    return found.astimezone(UTC)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLED = text(
    "SELECT least(min(xact_start), statement_timestamp()) FROM pg_stat_get_activity(NULL)"
    " WHERE backend_xid IS NOT NULL"
    " AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""As pg_stat_activity says it, without looking for the names of databases and of users."""


class _WriterLock:
    """One writer at a time, among threads and among processes. The file was changed when the
    writer took it, and at the beginning of time while nobody has it."""

    def __init__(self, engine: Engine) -> None:
        self._threads = threading.Lock()
        self._engine = engine

    @property
    def _path(self) -> Path:
        return Path(f"{self._engine.url.database}.lock")

    def acquire(self) -> int:
        """When it was taken, in nanoseconds of Unix time."""
        self._threads.acquire()
        try:
            self._file = self._path.open("a")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            taken = time.time_ns()
            self._say(taken)
        except BaseException:
            self._threads.release()
            raise
        return taken

    def release(self) -> None:
        self._say(0)
        self._file.close()
        self._threads.release()

    def _say(self, nanoseconds: int) -> None:
        os.utime(self._file.fileno(), ns=(nanoseconds, nanoseconds))

    def settled(self) -> int:
        """See above; asked before a reading transaction begins. Nobody waits for the writer: only
        for the moment between taking the lock and saying so, or letting it go and having done."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            while True:
                before = time.time_ns()
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    return before
                except BlockingIOError:
                    if taken := os.stat(file).st_mtime_ns:
                        return taken
                    time.sleep(0)
        finally:
            os.close(file)


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
        held = connection.info.get("writes", False)
        if writing() and not held:
            connection.info["settled"] = lock.acquire()
            connection.info["writes"] = True
        elif not held:
            connection.info["settled"] = lock.settled()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing() else "BEGIN")

    @event.listens_for(engine, "checkin")
    def _checkin(_: Any, record: Any) -> None:
        if record.info.pop("writes", False):
            lock.release()
