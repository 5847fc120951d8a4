"""Enrolling: seats in an edition are given and given up; never more than there are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import audit, db, people, permissions, registrations
from app.errors import Conflict
from app.models import Person, Registration
from cohorts.models import Edition, Enrolment, Invitation


def enrol(
    edition: Edition, persons: Sequence[Person], *, by: Person, source: str = "staff"
) -> list[Enrolment]:
    """Give each of them a seat, all or none; who has one keeps it.

    Raises Forbidden, Conflict when there are too few seats or the edition is over.
    """
    permissions.demand(by, "enrolments.write", edition.activity)
    hold(edition)
    people.lock(*(one.id for one in persons))
    standing = _standing(edition, persons)
    back = [one for one in standing.values() if one.state == "withdrawn"]
    new = [one for one in persons if one.id not in standing]
    _demand_seats(edition, len(new) + len(back))
    for one in back:
        one.registration.closed_at = one.withdrawn_at = None
    begun = registrations.register(new, edition.activity, by=by)
    given = [*back, *(_seat(edition, one) for one in begun)]
    for one in given:
        one.state, one.source = "enrolled", source
        one.enrolled_by, one.enrolled_at = by.id, db.now()
        audit.record("enrolment.given", edition.activity.key, actor=by, person=one.person)
    db.session().flush()
    return given


def hold(edition: Edition) -> None:
    """Lock an edition, so that parallel enrolments see each other and seats are counted once."""
    row = select(Edition.activity_id).where(Edition.activity_id == edition.activity_id)
    db.session().execute(row.with_for_update(key_share=True))


def seats_taken(edition: Edition) -> int:
    """Seats of who is enrolled, and those kept for invited addresses."""
    enrolled = select(func.count()).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.state == "enrolled"
    )
    invited = select(func.count()).where(
        Invitation.edition_id == edition.activity_id,
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    session = db.session()
    return (session.scalar(enrolled) or 0) + (session.scalar(invited) or 0)


def withdraw(enrolment: Enrolment, *, by: Person) -> None:
    """She gives her seat up; what she did is kept, and she may be enrolled again."""
    permissions.demand(by, "enrolments.write", enrolment.edition.activity)
    hold(enrolment.edition)
    people.lock(enrolment.person_id)
    db.session().refresh(enrolment)
    if enrolment.state == "withdrawn":
        return
    enrolment.state = "withdrawn"
    enrolment.withdrawn_at = enrolment.registration.closed_at = db.now()
    audit.record(
        "enrolment.withdrawn",
        enrolment.edition.activity.key,
        actor=by,
        person=enrolment.person,
    )


def _standing(edition: Edition, persons: Sequence[Person]) -> dict[UUID, Enrolment]:
    rows = select(Enrolment).where(
        Enrolment.edition_id == edition.activity_id,
        Enrolment.person_id.in_([one.id for one in persons]),
    )
    rows = rows.options(joinedload(Enrolment.person), joinedload(Enrolment.registration))
    return {one.person_id: one for one in db.session().scalars(rows)}


def _demand_seats(edition: Edition, wanted: int) -> None:
    if wanted and edition.state in ("closed", "cancelled"):
        raise Conflict(_l("This edition is over: nobody can be enrolled."))
    if edition.seats is None or not wanted:
        return
    left = edition.seats - seats_taken(edition)
    if wanted > left:
        facts = {"left": max(left, 0), "wanted": wanted}
        raise Conflict(_l("%(wanted)s seats were asked for, and %(left)s are left.", **facts))


def _seat(edition: Edition, registration: Registration) -> Enrolment:
    person = registration.person
    seat = Enrolment(
        edition=edition, person=person, registration=registration, folded=person.folded
    )
    db.session().add(seat)
    return seat
