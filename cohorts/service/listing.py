"""Listing: the editions that somebody looks after, those that are open, and those she is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app import activities, db, paging, permissions
from app.errors import Forbidden
from app.models import Activity, Person
from cohorts import calendar
from cohorts.models import Edition, Enrolment, Invitation, Session

WHEN = ("upcoming", "running", "past")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which editions are asked for; what is None asks nothing. `course` is a key ("courses/x"),
    `state` one of editions.STATES, `when` one of WHEN, by the days of UTC."""

    course: str | None = None
    state: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An edition in a list: `when` is one of WHEN; seats taken and sessions planned."""

    edition: Edition
    course: Activity
    when: str
    taken: int
    sessions: int


def find_page(
    wanted: Wanted, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Row], str | None]:
    """Some editions that she looks after, the latest first, and the cursor of what follows.

    Raises Forbidden for who looks after none anywhere.
    """
    if not looks_after_any(by):
        permissions.demand(by, "editions.read")
    latest = (Edition.starts_on, Edition.activity_id)
    rows = select(Edition).where(
        permissions.within(by, "editions.read", Edition.activity_id), *_conditions(wanted)
    )
    place = paging.place(cursor, date, UUID)
    if place:
        rows = rows.where(paging.below(latest, place))
    rows = rows.options(joinedload(Edition.activity).joinedload(Activity.parent))
    rows = rows.order_by(*(one.desc() for one in latest)).limit(limit + 1)
    found = db.session().scalars(rows).all()
    shown, further = paging.page(found, limit, lambda one: (one.starts_on, one.activity_id))
    return _rows(shown), further


def looks_after_any(person: Person | None) -> bool:
    """Whether she may read editions anywhere."""
    return permissions.scopes(person, "editions.read") != []


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    today = db.now().date()
    spans = {
        "upcoming": [Edition.starts_on > today],
        "running": [Edition.starts_on <= today, Edition.ends_on >= today],
        "past": [Edition.ends_on < today],
    }
    found: list[ColumnElement[bool]] = list(spans.get(wanted.when or "", []))
    if wanted.state:
        found.append(Edition.state == wanted.state)
    if wanted.course:
        course = select(Activity.id).where(Activity.key == wanted.course).scalar_subquery()
        inside = select(Activity.id).where(Activity.parent_id == course)
        found.append(Edition.activity_id.in_(inside))
    return found


def _rows(shown: Sequence[Edition]) -> list[Row]:
    today = db.now().date()
    taken, planned = _taken(shown), _planned(shown)
    return [
        Row(
            edition=one,
            course=one.activity.parent or one.activity,
            when=calendar.phase(one.starts_on, one.ends_on, today),
            taken=taken.get(one.activity_id, 0),
            sessions=planned.get(one.activity_id, 0),
        )
        for one in shown
    ]


def row(edition: Edition) -> Row:
    """The same of one edition."""
    return _rows([edition])[0]


def _taken(shown: Sequence[Edition]) -> dict[UUID, int]:
    """Seats taken or kept by edition: two queries for all of them."""
    ids = [one.activity_id for one in shown]
    enrolled = select(Enrolment.edition_id, func.count()).where(
        Enrolment.edition_id.in_(ids), Enrolment.state == "enrolled"
    )
    invited = select(Invitation.edition_id, func.count()).where(
        Invitation.edition_id.in_(ids),
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    found: dict[UUID, int] = {}
    for rows in (
        enrolled.group_by(Enrolment.edition_id),
        invited.group_by(Invitation.edition_id),
    ):
        for edition_id, count in db.session().execute(rows):
            found[edition_id] = found.get(edition_id, 0) + count
    return found


def _planned(shown: Sequence[Edition]) -> dict[UUID, int]:
    rows = (
        select(Session.edition_id, func.count())
        .join(Session.activity)
        .where(
            Session.edition_id.in_([one.activity_id for one in shown]),
            Activity.retired_at.is_(None),
        )
        .group_by(Session.edition_id)
    )
    return {row[0]: row[1] for row in db.session().execute(rows)}


def courses(by: Person, permission: str = "editions.write") -> Sequence[Activity]:
    """The courses for which she holds a permission of editions, in their order."""
    rows = select(Activity).where(
        Activity.kind == "course",
        Activity.retired_at.is_(None),
        permissions.within(by, permission, Activity.id),
    )
    return db.session().scalars(rows.order_by(Activity.position, Activity.key)).all()


def course_for(by: Person, key: str | None) -> Activity:
    """The course of which she opens an edition. Raises NotFound, Forbidden."""
    found = activities.get(key or "")
    if not permissions.may(by, "editions.write", found):
        raise Forbidden()
    return found


def open_of(course: Activity) -> Sequence[Edition]:
    """The open editions of a course that are not over, the next first."""
    rows = (
        select(Edition)
        .join(Edition.activity)
        .where(
            Activity.parent_id == course.id,
            Edition.state == "open",
            Edition.ends_on >= db.now().date(),
        )
        .options(joinedload(Edition.activity))
        .order_by(Edition.starts_on, Edition.activity_id)
        .limit(20)
    )
    return db.session().scalars(rows).all()
