"""The roster of an edition: who has a seat, how far each came, what is missing; one person of it.

Nothing is written here. A page costs the same however many people stand on the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, func, select

from app import completion, db, judging, paging, permissions
from app.completion import Verdict
from app.errors import Invalid
from app.folding import fold
from app.models import Activity, Person
from cohorts import paths
from cohorts.models import NEVER, Cohort, Edition, Enrolment, Invitation, Member, Session
from cohorts.paths import Missing, Stop

STATUSES = (*paths.STANDINGS, "withdrawn", "invited")

SORTS: Mapping[str, Any] = {
    "name": (Enrolment.folded, str),
    "seen": (Enrolment.seen_at, datetime),
    "share": (Enrolment.share, float),
}
"""What a roster is sorted by, and what its cursors hold; with "-" before it the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is asked for; what is None asks nothing. `status` is one of STATUSES but "invited" (see
    invited_page); without one everybody who is enrolled. `words` stand in the name or address."""

    status: str | None = None
    cohort: UUID | None = None
    country: str | None = None
    words: str | None = None
    sort: str = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A seat as the roster shows it; `share` 0-1, `seen_at` None where she did nothing yet."""

    registration_id: UUID
    person_id: UUID
    name: str
    country: str | None
    organisation: str | None
    status: str
    share: float
    seen_at: datetime | None
    path: Sequence[Stop]
    missing: Missing
    cohorts: Sequence[str]


def find_page(
    edition: Edition, wanted: Wanted, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Row], str | None]:
    """Some seats, and the cursor of those that follow: four queries, however many there are.

    Raises Forbidden, Invalid for a status, a sort or a place that is none.
    """
    permissions.demand(by, "editions.read", edition.activity)
    rows, key = _query(edition, wanted, cursor, by)
    found = db.session().execute(rows.limit(limit + 1)).all()
    shown, further = paging.page(found, limit, lambda one: (getattr(one, key), one.id))
    people = [one.person_id for one in shown]
    verdicts = _verdicts(edition, {one.registration_id: one.person_id for one in shown})
    named, over = _cohorts_of(edition, people, by), _over(edition)
    return [
        Row(
            registration_id=one.registration_id,
            person_id=one.person_id,
            name=one.name,
            country=one.country,
            organisation=one.organisation,
            status=one.standing if one.state == "enrolled" else one.state,
            share=one.share,
            seen_at=seen(one.seen_at),
            path=paths.path(verdicts.get(one.registration_id), over),
            missing=paths.missing(verdicts.get(one.registration_id)),
            cohorts=named.get(one.person_id, ()),
        )
        for one in shown
    ], further


def _query(
    edition: Edition, wanted: Wanted, cursor: str | None, by: Person
) -> tuple[Select[Any], str]:
    """The seats that are wanted in their order, from a place on; and the column they are sorted
    by."""
    backwards = wanted.sort.startswith("-")
    column, shape = SORTS.get(wanted.sort.removeprefix("-"), (None, None))
    if column is None:
        raise Invalid({"sort": _l("Choose one of these.")})
    order = (column, Enrolment.id)
    rows: Any = select(*_COLUMNS).join(Person, Person.id == Enrolment.person_id)
    rows = rows.where(*_conditions(edition, wanted, by))
    place = paging.place(cursor, shape, UUID)
    if place is not None:
        rows = rows.where((paging.below if backwards else paging.above)(order, place))
    return rows.order_by(*(one.desc() if backwards else one for one in order)), column.key


_COLUMNS = (
    Enrolment.id,
    Enrolment.registration_id,
    Enrolment.person_id,
    Enrolment.state,
    Enrolment.standing,
    Enrolment.share,
    Enrolment.seen_at,
    Enrolment.folded,
    Person.name,
    Person.country,
    Person.organisation,
)


