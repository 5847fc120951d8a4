"""Accounts: sign up, confirm, sign in, reset, change password and address; for pages and the API.

No answer tells whether an address has an account: what differs is said by mail alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from flask_security import hash_password, verify_password
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import audit, db, identity, links, mail, people, places, plugins, tokens
from app.config import LANGUAGES
from app.errors import Conflict, Gone, Unauthenticated
from app.identity import Checks, Refused
from app.models import Person


def address(email: str | None) -> str:
    """An address in the form in which it is kept. Raises identity.Refused."""
    return identity.address(email, anywhere=plugins.setting("ENV") != "production")


def find(email: str | None) -> Person | None:
    """Whose address this is."""
    try:
        kept = address(email)
    except Refused:
        return None
    return db.session().scalar(select(Person).where(Person.email == kept))


def sign_up(
    *,
    name: str | None,
    email: str | None,
    password: str | None,
    language: str,
    country: str | None,
    timezone: str | None = None,
    organisation: str | None = None,
) -> None:
    """Make an account that waits for its confirmation; a known address gets a mail that says so.

    Without a time zone, that of the country. Raises Invalid.
    """
    checks = Checks()
    facts = {
        "name": checks.take("name", identity.name, name),
        "email": checks.take("email", address, email),
        "country": checks.take("country", places.country, country),
        "timezone": checks.take("timezone", places.zone, timezone or places.zone_of(str(country))),
        "organisation": checks.take("organisation", identity.line, organisation),
        "language": language if language in LANGUAGES else "en",
    }
    chosen = checks.take("password", identity.password, password, _about(name, email))
    checks.done()
    # Hashed before anything is asked of the database, which has one writer on SQLite; and also
    # for a known address, so that both answers take as long.
    hashed = hash_password(chosen)
    person = None if find(facts["email"]) else _new_person(facts, hashed)
    if person is None:
        _tell_known(find(facts["email"]))
    else:
        audit.record("account.created", f"person:{person.id}", actor=person, person=person)
        _mail_confirmation(person)


def _new_person(facts: Mapping[str, Any], hashed: str) -> Person | None:
    """Her new row; None when somebody took the address at the same moment."""
    person = Person(id=uuid4(), fs_uniquifier=uuid4().hex, password=hashed, **facts)
    try:
        with db.session().begin_nested():
            db.session().add(person)
    except IntegrityError:
        return None
    return person


def _tell_known(person: Person | None) -> None:
    """Somebody named an address that has an account. Who never confirmed it chooses a password
    anew, for the one that is there may be a stranger's."""
    if person is None or not person.active:
        _write_to_nobody("known", reset="/reset")
    elif person.confirmed_at is None:
        mail.write(person, "unfinished", link=_link(person, "reset", links.seal("reset", person)))
    else:
        mail.write(person, "known", link=_link(person, "login"), reset=_link(person, "reset"))


def ask_to_confirm(*, email: str | None) -> None:
    """Mail the confirmation again, where one is due. Raises Invalid when this is no address."""
    person = _named(email)
    if person and person.active and person.confirmed_at is None:
        _mail_confirmation(person)
    else:
        _write_to_nobody("confirm", days=links.LIVES["confirm"].days)


def _mail_confirmation(person: Person) -> None:
    link = _link(person, "confirm", links.seal("confirm", person))
    mail.write(person, "confirm", link=link, days=links.LIVES["confirm"].days)


def to_confirm(token: str, *, hold: bool = False) -> Person:
    """Whose address this link confirms. Raises Gone."""
    person, _said = links.unseal("confirm", token, hold=hold)
    if person.confirmed_at is not None:
        raise Gone(_("This address is confirmed already: you can sign in."))
    return person


def confirm(token: str) -> Person:
    """The address of an account is its owner's. Raises Gone."""
    person = to_confirm(token, hold=True)
    person.confirmed_at = db.now()
    audit.record("account.confirmed", f"person:{person.id}", actor=person, person=person)
    plugins.ring().address_confirmed(person=person)
    return person


def sign_in(*, email: str | None, password: str | None) -> Person:
    """Who this is. One sentence and one duration for all that may be wrong.

    Raises Unauthenticated.
    """
    person = find(email)
    kept = person.password if person else None
    right = _matches(password, kept or _nobody())
    if person is None or not kept or not right or not person.active or not person.confirmed_at:
        raise Unauthenticated(
            _(
                "This address and this password do not open an account. If you have just created "
                "yours, first open the link in our mail."
            )
        )
    return person


@cache
def _nobody() -> str:
    """What the password of an unknown address is compared with, so that it takes as long."""
    return str(hash_password(uuid4().hex))


