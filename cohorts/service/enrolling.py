"""Enrolling: seats in an edition are given and given up; never more than there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import (
    audit,
    db,
    jobs,
    mail,
    paging,
    people,
    permissions,
    registrations,
    revising,
    web,
)
from app.errors import Conflict, NotFound
from app.models import Person, Registration
from app.vocabulary import say
from cohorts.models import Edition, Enrolment, Invitation
from cohorts.service import standings


def enrol(
    edition: Edition, persons: Sequence[Person], *, by: Person, source: str = "staff"
) -> list[Enrolment]:
    """Give each of them a seat, all or none; who has one keeps it.

    Raises Forbidden, Conflict when there are too few seats or the edition is over.
    """
    permissions.demand(by, "enrolments.write", edition.activity)
    hold(edition)
    people.lock(*(one.id for one in persons))
    demand_seats(edition, len(persons) - len(_seated(edition, persons)))
    return give(edition, persons, by=by, source=source)


def give(
    edition: Edition, persons: Sequence[Person], *, by: Person | None, source: str
) -> list[Enrolment]:
    """The same, once it is known that there are seats for them and that they may have them; the
    persons are locked. Who gets one is told by mail."""
    standing = {one.person_id: one for one in _standing(edition, persons)}
    back = [one for one in standing.values() if one.state == "withdrawn"]
    new = [one for one in persons if one.id not in standing]
    for one in back:
        one.registration.closed_at = one.withdrawn_at = one.told_at = None
    begun = registrations.register(new, edition.activity, by=by)
    given = [*back, *(_seat(edition, one) for one in begun)]
    for one in given:
        one.state, one.source = "enrolled", source
        one.enrolled_by, one.enrolled_at = by.id if by else None, db.now()
        audit.record("enrolment.given", edition.activity.key, actor=by, person=one.person)
    standings.refresh(given)
    db.session().flush()
    revising.opened([one.registration for one in given], edition.activity, by=by)
    jobs.enqueue_all(
        "cohorts.tell_seat", [({"enrolment": str(one.id)}, one.person_id) for one in given]
    )
    return given


def tell(payload: dict[str, Any]) -> None:
    """The job that writes to somebody that she has a seat, once for each time she gets one; not
    before the edition is published, and not of one that is cancelled."""
    with db.transaction() as session:
        seat = session.get(Enrolment, UUID(payload["enrolment"]), with_for_update=True)
        if seat is None or seat.told_at or seat.state != "enrolled" or not seat.person.email:
            return
        if seat.edition.state in ("draft", "cancelled"):
            return
        mail.write(seat.person, "cohorts/seat", **facts(seat.edition, seat.person.language))
        seat.told_at = db.now()


def facts(edition: Edition, language: str) -> dict[str, Any]:
    """What mails say of an edition."""
    return {
        "title": say(edition.activity.titles, language),
        "edition": edition,
        "url": web.public_address(f"/{language}"),
    }


def hold(edition: Edition) -> None:
    """Lock an edition and read it and its rule anew, so that parallel acts see each other and
    seats are counted once. Raises NotFound when it was deleted meanwhile."""
    row = select(Edition).where(Edition.activity_id == edition.activity_id)
    row = row.execution_options(populate_existing=True)
    if db.session().scalar(row.with_for_update(key_share=True)) is None:
        raise NotFound(_l("There is no such edition."))
    db.session().refresh(edition.activity, ["rule"])


def seats_taken(edition: Edition) -> int:
    """Seats of who is enrolled, and those kept for invited addresses. One statement: an invitation
    that becomes an enrolment meanwhile is counted once."""
    enrolled = select(func.count()).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.state == "enrolled"
    )
    invited = select(func.count()).where(
        Invitation.edition_id == edition.activity_id,
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    both = select(enrolled.scalar_subquery() + invited.scalar_subquery())
    return db.session().scalar(both) or 0


def seats_left(edition: Edition) -> int | None:
    """How many more can be given; None where as many come as like."""
    return None if edition.seats is None else max(edition.seats - seats_taken(edition), 0)


def seat_of(edition: Edition, person: Person) -> Enrolment:
    """Her seat, given up or not. Raises NotFound."""
    found = next(iter(_standing(edition, [person])), None)
    if found is None:
        raise NotFound(_l("There is no such enrolment."))
    return found


def get(edition: Edition, enrolment_id: UUID, *, by: Person) -> Enrolment:
    """One enrolment of an edition. Raises Forbidden, NotFound."""
    permissions.demand(by, "enrolments.write", edition.activity)
    found = db.session().get(Enrolment, enrolment_id)
    if found is None or found.edition_id != edition.activity_id:
        raise NotFound(_l("There is no such enrolment."))
    return found


def page_of(
    edition: Edition, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Enrolment], str | None]:
    """Some of who is enrolled, the latest first, with their persons, and the cursor of the rest."""
    permissions.demand(by, "enrolments.write", edition.activity)
    rows = select(Enrolment).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.state == "enrolled"
    )
    newest = (Enrolment.enrolled_at, Enrolment.id)
    place = paging.place(cursor, datetime, UUID)
    if place:
        rows = rows.where(paging.below(newest, place))
    rows = rows.options(joinedload(Enrolment.person)).order_by(*(one.desc() for one in newest))
    found = db.session().scalars(rows.limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.enrolled_at, one.id))


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


def _standing(edition: Edition, persons: Sequence[Person]) -> Sequence[Enrolment]:
    rows = select(Enrolment).where(
        Enrolment.edition_id == edition.activity_id,
        Enrolment.person_id.in_([one.id for one in persons]),
    )
    rows = rows.options(joinedload(Enrolment.person), joinedload(Enrolment.registration))
    return db.session().scalars(rows).all()


def _seated(edition: Edition, persons: Sequence[Person]) -> list[Enrolment]:
    return [one for one in _standing(edition, persons) if one.state == "enrolled"]


def demand_seats(edition: Edition, wanted: int) -> None:
    """Raises Conflict where so many cannot be given; see hold."""
    if wanted and is_over(edition):
        raise Conflict(_l("This edition is over: nobody can be enrolled."))
    left = seats_left(edition)
    if left is not None and wanted > left:
        facts = {"left": left, "wanted": wanted}
        raise Conflict(_l("%(wanted)s seats were asked for, and %(left)s are left.", **facts))


def is_over(edition: Edition) -> bool:
    return edition.state in ("closed", "cancelled")


def _seat(edition: Edition, registration: Registration) -> Enrolment:
    person = registration.person
    seat = Enrolment(
        edition=edition, person=person, registration=registration, folded=person.folded
    )
    db.session().add(seat)
    return seat
