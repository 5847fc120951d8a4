"""Expiring: invitations that nobody answered are erased, and their seats are free."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from app import audit, db, jobs
from cohorts.models import ANSWERED_WITHIN, Edition, Invitation

DAYS = ANSWERED_WITHIN.days


def erase() -> None:
    """Erase them, also those that were withdrawn: one act for each edition, of which the audit
    says how many there were."""
    old = select(Edition.activity_id).where(Edition.ends_on < _first_day())
    of_old = select(Invitation.edition_id).where(Invitation.edition_id.in_(old), *_unanswered())
    for edition_id in db.session().scalars(of_old.distinct()).all():
        _erase(edition_id)


def _first_day() -> date:
    return db.now().date() - ANSWERED_WITHIN


def _unanswered() -> list[ColumnElement[bool]]:
    """The condition of Invitation.expires_on, as far as it is one on the invitation."""
    sent = func.coalesce(Invitation.mailed_at, Invitation.created_at)
    midnight = db.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return [Invitation.bound_at.is_(None), sent < midnight - ANSWERED_WITHIN]


def _erase(edition_id: UUID) -> None:
    with db.transaction() as session:
        edition = session.get(Edition, edition_id)
        rows = delete(Invitation).where(Invitation.edition_id == edition_id, *_unanswered())
        count = session.connection().execute(rows).rowcount
        if edition and count:
            key = edition.activity.key
            audit.record("invitation.expired", key, actor=None, after={"count": count})


jobs.chores["invitations.expired"] = jobs.hourly(erase)
