"""A page of the roster of an edition and a list of attendance, with few people and with many.

CPU of the application and of the database together: a goal reached on one of them is none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import insert, select, text

from app import activities, db, demo_names, paging
from app.folding import fold
from app.models import Person, Progress, Registration
from cohorts.models import NEVER, Attendance, Edition, Enrolment
from cohorts.service import editions, rolls
from tests import databases, houses
from tests.bench import Row

NAME = "roster"
SIZES = (1_000, 10_000)
GOAL = "≤ 20 ms at 10,000"
REQUESTS = 25


def run() -> list[Row]:
    databases.open_ground()
    try:
        return [row for kind in ("sqlite", "postgresql") for row in _of(kind)]
    finally:
        databases.close_ground()


def _of(kind: str) -> list[Row]:
    small, large = (_measured(kind, size) for size in SIZES)
    return [
        Row(f"{name}, {SIZES[1]:,} people, {kind}", large[name], "ms CPU", f"{SIZES[0]:,} people",
            large[name] / small[name], GOAL)
        for name in large
    ]  # fmt: skip


def _measured(kind: str, people: int) -> dict[str, float]:
    with TemporaryDirectory() as folder, databases.fresh(kind, Path(folder)) as url:
        house = houses.with_content(databases.assemble(url, Path(folder)))
        with house.app_context():
            pages = _prepare(house, people)
            found = {name: _cost(ask) for name, ask in pages.items()}
        databases.put_away(house)
    return found


def _prepare(house: Flask, people: int) -> Mapping[str, Callable[[], object]]:
    """An edition of so many people, half of its sessions marked; and the pages that are asked."""
    edition = houses.an_edition(sessions=10, state="open", starts_on=_past(11), ends_on=_past(7))
    staff = houses.a_person(role="course_admin", within=activities.get("courses/iml-moshi"))
    with db.transaction() as session:
        edition = session.get_one(Edition, edition.activity_id)
        planned = editions.programme(edition)
        _fill(edition, planned, people, staff.id)
        name = rolls.name_of(planned[0])
    with db.transaction() as session:
        session.execute(text("ANALYZE"))  # as a server does by itself after a while
    client = houses.signed_in(houses.visitor(house), staff)
    base = f"/en/admin/editions/{edition.slug}"
    rows, cursor = _far(edition, people)
    asked = {
        "roster": "/roster",
        "roster, far on": f"/roster?cursor={cursor}",
        "roster, by what is done": "/roster?sort=share",
        "roster, at risk": "/roster?status=at_risk",
        "roster, words that few have": "/roster?words=10+keller",
        "roster, one country": "/roster?country=SN",
        "sessions with their counts": "/attendance",
        "list of attendance": f"/attendance/{name}",
        "one person": f"/roster/{rows}",
    }

    def asking(path: str) -> Callable[[], object]:
        def ask() -> None:
            assert client.get(base + path).status_code == 200, path

        return ask

    return {name: asking(path) for name, path in asked.items()}


def _past(days: int) -> Any:
    return db.now().date() - timedelta(days=days)


def _far(edition: Edition, people: int) -> tuple[UUID, str]:
    """A registration, and a place two thirds into the roster."""
    row = (
        db.session()
        .execute(
            select(Enrolment.registration_id, Enrolment.folded, Enrolment.id)
            .where(Enrolment.edition_id == edition.activity_id)
            .order_by(Enrolment.folded, Enrolment.id)
            .offset(people * 2 // 3)
            .limit(1)
        )
        .one()
    )
    return row[0], paging.cursor(row[1], row[2])


def _fill(edition: Edition, planned: Any, people: int, by: UUID) -> None:
    seats = [_Seat(number, edition) for number in range(people)]
    session, now = db.session(), db.now()
    half = planned[: len(planned) // 2]
    session.execute(insert(Person), [one.person for one in seats])
    session.execute(insert(Registration), [one.registration for one in seats])
    session.execute(insert(Enrolment), [one.enrolment for one in seats])
    session.execute(
        insert(Progress),
        [row for one in seats for row in one.progress(edition.activity_id, half, now)],
    )
    session.execute(
        insert(Attendance),
        [
            {"session_id": part.activity_id, "registration_id": one.id, "taken_back": 0,
             "mark": "absent" if one.misses(place) else "present", "marked_by": by,
             "marked_at": now}
            for place, part in enumerate(half)
            for one in seats
        ],
    )  # fmt: skip


class _Seat:
    """The rows of one made-up person in the edition."""

    def __init__(self, number: int, edition: Edition) -> None:
        made = demo_names.somebody(number)
        self.number, self.id, who, now = number, uuid4(), uuid4(), db.now()
        email = f"person-{number}@example.org"
        folded = fold(f"{made.name} {email}")
        self.person = {
            "id": who, "email": email, "name": made.name, "country": made.country,
            "organisation": made.organisation, "folded": folded, "fs_uniquifier": who.hex,
            "confirmed_at": now,
        }  # fmt: skip
        self.registration = {
            "id": self.id, "person_id": who, "activity_id": edition.activity_id, "opened_at": now,
        }  # fmt: skip
        missed = sum(map(self.misses, range(5)))
        self.enrolment = {
            "id": uuid4(), "edition_id": edition.activity_id, "person_id": who,
            "registration_id": self.id, "folded": folded, "state": "enrolled",
            "standing": "at_risk" if missed > 1 else "enrolled", "share": (5 - missed) / 11,
            "seen_at": now if missed < 5 else NEVER,
        }  # fmt: skip

    def misses(self, place: int) -> bool:
        return (self.number * 7 + place * 3) % 11 == 0 or self.number % 50 == place

    def progress(self, edition: UUID, half: Any, now: Any) -> Iterator[dict[str, Any]]:
        done = [one.activity_id for place, one in enumerate(half) if not self.misses(place)]
        for activity in (edition, *done):
            yield {
                "registration_id": self.id, "activity_id": activity,
                "person_id": self.person["id"], "taken_back": 0, "seconds": 0.0,
                "status": "registered" if activity == edition else "attended",
                "statement_id": uuid4(), "first_at": now, "last_at": now,
                "required": [] if activity == edition else None,
                "done_at": None if activity == edition else now,
            }  # fmt: skip


def _cost(ask: Callable[[], object]) -> float:
    """Milliseconds of CPU of application and database: the median of some requests."""
    for _ in range(3):
        ask()
    taken = []
    for _ in range(REQUESTS):
        server, ours = _server(), time.process_time()
        ask()
        taken.append(time.process_time() - ours + _server() - server)
    return median(taken) * 1000


def _server() -> float:
    """Seconds of CPU of the PostgreSQL server of this run and its backends; 0 without one."""
    pid_file = Path(os.environ[databases.GROUND]) / "postgresql" / "postmaster.pid"
    if not pid_file.exists():
        return 0.0
    first = pid_file.read_text().split()[0]
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return sum(_nanoseconds(one) for one in (first, *children)) / 1e9


def _nanoseconds(process: str) -> int:
    path = Path(f"/proc/{process}/schedstat")
    return int(path.read_text().split()[0]) if path.exists() else 0
