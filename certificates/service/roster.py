"""The roster of awards: everybody registered, whether she meets the rule, and what she holds.

It starts from the Progress row that every registration has of its own activity, in the order of
names: who stands on a page is found among the keys of all (some 60 ms for ten thousand), what is
said of them is read for these alone. "Completed" there says that the rule was met; the rule
itself is explained for the people of one page, in two queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app import activities, completion, db, judging, paging, passage, permissions
from app.errors import Invalid, NotFound
from app.folding import fold
from app.models import Activity, Person, Progress, Registration
from app.passage import Explanation
from certificates import marks
from certificates.models import Certificate

STATES = {
    "ready": _l("Ready for a certificate of completion"),
    "unmet": _l("Do not meet the rule"),
    "awarded": _l("Hold a valid certificate"),
    "revoked": _l("Hold a revoked certificate"),
    "lapsed": _l("Completion revoked, certificate still valid"),
}

_HELD = {sort: aliased(Certificate, name=f"of_{sort}") for sort in marks.SORTS}
_BY_NAME = (Person.folded, Progress.registration_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who of the registered is asked for; what is None asks nothing. `words` stand in the name or
    the address, each of them; `state` is one of STATES."""

    words: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A certificate as a list says it."""

    sort: str
    number: str
    public_id: str
    awarded_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody on the roster: `met` since `met_at`, or else what is `missing`, in words."""

    registration_id: UUID
    person_id: UUID
    name: str
    erased: bool
    closed: bool
    registered_at: datetime
    met: bool
    met_at: datetime | None
    share: float | None
    missing: tuple[str, ...]
    certificates: tuple[Held, ...]

    @property
    def state(self) -> str | None:
        """One of STATES, the one that asks for an act first; None after a certificate of
        participation alone."""
        valid = {one.sort for one in self.certificates if one.revoked_at is None}
        if marks.COMPLETION in valid and not self.met:
            return "lapsed"
        if valid:
            return "awarded"
        if self.certificates:
            return "revoked"
        return "ready" if self.met else "unmet"


def get_activity(key: str, *, by: Person) -> Activity:
    """The activity at a path whose certificates staff award. Raises NotFound, Forbidden."""
    found = activities.get(key)
    permissions.demand(by, "certificates.award", found)
    if not is_released(found):
        raise NotFound(_l("Staff award no certificates here: they are awarded at once, or never."))
    return found


def is_released(activity: Activity) -> bool:
    """Whether staff award its certificates."""
    return activities.kind(activity.kind).award == "on_release"


def find_page(
    activity: Activity,
    wanted: Wanted,
    *,
    by: Person,
    language: str,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Entry], str | None]:
    """Some of the registered, by name, and the cursor of those that follow.

    Raises Forbidden, Invalid for an unknown state.
    """
    permissions.demand(by, "certificates.award", activity)
    keys = listed(activity, wanted).with_only_columns(*_BY_NAME)
    place = paging.place(cursor, str, UUID)
    if place is not None:
        keys = keys.where(paging.above(_BY_NAME, place))
    found = db.session().execute(keys.order_by(*_BY_NAME).limit(limit + 1)).all()
    standing, following = paging.page(found, limit, tuple)
    chosen = Progress.registration_id.in_([row.registration_id for row in standing])
    rows = listed(activity).where(chosen).order_by(*_BY_NAME)
    shown = db.session().execute(rows).all()
    told = _explained(activity, shown, language)
    return [entry(row, told.get(row.registration_id)) for row in shown], following


def get(
    activity: Activity, registration_id: UUID, *, by: Person, language: str
) -> tuple[Entry, Explanation | None]:
    """One of the registered, with the whole explanation. Raises Forbidden, NotFound."""
    permissions.demand(by, "certificates.award", activity)
    rows = listed(activity).where(Registration.id == registration_id)
    row = db.session().execute(rows).first()
    if row is None:
        raise NotFound(_l("There is no such registration."))
    told = _explained(activity, [row], language).get(registration_id)
    return entry(row, told), told


