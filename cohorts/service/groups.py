"""Groups: cohorts of people are made, filled and enrolled together (a ministry, a sponsor)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import accounts, audit, db, identity, paging, permissions
from app.errors import Conflict, Invalid, NotFound
from app.models import Activity, Person
from cohorts.models import Cohort, Edition, Enrolment, Expected, Member
from cohorts.service import enrolling

MAY = "enrolments.write"
MOST_AT_ONCE = 2000
"""People of one cohort who are enrolled in one act."""


def make(name: str | None, activity: Activity | None, *, by: Person) -> Cohort:
    """A cohort inside an edition, or across the editions of a course; without one of the whole
    house. Raises Forbidden, Invalid, Conflict when there is one of this name."""
    permissions.demand(by, MAY, activity)
    if activity is not None and activity.kind != "edition" and activity.parent_id is not None:
        raise Invalid({"activity": _l("Choose a course or an edition.")})
    made = Cohort(name=_name(name), activity_id=activity.id if activity else None, created_by=by.id)
    if _of_name(made.name, made.activity_id):
        raise Conflict(_l("There is a cohort of this name already."))
    try:
        with db.session().begin_nested():
            db.session().add(made)
    except IntegrityError:
        raise Conflict(_l("There is a cohort of this name already.")) from None
    audit.record("cohort.made", f"cohort:{made.id}", actor=by, after=_in_audit(made))
    return made


def _name(text: str | None) -> str:
    checks = identity.Checks()
    clean = checks.take("name", identity.line, text)
    if not clean:
        checks.wrong.setdefault("name", _l("Give the cohort a name."))
    checks.done()
    return str(clean)


def _of_name(name: str, activity_id: UUID | None) -> Cohort | None:
    return db.session().scalar(
        select(Cohort).where(Cohort.name == name, Cohort.activity_id == activity_id)
    )


def named(edition: Edition, names: Iterable[str], *, by: Person | None) -> dict[str, Cohort]:
    """The cohorts of these names inside an edition, made where they are missing. The edition is
    held (see enrolling.hold)."""
    wanted = sorted(set(names))
    rows = select(Cohort).where(Cohort.activity_id == edition.activity_id, Cohort.name.in_(wanted))
    found = {one.name: one for one in db.session().scalars(rows)}
    for name in wanted:
        if name not in found:
            found[name] = Cohort(
                name=name, activity_id=edition.activity_id, created_by=by.id if by else None
            )
            db.session().add(found[name])
            db.session().flush()
            audit.record(
                "cohort.made", f"cohort:{found[name].id}", actor=by, after=_in_audit(found[name])
            )
    return found


def rename(cohort: Cohort, name: str | None, *, by: Person) -> None:
    """Raises Forbidden, Invalid, Conflict."""
    permissions.demand(by, MAY, cohort.activity)
    before, clean = _in_audit(cohort), _name(name)
    if clean == cohort.name:
        return
    if _of_name(clean, cohort.activity_id):
        raise Conflict(_l("There is a cohort of this name already."))
    try:
        with db.session().begin_nested():
            cohort.name = clean
    except IntegrityError:
        raise Conflict(_l("There is a cohort of this name already.")) from None
    after = _in_audit(cohort)
    audit.record("cohort.renamed", f"cohort:{cohort.id}", actor=by, before=before, after=after)


def remove(cohort: Cohort, *, by: Person) -> None:
    """The group is gone; its people keep their seats."""
    permissions.demand(by, MAY, cohort.activity)
    session = db.session()
    session.execute(delete(Member).where(Member.cohort_id == cohort.id))
    session.execute(delete(Expected).where(Expected.cohort_id == cohort.id))
    audit.record("cohort.removed", f"cohort:{cohort.id}", actor=by, before=_in_audit(cohort))
    session.delete(cohort)


def _in_audit(cohort: Cohort) -> dict[str, Any]:
    return {"name": cohort.name}


def get(cohort_id: UUID, *, by: Person) -> Cohort:
    """A cohort, for who looks after it: a stranger's is as none. Raises NotFound."""
    found = db.session().get(Cohort, cohort_id)
    if found is None or not permissions.may(by, MAY, found.activity):
        raise NotFound(_l("There is no such cohort."))
    return found


