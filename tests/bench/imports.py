"""An import of 5,000 people: check and run, wall clock and CPU, on either database."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import flask_migrate
from flask import Flask
from sqlalchemy import insert

from app import db
from app.models import Person
from cohorts.models import Edition, Import
from cohorts.service import importing, running
from tests import databases, houses
from tests.bench import Row

NAME = "imports"
PEOPLE = 5_000
GOAL = "at most 60 s"


def run() -> list[Row]:
    rows: list[Row] = []
    databases.open_ground()
    try:
        for kind in ("SQLite", "PostgreSQL"):
            with _house(kind) as app:
                rows += _measure(app, kind)
    finally:
        databases.close_ground()
    return rows


@contextmanager
def _house(kind: str) -> Iterator[Flask]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "SQLite":
            app = databases.assemble(f"sqlite:///{folder}/passage.db", Path(folder))
            yield _furnished(app)
            databases.put_away(app)
            return
        with databases.empty_postgresql() as url:
            app = databases.assemble(url, Path(folder))
            yield _furnished(app)
            databases.put_away(app)


def _furnished(app: Flask) -> Flask:
    with app.app_context():
        flask_migrate.upgrade()
    return houses.with_content(app)


def _measure(app: Flask, kind: str) -> list[Row]:
    """Half of them have an account, the others are invited."""
    with app.app_context():
        edition = houses.an_edition(state="open", sessions=10)
        staff = houses.a_person(role="administrator")
        emails = [f"person{number}@example.org" for number in range(PEOPLE)]
        with db.transaction() as session:
            session.execute(insert(Person), [_account(email) for email in emails[::2]])
        lines = [f"{email},Given,Family {place},SN,Labour" for place, email in enumerate(emails)]
        content = "\n".join(["email,firstname,lastname,country,cohort1", *lines]).encode()
        began, used = time.perf_counter(), time.process_time()
        with db.transaction() as session:
            held = session.get_one(Edition, edition.activity_id)
            made = importing.check(held, content, name="bench.csv", by=staff).id
        checked, checking = time.perf_counter() - began, time.process_time() - used
        with db.transaction() as session:
            running.start(session.get_one(Import, made), by=staff)
        began, used, longest = time.perf_counter(), time.process_time(), 0.0
        more = True
        while more:
            before = time.perf_counter()
            more = running.step(made)
            longest = max(longest, time.perf_counter() - before)
        took, taken = time.perf_counter() - began, time.process_time() - used
    return [
        Row(f"{kind}: check of {PEOPLE:,} rows", checked, "s"),
        Row(f"{kind}: the same, CPU of the application", checking, "s"),
        Row(f"{kind}: run of {PEOPLE:,} rows", took, "s", goal=GOAL),
        Row(f"{kind}: the same, CPU of the application", taken, "s"),
        Row(f"{kind}: its longest transaction", longest * 1000, "ms", goal="about 100 ms"),
    ]


def _account(email: str) -> dict[str, object]:
    return {
        "id": uuid4(),
        "email": email,
        "name": "Somebody",
        "fs_uniquifier": uuid4().hex,
        "confirmed_at": db.now(),
        "folded": email,
    }
