"""Releasing: staff look at exactly who gets a certificate, then confirm, and it is given once.

A preview is kept as a list of registrations. Confirming it binds to that list; whoever changed
meanwhile is looked at again under her lock, left out and named. Two clicks, two tabs and two
admins give one certificate each, for she is locked and one of each sort is hers at most.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.orm import joinedload

from app import audit, db, events, jobs, people, permissions
from app.errors import Conflict, Forbidden, Invalid
from app.models import Activity, Person, Progress, Registration
from certificates import drawing, marks, names
from certificates.models import Candidate, Release
from certificates.service import awarding, releases, roster
from certificates.service.roster import Wanted

AT_ONCE = 50
"""So many are given while the page waits; more in the background."""

PIECE = 10
"""So many within one transaction of the background: well below 100 ms."""

PAUSE = 0.01
"""Seconds between two pieces, in which others may write."""

MOST_CHOSEN = 1000
"""So many can be chosen one by one; who wants more asks for everybody of a filter."""


def prepare(
    activity: Activity,
    sort: str,
    *,
    by: Person,
    chosen: Sequence[UUID] | None = None,
    wanted: Wanted | None = None,
) -> Release:
    """The preview of a release: for these registrations, or (None) for everybody who is wanted.

    Raises Forbidden, and Invalid when nobody is chosen or somebody is not registered here.
    """
    permissions.demand(by, "certificates.award", activity)
    if sort not in marks.SORTS:
        raise Invalid({"sort": _l("There is no such sort of certificate.")})
    if chosen is not None:
        found = _chosen(activity, chosen)
    else:
        found = _wanted(activity, wanted or Wanted())
    if not found:
        raise Invalid({"chosen": _l("Choose at least one person.")})
    release = Release(activity=activity, sort=sort, prepared_by=by.id)
    session = db.session()
    _forget_old_previews(activity, by)
    session.add(release)
    session.flush()
    unprintable = drawing.unprintable(_name(row) for row in found)
    rows = []
    for position, row in enumerate(found, start=1):
        reason = _reason(row, sort, unprintable)
        rows.append(
            {
                "release_id": release.id,
                "position": position,
                "registration_id": row.registration_id,
                "wanted": reason is None,
                "outcome": reason,
            }
        )
    session.execute(insert(Candidate), rows)
    return release


def asked_for(sort: str, words: str | None, state: str | None) -> Wanted:
    """Everybody who is meant where nobody is chosen: of completion, those who are ready."""
    if sort == marks.COMPLETION and not state:
        state = "ready"
    return Wanted(words=words, state=state)


def _chosen(activity: Activity, chosen: Sequence[UUID]) -> Sequence[Row[Any]]:
    ids = set(chosen)
    if len(ids) > MOST_CHOSEN:
        raise Invalid({"chosen": _l("Choose at most %(count)s people.", count=MOST_CHOSEN)})
    rows = roster.listed(activity).where(Registration.id.in_(ids))
    found = db.session().execute(rows.order_by(Person.folded, Registration.id)).all()
    if len(found) < len(ids):
        raise Invalid({"chosen": _l("Somebody you chose is not registered here.")})
    return found


def _wanted(activity: Activity, wanted: Wanted) -> Sequence[Row[Any]]:
    rows = roster.listed(activity, wanted).order_by(Person.folded, Registration.id)
    return db.session().execute(rows).all()


def _forget_old_previews(activity: Activity, by: Person) -> None:
    """Previews of hers that were never confirmed, of yesterday and before."""
    old = select(Release.id).where(
        Release.activity_id == activity.id,
        Release.prepared_by == by.id,
        Release.confirmed_at.is_(None),
        Release.prepared_at < db.now() - timedelta(days=1),
    )
    gone = db.session().scalars(old).all()
    db.session().execute(delete(Candidate).where(Candidate.release_id.in_(gone)))
    db.session().execute(delete(Release).where(Release.id.in_(gone)))


def _name(row: Row[Any]) -> str:
    return names.tidy(row.certificate_name or row.name)


def _reason(row: Row[Any], sort: str, unprintable: set[str]) -> str | None:
    """Why she gets no certificate of this sort; None when she gets one."""
    if row.erased_at is not None:
        return "erased"
    if row.closed_at is not None:
        return "closed"
    if getattr(row, f"{sort}_number"):
        return "revoked" if getattr(row, f"{sort}_revoked_at") else "has_one"
    if sort == marks.COMPLETION and row.status != "completed":
        return "unmet"
    if not _name(row):
        return "nameless"
    if not names.is_writable(_name(row)) or _name(row) in unprintable:
        return "unprintable"
    return None


def confirm(release: Release, *, by: Person) -> Release:
    """Give the certificates of a preview: a few at once, many in the background. Confirming twice
    is confirming once.

    Raises Forbidden for who did not prepare it, Conflict when nobody on it gets one.
    """
    permissions.demand(by, "certificates.award", release.activity)
    if release.prepared_by != by.id:
        raise Forbidden(_l("Somebody else prepared this list. Prepare your own."))
    session = db.session()
    session.refresh(release, with_for_update=True)
    if release.confirmed_at is not None:
        return release
    number = releases.summary(release).wanted
    if number == 0:
        raise Conflict(_l("Nobody on this list gets a certificate."))
    release.confirmed_at, release.confirmed_by = db.now(), by.id
    audit.record(
        "certificates.released",
        f"activity:{release.activity.key}",
        actor=by,
        after={"sort": release.sort, "people": number, "release": str(release.id)},
    )
    if number <= AT_ONCE:
        _give(release, AT_ONCE)
    else:
        jobs.enqueue("certificates.release", {"release": str(release.id)})
    return release


def carry_out(payload: dict[str, Any]) -> None:
    """The job that gives the certificates of a confirmed release, piece by piece."""
    going = True
    while going:
        with db.transaction() as session:
            release = session.get_one(Release, UUID(payload["release"]), with_for_update=True)
            going = _give(release, PIECE)
        time.sleep(PAUSE)


def _give(release: Release, limit: int) -> bool:
    """Give the next ones theirs; whether any are left. Who changed meanwhile is left out."""
    session = db.session()
    waiting = _waiting(release, limit)
    people.lock(*(one.person_id for one in waiting.values()))
    rows = session.execute(
        roster.listed(release.activity)
        .where(Registration.id.in_(waiting))
        .order_by(Registration.id)
        .execution_options(populate_existing=True)
    ).all()
    unprintable = drawing.unprintable(_name(row) for row in rows)
    reasons = {row.registration_id: _reason(row, release.sort, unprintable) for row in rows}
    given = [one for one in waiting if reasons.get(one, "erased") is None]
    _award(release, [waiting[one] for one in given])
    outcomes = {one: reasons.get(one, "erased") or "awarded" for one in waiting}
    for outcome in set(outcomes.values()):
        theirs = [one for one, said in outcomes.items() if said == outcome]
        session.execute(
            update(Candidate)
            .where(Candidate.release_id == release.id, Candidate.registration_id.in_(theirs))
            .values(outcome=outcome)
        )
    left = bool(_waiting(release, 1))
    if not left:
        release.done_at = release.done_at or db.now()
    return left


def _waiting(release: Release, limit: int) -> dict[UUID, Registration]:
    rows = (
        select(Registration)
        .join(Candidate, Candidate.registration_id == Registration.id)
        .where(Candidate.release_id == release.id, Candidate.outcome.is_(None))
        .options(joinedload(Registration.person))
        .order_by(Candidate.position)
        .limit(limit)
    )
    return {one.id: one for one in db.session().scalars(rows)}


def _award(release: Release, registrations: Sequence[Registration]) -> None:
    if not registrations:
        return
    by = db.session().get_one(Person, release.confirmed_by)
    evidence = _evidence(release, [one.id for one in registrations])
    numbers = awarding.serials(len(registrations))
    told = []
    for one, serial in zip(registrations, numbers, strict=True):
        certificate = awarding.made(
            one.person,
            release.activity,
            one.id,
            serial=serial,
            evidence=evidence[one.id],
            time=db.now(),
            sort=release.sort,
            release=release,
        )
        told.append(awarding.earned(certificate, certificate.awarded_at, by=by))
        audit.record(
            "certificate.awarded",
            f"certificate:{certificate.number}",
            actor=by,
            person=one.person,
            after={"sort": release.sort, "activity": release.activity.key},
        )
    db.session().flush()
    events.publish(*told)


def _evidence(release: Release, registrations: Sequence[UUID]) -> dict[UUID, UUID]:
    """What proves it: the completion itself; of participation the newest statement that moved
    anything in the registration, at least that she was registered."""
    rows = select(Progress.registration_id, Progress.statement_id).where(
        Progress.registration_id.in_(registrations)
    )
    if release.sort == marks.COMPLETION:
        rows = rows.where(Progress.activity_id == release.activity_id)
    found = db.session().execute(rows.order_by(Progress.last_at, Progress.activity_id))
    return {row.registration_id: row.statement_id for row in found}
