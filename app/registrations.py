"""Registrations: a person's passage through an activity that may be entered alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import activities, completion, db, events, paging, people, plugins
from app.errors import Forbidden, NotFound
from app.models import Activity, Person, Progress, Registration


def begin(person: Person, activity: Activity, *, language: str) -> Registration:
    """Open her registration, or find the open one: beginning twice is beginning once.

    Raises Forbidden with the reason when a plugin closes the door.
    """
    people.lock(person.id)
    standing = find_open(person, activity)
    if standing is not None:
        return standing
    if not activities.kind(activity.kind).enterable:
        raise Forbidden(_l("This cannot be begun by itself."))
    for refusal in plugins.ring().may_learn(person=person, activity=activity):
        raise Forbidden(refusal)
    registration = Registration(
        id=events.new_id(), person=person, activity=activity, opened_at=db.now()
    )
    db.session().add(registration)
    db.session().flush()
    rule = completion.parse(activity.rule) if activity.rule else None
    required = tuple(completion.mentions(rule)) if rule else ()
    time = registration.opened_at
    events.publish(
        events.happened(
            "registered", registration, language=language, time=time, required=required
        ),
        events.happened("initialized", registration, language=language, time=time),
    )
    return registration


def register(
    persons: Sequence[Person], activity: Activity, *, by: Person | None, language: str | None = None
) -> list[Registration]:
    """Open a registration for each of them by an act of staff, or find the open one.

    Nobody began anything yet. The plugin that calls this answers may_learn itself.
    """
    people.lock(*(one.id for one in persons))
    rule = completion.parse(activity.rule) if activity.rule else None
    required = tuple(completion.mentions(rule)) if rule else ()
    found = []
    for person in persons:
        standing = find_open(person, activity)
        if standing is None:
            standing = Registration(
                id=events.new_id(), person=person, activity=activity, opened_at=db.now()
            )
            db.session().add(standing)
            db.session().flush()
            events.publish(
                events.happened("registered", standing, language=language, by=by, required=required)
            )
        found.append(standing)
    return found


def find_open(person: Person, activity: Activity) -> Registration | None:
    return db.session().scalar(
        select(Registration).where(
            Registration.person_id == person.id,
            Registration.activity_id == activity.id,
            Registration.closed_at.is_(None),
        )
    )


def around(person: Person, activity: Activity) -> Registration | None:
    """Her open registration of this activity, or of the nearest one that contains it."""
    here: Activity | None = activity
    while here is not None:
        if activities.kind(here.kind).enterable:
            return find_open(person, here)
        here = db.session().get(Activity, here.parent_id) if here.parent_id else None
    return None


def get(person: Person, registration_id: UUID) -> Registration:
    """One of her own registrations. Raises NotFound for a stranger's as for none."""
    found = db.session().get(Registration, registration_id)
    if found is None or found.person_id != person.id:
        raise NotFound(_l("There is no such registration."))
    return found


def of_person(person: Person) -> Sequence[Registration]:
    """All of hers, the newest first, with their activities."""
    return (
        db.session()
        .scalars(
            select(Registration)
            .where(Registration.person_id == person.id)
            .options(joinedload(Registration.activity))
            .order_by(Registration.opened_at.desc(), Registration.id)
        )
        .all()
    )


def page_of(
    person: Person, *, cursor: str | None, limit: int
) -> tuple[list[Registration], str | None]:
    """A page of hers, the newest first, and the cursor of the next one."""
    newest = (Registration.opened_at, Registration.id)
    hers = select(Registration).where(Registration.person_id == person.id)
    place = paging.place(cursor, datetime, UUID)
    if place is not None:
        hers = hers.where(paging.below(newest, place))
    ordered = hers.order_by(*(one.desc() for one in newest)).limit(limit + 1)
    rows = db.session().scalars(ordered.options(joinedload(Registration.activity))).all()
    return paging.page(rows, limit, lambda one: (one.opened_at, one.id))


def progress_of(registration: Registration) -> dict[UUID, Progress]:
    """Every Progress row of a registration by activity: one query."""
    rows = db.session().scalars(select(Progress).where(Progress.registration_id == registration.id))
    return {row.activity_id: row for row in rows}


def keep_place(registration: Registration, key: str | None) -> None:
    """Remember where she stopped, for any device; None: at the first that is not done."""
    if registration.resume != key:
        registration.resume = key
