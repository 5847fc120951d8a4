"""The completion records of many people as files, and a page of them: time, CPU of application and
database, and memory."""

from __future__ import annotations

import csv
import dataclasses
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from multiprocessing import get_context
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
                rows.append(_growth(kind, form, count, url, folder))
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
    wall, cpu, server = min(_timed(lambda: _export(asked, form)) for _ in range(3))
    name = f"{count:,} completions as {form.upper()}, {kind}"
    return [
        Row(name, wall, "s", "ORM objects, one by one", wall / naive, GOALS[form, count]),
        Row(f"{name}: CPU", cpu + server, "s", f"{server:.2f} of it database"),
    ]


def _growth(kind: str, form: str, count: int, url: str, folder: str) -> Row:
    """How much a process grows that does nothing else: this one has held the whole crowd."""
    with get_context("spawn").Pool(1) as pool:
        grown = pool.apply(_grown, (form, count, url, folder))
    name = f"{count:,} completions as {form.upper()}, {kind}: growth of the process"
    return Row(name, grown, "MiB", goal=MEMORY[form])


def _grown(form: str, count: int, url: str, folder: str) -> float:
    """MiB at most, beyond what the house needs after a first row."""
    house = with_trials(databases.assemble(url, Path(folder)))
    with house.app_context():
        _export(_first(1), form)
        before = _most_memory()
        _export(_first(count), form)
        return _most_memory() - before


def _most_memory() -> float:
    """MiB that this process has held at most (not ru_maxrss, which it has from its parent)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _export(asked: asking.Asked, form: str) -> None:
    for _piece in files.export(asked, form, by=None, language="en").body:
        pass


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