def find(cohort_id: str | UUID | None, *, by: Person) -> Cohort | None:
    """The same for what was chosen in a form: nothing for nothing. Raises Invalid."""
    if not cohort_id:
        return None
    try:
        return get(UUID(str(cohort_id)), by=by)
    except (ValueError, NotFound):
        raise Invalid({"cohort": _l("There is no such cohort.")}) from None


def places(*, by: Person) -> Sequence[Activity]:
    """Where she may make a cohort: courses, and the editions that are not over; at most 500."""
    rows = select(Activity).outerjoin(Edition, Edition.activity_id == Activity.id)
    rows = rows.where(
        permissions.within(by, MAY, Activity.id),
        Activity.retired_at.is_(None),
        or_(Activity.kind == "course", Edition.state.in_(("draft", "open"))),
    )
    return db.session().scalars(rows.order_by(Activity.kind, Activity.key).limit(500)).all()


def is_keeper(person: Person | None) -> bool:
    """Whether she looks after cohorts anywhere."""
    return permissions.scopes(person, MAY) != []


def page_of(
    *, by: Person, activity: Activity | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[tuple[Cohort, int]], str | None]:
    """Some cohorts that she looks after, by name, each with the number of its people, and the
    cursor of those that follow; of one activity, or all."""
    size = select(func.count()).where(Member.cohort_id == Cohort.id).scalar_subquery()
    rows = select(Cohort, size).where(visible(by)).options(joinedload(Cohort.activity))
    if activity is not None:
        rows = rows.where(Cohort.activity_id == activity.id)
    place = paging.place(cursor, str, UUID)
    if place:
        after = (Cohort.name > place[0]) | ((Cohort.name == place[0]) & (Cohort.id > place[1]))
        rows = rows.where(after)
    found = db.session().execute(rows.order_by(Cohort.name, Cohort.id).limit(limit + 1)).all()
    pairs = [(one, count) for one, count in found]
    return paging.page(pairs, limit, lambda pair: (pair[0].name, pair[0].id))


def visible(by: Person) -> ColumnElement[bool]:
    """Those that she looks after, as a condition."""
    return permissions.within(by, MAY, Cohort.activity_id)


def offered(edition: Edition, *, by: Person) -> Sequence[Cohort]:
    """The cohorts that its people may be put into: those of the edition and of its course, as far
    as she looks after them; at most 500, by name."""
    here = (edition.activity_id, edition.activity.parent_id)
    rows = select(Cohort).where(Cohort.activity_id.in_(here), visible(by))
    return db.session().scalars(rows.order_by(Cohort.name).limit(500)).all()


def demand_fits(cohort: Cohort, edition: Edition) -> None:
    """Raises Invalid when a cohort has nothing to do with an edition."""
    here = {None, edition.activity_id, edition.activity.parent_id}
    if cohort.activity_id not in here:
        raise Invalid({"cohort": _l("This cohort belongs to another course.")})


def members(
    cohort: Cohort, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Person], str | None]:
    """Some of its people by address, and the cursor of those that follow."""
    permissions.demand(by, MAY, cohort.activity)
    rows = select(Person).join(Member, Member.person_id == Person.id)
    rows = rows.where(Member.cohort_id == cohort.id, Person.email.is_not(None))
    place = paging.place(cursor, str)
    if place:
        rows = rows.where(Person.email > place[0])
    found = db.session().scalars(rows.order_by(Person.email).limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.email or "",))


