"""Duty: what is kept about a person, handed out and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app import db
from app.models import Person
from certificates.models import Certificate
from certificates.service import finding


def export(person: Person) -> Mapping[str, Any]:
    """Everything that is kept here about a person."""
    return {"certificates": [_export(one) for one in finding.of_person(person)]}


def _export(one: Certificate) -> dict[str, Any]:
    return {
        "number": one.number,
        "public_id": one.public_id,
        "activity": one.activity.iri,
        "registration": str(one.registration_id),
        "sort": one.sort,
        "name": one.name,
        "language": one.language,
        "titles": one.titles,
        "occasion": one.occasion,
        "awarded": one.awarded_at.isoformat(),
        "corrected": one.corrected_at.isoformat() if one.corrected_at else None,
        "revoked": one.revoked_at.isoformat() if one.revoked_at else None,
        "revocation_reason": one.revocation_reason,
    }


def forget(person: Person) -> None:
    """Blank her name, and what staff wrote about her: the numbers still verify, nameless."""
    hers = select(Certificate).where(Certificate.person_id == person.id)
    for one in db.session().scalars(hers):
        one.name = ""
        one.revocation_reason = None
