"""What completing an edition asks: foreseen, changed, and who completes by it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, events, passage
from app.errors import Conflict, Invalid
from app.models import Activity, Person, Progress, Registration
from cohorts.models import Attendance, Edition
from cohorts.service import changing, editions, enrolling, programme, requiring
from tests import houses

HALF = {"attendance": 0.5, "quiz": None, "minimum": None, "modules": []}
QUIZ = "modules/m1/quiz"


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


@pytest.fixture
def admin(house: Flask) -> Person:
    return houses.a_person(role="administrator")


def _edition(admin: Person, **facts: Any) -> Edition:
    edition = houses.an_edition(state="open", sessions=4, **facts)
    with db.transaction():
        requiring.change(edition, {**HALF, "attendance": 1}, by=admin)
    return edition


def _attending(edition: Edition, admin: Person, name: str, sessions: int) -> Registration:
    """Somebody enrolled who was there so many times."""
    with db.transaction():
        (seat,) = enrolling.enrol(edition, [houses.a_person(name)], by=admin)
        for one in editions.programme(edition)[:sessions]:
            events.publish(
                events.happened(
                    "completed", seat.registration, language=None, activity=one.activity
                )
            )
    return seat.registration


def _status(registration: Registration) -> str:
    row = houses.anew().get(Progress, (registration.id, registration.activity_id))
    assert row is not None
    return row.status


def test_a_rule_is_foreseen_and_then_completes_those_who_meet_it(admin: Person) -> None:
    edition = _edition(admin)
    half = _attending(edition, admin, "Neema Mushi", 2)
    one = _attending(edition, admin, "Juma Ali", 1)
    whole = _attending(edition, admin, "Asha Said", 4)
    assert [_status(one) for one in (half, one, whole)] == ["registered", "registered", "completed"]
    seen = requiring.foresee(edition, HALF, by=admin, language="en")
    assert (seen.gaining, list(seen.named), seen.keeping, seen.staying) == (
        1, ["Neema Mushi"], 0, 2,
    )  # fmt: skip
    assert _status(half) == "registered"
    with db.transaction():
        requiring.change(edition, HALF, by=admin)
    assert (_status(half), _status(one)) == ("completed", "registered")


def test_a_stricter_rule_takes_no_completion_away(admin: Person) -> None:
    edition = _edition(admin)
    done = _attending(edition, admin, "Asha Said", 4)
    seen = requiring.foresee(edition, {**HALF, "quiz": QUIZ}, by=admin, language="en")
    assert (seen.gaining, seen.keeping) == (0, 1)
    with db.transaction():
        requiring.change(edition, {**HALF, "quiz": QUIZ}, by=admin)
    assert _status(done) == "completed"


def test_taking_a_session_out_completes_who_attended_the_others(admin: Person) -> None:
    edition = _edition(admin)
    three = _attending(edition, admin, "Neema Mushi", 3)
    last = editions.programme(edition)[3]
    with db.transaction() as session:
        session.add(
            Attendance(session_id=last.activity_id, registration_id=three.id, mark="absent")
        )
    shown = programme.removal(last, by=admin, language="en")
    assert (shown.marked, list(shown.foreseen.named)) == (1, ["Neema Mushi"])
    with db.transaction():
        programme.remove(last, by=admin)
    assert _status(three) == "completed"
    assert houses.anew().scalars(select(Attendance.mark)).all() == ["absent"]
    assert houses.anew().get_one(Activity, last.activity_id).retired_at is not None


def test_a_session_more_takes_no_completion_away(admin: Person) -> None:
    edition = _edition(admin)
    done = _attending(edition, admin, "Asha Said", 4)
    with db.transaction():
        programme.fill(edition, by=admin)
    assert _status(done) == "completed"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"attendance": 0}, "attendance"),
        ({"attendance": 1.1}, "attendance"),
        ({"quiz": "modules/m1"}, "quiz"),
        ({"quiz": QUIZ, "minimum": 2}, "minimum"),
        ({"modules": ["modules/none"]}, "modules"),
    ],
)
def test_only_what_exists_can_be_asked(admin: Person, wrong: dict[str, Any], field: str) -> None:
    edition = houses.an_edition(sessions=1)
    with db.transaction(), pytest.raises(Invalid) as refused:
        requiring.change(edition, {**HALF, **wrong}, by=admin)
    assert list(refused.value.fields) == [field]


def test_attendance_is_not_asked_of_an_open_edition_without_sessions(admin: Person) -> None:
    edition = houses.an_edition()
    with db.transaction():
        requiring.change(edition, {**HALF, "attendance": None}, by=admin)
        edition.state = "open"
    with db.transaction(), pytest.raises(Invalid) as refused:
        requiring.change(edition, HALF, by=admin)
    assert list(refused.value.fields) == ["attendance"]


def test_the_page_shows_what_a_rule_would_do_before_it_changes(house: Flask, admin: Person) -> None:
    edition = _edition(admin)
    half = _attending(edition, admin, "Neema <b>Mushi", 2)
    client = houses.signed_in(houses.visitor(house), admin)
    address = f"/en/admin/editions/{edition.slug}/rule"
    page = client.post(address, data={"attendance": "50"})
    assert 'data-gaining="1"' in page.text
    assert "Neema &lt;b&gt;Mushi" in page.text
    assert _status(half) == "registered"
    assert client.post(address, data={"attendance": "50", "again": "yes"}).status_code == 200
    assert client.post(address, data={"attendance": "0"}).status_code == 422
    client.post(address, data={"attendance": "50", "confirmed": "yes"})
    assert _status(half) == "completed"


def test_nothing_may_be_asked_and_then_nobody_completes_by_rule(
    house: Flask, admin: Person
) -> None:
    edition = _edition(admin)
    some = _attending(edition, admin, "Neema Mushi", 2)
    with db.transaction():
        requiring.change(edition, {"attendance": None}, by=admin)
    assert edition.activity.rule is None
    assert _status(some) == "registered"
    client = houses.signed_in(houses.visitor(house), some.person)
    assert client.get(f"/en/editions/{edition.slug}").status_code == 200


def test_publishing_and_taking_the_last_session_out_see_each_other(house: Flask) -> None:
    admin, edition = houses.a_person(role="administrator"), houses.an_edition(sessions=1)
    barrier, admin_id, edition_id = Barrier(2), admin.id, edition.activity_id

    def act(what: str) -> bool:
        with house.app_context(), suppress(Conflict), db.transaction() as session:
            here = session.get_one(Edition, edition_id)
            by = session.get_one(Person, admin_id)
            planned = editions.programme(here)  # empty where the other was first
            if db.db.engine.dialect.name == "postgresql":  # SQLite has one writer anyway
                barrier.wait(10)
            if what == "publish":
                changing.set_state(here, "open", by=by)
            else:
                programme.remove(planned[0], by=by)
            return True
        return False

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(act, ["publish", "remove"]))
    standing = houses.anew().get_one(Edition, edition_id)
    planned = editions.programme(standing)
    assert any(done)
    assert standing.state == "draft" or len(planned) == 1


def test_a_rule_asks_for_sessions_in_one_line(house: Flask, admin: Person) -> None:
    edition = _edition(admin)
    with db.transaction():
        requiring.change(edition, HALF, by=admin)
    told = passage.requirement(edition.activity, language="en")
    assert told is not None
    (sessions,) = told.parts
    assert (sessions.words, sessions.met) == ("Attend at least 2 of the 4 sessions", None)
    assert sessions.folded
    assert sessions.parts[0].words == "Attend “Session 1”"


def test_who_is_judged_reads_how_many_sessions_are_left(house: Flask, admin: Person) -> None:
    edition = _edition(admin)
    registration = _attending(edition, admin, "Neema Mushi", 1)
    told = passage.explain(registration, language="en")
    assert told is not None
    assert told.parts[0].words == "Attend all 4 sessions (so far: 1)"
    assert told.missing == ["3 more sessions"]
    with db.transaction():
        requiring.change(edition, {**HALF, "attendance": 0.25}, by=admin)
    met = passage.explain(registration, language="en")
    assert met is not None
    assert met.parts[0].words == "Attend at least 1 of the 4 sessions (so far: 1)"
    assert (met.met, met.missing) == (True, [])
