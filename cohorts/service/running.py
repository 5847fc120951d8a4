"""Running: who stands in a checked file is enrolled and invited, in the background.

It goes in pieces, each in a transaction of its own with the verdicts of its rows: killed in the
middle, it goes on where it stopped; done twice, it is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import audit, db, jobs, permissions
from app.models import Person
from cohorts import verdicts
from cohorts.models import Cohort, Edition, Import, ImportRow
from cohorts.service import enrolling, groups, importing, inviting
from cohorts.verdicts import Row

MAY = "enrolments.write"
PIECE = 50
"""Rows of one transaction: some 75 ms of work."""
STILL = timedelta(minutes=1)
"""After so long without a step a run is taken for stopped, and may be started again."""


def start(one: Import, *, by: Person) -> Import:
    """Enrol and invite, in the background. Twice is once; one that stopped goes on.

    Raises Forbidden.
    """
    permissions.demand(by, MAY, one.edition.activity)
    db.session().refresh(one, with_for_update=True)
    if one.state == "finished":
        return one
    if one.state == "running" and not is_still(one):
        return one
    if one.state == "checked":
        one.state, one.started_at, one.started_by = "running", db.now(), by.id
        db.session().execute(
            update(ImportRow)
            .where(ImportRow.import_id == one.id, ImportRow.verdict.not_in(verdicts.OPEN))
            .values(done_at=db.now())
        )
    one.moved_at = db.now()
    jobs.enqueue("cohorts.import", {"import": str(one.id)})
    return one


def is_still(one: Import) -> bool:
    """Whether a run has stopped without an end: its worker was killed, and no other took over."""
    return one.state == "running" and (one.moved_at is None or db.now() - one.moved_at > STILL)


def run(payload: dict[str, Any]) -> None:
    """The job: piece after piece, until nothing is left."""
    while step(UUID(payload["import"])):
        pass


def step(import_id: UUID) -> bool:
    """The next piece, in a transaction of its own; whether there may be another."""
    with db.transaction() as session:
        one = session.get(Import, import_id, with_for_update=True, populate_existing=True)
        if one is None or one.state != "running":
            return False
        rows = session.scalars(
            select(ImportRow)
            .where(ImportRow.import_id == one.id, ImportRow.done_at.is_(None))
            .order_by(ImportRow.number)
            .limit(PIECE)
        ).all()
        one.moved_at = db.now()
        if not rows:
            _finish(one)
            return False
        _enrol(one, rows)
    return True


def _finish(one: Import) -> None:
    one.state, one.finished_at = "finished", db.now()
    starter = db.session().get(Person, one.started_by) if one.started_by else None
    subject = one.edition.activity.key
    audit.record("roster.imported", subject, actor=starter, after=importing.counts(one))


def _enrol(one: Import, rows: Sequence[ImportRow]) -> None:
    """Decide over a piece anew, with its edition and its people held, and do what is decided."""
    edition = one.edition
    enrolling.hold(edition)
    addresses = [row.email for row in rows if row.email]
    held = select(Person).where(Person.email.in_(addresses)).order_by(Person.id)
    held = held.with_for_update(key_share=True).execution_options(populate_existing=True)
    persons = {person.id: person for person in db.session().scalars(held)}
    standing = {kept.email: kept for kept in inviting.of_addresses(edition, addresses)}
    now_is = importing.world(edition, addresses)
    judged = verdicts.decide([Row(row.number, row.email) for row in rows], now_is)
    starter = db.session().get(Person, one.started_by) if one.started_by else None
    gathered = _gather(one, rows, by=starter)
    seated = [persons[row.person_id] for row in judged if row.verdict == "enrols" and row.person_id]
    enrolling.give(edition, seated, by=starter, source="import")
    inviting.close(kept for kept in standing.values() if kept.email in _emails(judged, "enrols"))
    invited = [
        _invitation(edition, row)
        for row, now in zip(rows, judged, strict=True)
        if now.verdict in ("invites", "already_invited")
    ]
    inviting.keep_seats(edition, invited, standing, cohorts=gathered, by=starter)
    here = [row for row in judged if row.verdict in ("enrols", "already_enrolled")]
    groups.join_all(
        (
            (group.id, row.person_id)
            for row in here
            for group in gathered.get(row.email or "", ())
            if row.person_id
        ),
        by=starter,
    )
    for row, now in zip(rows, judged, strict=True):
        row.verdict, row.detail, row.person_id = (
            now.verdict,
            now.detail,
            now.person_id or row.person_id,
        )
        row.done_at = db.now()


def _emails(judged: Sequence[Row], verdict: str) -> set[str | None]:
    return {row.email for row in judged if row.verdict == verdict}


def _invitation(edition: Edition, row: ImportRow) -> dict[str, str]:
    spoken = row.entry.get("language") or str(edition.languages[0])
    return {"email": str(row.email), "name": row.entry.get("name") or "", "language": spoken}


def _gather(
    one: Import, rows: Sequence[ImportRow], *, by: Person | None
) -> dict[str, list[Cohort]]:
    """The cohorts of each address: those that its row names, and that of the whole import."""
    names = {name for row in rows for name in row.entry.get("cohorts") or ()}
    found = groups.named(one.edition, names, by=by) if names else {}
    everybody = [one.cohort] if one.cohort else []
    return {
        str(row.email): [*everybody, *(found[name] for name in row.entry.get("cohorts") or ())]
        for row in rows
    }
