"""Attendance: what is marked counts at once, and a correction takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app import activities, db, events, plugins, registrations
from app.errors import Conflict, Forbidden, Invalid
from app.events import Result, Selection
from app.models import AuditEntry, Person, Progress
from cohorts.models import Attendance, Edition, Enrolment, Session
from cohorts.service import attending, editions, enrolling, requiring, rolls
from tests import houses

AFTERWARDS = datetime(2027, 6, 12, 8, tzinfo=UTC)


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    with time_machine.travel(AFTERWARDS, tick=True), houses.with_content(app).app_context():
        yield app


class Course:
    """An edition with some people, and its course admin."""

    def __init__(self, sessions: int = 10, people: int = 3) -> None:
        self.edition = houses.an_edition(sessions=sessions, state="open")
        moshi = activities.get("courses/iml-moshi")
        self.admin = houses.a_person("Lucía Fernández", role="course_admin", within=moshi)
        self.people = [houses.a_person(f"Learner {n:02}") for n in range(people)]
        with db.transaction():
            seats = enrolling.enrol(self.edition, self.people, by=self.admin)
            self.seats = [one.registration_id for one in seats]
        self.sessions = [one.activity_id for one in editions.programme(self.edition)]

    def mark(self, place: int, marks: dict[int, str], **more: Any) -> attending.Marked:
        with db.transaction() as session:
            return attending.mark(
                session.get_one(Session, self.sessions[place]),
                {self.seats[who]: mark for who, mark in marks.items()},
                by=more.pop("by", None) or session.get_one(Person, self.admin.id),
                **more,
            )

    def quiz(self, who: int, score: float) -> None:
        with db.transaction() as session:
            person = session.get_one(Person, self.people[who].id)
            module = activities.get("modules/m1")
            (begun,) = registrations.register([person], module, by=None)
            quiz = activities.get("modules/m1/quiz")
            verb = "passed" if score >= 0.7 else "failed"
            events.publish(
                events.happened(
                    verb, begun, language="en", activity=quiz, result=Result(score=score)
                )
            )

    def status(self, who: int) -> str:
        row = houses.anew().get_one(Progress, (self.seats[who], self.edition.activity_id))
        return row.status


def test_ten_sessions_complete_exactly_those_who_attended_four_fifths_and_passed(
    house: Flask,
) -> None:
    course = Course(people=25)
    for who in range(25):
        course.quiz(who, 0.9 if who % 5 else 0.5)  # every fifth does not pass
    for place in range(10):  # the first misses none, the last all but a few
        course.mark(
            place,
            {
                who: "absent" if place < who // 6 else "late" if place % 3 else "present"
                for who in range(25)
            },
        )
    done = [who for who in range(25) if course.status(who) == "completed"]
    assert done == [who for who in range(25) if who // 6 <= 2 and who % 5]


def test_all_marks_of_one_act_are_told_at_once(house: Flask, monkeypatch: Any) -> None:
    course, told = Course(people=20), []
    publish = events.publish
    monkeypatch.setattr(events, "publish", lambda *some: (told.append(len(some)), publish(*some)))
    course.mark(0, dict.fromkeys(range(20), "present"))
    assert told[0] == 40, "each of twenty began, and attended"
    few, many = Course(people=2), Course(people=20)
    with houses.queries() as first:
        few.mark(0, dict.fromkeys(range(2), "present"))
    with houses.queries() as second:
        many.mark(0, dict.fromkeys(range(20), "present"))
    assert len(second) <= len(first) + 2


def test_who_was_seen_in_a_session_has_begun_the_edition(house: Flask) -> None:
    course = Course(sessions=2, people=2)
    course.mark(0, {0: "present", 1: "absent"})
    assert [course.status(who) for who in (0, 1)] == ["begun", "registered"]
    course.mark(1, {0: "present", 1: "late"})
    assert [course.status(who) for who in (0, 1)] == ["begun", "begun"]
    with house.app_context():
        selection = Selection(registrations=(course.seats[0],))
        told = [one.verb for one in plugins.ring().stored_events(selection=selection)]
    assert told.count("initialized") == 1


def test_excused_and_absent_do_not_count(house: Flask) -> None:
    course = Course(sessions=1, people=4)
    course.mark(0, dict(enumerate(("present", "late", "excused", "absent"))))
    rows = select(Progress.registration_id).where(Progress.activity_id == course.sessions[0])
    assert set(houses.anew().scalars(rows)) == set(course.seats[:2])


def test_a_correction_takes_back_what_was_told_and_may_be_corrected_again(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    ids = []
    for mark in ("present", "absent", "late", "excused", "present", "late"):
        course.mark(0, {0: mark})
        row = houses.anew().scalars(select(Attendance)).one()
        assert (row.statement_id is not None) == (mark in ("present", "late"))
        ids.append(row.statement_id)
        standing = houses.anew().get(Progress, (course.seats[0], course.sessions[0]))
        assert (standing is not None) == (row.statement_id is not None)
        if standing is not None:
            assert (standing.status, standing.statement_id) == ("attended", row.statement_id)
    counting = [one for one in ids if one]
    assert len(set(counting)) == 3  # present, late, and the last two are one
    selection = Selection(registrations=(course.seats[0],))
    with house.app_context():
        told = [one.verb for one in plugins.ring().stored_events(selection=selection)]
    assert (told.count("attended"), told.count("voided")) == (3, 2)


def test_a_completion_stands_when_what_proved_it_is_corrected(house: Flask) -> None:
    course = Course(people=1)
    course.quiz(0, 1.0)
    for place in range(8):
        course.mark(place, {0: "present"})
    assert course.status(0) == "completed"
    course.mark(3, {0: "absent"})
    assert course.status(0) == "completed"


def test_who_attended_did_so_when_the_session_ended(house: Flask) -> None:
    course = Course(sessions=2, people=1)
    first, second = (houses.anew().get_one(Session, key) for key in course.sessions)
    course.mark(0, {0: "present"})
    assert _at(course, 0) == first.ends_at
    with time_machine.travel(second.starts_at - timedelta(minutes=30), tick=False):
        course.mark(1, {0: "present"})
        assert _at(course, 1) == second.starts_at - timedelta(minutes=30)


def _at(course: Course, place: int) -> datetime | None:
    return houses.anew().get_one(Progress, (course.seats[0], course.sessions[place])).done_at


def test_a_list_is_opened_an_hour_before_and_not_earlier(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    begins = houses.anew().get_one(Session, course.sessions[0]).starts_at
    with (
        time_machine.travel(begins - timedelta(minutes=61), tick=False),
        pytest.raises(Conflict),
    ):
        course.mark(0, {0: "present"})
    with time_machine.travel(begins - timedelta(minutes=59), tick=False):
        assert course.mark(0, {0: "present"}).saved == 1


@pytest.mark.parametrize("what", ["session", "edition"])
def test_what_was_called_off_is_not_marked(house: Flask, what: str) -> None:
    course = Course(sessions=1, people=1)
    with db.transaction() as session:
        if what == "session":
            activities.retire(session.get_one(Session, course.sessions[0]).activity)
        else:
            session.get_one(Edition, course.edition.activity_id).state = "cancelled"
    with pytest.raises(Conflict):
        course.mark(0, {0: "present"})


def test_one_wrong_row_and_nothing_is_written(house: Flask) -> None:
    course = Course(sessions=1, people=3)
    stranger = Course(sessions=1, people=1).seats[0]
    with db.transaction():
        enrolling.withdraw(db.session().scalars(_seat(course, 2)).one(), by=course.admin)
    with db.transaction() as session, pytest.raises(Invalid) as refused:
        attending.mark(
            session.get_one(Session, course.sessions[0]),
            {
                course.seats[0]: "present",
                course.seats[1]: "ill",
                course.seats[2]: "present",
                stranger: "present",
                (nobody := uuid4()): "present",
            },
            by=session.get_one(Person, course.admin.id),
        )
    wrong = {course.seats[1], course.seats[2], stranger, nobody}
    assert set(refused.value.fields) == {str(one) for one in wrong}
    assert houses.anew().scalar(select(func.count()).select_from(Attendance)) == 0


def _seat(course: Course, who: int) -> Any:
    return select(Enrolment).where(Enrolment.registration_id == course.seats[who])


def test_what_somebody_else_marked_meanwhile_is_left_and_named(house: Flask) -> None:
    course = Course(sessions=1, people=3)
    helper = houses.a_person("Joseph Mrema", role="instructor", within=course.edition.activity)
    unseen = dict.fromkeys(course.seats, None)
    course.mark(0, {0: "late", 1: "present"}, shown=unseen, by=helper)
    told = course.mark(0, {0: "absent", 1: "present", 2: "present"}, shown=unseen)
    assert told.saved == 1
    (row,) = told.meanwhile
    assert (row.registration_id, row.mark, row.marked_by_name) == (
        course.seats[0],
        "late",
        "Joseph Mrema",
    )
    seen = dict(zip(course.seats, ("late", "present", "present"), strict=True))
    assert course.mark(0, {0: "absent", 1: "present"}, shown=seen).saved == 1


def test_who_withdrew_keeps_her_marks_and_leaves_the_list(house: Flask) -> None:
    course = Course(sessions=1, people=2)
    course.mark(0, {0: "present", 1: "present"})
    with db.transaction():
        enrolling.withdraw(db.session().scalars(_seat(course, 0)).one(), by=course.admin)
    session = houses.anew().get_one(Session, course.sessions[0])
    rows, _further = rolls.page(session, by=course.admin, limit=50)
    assert [one.registration_id for one in rows] == [course.seats[1]]
    assert rolls.counts(course.edition)[session.activity_id] == {"present": 1}
    assert db.session().scalar(select(func.count()).select_from(Attendance)) == 2


def test_the_audit_says_who_corrected_whom_from_what_to_what(house: Flask) -> None:
    course = Course(sessions=1, people=3)
    course.mark(0, {0: "present", 1: "present", 2: "absent"})
    course.mark(0, {0: "excused", 1: "present"})
    entries = houses.anew().scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("attendance")).order_by(AuditEntry.id)
    )
    marked, corrected = entries.all()
    assert (marked.actor_id, marked.after) == (course.admin.id, {"present": 2, "absent": 1})
    assert (corrected.actor_id, corrected.person_id) == (course.admin.id, course.people[0].id)
    assert corrected.before is not None
    assert (corrected.before["mark"], corrected.after) == ("present", {"mark": "excused"})
    assert corrected.before["marked_by"] == str(course.admin.id)


def test_an_instructor_marks_and_a_stranger_does_not(house: Flask) -> None:
    course = Course(sessions=1, people=1)
    geneva = activities.get("courses/iml-geneva")
    for role, within, may in (
        ("instructor", course.edition.activity, True),
        ("course_admin", activities.get("courses/iml-moshi"), True),
        ("course_admin", geneva, False),
        ("instructor", geneva, False),
        (None, None, False),
    ):
        person = houses.a_person(role=role, within=within)
        if may:
            course.mark(0, {0: "present"}, by=person)
        else:
            with pytest.raises(Forbidden):
                course.mark(0, {0: "absent"}, by=person)


def test_a_list_of_names_goes_on_and_follows_a_new_name(house: Flask) -> None:
    course = Course(sessions=1, people=7)
    with db.transaction() as session:
        session.get_one(Person, course.people[0].id).name = "Žofie Nováková"
    session_ = houses.anew().get_one(Session, course.sessions[0])
    names, cursor = [], None
    while True:
        rows, cursor = rolls.page(session_, by=course.admin, cursor=cursor, limit=3)
        names += [one.name for one in rows]
        if cursor is None:
            break
    assert names == [*(f"Learner {n:02}" for n in range(1, 7)), "Žofie Nováková"]
    found, _further = rolls.page(session_, by=course.admin, words="zofie nova", limit=9)
    assert [one.name for one in found] == ["Žofie Nováková"]


@pytest.mark.only("postgresql")
def test_a_mark_that_waited_for_another_rule_is_judged_by_it(
    house: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody marks, somebody else asks for less."""
    course = Course(sessions=2, people=1)
    seats = attending._seats

    def slowly(*said: Any) -> Any:
        monkeypatch.setattr(attending, "_seats", seats)
        with ThreadPoolExecutor(1) as meanwhile:
            meanwhile.submit(Context().run, _ask_for_half, house, course).result()
        return seats(*said)

    monkeypatch.setattr(attending, "_seats", slowly)
    course.mark(0, {0: "present"})
    assert course.status(0) == "completed"


def _ask_for_half(house: Flask, course: Course) -> None:
    with house.app_context(), db.transaction() as session:
        edition = session.get_one(Edition, course.edition.activity_id)
        admin = session.get_one(Person, course.admin.id)
        requiring.change(edition, {"attendance": 0.5}, by=admin)
