"""Seats: given once, given up, and never more than there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, db, events, registrations
from app.errors import Conflict, Forbidden
from app.models import Person, Progress, Registration
from cohorts.models import Edition, Enrolment
from cohorts.service import enrolling
from tests import houses


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def test_enrolling_twice_is_enrolling_once(house: Flask) -> None:
    edition, person = houses.an_edition(state="open"), houses.a_person()
    admin = houses.a_person(role="administrator")
    for _ in range(2):
        with db.transaction():
            enrolling.enrol(edition, [person], by=admin)
    assert enrolling.seats_taken(edition) == 1
    (begun,) = houses.anew().scalars(select(Registration)).all()
    assert (begun.person_id, begun.activity_id) == (person.id, edition.activity_id)


def test_who_withdrew_may_come_back_to_the_same_registration(house: Flask) -> None:
    edition, person = houses.an_edition(state="open"), houses.a_person()
    admin = houses.a_person(role="administrator")
    with db.transaction():
        (seat,) = enrolling.enrol(edition, [person], by=admin)
    before = seat.registration_id
    with db.transaction():
        enrolling.withdraw(seat, by=admin)
    assert enrolling.seats_taken(edition) == 0
    with db.transaction():
        (again,) = enrolling.enrol(edition, [person], by=admin)
    assert (again.registration_id, again.registration.closed_at) == (before, None)


def test_an_instructor_gives_no_seats(house: Flask) -> None:
    edition = houses.an_edition(state="open")
    helper = houses.a_person(role="instructor", within=edition.activity)
    with db.transaction(), pytest.raises(Forbidden):
        enrolling.enrol(edition, [houses.a_person()], by=helper)


def test_fifty_at_once_for_twenty_seats_never_get_twenty_one(house: Flask) -> None:
    edition = houses.an_edition(state="open", seats=20)
    admin = houses.a_person(role="administrator")
    many = [houses.a_person().id for _ in range(50)]

    def ask(person_id: Any) -> bool:
        with house.app_context(), suppress(Conflict), db.transaction() as session:
            enrolling.enrol(
                session.get_one(Edition, edition.activity_id),
                [session.get_one(Person, person_id)],
                by=session.get_one(Person, admin.id),
            )
            return True
        return False

    with ThreadPoolExecutor(16) as threads:
        given = list(threads.map(ask, many))
    seats = select(func.count()).select_from(Enrolment)
    assert (sum(given), houses.anew().scalar(seats)) == (20, 20)


def finish(person: Person, key: str) -> None:
    """She completes what is at this path by itself."""
    with db.transaction():
        activity = activities.get(key)
        (registration,) = registrations.register([person], activity, by=None)
        done = events.Result(completion=True)
        events.publish(
            events.happened(
                "completed", registration, language="en", activity=activity, result=done
            )
        )


def has_completed(seat: Enrolment) -> bool:
    row = houses.anew().get_one(Progress, (seat.registration_id, seat.edition_id))
    kept = db.session().get_one(Enrolment, seat.id)
    return (row.status, kept.standing) == ("completed", "completed")


@pytest.mark.parametrize("back", [False, True])
def test_what_was_done_before_the_seat_was_given_counts_at_once(house: Flask, back: bool) -> None:
    """Also what she did after she had given it up, and came back."""
    asks = {"modules": ["modules/m1"]}
    edition = houses.an_edition(state="open", mode="online", asks=asks)
    person, admin = houses.a_person(), houses.a_person(role="administrator")
    if back:
        with db.transaction():
            (gone,) = enrolling.enrol(edition, [person], by=admin)
        with db.transaction() as session:
            enrolling.withdraw(session.get_one(Enrolment, gone.id), by=admin)
    finish(person, "modules/m1")
    with db.transaction():
        (seat,) = enrolling.enrol(edition, [person], by=admin)
    assert has_completed(seat)
