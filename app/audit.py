"""The audit: every act of staff, and every change of rights or of an account, leaves a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import db
from app.models import AuditEntry, Person


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