def listed(activity: Activity, wanted: Wanted | None = None) -> Select[Any]:
    """The registered with their progress and what they hold of each sort: one row for each."""
    held = [
        getattr(_HELD[sort], name).label(f"{sort}_{name}")
        for sort in marks.SORTS
        for name in ("number", "public_id", "awarded_at", "revoked_at")
    ]
    rows: Any = (
        select(
            Progress.registration_id,
            Progress.status,
            Progress.share,
            Progress.first_at,
            Progress.done_at,
            Registration.closed_at,
            Person.id.label("person_id"),
            Person.name,
            Person.certificate_name,
            Person.email,
            Person.erased_at,
            *held,
        )
        .select_from(Progress)
        .join(
            Registration,
            and_(
                Registration.id == Progress.registration_id,
                Registration.activity_id == Progress.activity_id,
            ),
        )
        .join(Person, Person.id == Progress.person_id)
        .where(Progress.activity_id == activity.id)
    )
    for sort, table in _HELD.items():
        rows = rows.outerjoin(
            table,
            and_(
                table.person_id == Progress.person_id,
                table.activity_id == Progress.activity_id,
                table.registration_id == Progress.registration_id,
                table.sort == sort,
            ),
        )
    return rows.where(*_conditions(wanted or Wanted()))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    words = fold((wanted.words or "")[:200]).split()[:10]
    found = [Person.folded.contains(word, autoescape=True) for word in words]
    if wanted.state:
        if wanted.state not in STATES:
            raise Invalid({"state": _l("There is no such status.")})
        found.append(_in_state(wanted.state))
    return found


def _in_state(state: str) -> ColumnElement[bool]:
    completion_, participation = (_HELD[sort] for sort in marks.SORTS)
    met = Progress.status == "completed"
    here = and_(Registration.closed_at.is_(None), Person.erased_at.is_(None))
    valid = [and_(one.id.is_not(None), one.revoked_at.is_(None)) for one in _HELD.values()]
    match state:
        case "ready":
            return and_(met, completion_.id.is_(None), here)
        case "unmet":
            return and_(~met, completion_.id.is_(None), here)
        case "awarded":
            return or_(*valid)
        case "revoked":
            return or_(completion_.revoked_at.is_not(None), participation.revoked_at.is_not(None))
        case _:
            return and_(valid[0], ~met)


def _explained(
    activity: Activity, rows: Sequence[Row[Any]], language: str
) -> Mapping[UUID, Explanation]:
    """The rule explained for each of these registrations: two queries for all."""
    if activity.rule is None or not rows:
        return {}
    rule = completion.parse(activity.rule)
    iris = list(completion.mentions(rule))
    facts = judging.facts_of({row.person_id for row in rows}, iris)
    names = activities.names(iris)
    return {
        row.registration_id: passage.in_words(
            completion.explain(rule, facts.get(row.person_id, []), row.registration_id),
            language=language,
            names=names,
        )
        for row in rows
    }


def entry(row: Row[Any], told: Explanation | None = None) -> Entry:
    """A row of `listed` as lists say it."""
    met = row.status == "completed"
    held = [
        Held(
            sort=sort,
            number=getattr(row, f"{sort}_number"),
            public_id=getattr(row, f"{sort}_public_id"),
            awarded_at=getattr(row, f"{sort}_awarded_at"),
            revoked_at=getattr(row, f"{sort}_revoked_at"),
        )
        for sort in marks.SORTS
        if getattr(row, f"{sort}_number")
    ]
    return Entry(
        registration_id=row.registration_id,
        person_id=row.person_id,
        name=row.certificate_name or row.name,
        erased=row.erased_at is not None,
        closed=row.closed_at is not None,
        registered_at=row.first_at,
        met=met,
        met_at=row.done_at if met else None,
        share=row.share,
        missing=() if met or told is None else tuple(told.missing),
        certificates=tuple(held),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of an activity are ready for a certificate of completion, and how many valid
    certificates of each sort there are."""

    ready: int
    completion: int
    participation: int

    @property
    def awarded(self) -> int:
        return self.completion + self.participation


def counts(activity: Activity) -> Counts:
    """What stands to be done and what is done: two queries."""
    valid = (
        select(Certificate.sort, func.count().label("number"))
        .where(Certificate.activity_id == activity.id, Certificate.revoked_at.is_(None))
        .group_by(Certificate.sort)
    )
    by_sort = {row.sort: row.number for row in db.session().execute(valid)}
    return Counts(
        ready=_ready(activity),
        completion=by_sort.get(marks.COMPLETION, 0),
        participation=by_sort.get(marks.PARTICIPATION, 0),
    )


def _ready(activity: Activity) -> int:
    """The same as the length of the list of those who are ready, counted with fewer joins: of
    who was erased every registration is closed."""
    held = exists().where(
        Certificate.registration_id == Progress.registration_id,
        Certificate.activity_id == activity.id,
        Certificate.sort == marks.COMPLETION,
    )
    rows = (
        select(func.count())
        .select_from(Progress)
        .join(Registration, Registration.id == Progress.registration_id)
        .where(Progress.activity_id == activity.id, Progress.status == "completed")
        .where(Registration.closed_at.is_(None), ~held)
    )
    return db.session().scalar(rows) or 0
