"""A page of the roster of an edition and a list of attendance, with few people and with many.

CPU of the application and of the database together: a goal reached on one of them is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from app import activities, db, demo_names, paging
from app.folding import fold
from app.models import Person, Progress, Registration
from cohorts.models import NEVER, Attendance, Edition, Enrolment
from cohorts.service import editions, rolls
from tests import houses
from tests.bench import Row, empty, grounds
from tests.bench.callers import Caller
from tests.bench.grounds import Ask, Ground

NAME = "roster"
PEOPLE = 1_000
SLUG = "bench"
GOAL = 20
ROUNDS, REQUESTS = 5, 10


def run() -> list[Row]:
    with grounds.laid(furnish=_furnish) as laid:
        asks: dict[Any, tuple[Ground, Ask]] = {
            (name, ground.kind, ground.times): (ground, ask)
            for ground in laid
            for name, ask in _pages(ground).items()
        }
        found = grounds.costs(asks, rounds=ROUNDS, requests=REQUESTS)
    names = dict.fromkeys((name, kind) for name, kind, _ in found)
    rows = []
    for name, kind in names:
        small, large = (found[name, kind, times] for times in grounds.TIMES)
        peer = f"{large.empties:.0f} empty answers; {PEOPLE:,} people: {small.total:.1f}"
        peer += f"; worst round {large.worst:.1f}"
        figure = f"{name}, {PEOPLE * 10:,} people, {kind}"
        ratio = large.total / small.total
        rows.append(Row(figure, large.total, "ms CPU", peer, ratio, empty.goal(GOAL)))
    return rows


def _furnish(times: int) -> None:
    """An edition of so many people, half of its sessions marked."""
    edition = houses.an_edition(
        sessions=10, state="open", slug=SLUG, starts_on=_past(11), ends_on=_past(7)
    )
    staff = houses.a_person(role="course_admin", within=activities.get("courses/iml-moshi"))
    with db.transaction() as session:
        edition = session.get_one(Edition, edition.activity_id)
        planned = editions.programme(edition)
        _fill(edition, planned, PEOPLE * times, staff.id)


def _pages(ground: Ground) -> dict[str, Ask]:
    with ground.house.app_context():
        edition = editions.get(SLUG)
        staff = houses.a_person(role="course_admin", within=activities.get("courses/iml-moshi"))
        client = ground.enter(staff.fs_uniquifier)
        name = rolls.name_of(editions.programme(edition)[0])
        rows, cursor = _far(edition, PEOPLE * ground.times)
    base = f"/en/admin/editions/{SLUG}"
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

    return {name: _get(client, base + path) for name, path in asked.items()}


def _get(client: Caller, path: str) -> Ask:
    return lambda: client("GET", path)


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
