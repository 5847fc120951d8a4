"""Erasing a person: what is hers goes; a row without a name stays, so that counts still add up.

Statements name nobody, so history is not rewritten: progress rebuilds as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update

from app import accounts, audit, db, jobs, mail, people, permissions, plugins
from app.errors import Invalid
from app.models import AuditEntry, Outbox, Person, Registration, Token

_STAYS = frozenset({"id", "created_at", "erased_at"})

_PLAIN = frozenset({"role", "activity", "language", "scopes", "number", "status", "active"})
"""What an audit entry may go on saying of somebody who was erased."""


def erase(person: Person, *, by: Person) -> None:
    """Erase an account and all that is hers, at her own wish or by an administrator.

    Erasing twice is erasing once. Raises Forbidden, and Conflict for the last administrator.
    """
    if by.id != person.id:
        permissions.demand(by, "people.write")
    people.lock_with_administrators(person)
    if person.erased_at is not None:
        return
    people.keep_an_administrator(without=person)
    plugins.ring().forget_person(person=person)
    mails = _forget_jobs(person)
    _forget_audit(person)
    session = db.session()
    session.execute(delete(Token).where(Token.person_id == person.id))
    session.execute(
        update(Registration)
        .where(Registration.person_id == person.id, Registration.closed_at.is_(None))
        .values(closed_at=db.now())
    )
    _leave_a_tombstone(person)
    audit.record("person.erased", f"person:{person.id}", actor=by, person=person)
    jobs.enqueue("people.leave_no_trace", {"mails": mails})


def check(person: Person, *, confirmation: str, password: str | None = None) -> None:
    """Whether whoever asks means it: the address typed, and her own password where it is she.

    Raises Invalid (fields `confirmation`, `password`).
    """
    wrong: dict[str, Any] = {}
    if confirmation.strip().casefold() != (person.email or "").casefold():
        wrong["confirmation"] = _l("Type the address of the account exactly.")
    if password is not None and not accounts.knows(person, password):
        wrong["password"] = _l("This is not your password.")
    if wrong:
        raise Invalid(wrong)


def leave_no_trace(payload: dict[str, Any]) -> None:
    """The job that follows: what was erased goes from the disk too.

    Raises OSError where it could not be done yet.
    """
    for key in payload["mails"]:
        mail.discard(key)
    db.leave_no_trace()


def _forget_jobs(person: Person) -> list[str]:
    """Mails and finished jobs lose their words; what is still to be told to listeners is told,
    without what she wrote; everything else that was still to be done for her is called off.

    The keys of her mails come back.
    """
    mails = []
    hers = select(Outbox).where(Outbox.person_id == person.id).with_for_update()
    for job in db.session().scalars(hers):
        if job.payload.get("key"):
            mails.append(job.payload["key"])
        job.error = None
        if job.task == "events.kept" and job.done_at is None:
            job.payload = _without_response(job.payload)
        else:
            job.payload = {}
            job.done_at = job.done_at or db.now()
    return mails


def _without_response(payload: dict[str, Any]) -> dict[str, Any]:
    event = payload["event"]
    if not event.get("result"):
        return payload
    return {**payload, "event": {**event, "result": {**event["result"], "response": None}}}


def _forget_audit(person: Person) -> None:
    about = select(AuditEntry).where(
        or_(AuditEntry.person_id == person.id, AuditEntry.actor_id == person.id)
    )
    names = _names(person)
    for entry in db.session().scalars(about):
        if entry.person_id == person.id:
            entry.before = _blanked(entry.before)
            entry.after = _blanked(entry.after)
        if any(name in entry.subject.casefold() for name in names):
            entry.subject = f"person:{person.id}"


def _names(person: Person) -> list[str]:
    said: Iterable[str | None] = (person.name, person.certificate_name, person.email)
    return [one.casefold() for one in said if one]


def _blanked(words: dict[str, Any] | None) -> dict[str, Any] | None:
    if words is None:
        return None
    return {name: value if name in _PLAIN else _blank(value) for name, value in words.items()}


def _blank(value: Any) -> Any:
    """Numbers and yes or no may stay; words go."""
    return value if isinstance(value, (bool, int, float)) else None


def _leave_a_tombstone(person: Person) -> None:
    """Empty every column that can be empty; sign her out everywhere."""
    for column in Person.__table__.columns:
        if column.nullable and column.name not in _STAYS:
            setattr(person, column.key, None)
    person.name = ""
    person.language, person.timezone = "en", "UTC"
    person.active = False
    person.fs_uniquifier = uuid4().hex
    person.erased_at = db.now()
    person.grants.clear()
    db.session().flush()
