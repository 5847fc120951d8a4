"""The completion records of many people as one file."""

from __future__ import annotations

import csv
import time
import tracemalloc
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select, text

from app import db
from app.models import Progress, Registration
from certificates.models import Certificate
from records.service import asking, files
from tests import databases
from tests.bench import Row
from tests.records.crowd import a_crowd
from tests.trials import with_trials

NAME = "records"
COUNT = 10_000
GOAL = "10,000 learners in 0.3 s, 100,000 in 3 s, at most 16 MiB more memory"


def run() -> list[Row]:
    databases.open_ground()
    try:
        return [row for kind in ("sqlite", "postgresql") for row in _measure(kind)]
    finally:
        databases.close_ground()


def _measure(kind: str) -> list[Row]:
    with TemporaryDirectory() as folder, databases.fresh(kind, Path(folder)) as url:
        house = with_trials(databases.assemble(url, Path(folder)))
        with house.app_context():
            with db.transaction():
                a_crowd(COUNT)
            with db.transaction() as session:
                session.execute(text("ANALYZE"))  # as a server does by itself after a while
            seconds = min(_timed(_file) for _ in range(7))
            naive = _timed(_objects)
            tracemalloc.start()
            _file()
            peak = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
        databases.put_away(house)
    return [
        Row(f"{COUNT:,} completions as CSV, {kind}", seconds, "s", "ORM objects, one by one",
            seconds / naive, GOAL),
        Row(f"memory of the same, {kind}", peak, "MiB"),
    ]  # fmt: skip


def _timed(act: Any) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _file() -> None:
    asked = asking.ask(None, activity="walks/crowd")
    for _piece in files.export(asked, "csv", by=None, language="en").body:
        pass


def _objects() -> None:
    """The naive way: every row an object, everything it points to asked for when it is needed."""
    writer = csv.writer(StringIO())
    for row in db.session().scalars(select(Progress)).all():
        registration = db.session().get_one(Registration, row.registration_id)
        rows = select(Certificate).where(Certificate.registration_id == registration.id)
        certificate = db.session().scalars(rows).one()
        person = registration.person
        writer.writerow([person.name, person.email, row.status, row.score, certificate.number])
    db.session().rollback()
    db.db.session.remove()
