"""The demonstration: last June's course in Moshi with all that was marked, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from sqlalchemy import select, update

from app import activities, db, demo_names, events, registrations
from app.events import Result
from app.models import Activity, Person
from cohorts.models import Attendance, Edition, Enrolment
from cohorts.service import attending, changing, copying, editions, enrolling, programme

STAFF, ADMIN = "courseadmin@passage.example", "admin@passage.example"
PEOPLE = 25
_MISSED = {3: 2, 7: 1, 11: 3, 14: 4, 18: 1, 19: 2, 21: 5, 23: 10}
"""How many half days some of them missed."""
_FAILED = {5: 0.55, 14: 0.4, 17: 0.6}
"""Who did not pass the quiz, with the score."""


def make() -> str | None:
    """Open the editions that the demonstration shows, unless there is one already."""
    moshi, geneva = activities.find("courses/iml-moshi"), activities.find("courses/iml-geneva")
    staff, admin = _account(STAFF), _account(ADMIN)
    if moshi is None or geneva is None or staff is None or admin is None:
        return None
    if db.session().scalar(select(Edition.activity_id).limit(1)) is None:
        year = _held()
        last = _last(moshi, _monday(year), staff)
        facts = {"slug": f"moshi-{year + 1}", "starts_on": _monday(year + 1)}
        coming = copying.copy(last, facts, by=staff)
        changing.set_state(coming, "open", by=staff)
        _enrol(coming, _people(range(PEOPLE, PEOPLE + 6)), db.now(), by=staff)
        _geneva(geneva, _monday(year + 1) + timedelta(weeks=7), admin)
    return f"Editions: /en/admin/editions as {STAFF}, who sees those of Moshi alone"


def _account(email: str) -> Person | None:
    return db.session().scalar(select(Person).where(Person.email == email))


def _held() -> int:
    """The year of the last June course that is over."""
    today = db.now().date()
    return today.year if today > date(today.year, 6, 20) else today.year - 1


def _monday(year: int) -> date:
    """The Monday on which the course begins."""
    first = date(year, 6, 7)
    return first + timedelta(days=-first.weekday() % 7)


def _open(course: Activity, slug: str, first: date, zone: str, place: str, by: Person) -> Edition:
    facts = {
        "slug": slug,
        "starts_on": first,
        "ends_on": first + timedelta(days=4),
        "timezone": zone,
        "mode": "in_person",
        "place": place,
        "languages": ["en"],
        "seats": 30,
    }
    edition = editions.open_edition(course, facts, by=by)
    programme.fill(edition, by=by)
    changing.set_state(edition, "open", by=by)
    return edition


def _last(course: Activity, first: date, by: Person) -> Edition:
    """The edition that is over, with ten half days marked and a quiz at the end."""
    edition = _open(course, f"moshi-{first.year}", first, "Africa/Dar_es_Salaam", "Moshi", by)
    people = _people(range(PEOPLE))
    before = datetime.combine(first - timedelta(weeks=4), time(8), UTC)
    seats = _enrol(edition, people, before, by=by)
    for place, session in enumerate(editions.programme(edition)):
        marks = {seat.registration_id: _mark(who, place) for who, seat in enumerate(seats)}
        attending.mark(session, marks, by=by)
        rows = update(Attendance).where(Attendance.session_id == session.activity_id)
        db.session().execute(rows.values(marked_at=session.ends_at))
    _quiz(people, datetime.combine(edition.ends_on, time(13), UTC))
    changing.set_state(edition, "closed", by=by)
    return edition


def _mark(who: int, place: int) -> str:
    if place < _MISSED.get(who, 0):
        return "excused" if who % 2 else "absent"
    return "late" if (who + place) % 9 == 0 else "present"


def _people(numbers: range) -> list[Person]:
    """Made-up people, none of whom can sign in."""
    made = []
    for number in numbers:
        one = demo_names.somebody(number)
        made.append(
            Person(
                email=f"moshi-{number:02}@passage.example",
                name=one.name,
                country=one.country,
                language=one.language,
                organisation=one.organisation,
                fs_uniquifier=uuid4().hex,
                confirmed_at=db.now(),
            )
        )
    db.session().add_all(made)
    db.session().flush()
    return made


def _enrol(
    edition: Edition, people: Sequence[Person], at: datetime, *, by: Person
) -> list[Enrolment]:
    """Seats given at that time; nobody is written to."""
    registrations.register(people, edition.activity, by=by, time=at)
    seats = enrolling.enrol(edition, people, by=by)
    for one in seats:
        one.enrolled_at = one.told_at = at
    return seats


def _quiz(people: Sequence[Person], at: datetime) -> None:
    """The final quiz of each of them, within a registration of its module."""
    quiz = activities.get("modules/m1/quiz")
    module = activities.get("modules/m1")
    begun = registrations.register(people, module, by=None, time=at - timedelta(hours=1))
    scores = [_FAILED.get(who, 0.7 + (who * 7 % 31) / 100) for who in range(len(people))]
    events.publish(
        *(
            events.happened(
                "passed" if score >= 0.7 else "failed",
                one,
                language=one.person.language,
                activity=quiz,
                time=at,
                result=Result(score=score, success=score >= 0.7),
            )
            for one, score in zip(begun, scores, strict=True)
        )
    )


def _geneva(course: Activity, first: date, by: Person) -> None:
    """An edition of another course, which who looks after Moshi does not see."""
    _open(course, f"geneva-{first.year}", first, "Europe/Zurich", "Geneva", by)
