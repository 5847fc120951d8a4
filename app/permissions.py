"""May this person do this to that? Asked by services, answered from her grants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, true

from app import activities, plugins
from app.errors import Forbidden, Invalid
from app.models import Activity, Grant, Person

ROLES = ("learner", "instructor", "course_admin", "administrator")

ALIASES = {"student": "learner", "teacher": "instructor"}
"""What OneRoster and LTI call them."""

ROLE_WORDS = {
    "learner": _l("Learner"),
    "instructor": _l("Instructor"),
    "course_admin": _l("Course admin"),
    "administrator": _l("Administrator"),
}


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that may be permitted ("records.read") and the roles that hold it.

    `scoped` permissions are asked about an activity; a grant for one activity covers what is
    inside it. An administrator holds every permission.
    """

    name: str
    roles: frozenset[str]
    scoped: bool = False


ENGINE = (
    Permission("people.read", frozenset({"administrator"})),
    Permission("people.write", frozenset({"administrator"})),
    Permission("mail.read", frozenset({"administrator"})),
    Permission("jobs.read", frozenset({"administrator"})),
    Permission("jobs.write", frozenset({"administrator"})),
    Permission("audit.read", frozenset({"administrator"})),
    Permission("staff.write", frozenset({"course_admin"}), scoped=True),
    Permission("completions.write", frozenset({"course_admin"}), scoped=True),
)


def role(name: str) -> str:
    """The role of this name, ours or OneRoster's. Raises Invalid (field `role`)."""
    found = ALIASES.get(name, name)
    if found not in ROLES:
        raise Invalid({"role": _l("There is no such role.")})
    return found


def may(person: Person | None, name: str, activity: Activity | None = None) -> bool:
    """Whether her grants hold this permission, for this activity where it is scoped.

    One query at most, and only when a grant for a single activity has to be looked into.
    Raises KeyError for a permission that no plugin of this house knows.
    """
    held = _held(person, plugins.permissions()[name])
    if any(grant.activity_id is None for grant in held):
        return True
    within = {grant.activity_id for grant in held}
    if activity is None or not within:
        return False
    return activity.id in within or not within.isdisjoint(activities.ancestors(activity))


def demand(person: Person | None, name: str, activity: Activity | None = None) -> None:
    """Raises Forbidden unless she may."""
    if not may(person, name, activity):
        raise Forbidden(_l("You do not have the right to do this."))


def scopes(person: Person | None, name: str) -> list[UUID] | None:
    """The activities for which she holds a permission (each with what is inside it); None when
    everywhere, an empty list when nowhere."""
    held = [grant.activity_id for grant in _held(person, plugins.permissions()[name])]
    if None in held:
        return None
    return [one for one in held if one is not None]


def within(person: Person | None, name: str, column: Any) -> ColumnElement[bool]:
    """The same as a condition on a column of activity ids: those for which she holds it."""
    held = scopes(person, name)
    return true() if held is None else column.in_(activities.inside(held))


def _held(person: Person | None, permission: Permission) -> list[Grant]:
    """Her grants that hold a permission. A grant for one activity holds scoped ones alone, and
    nobody is administrator of one activity."""
    if person is None or not person.active:
        return []
    return [
        grant
        for grant in person.grants
        if (grant.role in permission.roles or grant.role == "administrator")
        and (grant.activity_id is None or (permission.scoped and grant.role != "administrator"))
    ]
