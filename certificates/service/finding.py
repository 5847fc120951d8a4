"""Finding: one certificate, hers, those of a person; and what others show of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, bindparam, case, or_, select
from sqlalchemy.orm import aliased, joinedload

from app import activities, db, paging, permissions, web
from app.errors import Forbidden, NotFound
from app.exports import Column
from app.models import Activity, Person, Progress, Registration
from app.passage import Station
from app.vocabulary import say
from certificates import marks, wording
from certificates.models import Certificate


def title(certificate: Certificate, language: str | None = None) -> str:
    """The title as awarded, in this language, else in the certificate's own."""
    return say(certificate.titles, language or certificate.language)


def said_place(certificate: Certificate) -> str | None:
    """Where it took place, in the reader's language where that is known."""
    return wording.place(certificate.occasion or {})


def public_url(certificate: Certificate) -> str:
    """Where anybody sees whether it is valid, in its own language."""
    return web.public_address(f"/{certificate.language}/certificates/{certificate.public_id}")


def get(typed: str) -> Certificate:
    """The certificate with this public id, however it was typed. Raises NotFound."""
    found = db.session().scalar(
        select(Certificate).where(Certificate.public_id == marks.public_id(typed)[:13])
    )
    if found is None:
        raise NotFound(_l("There is no certificate with this number. Check each letter and digit."))
    return found


def get_own(person: Person, typed: str) -> Certificate:
    """One of her own. Raises NotFound for somebody else's as for none."""
    found = get(typed)
    if found.person_id != person.id:
        raise NotFound(_l("You have no such certificate."))
    return found


def get_to_revoke(by: Person, typed: str) -> Certificate:
    """One that this member of staff may revoke. Raises NotFound, Forbidden."""
    found = get(typed)
    permissions.demand(by, "certificates.revoke", found.activity)
    return found


def of_person(person: Person, activity: Activity | None = None) -> Sequence[Certificate]:
    """All of hers, or those for one activity, the newest first."""
    if not _held_by(person.id):  # most have none yet, and many a page asks
        return []
    hers = _hers(person.id)
    if activity is not None:
        hers = hers.where(Certificate.activity_id == activity.id)
    return db.session().scalars(hers).all()


def page_of(
    person: Person, *, cursor: str | None, limit: int
) -> tuple[list[Certificate], str | None]:
    """A page of hers, the newest first, and the cursor of the next one."""
    return _page(_hers(person.id), cursor, limit)


def revocable(by: Person, person: Person) -> Sequence[Certificate]:
    """Those of a person that this member of staff may revoke, or has, the newest first."""
    return db.session().scalars(_hers(person.id, by)).all()


def revocable_page(
    by: Person, person_id: UUID, *, cursor: str | None, limit: int
) -> tuple[list[Certificate], str | None]:
    """The same as a page. Raises Forbidden for who may revoke nothing at all."""
    if permissions.scopes(by, "certificates.revoke") == []:
        raise Forbidden(_l("You do not have the right to do this."))
    return _page(_hers(person_id, by), cursor, limit)


def _page(rows: Any, cursor: str | None, limit: int) -> tuple[list[Certificate], str | None]:
    newest = (Certificate.awarded_at, Certificate.id)
    place = paging.place(cursor, datetime, UUID)
    if place is not None:
        rows = rows.where(paging.below(newest, place))
    found = db.session().scalars(rows.limit(limit + 1)).all()
    return paging.page(found, limit, lambda row: (row.awarded_at, row.id))


def _hers(person_id: UUID, by: Person | None = None) -> Any:
    """The newest first; only those that `by` may revoke, when staff ask."""
    rows = (
        select(Certificate)
        .where(Certificate.person_id == person_id)
        .options(joinedload(Certificate.activity))
        .order_by(Certificate.awarded_at.desc(), Certificate.id.desc())
    )
    if by is not None:
        rows = rows.where(permissions.within(by, "certificates.revoke", Certificate.activity_id))
    return rows


def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    """The certificate at the end of a way that earns one."""
    if activities.kind(activity.kind).award is None:
        return []
    found = _of_registration(registration) if registration else None
    if found is None:
        return [Station(_("Certificate"), "certificate", "ahead")]
    if found.revoked_at:
        return [Station(_("Certificate"), "certificate", "ahead", note=_("revoked"))]
    url = f"/certificates/{found.public_id}"
    note = _("of participation") if found.sort == marks.PARTICIPATION else None
    return [Station(_("Certificate"), "certificate", "done", url=url, note=note)]


def _rank(one: Any) -> ColumnElement[int]:
    """What is worth more comes first: valid before revoked, completion before participation."""
    revoked = case((one.revoked_at.is_(None), 0), else_=2)
    return revoked + case((one.sort == marks.COMPLETION, 0), else_=1)


def _of_registration(registration: Registration) -> Any:
    """What the station says of the certificate of a registration, as plain values, or None. Asked
    for all of hers at once: a page shows many of her ways."""
    return _held_by(registration.person_id).get((registration.id, registration.activity_id))


def _held_by(who: UUID) -> dict[tuple[UUID, UUID], Any]:
    held: dict[UUID, dict[tuple[UUID, UUID], Any]] = db.recalled("certificates")
    if who not in held:
        rows = db.session().execute(_HELD, {"person": who})
        held[who] = {(one.registration_id, one.activity_id): one for one in rows}
    return held[who]


_HELD = (
    select(
        Certificate.registration_id,
        Certificate.activity_id,
        Certificate.public_id,
        Certificate.sort,
        Certificate.revoked_at,
    )
    .where(Certificate.person_id == bindparam("person"))
    .order_by(_rank(Certificate).desc())  # of one registration the last, the best, stays
)


SORTS = {
    marks.COMPLETION: _l("Completion"),
    marks.PARTICIPATION: _l("Participation"),
}


def columns() -> list[Column]:
    """What the completion records say of certificates: of each registration that which is worth
    most, so that a record stays one row."""
    sorts = aliased(Certificate), aliased(Certificate)
    joins = tuple(
        (one, and_(_same(one, Progress), one.sort == sort))
        for one, sort in zip(sorts, (marks.COMPLETION, marks.PARTICIPATION), strict=True)
    )

    def column(name: str, label: Any, stored: Any, order: int, **more: Any) -> Column:
        return Column(name, label, _best(stored, *sorts), order, joins=joins, **more)

    words = {"words": lambda one: str(SORTS[one])}
    return [
        column("certificate", _l("Certificate"), Certificate.number, 80, numeric=True),
        column("certificate_sort", _l("Certificate of"), Certificate.sort, 80, **words),
        column("awarded", _l("Awarded on"), Certificate.awarded_at, 81, numeric=True),
        column("revoked", _l("Revoked on"), Certificate.revoked_at, 82, numeric=True),
    ]


def _best(stored: Any, completion: Any, participation: Any) -> ColumnElement[Any]:
    """What is stored of the one that comes first by _rank, each sort being joined by itself: two
    look-ups cost less than asking of each whether there is a better one."""
    first = or_(
        and_(completion.id.is_not(None), completion.revoked_at.is_(None)),
        participation.id.is_(None),
        and_(completion.id.is_not(None), participation.revoked_at.is_not(None)),
    )
    return case((first, getattr(completion, stored.key)), else_=getattr(participation, stored.key))


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(
        one.person_id == other.person_id,
        one.activity_id == other.activity_id,
        one.registration_id == other.registration_id,
    )
