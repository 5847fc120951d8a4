"""May this person do this to that? Asked by services, answered from her grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app import db, plugins
from app.errors import Forbidden
from app.models import Activity, Person

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
    Permission("audit.read", frozenset({"administrator"})),
)


def may(person: Person | None, name: str, activity: Activity | None = None) -> bool:
    """Whether her grants hold this permission, for this activity where it is scoped."""
    if person is None or not person.active:
        return False
    permission = plugins.permissions()[name]
    for grant in person.grants:
        if grant.role == "administrator" and grant.activity_id is None:
            return True
        if grant.role not in permission.roles:
            continue
        if grant.activity_id is None:
            return True
        if permission.scoped and activity is not None and grant.activity_id in _within(activity):
            return True
    return False


def demand(person: Person | None, name: str, activity: Activity | None = None) -> None:
    """Raises Forbidden unless she may."""
    if not may(person, name, activity):
        raise Forbidden(_l("You do not have the right to do this."))


def scopes(person: Person, name: str) -> list[object] | None:
    """The activities for which she holds a permission; None when everywhere."""
    permission = plugins.permissions()[name]
    held = [
        grant
        for grant in person.grants
        if grant.role in permission.roles or grant.role == "administrator"
    ]
    if any(grant.activity_id is None for grant in held):
        return None
    return [grant.activity_id for grant in held]


def _within(activity: Activity) -> Iterator[object]:
    here: Activity | None = activity
    while here is not None:
        yield here.id
        here = db.session().get(Activity, here.parent_id) if here.parent_id else None
