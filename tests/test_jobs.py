"""Jobs: at least once, tried again, one failure never touching its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, jobs
from app.hookspecs import hookimpl
from app.models import Outbox


class Tasks:
    """A plugin with two jobs: one that works, one that breaks as often as it is told."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.breaks = 1

    @hookimpl
    def tasks(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        return {"test.work": self.work, "test.break": self.broken}

    def work(self, payload: dict[str, Any]) -> None:
        self.done.append(payload["name"])

    def broken(self, payload: dict[str, Any]) -> None:
        if self.breaks:
            self.breaks -= 1
            raise ConnectionError("no line")
        self.done.append(payload["name"])


@pytest.fixture
def tasks(app: Flask) -> Tasks:
    plugin = Tasks()
    app.extensions["passage.plugins"].register(plugin, "tasks")
    return plugin


def _enqueue(app: Flask, task: str, name: str) -> int:
    with app.app_context(), db.transaction() as session:
        row = jobs.enqueue(task, {"name": name})
        session.flush()
        return row.id


def _run(app: Flask) -> int:
    with app.app_context():
        return jobs.run_due()


def _row(app: Flask, job: int) -> Outbox:
    with app.app_context():
        return db.session().get_one(Outbox, job)


def test_a_job_is_done_once(app: Flask, tasks: Tasks) -> None:
    job = _enqueue(app, "test.work", "a")
    assert _run(app) == 1
    assert _run(app) == 0
    assert tasks.done == ["a"]
    assert _row(app, job).done_at is not None


def test_a_failing_job_does_not_hold_up_its_neighbours(app: Flask, tasks: Tasks) -> None:
    broken = _enqueue(app, "test.break", "broken")
    _enqueue(app, "test.work", "fine")
    _run(app)
    assert tasks.done == ["fine"]
    assert "no line" in (_row(app, broken).error or "")

    with app.app_context(), db.transaction():
        jobs.replay(broken)
    _run(app)
    assert tasks.done == ["fine", "broken"]
    assert _row(app, broken).error is None


def test_a_job_that_keeps_failing_waits_longer_and_is_given_up(app: Flask, tasks: Tasks) -> None:
    tasks.breaks = 1000
    job = _enqueue(app, "test.break", "x")
    waits = []
    for _ in range(jobs.PATIENCE + 2):
        _run(app)
        waits.append(_row(app, job).due_at - db.now())
        with app.app_context(), db.transaction() as session:
            session.get_one(Outbox, job).due_at = db.now()
    assert _row(app, job).attempts == jobs.PATIENCE
    assert waits[0] < waits[4] <= timedelta(hours=4)
    tried_for = sum(waits[: jobs.PATIENCE - 1], timedelta())
    assert timedelta(days=1) < tried_for < timedelta(days=2)


def test_a_job_lost_with_its_worker_is_claimed_again(app: Flask, tasks: Tasks) -> None:
    job = _enqueue(app, "test.work", "a")
    with app.app_context():
        jobs._claim()  # a worker takes it, and dies
    assert _run(app) == 0
    with app.app_context(), db.transaction() as session:
        assert session.get_one(Outbox, job).due_at > db.now() + jobs.LEASE / 2
        session.get_one(Outbox, job).due_at = db.now()
    assert _run(app) == 1
    assert tasks.done == ["a"]


def test_a_job_of_an_act_that_is_undone_is_never_done(app: Flask, tasks: Tasks) -> None:
    with app.app_context(), pytest.raises(ZeroDivisionError), db.transaction():
        jobs.enqueue("test.work", {"name": "ghost"})
        raise ZeroDivisionError
    assert _run(app) == 0
    with app.app_context():
        assert db.session().scalars(select(Outbox)).all() == []


def test_an_hourly_chore_is_done_at_once_and_then_every_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, done = [100.0], []
    monkeypatch.setattr(jobs.time, "monotonic", lambda: clock[0])
    chore = jobs.hourly(lambda: done.append(clock[0]))
    for clock[0] in (100.0, 101.0, 3699.0, 3700.0, 3701.0):
        chore()
    assert done == [100.0, 3700.0]
