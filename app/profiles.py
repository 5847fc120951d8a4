"""Profiles: what an account says of its person, changed by herself or by staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from app import audit, db, identity, people, places
from app.config import LANGUAGES
from app.errors import Unauthenticated
from app.identity import Checks, Refused
from app.models import Person

EDITABLE = ("name", "certificate_name", "language", "timezone", "country", "organisation")


def edit(person: Person, changes: Mapping[str, Any], *, by: Person) -> None:
    """Change what is given of EDITABLE, by herself or by staff; an empty time zone is that of the
    country. Raises Invalid."""
    checks = Checks()
    if changes.get("timezone") == "":
        country = changes.get("country") or person.country
        changes = {**changes, "timezone": places.zone_of(str(country))}
    rules: dict[str, Callable[[Any], Any]] = {
        "name": identity.name,
        "certificate_name": identity.line,
        "organisation": identity.line,
        "language": _language,
        "timezone": places.zone,
        "country": places.country,
    }
    wanted = {
        field: checks.take(field, rules[field], changes[field])
        for field in EDITABLE
        if field in changes
    }
    checks.done()
    people.lock(person.id)
    db.session().refresh(person)
    if person.erased_at is not None:  # while this waited for the lock
        raise Unauthenticated
    before = {field: getattr(person, field) for field in wanted}
    after = {field: value for field, value in wanted.items() if value != before[field]}
    if not after:
        return
    for field, value in after.items():
        setattr(person, field, value)
    audit.record(
        "account.changed",
        f"person:{person.id}",
        actor=by,
        person=person,
        before={field: before[field] for field in after},
        after=after,
    )


def _language(code: str | None) -> str:
    if code not in LANGUAGES:
        raise Refused(_("Please choose a language."))
    return str(code)
