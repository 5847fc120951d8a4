"""Releases: a list that staff prepared, how far it is, and who stands on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from app import db, paging, permissions
from app.errors import NotFound
from app.models import Activity, Person, Registration
from certificates.models import Candidate, Release

REASONS = {
    "has_one": _l("Already has this certificate"),
    "revoked": _l("This certificate was revoked: the revocation can be lifted"),
    "unmet": _l("Does not meet the rule"),
    "nameless": _l("Gave no name"),
    "unprintable": _l("The name has letters for which there is no font"),
    "closed": _l("Is no longer registered"),
    "erased": _l("The account was erased"),
}


def get(release_id: UUID, *, by: Person, activity: Activity | None = None) -> Release:
    """A release that she may see, of this activity. Raises NotFound, Forbidden."""
    found = db.session().get(Release, release_id)
    if found is None or (activity is not None and found.activity_id != activity.id):
        raise NotFound(_l("There is no such list."))
    permissions.demand(by, "certificates.award", found.activity)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How far a release is. `wanted`: how many the preview showed as getting one; `mails`: how
    many of them have an address; `left_out` by reason, of those some since the preview."""

    state: str
    """ "previewed", "running" or "done"."""
    wanted: int
    mails: int
    awarded: int
    left_out: dict[str, int]
    changed: int


def summary(release: Release) -> Summary:
    """The figures of a release: one query."""
    rows = (
        db.session()
        .execute(
            select(
                Candidate.wanted,
                Candidate.outcome,
                func.count().label("number"),
                func.sum(case((Person.email.is_not(None), 1), else_=0)).label("mails"),
            )
            .join(Registration, Registration.id == Candidate.registration_id)
            .join(Person, Person.id == Registration.person_id)
            .where(Candidate.release_id == release.id)
            .group_by(Candidate.wanted, Candidate.outcome)
        )
        .all()
    )
    left_out: Counter[str] = Counter()
    for row in rows:
        if row.outcome not in (None, "awarded"):
            left_out[row.outcome] += row.number
    return Summary(
        state=_state(release),
        wanted=sum(row.number for row in rows if row.wanted),
        mails=sum(row.mails for row in rows if row.wanted),
        awarded=sum(row.number for row in rows if row.outcome == "awarded"),
        left_out=dict(left_out),
        changed=sum(row.number for row in rows if row.wanted and row.outcome in REASONS),
    )


def _state(release: Release) -> str:
    if release.confirmed_at is None:
        return "previewed"
    return "running" if release.done_at is None else "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody on the list of a release; `reason` is why she is left out, `changed` whether that
    came after the preview."""

    registration_id: UUID
    person_id: UUID
    name: str
    mailed: bool
    reason: str | None
    changed: bool
    position: int


def people_of(
    release: Release, *, left_out: bool, cursor: str | None = None, limit: int = 200
) -> tuple[list[Listed], str | None]:
    """Some of those who get one, or who are left out, by name, and the cursor of the next."""
    rows = (
        select(Candidate, Person)
        .join(Registration, Registration.id == Candidate.registration_id)
        .join(Person, Person.id == Registration.person_id)
        .where(Candidate.release_id == release.id)
        .where(Candidate.outcome.in_(REASONS) if left_out else _gets_one())
        .order_by(Candidate.position)
        .limit(limit + 1)
    )
    place = paging.place(cursor, int)
    if place is not None:
        rows = rows.where(Candidate.position > place[0])
    found = [_listed(candidate, person) for candidate, person in db.session().execute(rows)]
    return paging.page(found, limit, lambda one: (one.position,))


def _gets_one() -> Any:
    return (Candidate.outcome.is_(None)) | (Candidate.outcome == "awarded")


def _listed(candidate: Candidate, person: Person) -> Listed:
    reason = candidate.outcome if candidate.outcome in REASONS else None
    return Listed(
        registration_id=candidate.registration_id,
        person_id=person.id,
        name=person.name_on_certificates,
        mailed=person.email is not None,
        reason=reason,
        changed=candidate.wanted and reason is not None,
        position=candidate.position,
    )
