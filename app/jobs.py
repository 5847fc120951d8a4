"""Jobs: the outbox is the queue. At least once, idempotent, tried again, never lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask
from sqlalchemy import insert, select, update

from app import db, plugins
from app.models import Outbox

log = structlog.get_logger(__name__)

PATIENCE = 19
"""Attempts before a job is left for an administrator to look at: about a day and a half."""

LEASE = timedelta(minutes=10)
"""How long a claimed job is left alone before it is taken for lost and claimed again."""

chores: dict[str, Callable[[], None]] = {}
"""What waits in memory, because a GET writes nothing, and is written between the jobs: by name."""

_bell = threading.Event()


def hourly(chore: Callable[[], None]) -> Callable[[], None]:
    """The same chore, done by each process at once and then every hour: for what grows old."""
    due = 0.0

    def when_due() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + 3600
            chore()

    return when_due


def enqueue(
    task: str,
    payload: dict[str, Any],
    *,
    person_id: UUID | None = None,
    due_at: datetime | None = None,
) -> Outbox:
    """Write a job within the current act; the sweeper is woken when the act is kept."""
    row = Outbox(task=task, payload=payload, person_id=person_id, due_at=due_at or db.now())
    db.session().add(row)
    db.after_commit(_bell.set)
    return row


def enqueue_all(task: str, wanted: Sequence[tuple[dict[str, Any], UUID | None]]) -> None:
    """Write many jobs of one sort at once, each with its payload and whom it concerns."""
    if not wanted:
        return
    rows = [{"task": task, "payload": payload, "person_id": one} for payload, one in wanted]
    db.session().execute(insert(Outbox), rows)
    db.after_commit(_bell.set)


def run_due(limit: int = 100) -> int:
    """Do what is due; how many were tried. A job that fails is logged and tried again later.

    A job is claimed in one short transaction and ticked off in another; between them it runs
    outside any, so that mail and drawing hold no lock. Its own writes open db.transaction().
    """
    for count in range(limit):
        claimed = _claim()
        if claimed is None:
            return count
        _run(*claimed)
    return limit


def _claim() -> tuple[int, str, dict[str, Any]] | None:
    with db.transaction() as session:
        row = session.scalar(
            select(Outbox)
            .where(Outbox.done_at.is_(None), Outbox.due_at <= db.now())
            .where(Outbox.attempts < PATIENCE)
            .order_by(Outbox.due_at, Outbox.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.attempts += 1
        row.due_at = db.now() + LEASE
        return row.id, row.task, row.payload


def _run(job: int, task: str, payload: dict[str, Any]) -> None:
    try:
        plugins.tasks()[task](payload)
    except Exception as error:
        log.exception("job failed", job=job, task=task)
        with db.transaction() as session:
            row = session.get_one(Outbox, job, with_for_update=True)
            if row.done_at is not None:
                return  # called off meanwhile: what failed may name somebody who was erased
            row.error = f"{type(error).__name__}: {error}"[:2000]
            row.due_at = db.now() + timedelta(seconds=min(2**row.attempts * 5, 4 * 3600))
    else:
        with db.transaction() as session:
            session.execute(
                update(Outbox).where(Outbox.id == job).values(done_at=db.now(), error=None)
            )


def replay(job: int) -> None:
    """Try a job again at once, also one that was given up."""
    db.session().execute(update(Outbox).where(Outbox.id == job).values(attempts=0, due_at=db.now()))
    db.after_commit(_bell.set)


def renew(job: int) -> None:
    """Let a job that was done be done again at once: work that comes again and again needs no row
    for each time. One that still waits is left as it is."""
    done = update(Outbox).where(Outbox.id == job, Outbox.done_at.is_not(None))
    db.session().execute(done.values(done_at=None, attempts=0, due_at=db.now(), error=None))
    db.after_commit(_bell.set)


def wake() -> None:
    """Let the sweeper of this process look around at once."""
    _bell.set()


def sweep(app: Flask, stop: threading.Event) -> None:
    """The sweeper's life: do what is due, then wait for the bell or a few seconds."""
    while not stop.is_set():
        _bell.clear()
        try:
            with app.app_context():
                for chore in chores.values():
                    chore()
                run_due()
        except Exception:
            log.exception("the sweeper stumbled")
        _bell.wait(timeout=5)


def start_sweeper(app: Flask) -> threading.Event:
    """A sweeper thread in this process; setting the event that comes back ends it."""
    stop = threading.Event()
    threading.Thread(target=sweep, args=(app, stop), name="sweeper", daemon=True).start()
    return stop
