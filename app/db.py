"""The database: base class, session, and "a request is a transaction".

What differs between SQLite and PostgreSQL lives here and in engines.py alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    DateTime,
    MetaData,
    Select,
    Table,
    TextClause,
    Uuid,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

from app import engines

_writing: ContextVar[bool] = ContextVar("writing", default=False)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are aware and UTC")
        try:
            value = value.astimezone(UTC)
        except OverflowError:  # at the ends of the calendar no day is left for a zone
            value = value.replace(tzinfo=UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: Moment,
            UUID: Uuid,
            dict[str, Any]: Json,
            list[Any]: Json,
        },
    )


db = SQLAlchemy(model_class=Base)


def now() -> datetime:
    return datetime.now(UTC)


def session() -> Session:
    return db.session()


def insert_new(table: type[Base], *returning: str) -> Any:
    """An INSERT that leaves a row alone whose key is known already, for `connection.execute` with
    rows; it returns these columns of the rows that are new."""
    return _insert_new(session().get_bind().dialect.name, table, *returning)


@cache
def _insert_new(dialect: str, table: type[Base], *returning: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = cast(Table, table.__table__)
    return insert(rows).on_conflict_do_nothing().returning(*(rows.c[name] for name in returning))


def claim(*names: UUID) -> datetime:
    """The time, told within this writing transaction: from here on `settled` waits for it.

    Whoever names one of these ids too waits until this transaction ends (on PostgreSQL they are
    taken in order, by sixty-four locks for all ids; SQLite has one writer anyway).
    """
    return _claim(_EACH, sorted({name.int % 64 for name in names}) or [64])


def claim_beside(*, alone: bool) -> datetime:
    """The same, beside others who claim so; `alone` waits until they are done, and they for it."""
    return _claim(_ALONE if alone else _BESIDE, [0])


def _claim(locks: TextClause, places: Sequence[int]) -> datetime:
    writer = session().connection()
    if writer.dialect.name != "postgresql":
        return now()
    found: datetime = writer.execute(locks, {"places": places}).one().clock
    return found.astimezone(UTC)


def _claiming(lock: str) -> TextClause:
    """Take the locks in this order, become known as a writer, and then look at the clock. What is
    not asked for may be left undone (txid_current), so all of it is."""
    return text(
        "SELECT max(writer) AS writer, max(clock) AS clock FROM"  # noqa: S608  (below)
        f" (SELECT {lock}, place), txid_current() AS writer, clock_timestamp() AS clock"
        " FROM unnest(CAST(:places AS int[])) AS place) AS claimed"
    )


_EACH = _claiming("pg_advisory_xact_lock(20")
_ALONE = _claiming("pg_advisory_xact_lock(22")
_BESIDE = _claiming("pg_advisory_xact_lock_shared(22")


def gate(number: int, *, alone: bool = False) -> None:
    """Pass a gate of this number: many are inside together until their transactions end; who is
    inside `alone` waits for all others, and they for him. SQLite has one writer anyway."""
    writer = session().connection()
    if writer.dialect.name == "postgresql":
        writer.execute(_GATE_ALONE if alone else _GATE, {"gate": number})


_GATE = text("SELECT pg_advisory_xact_lock_shared(21, :gate)")
_GATE_ALONE = text("SELECT pg_advisory_xact_lock(21, :gate)")


def lock(rows: Select[Any], keys: Iterable[UUID]) -> None:
    """Let parallel acts on these rows (SELECT … FOR UPDATE, with the parameter `keys`) wait for
    each other until this transaction ends. What is locked already is not asked for again, and
    nothing is on SQLite, which has one writer anyway."""
    kept = session()
    if kept.get_bind().dialect.name != "postgresql":
        return
    locked: set[UUID] = kept.info.setdefault("locked", {}).setdefault(rows, set())
    if missing := sorted(set(keys) - locked):
        kept.connection().execute(rows, {"keys": missing}).all()
        locked.update(missing)


def settled() -> datetime:
    """The moment up to which this transaction sees every write: see engines.settled."""
    return engines.settled(session().connection())


def reader() -> Session:
    """A session of its own for what is read when the request is over: a streamed file, which the
    server may ask for piece by piece from other threads. Close it."""
    made = Session(db.engine)
    event.listen(made, "after_begin", _to_the_end)
    return made


def in_pieces() -> dict[str, Any]:
    """The options of a query of this session that is read in pieces, however much it finds."""
    engines.hold(session().connection())
    return {"yield_per": 500}


def _to_the_end(_session: Session, _transaction: Any, connection: Connection) -> None:
    """PostgreSQL plans a cursor for its first rows, which makes all of them slow (20 times), may
    compile a query of sub-selects for longer than it runs, and would give a file the cores that
    pages wait for without being sooner done. Times that it says as text are UTC."""
    engines.hold(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text(_WHOLLY))


_WHOLLY = """
SET LOCAL cursor_tuple_fraction = 1;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL timezone = 'UTC'
"""


@contextmanager
def writing() -> Iterator[None]:
    """Transactions begun inside may write."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction for a command or a job: kept whole at the end, or not at all."""
    with writing():
        db.session.rollback()
        try:
            yield db.session()
            commit()
        finally:
            db.session.rollback()


