"""Staffing: who looks after an edition, given and removed by their address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import db, people, permissions
from app.errors import Invalid, NotFound
from app.models import Grant, Person
from cohorts.models import Edition

MOST = 200
"""How many of its staff are listed."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Somebody who looks after an edition. `here`: by a role for this edition, which may be
    removed; else by one for its course."""

    grant: Grant
    here: bool


def staff(edition: Edition, *, by: Person) -> list[Looks]:
    """Who holds a role for this edition or its course: those of the edition first."""
    permissions.demand(by, "editions.read", edition.activity)
    where = [edition.activity_id, edition.activity.parent_id]
    rows = select(Grant).where(Grant.activity_id.in_(where)).join(Grant.person)
    rows = rows.options(joinedload(Grant.person)).order_by(Person.folded, Grant.role)
    found = db.session().scalars(rows.limit(MOST)).all()
    looks = [Looks(one, one.activity_id == edition.activity_id) for one in found]
    return sorted(looks, key=lambda one: not one.here)


def give(edition: Edition, email: str | None, role: str, *, by: Person) -> Grant:
    """Give a role for this edition to whoever has this address.

    Raises Forbidden, Invalid by field.
    """
    permissions.demand(by, "staff.write", edition.activity)
    if role not in people.WITHIN:
        raise Invalid({"role": _l("Choose a role.")})
    return people.grant(_somebody(email), role, edition.activity, by=by)


def _somebody(email: str | None) -> Person:
    asked = (email or "").strip().lower()[:254]
    rows = select(Person).where(
        Person.email == asked,
        Person.confirmed_at.is_not(None),
        Person.erased_at.is_(None),
        Person.active,
    )
    found = db.session().scalar(rows)
    if found is None:
        raise Invalid({"email": _l("No confirmed account has this address.")})
    return found


def take(edition: Edition, grant_id: UUID, *, by: Person) -> None:
    """Remove a role for this edition. Raises Forbidden, NotFound for any other role."""
    permissions.demand(by, "staff.write", edition.activity)
    held = db.session().get(Grant, grant_id)
    if held is None or held.activity_id != edition.activity_id:
        raise NotFound(_l("This person does not hold this role."))
    people.take(held.person, held.id, by=by)


def roles() -> Sequence[str]:
    """The roles that are given for an edition."""
    return people.WITHIN
