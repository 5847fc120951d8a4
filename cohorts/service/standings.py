"""Standings: what the roster keeps of each seat follows what happens, and what is asked.

A page of the roster sorts and filters by these columns, and never judges people it does not show.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from app import completion, db, jobs, judging, people
from app.events import LearningEvent
from app.models import Progress, RuleMention, activity_id
from cohorts import attendance, paths
from cohorts.models import NEVER, Attendance, Edition, Enrolment, Session

PIECE = 500
"""Seats looked at in one transaction."""


def follow(told: Sequence[LearningEvent]) -> None:
    """Look anew at the seats that a wave of events concerns: one query where there are none."""
    moved = {event.activity_id for event in told if event.moves}
    if not moved:
        return
    keys = {"people": list({event.person_id for event in told}), "moved": list(moved)}
    refresh(db.session().scalars(_CONCERNED, keys).all())


_WITH_RULE = joinedload(Enrolment.edition).joinedload(Edition.activity)
_MOVED: Any = bindparam("moved", expanding=True)
_MENTIONING = select(RuleMention.activity_id).where(RuleMention.mentioned_id.in_(_MOVED))
_CONCERNED = (
    select(Enrolment)
    .where(
        Enrolment.person_id.in_(bindparam("people", expanding=True)),
        or_(Enrolment.edition_id.in_(_MOVED), Enrolment.edition_id.in_(_MENTIONING)),
    )
    .options(_WITH_RULE)
)


def refresh(seats: Sequence[Enrolment]) -> None:
    """Say anew how these seats stand: three queries for each edition among them."""
    apart: dict[UUID, list[Enrolment]] = {}
    for seat in seats:
        apart.setdefault(seat.edition_id, []).append(seat)
    for some in apart.values():
        _refresh(some[0].edition, some)


def _refresh(edition: Edition, seats: Sequence[Enrolment]) -> None:
    db.session().flush()
    activity = edition.activity
    rule = completion.parse(activity.rule) if activity.rule else None
    asked = list(completion.mentions(rule)) if rule else []
    theirs = {one.person_id for one in seats}
    facts = judging.facts_of(theirs, [*asked, activity.iri])
    seen = _seen(theirs, asked)
    missed = _missed(edition, seats)
    for seat in seats:
        hers = facts.get(seat.person_id, [])
        verdict = completion.explain(rule, hers, seat.registration_id) if rule else None
        own = [one for one in hers if one.registration_id == seat.registration_id]
        done = any(one.activity == activity.iri and one.status in completion.DONE for one in own)
        _set(
            seat,
            standing=paths.standing(verdict, done=done, missed=missed.get(seat.registration_id, 0)),
            share=paths.share(verdict),
            seen_at=seen.get(seat.person_id, NEVER),
        )


def _set(seat: Enrolment, **values: Any) -> None:
    for name, value in values.items():
        if getattr(seat, name) != value:
            setattr(seat, name, value)


def _seen(theirs: Collection[UUID], iris: Sequence[str]) -> dict[UUID, datetime]:
    """When each of them last did anything of this; being registered is no deed of hers."""
    rows = (
        select(Progress.person_id, func.max(Progress.last_at))
        .where(
            Progress.person_id.in_(theirs),
            Progress.activity_id.in_([activity_id(one) for one in iris]),
            Progress.status != "registered",
        )
        .group_by(Progress.person_id)
    )
    return _by_first(rows)


def _missed(edition: Edition, seats: Sequence[Enrolment]) -> dict[UUID, int]:
    """In how many sessions each was marked and did not attend."""
    rows = (
        select(Attendance.registration_id, func.count())
        .join(Session, Session.activity_id == Attendance.session_id)
        .where(
            Session.edition_id == edition.activity_id,
            Attendance.registration_id.in_([one.registration_id for one in seats]),
            Attendance.mark.not_in(attendance.COUNTING),
        )
        .group_by(Attendance.registration_id)
    )
    return _by_first(rows)


def _by_first(rows: Any) -> dict[UUID, Any]:
    """Rows of two columns as a dictionary."""
    found: dict[UUID, Any] = {}
    for key, value in db.session().execute(rows):
        found[key] = value
    return found


def refresh_everywhere() -> int:
    """The same for every edition, after progress was rebuilt; how many editions there are."""
    with db.transaction() as session:
        found = session.scalars(select(Edition.activity_id)).all()
    for key in found:
        with db.transaction() as session:
            refresh_all(session.get_one(Edition, key))
    return len(found)


def refresh_all(edition: Edition) -> None:
    """The same for every seat of an edition whose rule changed: some now, the rest by a job."""
    following = _piece(edition, None)
    if following is not None:
        said = {"edition": str(edition.activity_id), "after": str(following)}
        jobs.enqueue("cohorts.restand", said)


def refresh_rest(payload: dict[str, Any]) -> None:
    """The job that looks at the seats that are left. Doing it twice is doing it once."""
    following: UUID | None = UUID(payload["after"])
    while following is not None:
        with db.transaction() as session:
            edition = session.get_one(Edition, UUID(payload["edition"]))
            following = _piece(edition, following)


def _piece(edition: Edition, after: UUID | None) -> UUID | None:
    """Look at some seats; the last of them, or None when nobody is left."""
    rows = select(Enrolment).where(Enrolment.edition_id == edition.activity_id)
    if after is not None:
        rows = rows.where(Enrolment.id > after)
    rows = rows.order_by(Enrolment.id).limit(PIECE)
    found = db.session().scalars(rows).all()
    if not found:
        return None
    people.lock(*(one.person_id for one in found))
    refresh(found)
    return found[-1].id if len(found) == PIECE else None
