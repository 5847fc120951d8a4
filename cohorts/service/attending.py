"""Attending: sessions are marked person by person; what counts is told, corrections are audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from app import activities, audit, db, events, paging, people, permissions, registrations
from app.errors import Conflict, Invalid, NotFound
from app.events import LearningEvent
from app.folding import fold
from app.models import Person
from cohorts import attendance
from cohorts.attendance import Change
from cohorts.models import Attendance, Edition, Enrolment, Session
from cohorts.service import editions, standings

PAGE = 100
"""People on one page of a list."""

ASKED = 20
"""People about whom staff are asked at once; the roster has all of them."""

MOST = 1000
"""Marks of one act."""


@dataclass(frozen=True, slots=True)
class Row:
    """A person on the list of a session; `mark` None: not marked yet, and then by nobody."""

    enrolment_id: UUID
    registration_id: UUID
    person_id: UUID
    name: str
    organisation: str | None
    folded: str
    mark: str | None
    marked_at: datetime | None
    marked_by: UUID | None
    marked_by_name: str | None


@dataclass(frozen=True, slots=True)
class Marked:
    """How many marks were written, and the rows that somebody else marked meanwhile."""

    saved: int
    meanwhile: list[Row]


def get_session(edition: Edition, name: str) -> Session:
    """A session of an edition by the last part of its key, also one removed from the programme.

    Raises NotFound.
    """
    activity = activities.find(f"{edition.activity.key}/sessions/{name}")
    found = db.session().get(Session, activity.id) if activity else None
    if found is None:
        raise NotFound(_l("There is no such session."))
    return found


def name_of(session: Session) -> str:
    """The last part of its key, which stands in addresses."""
    return session.activity.key.rpartition("/")[2]


def in_turn(edition: Edition, now: datetime) -> list[Session]:
    """The planned sessions: the next one first, those that are over last, the latest of them
    first."""
    planned = editions.programme(edition)
    ahead = [one for one in planned if one.ends_at > now]
    return [*ahead, *reversed([one for one in planned if one.ends_at <= now])]


def refusal(session: Session) -> str | None:
    """Why it cannot be marked now, if so."""
    if session.activity.retired_at is not None:
        return str(_l("This session was removed from the programme."))
    if session.edition.state == "cancelled":
        return str(_l("This edition was cancelled."))
    if not attendance.may_be_marked(session.starts_at, db.now()):
        return str(_l("Attendance can be marked from one hour before the session begins."))
    return None


def page(
    session: Session,
    *,
    by: Person,
    words: str | None = None,
    cursor: str | None = None,
    limit: int,
) -> tuple[list[Row], str | None]:
    """Some of those who are enrolled with their marks, by name, and the cursor of what follows."""
    permissions.demand(by, "editions.read", session.edition.activity)
    rows = _list(session).where(Enrolment.state == "enrolled")
    rows = rows.where(
        *(
            Enrolment.folded.contains(one, autoescape=True)
            for one in fold((words or "")[:200]).split()[:10]
        )
    )
    place = paging.place(cursor, str, UUID)
    if place is not None:
        rows = rows.where(paging.above((Enrolment.folded, Enrolment.id), place))
    rows = rows.order_by(Enrolment.folded, Enrolment.id).limit(limit + 1)
    found = [Row(*one) for one in db.session().execute(rows)]
    return paging.page(found, limit, lambda one: (one.folded, one.enrolment_id))


def _list(session: Session) -> Any:
    """The query of a list: the columns of a Row, for everybody who ever had a seat."""
    staff = aliased(Person)
    here = (Attendance.registration_id == Enrolment.registration_id) & (
        Attendance.session_id == session.activity_id
    )
    return (
        select(
            Enrolment.id,
            Enrolment.registration_id,
            Enrolment.person_id,
            Person.name,
            Person.organisation,
            Enrolment.folded,
            Attendance.mark,
            Attendance.marked_at,
            Attendance.marked_by,
            staff.name,
        )
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Attendance, here)
        .outerjoin(staff, staff.id == Attendance.marked_by)
        .where(Enrolment.edition_id == session.edition_id)
    )


def counts(edition: Edition, *only: Session) -> dict[UUID, Counter[str]]:
    """How many of those who are enrolled have each mark, by session; of these alone, or of all.

    Two queries: all marks are counted in an index, and those of the few who withdrew taken off.
    """
    inside = select(Session.activity_id).where(Session.edition_id == edition.activity_id)
    if only:
        inside = inside.where(Session.activity_id.in_([one.activity_id for one in only]))
    rows = (
        select(Attendance.session_id, Attendance.mark, func.count())
        .where(Attendance.session_id.in_(inside))
        .group_by(Attendance.session_id, Attendance.mark)
    )
    gone = select(Enrolment.registration_id).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.state == "withdrawn"
    )
    found: dict[UUID, Counter[str]] = {}
    for session_id, mark, count in db.session().execute(rows):
        found.setdefault(session_id, Counter())[mark] += count
    for session_id, mark, count in db.session().execute(
        rows.where(Attendance.registration_id.in_(gone))
    ):
        found[session_id][mark] -= count
    return found


def enrolled(edition: Edition) -> int:
    rows = select(func.count()).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.state == "enrolled"
    )
    return db.session().scalar(rows) or 0


def lapsed(session: Session) -> list[Row]:
    """Those who completed the edition, no longer meet its rule, and did not attend this session:
    the first of them. Whoever looks after them is asked whether to revoke the completion."""
    rows = _list(session).where(
        Enrolment.state == "enrolled",
        Enrolment.standing == "lapsed",
        Attendance.mark.not_in(attendance.COUNTING),
    )
    found = db.session().execute(rows.order_by(Enrolment.folded, Enrolment.id).limit(ASKED))
    return [Row(*one) for one in found]


def mark(
    session: Session,
    marks: Mapping[UUID, str],
    *,
    by: Person,
    shown: Mapping[UUID, str | None] | None = None,
) -> Marked:
    """Write down who was there, by registration: all of it or nothing.

    `shown` is what the list showed of them before: see attendance.changes. What counts is told as
    one wave of `attended` (and of `initialized`, for whom it is the first); a correction takes it
    back.

    Raises Forbidden, Conflict where the session cannot be marked now, Invalid by registration.
    """
    permissions.demand(by, "attendance.write", session.edition.activity)
    _demand_open(session)
    seats = _seats(session, marks)
    _read_anew(session)
    _demand_open(session)
    standing = _standing(session, marks)
    marked = {key: row.mark for key, row in standing.items()}
    written, meanwhile = attendance.changes(marks, marked, shown)
    told: list[LearningEvent] = []
    for one in written:
        row = standing.get(one.registration_id) or _unmarked(session, one.registration_id)
        _correct(session, seats[one.registration_id], row, one, by)
        row.mark, row.marked_by, row.marked_at = one.after, by.id, db.now()
        told.extend(_follows(session, seats[one.registration_id], row, by))
    _note(session, written, by)
    standings.refresh([seats[one.registration_id] for one in written])
    there = [
        seats[one.registration_id].registration
        for one in written
        if one.after in attendance.COUNTING
    ]
    began = registrations.beginnings(there, time=min(session.starts_at, db.now()), by=by)
    events.publish(*began, *told)
    return Marked(len(written), _named(session, meanwhile))


def _demand_open(session: Session) -> None:
    refused = refusal(session)
    if refused:
        raise Conflict(refused)


def _read_anew(session: Session) -> None:
    """What was changed while this waited for the people: the rule, the state, the programme."""
    rows = select(Session).where(Session.activity_id == session.activity_id)
    rows = rows.options(
        joinedload(Session.activity), joinedload(Session.edition).joinedload(Edition.activity)
    )
    db.session().scalars(rows.execution_options(populate_existing=True)).one()


def _seats(session: Session, marks: Mapping[UUID, str]) -> dict[UUID, Enrolment]:
    """The seats of those who are marked, locked. Raises Invalid by registration."""
    if len(marks) > MOST:
        raise Invalid({"marks": _l("Mark at most %(count)s people at once.", count=MOST)})
    hers = select(Enrolment).where(
        Enrolment.edition_id == session.edition_id, Enrolment.registration_id.in_(list(marks))
    )
    ids = db.session().scalars(hers.with_only_columns(Enrolment.person_id)).all()
    people.lock(*ids)
    rows = hers.where(Enrolment.state == "enrolled").options(
        joinedload(Enrolment.registration), joinedload(Enrolment.person)
    )
    found = db.session().scalars(rows.execution_options(populate_existing=True))
    seats = {one.registration_id: one for one in found}
    wrong = {
        str(key): _l("This person is not enrolled in this edition.")
        for key in marks
        if key not in seats
    }
    wrong |= {
        str(key): _l("Choose one of these.")
        for key, one in marks.items()
        if one not in attendance.MARKS
    }
    if wrong:
        raise Invalid(wrong)
    return seats


def _standing(session: Session, keys: Collection[UUID]) -> dict[UUID, Attendance]:
    rows = select(Attendance).where(
        Attendance.session_id == session.activity_id, Attendance.registration_id.in_(list(keys))
    )
    found = db.session().scalars(rows.execution_options(populate_existing=True))
    return {one.registration_id: one for one in found}


def _unmarked(session: Session, registration_id: UUID) -> Attendance:
    row = Attendance(session_id=session.activity_id, registration_id=registration_id, taken_back=0)
    db.session().add(row)
    return row


def _follows(
    session: Session, seat: Enrolment, row: Attendance, by: Person
) -> Sequence[LearningEvent]:
    """What a new mark has to tell: that she attended, or that she did not after all."""
    counting = row.mark in attendance.COUNTING
    if counting and row.statement_id is None:
        attended = replace(
            events.happened(
                "attended",
                seat.registration,
                language=None,
                activity=session.activity,
                time=min(session.ends_at, row.marked_at),
                by=by,
            ),
            id=events.derived_id(
                "attended",
                seat.person_id,
                session.activity.iri,
                seat.registration_id,
                row.taken_back,
            ),
        )
        row.statement_id = attended.id
        return [attended]
    if not counting and row.statement_id is not None:
        voided = events.happened(
            "voided",
            seat.registration,
            language=None,
            activity=session.activity,
            takes_back=row.statement_id,
            by=by,
        )
        row.statement_id = None
        row.taken_back += 1
        return [voided]
    return []


def _correct(
    session: Session, seat: Enrolment, row: Attendance, change: Change, by: Person
) -> None:
    """A mark that is changed leaves a line of its own, with who made the one before."""
    if change.before is None:
        return
    audit.record(
        "attendance.corrected",
        session.activity.key,
        actor=by,
        person=seat.person,
        before={
            "mark": change.before,
            "marked_by": str(row.marked_by),
            "marked_at": row.marked_at.isoformat(),
        },
        after={"mark": change.after},
    )


def _note(session: Session, written: Sequence[Change], by: Person) -> None:
    """First marks leave one line together: whose they are stands beside each mark."""
    first = Counter(one.after for one in written if one.before is None)
    if first:
        audit.record("attendance.marked", session.activity.key, actor=by, after=dict(first))


def _named(session: Session, keys: Collection[UUID]) -> list[Row]:
    if not keys:
        return []
    rows = _list(session).where(Enrolment.registration_id.in_(list(keys)))
    return [Row(*one) for one in db.session().execute(rows.order_by(Enrolment.folded))]
