"""The programme of an edition: its sessions are planned, moved and taken out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l

from app import activities, audit, db, permissions
from app.errors import Conflict
from app.models import Activity, Person
from cohorts import calendar
from cohorts.calendar import Slot
from cohorts.models import Edition, Session
from cohorts.service import editions

MOST = 200
"""Sessions of one edition."""


def plan(edition: Edition, when: Slot, titles: Mapping[str, str], *, by: Person) -> Session:
    """Add a session. Raises Forbidden, Conflict when it overlaps another."""
    permissions.demand(by, "editions.write", edition.activity)
    planned = editions.programme(edition)
    others = [Slot(one.starts_at, one.ends_at) for one in planned]
    if calendar.overlapping([*others, when]):
        raise Conflict(_l("This session overlaps another one. Change its times."))
    if len(planned) >= MOST:
        raise Conflict(_l("An edition has at most %(count)s sessions.", count=MOST))
    session = _define(edition, when, titles)
    editions.settle(edition)
    audit.record("session.planned", session.activity.key, actor=by, after=in_audit(session))
    return session


def _define(edition: Edition, when: Slot, titles: Mapping[str, str]) -> Session:
    activity: Activity = activities.define(
        f"{edition.activity.key}/sessions/{uuid4().hex[:12]}",
        "session",
        dict(titles),
        parent=edition.activity,
        position=int(when.starts_at.timestamp()) // 60,
    )
    session = Session(
        activity=activity, edition=edition, starts_at=when.starts_at, ends_at=when.ends_at
    )
    db.session().add(session)
    db.session().flush()
    return session


def in_audit(session: Session) -> dict[str, Any]:
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "titles": session.activity.titles,
    }
