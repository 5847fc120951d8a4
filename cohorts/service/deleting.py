"""Deleting: a draft that nobody was ever in goes, with all that was planned for it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.orm import joinedload

from app import activities, audit, content, db, people, permissions
from app.errors import Conflict, NotFound, Sentence
from app.models import Activity, Grant, Person, Registration
from cohorts.models import (
    Attendance,
    Cohort,
    Edition,
    Enrolment,
    Import,
    Invitation,
    Member,
    Session,
)
from cohorts.service import editions


def may(edition: Edition, *, by: Person) -> bool:
    """Who may open an edition of a course may delete one."""
    course = db.session().get_one(Activity, edition.activity.parent_id)
    return permissions.may(by, "editions.write", course)


def hindrances(edition: Edition, *, by: Person) -> list[Sentence]:
    """Why it cannot be deleted, in sentences; none where it can. Raises Forbidden."""
    if not may(edition, by=by):
        permissions.demand(None, "editions.write")
    if edition.state != "draft":
        return [_l("It was published: close or cancel it. Its page and its records stay.")]
    return [sentence for sentence, found in _held(edition) if db.session().scalar(select(found))]


def _held(edition: Edition) -> list[tuple[Sentence, ColumnElement[bool]]]:
    here, inside = edition.activity_id, activities.inside([edition.activity_id])
    of_cohort = exists().where(Member.cohort_id == Cohort.id, Cohort.activity_id == here)
    kept = Invitation.withdrawn_at.is_(None) | Invitation.mailed_at.is_not(None)
    seats = or_(
        exists().where(Enrolment.edition_id == here),
        exists().where(Registration.activity_id.in_(inside)),
        exists().where(Attendance.session_id == Session.activity_id, Session.edition_id == here),
    )
    return [
        (_l("Somebody is enrolled in it, or was: what they did is kept."), seats),
        (
            _l("Seats are kept for invited addresses: withdraw these invitations first."),
            exists().where(Invitation.edition_id == here, kept),
        ),
        (
            _l("A file of people is being imported: wait until it is finished."),
            exists().where(Import.edition_id == here, Import.state == "running"),
        ),
        (_l("There are people in its cohorts: delete these cohorts first."), of_cohort),
    ]


def remove(edition: Edition, *, by: Person) -> None:
    """Delete a draft: its sessions, its empty cohorts, the files checked for it and the
    invitations withdrawn again go, and its staff's roles within it are removed.

    What stays: the audit, and the activities of the edition and of its sessions, retired and
    without a rule. An IRI that was given out once is never taken out of the world: a statement
    from elsewhere may name it. A new edition at the same address takes the activity up again;
    nobody ever learned in the old one.

    Raises Forbidden, NotFound when it is gone already, Conflict where it cannot be deleted.
    """
    _hold(edition)
    if found := hindrances(edition, by=by):
        raise Conflict(" ".join(str(one) for one in found))
    before = editions.in_audit(edition) | {"titles": edition.activity.titles}
    _take_roles(edition, by=by)
    gone = _erase(edition)
    audit.record("edition.deleted", edition.activity.key, actor=by, before=before | gone)
    content.changed_now()


def _hold(edition: Edition) -> None:
    """Lock its files, then itself, as a run of them does: nobody can be enrolled, invited or
    imported meanwhile, and what they begin afterwards finds nothing."""
    here, session = edition.activity_id, db.session()
    session.execute(select(Import.id).where(Import.edition_id == here).with_for_update()).all()
    row: Select[Any] = select(Edition).where(Edition.activity_id == here).with_for_update()
    if session.scalar(row.execution_options(populate_existing=True)) is None:
        raise NotFound(_l("There is no such edition."))


def _take_roles(edition: Edition, *, by: Person) -> None:
    rows = select(Grant).where(Grant.activity_id == edition.activity_id)
    rows = rows.options(joinedload(Grant.person)).order_by(Grant.person_id)
    for one in db.session().scalars(rows).all():
        people.take(one.person, one.id, by=by)


def _erase(edition: Edition) -> dict[str, int]:
    """Delete its rows and retire its activities; how many of each sort there were."""
    here, activity, session = edition.activity_id, edition.activity, db.session()
    for one in activities.children(activity, "session"):
        activities.retire(one)
    activities.define(activity.key, activity.kind, activity.titles, parent=activity.parent)
    activities.retire(activity)
    copies = update(Edition).where(Edition.copied_from == here).values(copied_from=None)
    session.execute(copies)
    gone = {
        "invitations": delete(Invitation).where(Invitation.edition_id == here),
        "imports": delete(Import).where(Import.edition_id == here),
        "cohorts": delete(Cohort).where(Cohort.activity_id == here),
        "sessions": delete(Session).where(Session.edition_id == here),
    }
    counts = {name: session.connection().execute(rows).rowcount for name, rows in gone.items()}
    session.delete(edition)
    session.flush()
    return counts