def _conditions(edition: Edition, wanted: Wanted, by: Person) -> list[ColumnElement[bool]]:
    found = [
        Enrolment.edition_id == edition.activity_id,
        Enrolment.state == ("withdrawn" if wanted.status == "withdrawn" else "enrolled"),
    ]
    if wanted.status in paths.STANDINGS:
        found.append(Enrolment.standing == wanted.status)
    elif wanted.status and wanted.status != "withdrawn":
        raise Invalid({"status": _l("There is no such status.")})
    if wanted.cohort:
        members = select(Member.person_id).join(Cohort, Cohort.id == Member.cohort_id)
        members = members.where(Cohort.id == wanted.cohort, visible(edition, by))
        found.append(Enrolment.person_id.in_(members))
    if wanted.country:
        found.append(Person.country == wanted.country.upper())
    for word in fold((wanted.words or "")[:200]).split()[:10]:
        found.append(Enrolment.folded.contains(word, autoescape=True))
    return found


def _verdicts(edition: Edition, people: Mapping[UUID, UUID]) -> dict[UUID, Verdict]:
    """The judged rule of each of these registrations (of these people): one query."""
    if not edition.activity.rule or not people:
        return {}
    rule = completion.parse(edition.activity.rule)
    facts = judging.facts_of(set(people.values()), list(completion.mentions(rule)))
    return {
        registration: completion.explain(rule, facts.get(person, []), registration)
        for registration, person in people.items()
    }


def _over(edition: Edition) -> set[str]:
    """The sessions that are over, by IRI."""
    rows = (
        select(Activity.iri)
        .join(Session, Session.activity_id == Activity.id)
        .where(Session.edition_id == edition.activity_id, Session.ends_at <= db.now())
    )
    return set(db.session().scalars(rows))


def seen(at: datetime) -> datetime | None:
    """When, where she was seen at all."""
    return at if at > NEVER else None


def counts(edition: Edition) -> dict[str, int]:
    """How many seats there are of each status, and invitations that wait: two queries."""
    rows = (
        select(Enrolment.state, Enrolment.standing, func.count())
        .where(Enrolment.edition_id == edition.activity_id)
        .group_by(Enrolment.state, Enrolment.standing)
    )
    found = dict.fromkeys(STATUSES, 0)
    for state, standing, count in db.session().execute(rows):
        found[standing if state == "enrolled" else state] += count
    waiting = select(func.count()).where(*_waiting(edition))
    found["invited"] = db.session().scalar(waiting) or 0
    return found


def _waiting(edition: Edition) -> list[ColumnElement[bool]]:
    return [
        Invitation.edition_id == edition.activity_id,
        Invitation.bound_at.is_(None),
        Invitation.withdrawn_at.is_(None),
    ]


def invited_page(
    edition: Edition, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Invitation], str | None]:
    """Invitations that nobody answered yet, by address."""
    permissions.demand(by, "editions.read", edition.activity)
    rows = select(Invitation).where(*_waiting(edition))
    order = (Invitation.email, Invitation.id)
    place = paging.place(cursor, str, UUID)
    if place is not None:
        rows = rows.where(paging.above(order, place))
    found = db.session().scalars(rows.order_by(*order).limit(limit + 1)).all()
    return paging.page(found, limit, lambda one: (one.email, one.id))


def cohorts(edition: Edition, *, by: Person) -> Sequence[Cohort]:
    """The groups that may have members here: of the edition and of its course, and those of the
    whole house for its staff."""
    rows = select(Cohort).where(visible(edition, by)).order_by(Cohort.name, Cohort.id)
    return db.session().scalars(rows.limit(200)).all()


def visible(edition: Edition, by: Person) -> ColumnElement[bool]:
    """Whether a cohort is one that these staff see here."""
    here = Cohort.activity_id.in_([edition.activity_id, edition.activity.parent_id])
    whole = permissions.scopes(by, "editions.read") is None
    return here | Cohort.activity_id.is_(None) if whole else here


def _cohorts_of(edition: Edition, people: Collection[UUID], by: Person) -> dict[UUID, list[str]]:
    rows = (
        select(Member.person_id, Cohort.name)
        .join(Cohort, Cohort.id == Member.cohort_id)
        .where(Member.person_id.in_(people), visible(edition, by))
        .order_by(Cohort.name)
    )
    found: dict[UUID, list[str]] = {}
    for person_id, name in db.session().execute(rows):
        found.setdefault(person_id, []).append(name)
    return found