@contextmanager
def reading() -> Iterator[None]:
    """Within an act that has written nothing yet: what is read and thought inside holds nobody
    up, for the one writer of SQLite is let go meanwhile. Raises RuntimeError after a write, which
    would be lost."""
    if db.session().info.get("wrote") or db.session().new or db.session().dirty:
        raise RuntimeError("something was written already: see db.reading")
    db.session.rollback()
    token = _writing.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        _writing.reset(token)


def after_commit(call: Callable[[], None]) -> None:
    """Call once this transaction is kept; never if it is undone."""
    db.session().info.setdefault("after_commit", []).append(call)


def commit() -> None:
    """Keep the transaction. Only the edge (request, command, job) calls this."""
    kept = db.session()
    kept.commit()
    for call in kept.info.pop("after_commit", []):
        call()


@event.listens_for(Session, "after_flush")
def _wrote(session: Session, _: object) -> None:
    session.info["wrote"] = True


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _wrote_nothing(session: Session) -> None:
    session.info.pop("wrote", None)


@event.listens_for(Session, "after_rollback")
def _forget_calls(session: Session) -> None:
    session.info.pop("after_commit", None)


def recalled(name: str) -> dict[Any, Any]:
    """What was asked for already, to look up and to add to: kept for the rest of a page, which
    writes nothing; empty each time within an act."""
    if _writing.get():
        return {}
    found: dict[Any, Any] = session().info.setdefault("recalled", {}).setdefault(name, {})
    return found


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, _: Any) -> None:
    session.info.pop("recalled", None)
    session.info.pop("locked", None)


@event.listens_for(Session, "before_flush")
def _reading_writes_nothing(session: Session, *_: Any) -> None:
    if not _writing.get() and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a reading transaction writes nothing: see db.transaction")


def open_database(app: Flask) -> None:
    """Connect the app to its database."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        app.config.setdefault(
            "SQLALCHEMY_ENGINE_OPTIONS",
            {"pool_size": 10, "max_overflow": 10},
        )
    db.init_app(app)
    with app.app_context():
        engines.give_manners(db.engine, _writing.get)


def leave_no_trace() -> None:
    """Bring what was deleted off the disk: SQLite's log is written home and emptied (deleted
    rows were overwritten). PostgreSQL's vacuum does its own.

    Raises OSError while somebody still reads an older state.
    """
    if db.engine.dialect.name != "sqlite":
        return
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.close()
    finally:
        connection.close()
    if busy:
        raise OSError("the log is being read")


def open_request(*, writes: bool) -> None:
    """The edge says whether the transaction of this request may write. Nothing is read again when
    it is kept, so what was read need not be forgotten."""
    _writing.set(writes)
    session().expire_on_commit = False
