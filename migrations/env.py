"""Alembic's way into the house: our one linear history, over tables that our plugins own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Connection

from app import db, plugins

for package in plugins.installed().values():  # also those that are switched off
    if find_spec(f"{package}.models"):
        import_module(f"{package}.models")

metadata = db.Base.metadata


def ours(obj: object, name: str | None, kind: str, reflected: bool, _: object) -> bool:
    """Tables that the house does not own (an outside plugin's) are left alone."""
    return not (kind == "table" and reflected and name not in metadata.tables)


def in_our_words(kind: str, obj: object, _: object) -> str | bool:
    """Migrations name our own column types as the models do."""
    if kind == "type" and isinstance(obj, db.Moment):
        return "db.Moment()"
    if kind == "type" and isinstance(obj, JSON):
        return "db.Json"
    return False


@contextmanager
def rebuilding(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by making it anew: dropping the old one would delete what refers to
    it, or be refused (https://sqlite.org/lang_altertable.html, section 7)."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with db.writing(), engine.connect() as connection, rebuilding(connection):
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_object=ours,
            render_item=in_our_words,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
