"""Attending: sessions are marked person by person; what counts is told, corrections are audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import audit, db, events, people, permissions, registrations
from app.errors import Conflict, Invalid
from app.events import LearningEvent
from app.models import Person
from cohorts import attendance
from cohorts.attendance import Change
from cohorts.models import Attendance, Edition, Enrolment, Session
from cohorts.service import rolls, standings
from cohorts.service.rolls import Row

MOST = 1000
"""Marks of one act."""


@dataclass(frozen=True, slots=True)
class Marked:
    """How many marks were written, and the rows that somebody else marked meanwhile."""

    saved: int
    meanwhile: list[Row]


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
    return Marked(len(written), rolls.rows_of(session, meanwhile))


def _demand_open(session: Session) -> None:
    refused = rolls.refusal(session)
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