def add(cohort: Cohort, email: str | None, *, by: Person) -> Person:
    """Put the owner of an address into a cohort. Raises Forbidden, Invalid."""
    permissions.demand(by, MAY, cohort.activity)
    checks = identity.Checks()
    address = checks.take("email", accounts.address, email)
    checks.done()
    person = accounts.find(address)
    if person is None or person.confirmed_at is None or not person.active:
        raise Invalid({"email": _l("Nobody has confirmed this address. Invite it to an edition.")})
    join(cohort, [person], by=by)
    return person


def join(cohort: Cohort, persons: Iterable[Person], *, by: Person | None) -> None:
    """Put them into a cohort; who is in it stays in it."""
    join_all([(cohort.id, one.id) for one in persons], by=by)


def join_all(pairs: Iterable[tuple[UUID, UUID]], *, by: Person | None) -> None:
    """The same for many cohorts and people at once: (cohort, person)."""
    rows = [
        {"cohort_id": cohort, "person_id": person, "added_by": by.id if by else None}
        for cohort, person in sorted(set(pairs))
    ]
    if not rows:
        return
    made = db.session().connection().execute(db.insert_new(Member, "cohort_id", "person_id"), rows)
    names: dict[UUID, Person] = {}
    for cohort, person in made.all():
        names.setdefault(person, db.session().get_one(Person, person))
        audit.record("cohort.joined", f"cohort:{cohort}", actor=by, person=names[person])


def leave(cohort: Cohort, person_id: UUID, *, by: Person) -> None:
    """Remove somebody from a cohort; her seats stay. Raises NotFound."""
    permissions.demand(by, MAY, cohort.activity)
    held = db.session().get(Member, (cohort.id, person_id))
    if held is None:
        raise NotFound(_l("This person is not in the cohort."))
    person = db.session().get_one(Person, person_id)
    audit.record("cohort.left", f"cohort:{cohort.id}", actor=by, person=person)
    db.session().delete(held)


def expect(pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Invited addresses that will be in cohorts: (invitation, cohort)."""
    rows = [{"invitation_id": one, "cohort_id": cohort} for one, cohort in sorted(set(pairs))]
    if rows:
        session = db.session()
        session.connection().execute(db.insert_new(Expected, "invitation_id"), rows)


def join_expected(invitation_id: UUID, person: Person, *, by: Person | None) -> None:
    """An invitation is bound: its owner is in the cohorts that expected her."""
    waiting = select(Expected.cohort_id).where(Expected.invitation_id == invitation_id)
    join_all([(one, person.id) for one in db.session().scalars(waiting)], by=by)


def enrol_into(cohort: Cohort, edition: Edition, *, by: Person) -> list[Enrolment]:
    """Give everybody in a cohort a seat, all or none; who has one keeps it.

    Raises Forbidden, Invalid for an edition of another course, Conflict when there are too few
    seats.
    """
    permissions.demand(by, MAY, cohort.activity)
    demand_fits(cohort, edition)
    rows = select(Person).join(Member, Member.person_id == Person.id)
    rows = rows.where(
        Member.cohort_id == cohort.id, Person.active, Person.confirmed_at.is_not(None)
    )
    persons = db.session().scalars(rows.order_by(Person.id).limit(MOST_AT_ONCE + 1)).all()
    if len(persons) > MOST_AT_ONCE:
        raise Conflict(_l("At most %(count)s people at once: import a file.", count=MOST_AT_ONCE))
    return enrolling.enrol(edition, persons, by=by)


def editions_for(cohort: Cohort, *, by: Person) -> Sequence[Edition]:
    """The editions that its people may be enrolled into, the next first; at most 100."""
    rows = select(Edition).join(Edition.activity).options(joinedload(Edition.activity))
    rows = rows.where(
        Edition.state.in_(("draft", "open")), permissions.within(by, MAY, Edition.activity_id)
    )
    if cohort.activity_id is not None:
        here = or_(Activity.id == cohort.activity_id, Activity.parent_id == cohort.activity_id)
        rows = rows.where(here)
    return db.session().scalars(rows.order_by(Edition.starts_on.desc()).limit(100)).all()