def _matches(password: str | None, kept: str | None) -> bool:
    typed = identity.plain(password or "")
    if not kept or not typed or "\0" in typed or len(typed) > identity.LONGEST:
        return False
    return bool(verify_password(typed, kept))


def ask_for_reset(*, email: str | None) -> None:
    """Mail a link to choose a new password, where there is an account. Raises Invalid when this
    is no address."""
    person = _named(email)
    if person and person.active:
        link = _link(person, "reset", links.seal("reset", person))
        mail.write(person, "reset", link=link, hours=_hours("reset"))
    else:
        _write_to_nobody("reset", hours=_hours("reset"))


def _write_to_nobody(words: str, **facts: Any) -> None:
    """What an unknown address costs: as much as a known one, whose mail takes 20 ms to make."""
    nobody = Person(id=uuid4(), language="en")
    link = _link(nobody, words, links.seal("reset", nobody))
    mail.write_to_nobody(nobody, words, link=link, **facts)


def to_reset(token: str, *, hold: bool = False) -> Person:
    """Whose password this link lets choose. Raises Gone."""
    return links.unseal("reset", token, hold=hold)[0]


def reset_password(token: str, *, password: str | None) -> Person:
    """A new password by a mailed link: the address is hers, and nobody else stays signed in.

    Her tokens end too, for somebody else may have made them. Raises Gone, Invalid.
    """
    person = to_reset(token, hold=True)
    _set_password(person, password)
    tokens.revoke_all(person)
    audit.record("password.reset", f"person:{person.id}", actor=person, person=person)
    if person.confirmed_at is None:
        person.confirmed_at = db.now()
        plugins.ring().address_confirmed(person=person)
    mail.write(person, "password_changed", reset=_link(person, "reset"))
    return person


def change_password(person: Person, *, current: str | None, password: str | None) -> None:
    """A new password by who knows the old one; every session ends. Raises Invalid."""
    people.lock(person.id)
    _prove(person, current, field="current")
    _set_password(person, password)
    audit.record("password.changed", f"person:{person.id}", actor=person, person=person)
    mail.write(person, "password_changed", reset=_link(person, "reset"))


def _set_password(person: Person, password: str | None) -> None:
    checks = Checks()
    about = _about(person.name, person.email)
    chosen = checks.take("password", identity.password, password, about)
    checks.done()
    person.password = hash_password(chosen)
    person.fs_uniquifier = uuid4().hex


def knows(person: Person, password: str | None) -> bool:
    """Whether this is her password."""
    return _matches(password, person.password)


def _prove(person: Person, password: str | None, *, field: str) -> None:
    """Raises Invalid unless this is her password."""
    checks = Checks()
    if not knows(person, password):
        checks.wrong[field] = _("This is not your password.")
    checks.done()


def ask_for_email(person: Person, *, email: str | None, password: str | None) -> None:
    """Mail a link to a new address, which becomes hers when she opens it there. Raises Invalid."""
    checks = Checks()
    wanted = checks.take("email", address, email)
    checks.done()
    _prove(person, password, field="password")
    holder = find(wanted)
    if holder is None:
        link = _link(person, "account/email", links.seal("email", person, said=wanted))
        mail.write(person, "email_change", address=wanted, link=link, hours=_hours("email"))
    elif holder.id != person.id:
        _tell_known(holder)


def to_change_email(token: str, *, hold: bool = False) -> tuple[Person, str]:
    """Whose address this link changes, and to which. Raises Gone."""
    return links.unseal("email", token, hold=hold)


def change_email(token: str) -> Person:
    """The new address is confirmed; the old one is told. Raises Gone, Conflict."""
    person, wanted = to_change_email(token, hold=True)
    old = person.email
    try:
        with db.session().begin_nested():
            person.email = wanted
            person.confirmed_at = db.now()
    except IntegrityError:
        raise Conflict(_("This address belongs to another account by now.")) from None
    audit.record(
        "email.changed",
        f"person:{person.id}",
        actor=person,
        person=person,
        before={"email": old},
        after={"email": wanted},
    )
    plugins.ring().address_confirmed(person=person)
    mail.write(person, "email_changed", address=old, new=wanted)
    return person


def _named(email: str | None) -> Person | None:
    """Whose address this is; raises Invalid when it is none at all."""
    checks = Checks()
    checks.take("email", address, email)
    checks.done()
    return find(email)


def _about(name: str | None, email: str | None) -> tuple[str | None, ...]:
    return name, email, (email or "").partition("@")[0]


def _hours(purpose: str) -> int:
    return int(links.LIVES[purpose].total_seconds() // 3600)


def _link(person: Person, *path: str) -> str:
    """A page of the account in her language, as it stands in a mail."""
    return "/".join((plugins.setting("URL"), person.language, *path))
