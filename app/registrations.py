"""Registrations: a person's passage through an activity that may be entered alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from app import activities, completion, db, events, paging, people, plugins
from app.errors import Forbidden, NotFound
from app.events import LearningEvent
from app.models import Activity, Person, Progress, Registration


def begin(person: Person, activity: Activity, *, language: str) -> Registration:
    """Begin by her own act: beginning twice is beginning once, and where staff registered her
    she only begins.

    Raises Forbidden with the reason when a plugin closes the door.
    """
    people.lock(person.id)
    standing = find_open(person, activity)
    if standing is not None and _is_begun(standing):
        return standing
    if not activities.kind(activity.kind).enterable:
        raise Forbidden(_l("This cannot be begun by itself."))
    for refusal in plugins.ring().may_learn(person=person, activity=activity):
        raise Forbidden(refusal)
    time = db.now()
    registration = standing or _open([person], activity, time)[0]
    told = [events.happened("initialized", registration, language=language, time=time)]
    if standing is None:
        told.insert(0, _registered(registration, language=language, time=time))
    events.publish(*told)
    return registration


def _is_begun(registration: Registration) -> bool:
    row = db.session().get(Progress, (registration.id, registration.activity_id))
    return row is not None and row.status != "registered"


def beginnings(
    among: Collection[Registration], *, time: datetime, by: Person
) -> list[LearningEvent]:
    """What says that those of one activity who have not begun it began at this time: somebody
    else saw them there. One query."""
    if not among:
        return []
    activity = next(iter(among)).activity
    rows = select(Progress.registration_id).where(
        Progress.registration_id.in_([one.id for one in among]),
        Progress.activity_id == activity.id,
        Progress.status == "registered",
    )
    waiting = set(db.session().scalars(rows))
    return [
        events.happened("initialized", one, language=None, time=time, by=by)
        for one in among
        if one.id in waiting
    ]


def register(
    learners: Sequence[Person],
    activity: Activity,
    *,
    by: Person | None,
    language: str | None = None,
    time: datetime | None = None,
) -> list[Registration]:
    """Open a registration for each of these people, or find the open one, in their order: an act
    of staff (or of the house for None), told as one wave. Nobody has begun by it: see begin.

    Asks no may_learn: the plugin that enrols people knows best whom it lets in. Raises Forbidden
    where nobody can register. Some hundred people at once; a whole list in several acts.
    """
    if not activities.kind(activity.kind).enterable:
        raise Forbidden(_l("This cannot be begun by itself."))
    people.lock(*(one.id for one in learners))
    standing = _standing([one.id for one in learners], activity)
    missing = list({one.id: one for one in learners if one.id not in standing}.values())
    time = time or db.now()
    opened = _open(missing, activity, time)
    events.publish(*(_registered(one, language=language, time=time, by=by) for one in opened))
    standing |= {one.person_id: one for one in opened}
    return [standing[one.id] for one in learners]


def _standing(ids: Sequence[UUID], activity: Activity) -> dict[UUID, Registration]:
    """The open registrations of these people for an activity: one query."""
    rows = select(Registration).where(
        Registration.person_id.in_(ids),
        Registration.activity_id == activity.id,
        Registration.closed_at.is_(None),
    )
    return {one.person_id: one for one in db.session().scalars(rows)}


def _open(wanted: Sequence[Person], activity: Activity, time: datetime) -> list[Registration]:
    made = [
        Registration(id=events.new_id(), person=one, activity=activity, opened_at=time)
        for one in wanted
    ]
    db.session().add_all(made)
    db.session().flush()
    return made


def _registered(
    registration: Registration,
    *,
    language: str | None,
    time: datetime,
    by: Person | None = None,
) -> events.LearningEvent:
    return events.happened(
        "registered",
        registration,
        language=language,
        time=time,
        by=by,
        required=required(registration.activity),
    )


def required(activity: Activity) -> tuple[str, ...]:
    """The IRIs that the rule of an activity asks for now."""
    return tuple(completion.mentions(completion.parse(activity.rule))) if activity.rule else ()


def find_open(person: Person, activity: Activity) -> Registration | None:
    found = db.session().scalar(_OPEN, {"person": person.id, "activity": activity.id})
    if found is not None:
        set_committed_value(found, "activity", activity)
    return found


_OPEN = select(Registration).where(
    Registration.person_id == bindparam("person"),
    Registration.activity_id == bindparam("activity"),
    Registration.closed_at.is_(None),
)


def around(person: Person, activity: Activity) -> Registration | None:
    """Her open registration of this activity, or of the nearest one that contains it."""
    here: Activity | None = activity
    while here is not None:
        if activities.kind(here.kind).enterable:
            return find_open(person, here)
        here = activities.remembered(here.parent_id)
    return None


def get(person: Person, registration_id: UUID) -> Registration:
    """One of her own registrations. Raises NotFound for a stranger's as for none."""
    found = by_id(registration_id)
    if found is None or found.person_id != person.id:
        raise NotFound(_l("There is no such registration."))
    return found


def by_id(one: UUID) -> Registration | None:
    """The registration of this id, if there is one: known to the session, or one prepared query."""
    known = db.session().identity_map.get(identity_key(Registration, one))
    return known or db.session().scalar(_BY_ID, {"one": one})


_BY_ID = select(Registration).where(Registration.id == bindparam("one"))


def of_person(person: Person) -> Sequence[Registration]:
    """All of hers, the newest first, with their activities."""
    return db.session().scalars(_HERS, {"person": person.id}).all()


_HERS = (
    select(Registration)
    .where(Registration.person_id == bindparam("person"))
    .options(joinedload(Registration.activity))
    .order_by(Registration.opened_at.desc(), Registration.id)
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


def progress_of(registration: Registration) -> dict[UUID, Any]:
    """Every Progress row of a registration by activity, as plain values: one query."""
    return progress_of_all([registration])[registration.id]


def progress_of_all(some: Collection[Registration]) -> dict[UUID, dict[UUID, Any]]:
    """The same for several, by registration: one query too."""
    found: dict[UUID, dict[UUID, Any]] = {one.id: {} for one in some}
    if found:
        for row in db.session().execute(_PROGRESS, {"registrations": list(found)}):
            found[row.registration_id][row.activity_id] = row
    return found


_PROGRESS = select(Progress.__table__).where(
    Progress.__table__.c.registration_id.in_(bindparam("registrations", expanding=True))
)


def keep_place(registration: Registration, key: str | None) -> None:
    """Remember where she stopped, for any device; None: at the first that is not done."""
    if registration.resume != key:
        registration.resume = key
