"""Duty: what is kept about a person, handed out and forgotten."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import joinedload

from app import db
from app.models import Activity, Person
from cohorts.models import Attendance, Cohort, Enrolment, ImportRow, Invitation, Member
from cohorts.service import inviting


def export(person: Person) -> dict[str, Any]:
    """Her seats, her attendance, the cohorts she is in, and invitations to her address."""
    session = db.session()
    seats = select(Enrolment).where(Enrolment.person_id == person.id)
    seats = seats.options(joinedload(Enrolment.edition))
    marks = (
        select(Attendance, Activity.iri)
        .join(Activity, Activity.id == Attendance.session_id)
        .join(Enrolment, Enrolment.registration_id == Attendance.registration_id)
        .where(Enrolment.person_id == person.id)
    )
    names = select(Cohort.name).join(Member).where(Member.person_id == person.id)
    invited = select(Invitation).where(Invitation.email == person.email)
    return {
        "editions": [
            {
                "edition": one.edition.slug,
                "state": one.state,
                "enrolled": one.enrolled_at.isoformat(),
                "withdrawn": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
            }
            for one in session.scalars(seats)
        ],
        "attendance": [
            {"session": iri, "mark": one.mark, "marked": one.marked_at.isoformat()}
            for one, iri in session.execute(marks)
        ],
        "cohorts": list(session.scalars(names)),
        "invitations": [
            {"email": one.email, "name": one.name, "made": one.created_at.isoformat()}
            for one in session.scalars(invited)
        ],
    }


def forget(person: Person) -> None:
    """Delete her memberships, invitations and rows of imports; seats and marks stay, of nobody
    in particular."""
    session = db.session()
    session.execute(delete(Member).where(Member.person_id == person.id))
    inviting.forget(person)
    hers = [ImportRow.person_id == person.id]
    if person.email:
        hers.append(ImportRow.email == person.email)
    session.execute(delete(ImportRow).where(or_(*hers)))
