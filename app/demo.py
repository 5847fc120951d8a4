"""The demonstration: its people, and what is printed when it starts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask_security import hash_password
from sqlalchemy import select

from app import activities, auth, db, plugins
from app.models import Grant, Person

PASSWORD = "passage-demo"  # noqa: S105  (printed at every start)

PEOPLE = {
    "learner": ("Aïcha Ndiaye", "SN", "fr", None),
    "courseadmin": ("Lucía Fernández", "CR", "es", "course_admin"),
    "admin": ("Maria Keller", "CH", "en", "administrator"),
}
COURSES = ("modules/m1", "courses/iml-moshi")
"""What the course admin of the demonstration looks after, and nothing else."""


def make() -> list[str]:
    """Make the demonstration people that are not there yet, and what the plugins add to them;
    what the plugins have to say of it, a line each."""
    session = db.session()
    for account, (name, country, language, role) in PEOPLE.items():
        email = f"{account}@passage.example"
        if session.scalar(select(Person).where(Person.email == email)):
            continue
        person: Person = auth.datastore.create_user(
            email=email,
            name=name,
            country=country,
            language=language,
            password=hash_password(PASSWORD),
            confirmed_at=db.now(),
        )
        for scope in _scopes(role):
            person.grants.append(Grant(role=role, activity_id=scope))
    session.flush()
    return list(plugins.ring().demonstration())


def _scopes(role: str | None) -> list[UUID | None]:
    """Where she holds a role: None is everywhere."""
    if role != "course_admin":
        return [None] if role else []
    courses = (activities.find(one) for one in COURSES)
    return [one.id for one in courses if one]


def greeting(lines: Iterable[str]) -> str:
    """The address, the accounts, and what the plugins have to say."""
    accounts = "\n".join(f"    {account}@passage.example" for account in PEOPLE)
    more = "".join(f"  {line}\n" for line in lines)
    return (
        f"\nPassage is at {plugins.setting('URL')}/\n\n"
        f"  Accounts (password {PASSWORD}):\n{accounts}\n\n{more}"
        "  Stop with Ctrl-C.\n"
    )
