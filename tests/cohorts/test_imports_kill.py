"""kill -9 of a worker in the middle of an import: it goes on where it stopped, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, update

from app import db, jobs
from app.models import AuditEntry, Outbox, Registration
from cohorts.models import Edition, Enrolment, Import, ImportRow, Invitation
from cohorts.service import enrolling, importing, running
from tests import houses

ROWS = 400


def _start(folder: Path, url: str) -> subprocess.Popen[bytes]:
    settings = {"PASSAGE_DATA": str(folder), "PASSAGE_DATABASE_URL": url}
    with (folder / "printed.txt").open("ab") as printed:
        return subprocess.Popen(
            [sys.executable, "-m", "app", "worker"],
            env=os.environ | settings,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _kill(worker: subprocess.Popen[bytes]) -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _done() -> int:
    rows = select(func.count()).where(ImportRow.done_at.is_not(None))
    return houses.anew().scalar(rows) or 0


def _until(wanted: int) -> None:
    until = time.monotonic() + 60
    while _done() < wanted:
        assert time.monotonic() < until, "the worker does nothing"
        time.sleep(0.02)


def test_a_killed_worker_loses_and_doubles_nobody(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    with houses.with_content(app).app_context():
        edition = houses.an_edition(state="open", seats=ROWS - 10)
        staff = houses.a_person(role="administrator")
        accounts = [f"p{place}@x.example" for place in range(0, ROWS, 2)]
        with db.transaction():
            for email in accounts:
                houses.a_person(email=email)
        lines = "".join(f"p{place}@x.example,Labour\n" for place in range(ROWS))
        with db.transaction() as session:
            held = session.get_one(Edition, edition.activity_id)
            content = f"email,cohort1\n{lines}".encode()
            one = importing.check(held, content, name="list.csv", by=staff)
            running.start(one, by=staff)
            key = one.id
        worker = _start(tmp_path, database_url)
        try:
            _until(1)
        finally:
            _kill(worker)
        stopped = _done()
        assert 0 < stopped < ROWS, "killed in the middle"
        with db.transaction() as session:  # the lease of its job is over
            held = update(Outbox).where(Outbox.done_at.is_(None), Outbox.attempts > 0)
            session.execute(held.values(due_at=db.now()))
        jobs.run_due(10_000)
        session = houses.anew()
        assert session.get_one(Import, key).state == "finished"
        counts = importing.counts(session.get_one(Import, key))
        assert counts == {"enrols": 195, "invites": 195, "no_seat": 10}
        for table, expected in ((Enrolment, 195), (Registration, 195), (Invitation, 195)):
            assert session.scalar(select(func.count()).select_from(table)) == expected
        assert enrolling.seats_taken(session.get_one(Edition, edition.activity_id)) == ROWS - 10
        told = select(func.count()).where(AuditEntry.action == "enrolment.given")
        assert session.scalar(told) == 195
        mails = select(func.count()).where(Outbox.task == "mail.send")
        assert session.scalar(mails) == 390
