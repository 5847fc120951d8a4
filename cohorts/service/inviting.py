"""Inviting: a seat is kept for an address, and is its owner's once the address is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import joinedload

from app import accounts, audit, db, identity, jobs, mail, paging, people, permissions
from app.config import LANGUAGES
from app.errors import Conflict, NotFound
from app.models import Outbox, Person
from cohorts.models import Cohort, Edition, Enrolment, ImportRow, Invitation
from cohorts.service import enrolling, groups


def offer(
    edition: Edition,
    *,
    email: str | None,
    name: str | None = None,
    language: str | None = None,
    cohort: Cohort | None = None,
    by: Person,
) -> Enrolment | Invitation:
    """Give a seat to whose address this is: at once where it is confirmed, else as an invitation.

    Offering twice is offering once. Raises Forbidden, Invalid, Conflict when no seat is left, the
    edition is over or the account is closed.
    """
    permissions.demand(by, "enrolments.write", edition.activity)
    checks = identity.Checks()
    address = checks.take("email", accounts.address, email)
    said = checks.take("name", identity.line, name)
    checks.done()
    if cohort is not None:
        groups.demand_fits(cohort, edition)
    enrolling.hold(edition)
    person = _hold_person(address)
    if person is None or person.confirmed_at is None:
        spoken = language if language in LANGUAGES else str(edition.languages[0])
        return _invite(edition, address, said or "", spoken, cohort, by=by)
    if not person.active:
        raise Conflict(_l("The account with this address is closed."))
    enrolling.enrol(edition, [person], by=by)
    if cohort is not None:
        groups.join(cohort, [person], by=by)
    return enrolling.seat_of(edition, person)


def _hold_person(address: str) -> Person | None:
    """Whose address it is: held, so that she does not confirm it at this moment."""
    person = accounts.find(address)
    if person is not None:
        people.lock(person.id)
        db.session().refresh(person)
    return person


def _invite(
    edition: Edition, email: str, name: str, language: str, cohort: Cohort | None, *, by: Person
) -> Invitation:
    standing = {one.email: one for one in of_addresses(edition, [email])}
    if email not in standing or not is_open(standing[email]):
        enrolling.demand_seats(edition, 1)
    wanted = [{"email": email, "name": name, "language": language}]
    groups_of = {email: [cohort]} if cohort else {}
    return keep_seats(edition, wanted, standing, cohorts=groups_of, by=by)[0]


def keep_seats(
    edition: Edition,
    wanted: Sequence[dict[str, str]],
    standing: dict[str, Invitation],
    *,
    cohorts: dict[str, list[Cohort]],
    by: Person | None,
) -> list[Invitation]:
    """Invite these addresses (email, name, language), once it is known that there are seats for
    them. An invitation that is open stays as it is; one that was withdrawn is opened again."""
    made, found = [], []
    for one in wanted:
        invitation = standing.get(one["email"])
        if invitation is None or not is_open(invitation):
            invitation = invitation or Invitation(edition_id=edition.activity_id)
            _open(invitation, one, by)
            made.append(invitation)
        found.append(invitation)
    session = db.session()
    session.add_all(made)
    session.flush()
    for kept in made:
        audit.record(
            "invitation.made", f"invitation:{kept.id}", actor=by, after={"edition": edition.slug}
        )
    jobs.enqueue_all("cohorts.invite", [({"invitation": str(kept.id)}, None) for kept in made])
    groups.expect((kept.id, group.id) for kept in found for group in cohorts.get(kept.email, ()))
    return found


def _open(invitation: Invitation, said: dict[str, str], by: Person | None) -> None:
    invitation.email, invitation.name = said["email"], said["name"]
    invitation.language = said["language"]
    invitation.invited_by, invitation.created_at = by.id if by else None, db.now()
    invitation.mailed_at = invitation.withdrawn_at = invitation.bound_at = None
    invitation.person_id = None


def is_open(invitation: Invitation) -> bool:
    """Whether it keeps a seat."""
    return invitation.bound_at is None and invitation.withdrawn_at is None


def of_addresses(edition: Edition, emails: Iterable[str]) -> Sequence[Invitation]:
    """The invitations to these addresses, open or not: one query."""
    rows = select(Invitation).where(
        Invitation.edition_id == edition.activity_id, Invitation.email.in_(list(emails))
    )
    return db.session().scalars(rows.with_for_update()).all()


def page_of(
    edition: Edition, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Invitation], str | None]:
    """Some open invitations by address, and the cursor of those that follow."""
    permissions.demand(by, "enrolments.write", edition.activity)
    rows = select(Invitation).where(
        Invitation.edition_id == edition.activity_id,
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    place = paging.place(cursor, str)
    if place:
        rows = rows.where(Invitation.email > place[0])
    found = db.session().scalars(rows.order_by(Invitation.email).limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.email,))


def get(edition: Edition, invitation_id: UUID, *, by: Person) -> Invitation:
    """One invitation of an edition. Raises Forbidden, NotFound."""
    permissions.demand(by, "enrolments.write", edition.activity)
    found = db.session().get(Invitation, invitation_id)
    if found is None or found.edition_id != edition.activity_id:
        raise NotFound(_l("There is no such invitation."))
    return found


def withdraw(invitation: Invitation, *, by: Person) -> None:
    """Its seat is free again. Raises Conflict when it has become an enrolment."""
    edition = invitation.edition
    permissions.demand(by, "enrolments.write", edition.activity)
    enrolling.hold(edition)
    db.session().refresh(invitation, with_for_update=True)
    if invitation.bound_at is not None:
        raise Conflict(_l("This address is confirmed by now, and its owner is enrolled."))
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = db.now()
        audit.record(
            "invitation.withdrawn",
            f"invitation:{invitation.id}",
            actor=by,
            before={"edition": edition.slug},
        )


def close(kept: Iterable[Invitation]) -> None:
    """Their owners are enrolled otherwise: these seats are taken already."""
    for one in kept:
        if is_open(one):
            one.bound_at = db.now()


def bind(person: Person) -> None:
    """What is kept for her address is hers: each open invitation becomes an enrolment, save where
    the edition is over or the answer comes too late. She is locked, and the address confirmed."""
    _claim(person)
    rows = select(Invitation).where(
        Invitation.email == person.email,
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    )
    rows = rows.options(joinedload(Invitation.edition).joinedload(Edition.activity))
    for one in db.session().scalars(rows.with_for_update(of=Invitation)).all():
        if enrolling.is_over(one.edition) or one.expires_on < db.now().date():
            one.withdrawn_at = db.now()
            continue
        by = db.session().get(Person, one.invited_by) if one.invited_by else None
        enrolling.give(one.edition, [person], by=by, source="invitation")
        groups.join_expected(one.id, person, by=by)
        one.bound_at = db.now()


def _claim(person: Person) -> None:
    """Whatever names her address is about her from now on, also once she has another."""
    session = db.session()
    for one in session.scalars(select(Invitation).where(Invitation.email == person.email)):
        _claim_mail(one, person)
    unclaimed = update(ImportRow).where(
        ImportRow.email == person.email, ImportRow.person_id.is_(None)
    )
    session.execute(unclaimed.values(person_id=person.id))


def _claim_mail(invitation: Invitation, person: Person) -> None:
    """The mail of an invitation is about her from now on: it goes when she is erased."""
    invitation.person_id = person.id
    db.session().execute(
        update(Outbox).where(Outbox.id == invitation.mail_id).values(person_id=person.id)
    )


def forget(person: Person) -> None:
    """Delete the invitations of somebody who is erased; their mails are hers, so they go too."""
    hers = Invitation.person_id == person.id
    if person.email:
        hers = or_(hers, Invitation.email == person.email)
    session = db.session()
    for one in session.scalars(select(Invitation).where(hers)).all():
        _claim_mail(one, person)
    session.flush()
    session.execute(delete(Invitation).where(hers))


def send(payload: dict[str, Any]) -> None:
    """The job that mails an invitation, once, when the edition is published and not over. Whose
    address was confirmed at the very moment of the invitation is enrolled instead."""
    with db.transaction() as session:
        one = session.get(Invitation, UUID(payload["invitation"]))
        owner = _hold_person(one.email) if one else None
        if one is None:
            return
        session.refresh(one, with_for_update=True)
        if not is_open(one) or one.mailed_at:
            return
        if owner is not None and owner.confirmed_at and owner.active:
            bind(owner)
            return
        if one.edition.state != "open":
            return
        spoken = owner.language if owner else one.language
        reader = Person(email=one.email, language=spoken)
        one.mailed_at = db.now()
        said = {**enrolling.facts(one.edition, spoken), "reader": one.name, "to": one.email}
        written = mail.write(reader, "cohorts/invitation", until=one.expires_on, **said)
        session.flush()
        one.mail_id = written.id


def tell_waiting(payload: dict[str, Any]) -> None:
    """The job that follows when an edition is published: what waited to be told is told. Doing it
    twice tells nobody twice."""
    with db.transaction() as session:
        here = UUID(payload["edition"])
        seats = select(Enrolment.id, Enrolment.person_id).where(
            Enrolment.edition_id == here,
            Enrolment.state == "enrolled",
            Enrolment.told_at.is_(None),
        )
        told = [({"enrolment": str(key)}, whose) for key, whose in session.execute(seats)]
        jobs.enqueue_all("cohorts.tell_seat", told)
        kept = select(Invitation.id).where(
            Invitation.edition_id == here,
            Invitation.bound_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.mailed_at.is_(None),
        )
        waiting = [({"invitation": str(key)}, None) for key in session.scalars(kept)]
        jobs.enqueue_all("cohorts.invite", waiting)
