"""The demonstration: its people, and what is printed when it starts."""

from __future__ import annotations

from flask_security import hash_password
from sqlalchemy import select

from app import auth, db, plugins
from app.models import Grant, Person

PASSWORD = "passage-demo"  # noqa: S105  (printed at every start)

PEOPLE = {
    "learner": ("Aïcha Ndiaye", "SN", "fr", None),
    "courseadmin": ("Lucía Fernández", "CR", "es", "course_admin"),
    "admin": ("Maria Keller", "CH", "en", "administrator"),
}


def people() -> None:
    """Make the demonstration people that are not there yet, and what the plugins add to them."""
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
        if role:
            person.grants.append(Grant(role=role))
    session.flush()
    plugins.ring().demonstration()


def greeting() -> str:
    """The address, the accounts, and the credential of the statement store."""
    accounts = "\n".join(f"    {account}@passage.example" for account in PEOPLE)
    return (
        f"\nPassage is at {plugins.setting('URL')}/\n\n"
        f"  Accounts (password {PASSWORD}):\n{accounts}\n\n"
        "  Statement store (xAPI): /xapi with the credential demo / demo-secret\n"
        "  Stop with Ctrl-C.\n"
    )
