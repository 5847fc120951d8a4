"""The audit keeps who did what to what."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app import audit, db
from app.models import AuditEntry


def test_an_entry_is_kept_with_the_act_it_tells_of(app: Flask) -> None:
    with app.app_context():
        with db.transaction():
            audit.record("job.replayed", "job:7", actor=None, before={"attempts": 12})
        entry = db.session().scalars(select(AuditEntry)).one()
        assert (entry.action, entry.subject, entry.before, entry.after) == (
            "job.replayed",
            "job:7",
            {"attempts": 12},
            None,
        )
        assert entry.at.tzinfo is not None
