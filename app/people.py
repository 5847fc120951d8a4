"""People: who they are, what they may, and how they are locked while something happens."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app import db
from app.models import Person


def lock(*people: UUID) -> None:
    """Parallel acts of one person must see each other; several are locked in key order.

    On PostgreSQL FOR NO KEY UPDATE; SQLite has one writer anyway.
    """
    rows = select(Person.id).where(Person.id.in_(sorted(people))).order_by(Person.id)
    db.session().execute(rows.with_for_update(key_share=True)).all()
