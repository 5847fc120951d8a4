"""People: who they are, what they may, and how they are locked while something happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import selectinload

from app import activities, audit, db, paging, permissions
from app.errors import Conflict, Invalid, NotFound
from app.folding import fold
from app.models import Activity, Grant, Person

GRANTABLE = ("instructor", "course_admin", "administrator")
"""Roles that are given; everybody is a learner without one."""

WITHIN = ("instructor", "course_admin")
"""Roles that who holds staff.write for an activity gives and takes within it."""

STATES = ("active", "inactive", "erased")


def lock(*people: UUID) -> None:
    """Parallel acts of one person must see each other; several are locked in key order (FOR NO
    KEY UPDATE)."""
    db.lock(_LOCKED, people)


_LOCKED = (
    select(Person.id)
    .where(Person.id.in_(bindparam("keys", expanding=True)))
    .order_by(Person.id)
    .with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom an administrator looks for; what is None asks nothing. `words` stand in the name or
    the address, each of them, whatever its case and accents; `state` is one of STATES, and
    without one everybody who is not erased."""

    words: str | None = None
    role: str | None = None
    country: str | None = None
    state: str | None = None


def find_page(
    wanted: Wanted, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Person], str | None]:
    """Some people with their roles, the newest first, and the cursor of those that follow."""
    permissions.demand(by, "people.read")
    rows = (
        select(Person)
        .where(*_conditions(wanted))
        .options(selectinload(Person.grants).joinedload(Grant.activity))
    )
    newest = (Person.created_at, Person.id)
    place = paging.place(cursor, datetime, UUID)
    if place:
        rows = rows.where(paging.below(newest, place))
    rows = rows.order_by(*(one.desc() for one in newest)).limit(limit + 1)
    found = db.session().scalars(rows).all()
    return paging.page(found, limit, lambda one: (one.created_at, one.id))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [Person.folded.contains(word, autoescape=True) for word in _words(wanted.words)]
    match wanted.state:
        case "erased":
            found.append(Person.erased_at.is_not(None))
        case "active" | "inactive":
            found.append(Person.erased_at.is_(None))
            found.append(Person.active.is_(wanted.state == "active"))
        case _:
            found.append(Person.erased_at.is_(None))
    if wanted.role:
        holders = select(Grant.person_id).where(Grant.role == permissions.role(wanted.role))
        found.append(Person.id.in_(holders))
    if wanted.country:
        found.append(Person.country == wanted.country.upper())
    return found


def _words(asked: str | None) -> list[str]:
    return fold((asked or "")[:200]).split()[:10]


def get(person_id: UUID, *, by: Person) -> Person:
    """Somebody, for an administrator. Raises NotFound."""
    permissions.demand(by, "people.read")
    found = db.session().get(Person, person_id)
    if found is None:
        raise NotFound(_l("There is no such person."))
    return found


def grant(person: Person, role: str, activity: Activity | None = None, *, by: Person) -> Grant:
    """Give her a role, everywhere or for one activity; giving it twice is giving it once.

    An administrator gives any role; who holds staff.write for an activity, those of WITHIN for
    it. Raises Forbidden, Invalid when nobody is given this role, or not for this activity.
    """
    _demand_giving(by, role, activity)
    lock(person.id)
    role = permissions.role(role)
    _check_grant(person, role, activity)
    standing = _standing(person, role, activity)
    if standing is not None:
        return standing
    made = Grant(role=role, activity_id=activity.id if activity else None, granted_by=by.id)
    person.grants.append(made)
    db.session().flush()
    audit.record(
        "role.granted", f"person:{person.id}", actor=by, person=person, after=_in_audit(made)
    )
    return made


def _demand_giving(by: Person, role: str, activity: Activity | None) -> None:
    inside = activity is not None and permissions.ALIASES.get(role, role) in WITHIN
    if not inside or not permissions.may(by, "staff.write", activity):
        permissions.demand(by, "people.write")


def _check_grant(person: Person, role: str, activity: Activity | None) -> None:
    _check_standing(person)
    if role not in GRANTABLE:
        raise Invalid({"role": _l("Everybody is a learner: there is nothing to give.")})
    if role == "administrator" and activity is not None:
        raise Invalid({"activity": _l("An administrator is administrator of everything.")})
    if activity is not None and not _is_looked_after(activity):
        raise Invalid({"activity": _l("Choose a course, an edition or a module.")})


def _is_looked_after(activity: Activity) -> bool:
    """What stands inside nothing else, or may be entered by itself, has staff of its own."""
    return activity.parent_id is None or activities.kind(activity.kind).enterable


def _check_standing(person: Person) -> None:
    if person.erased_at is not None:
        raise Conflict(_l("This account was erased."))


def _standing(person: Person, role: str, activity: Activity | None) -> Grant | None:
    key = activity.id if activity else None
    held = select(Grant).where(Grant.person_id == person.id, Grant.role == role)
    return next((one for one in db.session().scalars(held) if one.activity_id == key), None)


def take(person: Person, grant_id: UUID, *, by: Person) -> None:
    """Remove a role, as it is given. Raises Forbidden, NotFound, and Conflict for the last
    administrator."""
    held = db.session().get(Grant, grant_id)
    _demand_giving(by, held.role if held else "", held.activity if held else None)
    lock_with_administrators(person)
    held = db.session().get(Grant, grant_id, populate_existing=True)
    if held is None or held.person_id != person.id:
        raise NotFound(_l("This person does not hold this role."))
    if held.role == "administrator":
        keep_an_administrator(without=person)
    audit.record(
        "role.taken", f"person:{person.id}", actor=by, person=person, before=_in_audit(held)
    )
    person.grants.remove(held)


def _in_audit(one: Grant) -> dict[str, Any]:
    return {"role": one.role, "activity": one.activity.key if one.activity else None}


def set_active(person: Person, active: bool, *, by: Person) -> None:
    """Close her account to her, or open it again; her record stays either way.

    Raises Conflict for the last administrator.
    """
    permissions.demand(by, "people.write")
    lock_with_administrators(person)
    _check_standing(person)
    if person.active == active:
        return
    if not active:
        keep_an_administrator(without=person)
    audit.record(
        "person.activated" if active else "person.deactivated",
        f"person:{person.id}",
        actor=by,
        person=person,
        before={"active": person.active},
        after={"active": active},
    )
    person.active = active


def lock_with_administrators(person: Person) -> None:
    """Lock her and all administrators at once, so that two who end each other's rights see each
    other and neither waits for the other for ever."""
    lock(person.id, *_administrators())


def keep_an_administrator(*, without: Person) -> None:
    """Raises Conflict when nobody else would be left to administer the house. They are locked
    before: see lock_with_administrators."""
    if _administrators() == {without.id}:
        raise Conflict(_l("This is the last administrator. Give somebody else this role first."))


def administrators() -> list[Person]:
    """Who administers the house and can be written to."""
    rows = select(Person).where(Person.id.in_(_administrators()), Person.email.is_not(None))
    return list(db.session().scalars(rows.order_by(Person.id)))


def _administrators() -> set[UUID]:
    holders = (
        select(Person.id)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.role == "administrator", Grant.activity_id.is_(None), Person.active)
    )
    return set(db.session().scalars(holders))
