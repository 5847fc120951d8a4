"""The audit: every act of staff, and every change of rights or of an account, leaves a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from app import db, paging, permissions
from app.folding import fold
from app.models import AuditEntry, Person

WORDS = {
    "account.changed": _l("Profile changed"),
    "account.confirmed": _l("Address confirmed"),
    "account.created": _l("Account created"),
    "completion.lifted": _l("Revocation of a completion lifted"),
    "completion.revoked": _l("Completion revoked"),
    "email.changed": _l("Address changed"),
    "job.replayed": _l("Job tried again"),
    "mails.erased": _l("Old mails erased"),
    "password.changed": _l("Password changed"),
    "password.reset": _l("Password chosen anew"),
    "person.activated": _l("Account opened again"),
    "person.deactivated": _l("Account closed"),
    "person.erased": _l("Account erased"),
    "role.granted": _l("Role given"),
    "role.taken": _l("Role removed"),
    "token.made": _l("Access token made"),
    "token.revoked": _l("Access token revoked"),
}
"""What the engine's own acts are called."""


def record(
    action: str,
    subject: str,
    *,
    actor: Person | None,
    person: Person | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write down, within the current act, who did what to what.

    `action` is a noun and a past verb ("role.granted", "certificate.revoked"); `subject` names
    the thing by sort and key ("certificate:PSG-2026-7F3K"), never by somebody's name. `actor` is
    who acted, None for the house itself (a job, a command); `person` is whom it concerns.
    `before` and `after` are plain JSON values by field; a secret never stands in them. When
    `person` is erased, their words are blanked.
    """
    entry = AuditEntry(
        actor_id=actor.id if actor else None,
        person_id=person.id if person else None,
        action=action,
        subject=subject,
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        at=db.now(),
    )
    db.session().add(entry)
    return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries are asked for; what is None asks nothing. `words` stand in the name or the
    address of whom it concerns or of who acted."""

    action: str | None = None
    words: str | None = None
    person: UUID | None = None
    actor: UUID | None = None


def find_page(
    wanted: Wanted, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[AuditEntry], str | None]:
    """Some entries with their people, the newest first, and the cursor of what is older."""
    permissions.demand(by, "audit.read")
    rows = select(AuditEntry).where(*_conditions(wanted))
    rows = rows.options(joinedload(AuditEntry.actor), joinedload(AuditEntry.person))
    place = paging.place(cursor, int)
    if place:
        rows = rows.where(AuditEntry.id < place[0])
    found = db.session().scalars(rows.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.id,))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.action:
        found.append(AuditEntry.action == wanted.action)
    if wanted.person:
        found.append(AuditEntry.person_id == wanted.person)
    if wanted.actor:
        found.append(AuditEntry.actor_id == wanted.actor)
    if words := fold(wanted.words or "").split()[:10]:
        named = select(Person.id).where(
            *(Person.folded.contains(word, autoescape=True) for word in words)
        )
        found.append(or_(AuditEntry.person_id.in_(named), AuditEntry.actor_id.in_(named)))
    return found


def actions(*, by: Person) -> list[str]:
    """What has been done at least once, by name."""
    permissions.demand(by, "audit.read")
    rows = select(AuditEntry.action).distinct().order_by(AuditEntry.action)
    return list(db.session().scalars(rows))
