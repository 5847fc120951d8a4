"""The roll of a session: who is enrolled, with the mark of each, and how many have which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app import activities, db, paging, permissions
from app.errors import NotFound
from app.folding import fold
from app.models import Person
from cohorts import attendance
from cohorts.models import Attendance, Edition, Enrolment, Session
from cohorts.service import editions

PAGE = 100
"""People on one page of a list."""

ASKED = 20
"""People about whom staff are asked at once; the roster has all of them."""


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


def rows_of(session: Session, keys: Collection[UUID]) -> list[Row]:
    """The rows of these registrations, by name."""
    if not keys:
        return []
    rows = _list(session).where(Enrolment.registration_id.in_(list(keys)))
    return [Row(*one) for one in db.session().execute(rows.order_by(Enrolment.folded))]
