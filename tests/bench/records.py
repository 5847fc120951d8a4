"""The completion records of many people as files, and a page of them: time, CPU of application and
database, and memory."""

from __future__ import annotations

import csv
import dataclasses
import resource
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select, text

from app import db
from app.models import Progress, Registration
from certificates.models import Certificate
from records.service import asking, files, table
from tests import databases
from tests.bench import Row, grounds
from tests.records.crowd import MORNING, a_crowd
from tests.trials import with_trials

NAME = "records"
FEW, MANY = 10_000, 100_000
GOALS = {
    ("csv", FEW): "0.3 s; Moodle 5.1: 30.8 s",
    ("csv", MANY): "3 s",
    ("xlsx", FEW): "1 s; Moodle 5.1: 3.1 s",
}
MEMORY = {"csv": "+16 MiB", "xlsx": "+20 MiB"}


def run() -> list[Row]:
    databases.open_ground()
    try:
        return [row for kind in ("sqlite", "postgresql") for row in _measure(kind)]
    finally:
        databases.close_ground()


def _measure(kind: str) -> list[Row]:
    rows: list[Row] = []
    with TemporaryDirectory() as folder, databases.fresh(kind, Path(folder)) as url:
        house = with_trials(databases.assemble(url, Path(folder)))
        with house.app_context():
            with db.transaction():
                a_crowd(MANY)
            with db.transaction() as session:
                session.execute(text("ANALYZE"))  # as a server does by itself after a while
            few = _first(FEW)
            naive = _timed(lambda: _objects(1000))[0] * FEW / 1000
            for form, count in GOALS:
                asked = few if count == FEW else _first(MANY)
                rows += _file(kind, form, count, asked, naive * count / FEW)
            for count, asked in ((FEW, few), (MANY, _first(MANY))):
                rows.append(_page(kind, count, asked))
        databases.put_away(house)
    return rows


def _first(count: int) -> asking.Asked:
    """The records of the first so many."""
    asked = asking.ask(None, course="walks/crowd")
    until = Progress.first_at < MORNING + timedelta(seconds=count)
    return dataclasses.replace(asked, conditions=(*asked.conditions, until))


def _file(kind: str, form: str, count: int, asked: asking.Asked, naive: float) -> list[Row]:
    def make() -> None:
        for _piece in files.export(asked, form, by=None, language="en").body:
            pass

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu, server = min(_timed(make) for _ in range(3))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    tracemalloc.start()
    if count == FEW:
        make()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    name = f"{count:,} completions as {form.upper()}, {kind}"
    found = [
        Row(name, wall, "s", "ORM objects, one by one", wall / naive, GOALS[form, count]),
        Row(f"{name}: CPU", cpu + server, "s", f"{server:.2f} of it database"),
        Row(f"{name}: growth of the process", grown, "MiB", goal=MEMORY[form]),
    ]
    return found + ([Row(f"{name}: Python objects at most", peak, "MiB")] if count == FEW else [])


def _page(kind: str, count: int, asked: asking.Asked) -> Row:
    def show() -> None:
        table.page(asked)
        table.count(asked, 1001)

    spent = min(cpu + server for _wall, cpu, server in (_timed(show) for _ in range(7)))
    return Row(f"a page of {count:,}, {kind}", spent * 1000, "ms CPU", goal="the same for 10×")


def _timed(act: Callable[[], Any]) -> tuple[float, float, float]:
    """Seconds on the clock, of this process, and of the database server."""
    began, busy, server = time.perf_counter(), time.process_time(), grounds.server_cpu()
    act()
    return (
        time.perf_counter() - began,
        time.process_time() - busy,
        grounds.server_cpu() - server,
    )


def _objects(count: int) -> None:
    """The naive way: every row an object, everything it points to asked for when it is needed."""
    writer = csv.writer(StringIO())
    rows = select(Progress).join(Registration, Registration.activity_id == Progress.activity_id)
    rows = rows.where(Registration.id == Progress.registration_id).limit(count)
    for row in db.session().scalars(rows).all():
        registration = db.session().get_one(Registration, row.registration_id)
        own = select(Certificate).where(Certificate.registration_id == registration.id)
        certificate = db.session().scalars(own).one()
        person = registration.person
        writer.writerow([person.name, person.email, row.status, row.score, certificate.number])
    db.session().rollback()
    db.db.session.remove()
