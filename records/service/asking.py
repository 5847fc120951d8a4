"""Which completion records somebody asks for, and whether she may: checked once, for the page,
the API, the file and the command alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app import activities, db, exports, permissions
from app.errors import Forbidden, Invalid
from app.exports import Column
from app.folding import fold
from app.models import Activity, Person, Progress, Registration
from records.models import View

STATUSES = {
    "registered": _l("Registered"),
    "begun": _l("Begun"),
    "failed": _l("Not passed"),
    "passed": _l("Passed"),
    "attended": _l("Attended"),
    "completed": _l("Completed"),
}

SORTS = {"newest": _l("Latest begun first"), "oldest": _l("Earliest begun first")}

PLACES = ("activity", "course", "edition")
TIMES = ("since", "until")
OWN = (*PLACES, "status", *TIMES, "words")
"""The filters of records itself; plugins contribute more."""

MOST_OFFERED = 100
"""Activities that are offered in one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Records that may be read: conditions over Progress, and the columns.

    `given` is the same as it stands in an address, without a view. `subject` is the one activity
    that all of them are of, if it is one. `missing` are what a view names and no plugin of this
    house brings. Nothing here is a row, for a file is streamed when the request's own are gone.
    """

    conditions: tuple[ColumnElement[bool], ...]
    columns: tuple[Column, ...]
    sort: str = "newest"
    given: Mapping[str, str]
    subject: str | None = None
    missing: tuple[str, ...] = ()
    chosen: bool = False
    """Whether the columns are those of a view."""

    @property
    def newest(self) -> bool:
        return self.sort == "newest"


def ask(by: Person | None, *, view: View | None = None, **given: Any) -> Asked:
    """What of this she may read; `by` is None for a command of the house itself.

    `activity` (what was done there), `course` (what was entered inside), `edition` (what was
    entered there) are keys ("modules/m1"); `since` and `until` are aware times of the last event,
    at or after the one and before the other; `words` stand in a name or an address; `status`,
    `sort`, and the filters that plugins contribute. None asks nothing, so that the view decides;
    "" asks for everything. Without an activity the records are of what was entered by itself.

    Raises NotFound for an unknown activity, Forbidden, Invalid.
    """
    if by is not None and not is_reader(by):
        raise Forbidden(_l("You do not have the right to do this."))
    wanted, missing = _wanted(view, given)
    sort = wanted.pop("sort", "newest")
    if sort not in SORTS:
        raise Invalid({"sort": _l("There is no such order.")})
    columns, unknown = _columns(view)
    conditions = _conditions(by, wanted)
    return Asked(
        conditions=tuple(conditions),
        columns=columns,
        sort=sort,
        given={name: _said(value) for name, value in wanted.items()},
        subject=wanted.get("activity") or wanted.get("edition"),
        missing=(*unknown, *missing),
        chosen=view is not None,
    )


def is_reader(person: Person | None) -> bool:
    """Whether she may read the records of anything at all."""
    return permissions.scopes(person, "records.read") != []


def courses(by: Person) -> Sequence[Any]:
    """The courses and modules whose records she may read, or what she looks after inside them, as
    their `key` and `titles`; in their order, MOST_OFFERED at most."""
    held = permissions.scopes(by, "records.read")
    rows = select(Activity.key, Activity.titles).where(
        Activity.parent_id.is_(None) if held is None else Activity.id.in_(held)
    )
    rows = rows.order_by(Activity.kind, Activity.position, Activity.key).limit(MOST_OFFERED)
    return db.session().execute(rows).all()


def editions(course: Activity) -> Sequence[Any]:
    """What can be entered inside a course, the same way; the latest made first."""
    rows = select(Activity.key, Activity.titles).where(
        Activity.parent_id == course.id, Activity.kind.in_(_enterable_kinds())
    )
    rows = rows.order_by(Activity.created_at.desc(), Activity.key).limit(MOST_OFFERED)
    return db.session().execute(rows).all()


def names() -> list[str]:
    """Every filter that can be asked for, with the order."""
    return [*OWN, *(one.name for one in exports.filters()), "sort"]


def _enterable_kinds() -> list[str]:
    return [name for name, kind in activities.kinds().items() if kind.enterable]


def _wanted(view: View | None, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What is asked for by name, the view's where nothing is given; and the view's filters of
    plugins that are switched off."""
    known = names()
    if unknown := given.keys() - set(known):
        raise Invalid({one: _l("There is no such filter.") for one in unknown})
    kept = {**view.filters, "sort": view.sort} if view else {}
    merged = {**kept, **{name: value for name, value in given.items() if value is not None}}
    wanted = {name: merged[name] for name in known if merged.get(name)}
    for name in TIMES:
        if name in wanted:
            wanted[name] = _time(name, wanted[name])
    return wanted, sorted(kept.keys() - set(known))


def _time(name: str, value: Any) -> datetime:
    """A time, also as a view keeps it. Raises Invalid."""
    try:
        time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError) as wrong:
        raise Invalid({name: _l("Please give a date.")}) from wrong


def _said(value: Any) -> str:
    return str(exports.plain(value))


def _columns(view: View | None) -> tuple[tuple[Column, ...], list[str]]:
    """The columns of a view in its order, and the names of those that no plugin brings."""
    every = {one.name: one for one in exports.columns()}
    if view is None:
        return tuple(every.values()), []
    unknown = [name for name in view.columns if name not in every]
    found = tuple(every[name] for name in view.columns if name in every)
    return found or tuple(every.values()), unknown


ENTERED = Progress.required.is_not(None)
"""A record of what was entered by itself: it alone says what is required."""


def _conditions(by: Person | None, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    places = {name: _place(by, wanted.get(name)) for name in PLACES}
    activity, course, edition = (places[name] for name in PLACES)
    found = [ENTERED if activity is None else Progress.activity_id == activity.id]
    entered: Any = Progress.activity_id if activity is None else _entered_around()
    if edition is not None:
        found.append(entered == edition.id)
    if course is not None:
        found.append(entered.in_(_entered_inside([course.id])))
    scopes = permissions.scopes(by, "records.read") if by is not None else None
    if scopes is not None and not any(places.values()):
        found.append(entered.in_(_entered_inside(scopes)))
    return [*found, *_narrowing(by, wanted)]


def _entered_around() -> Any:
    """What was entered by the registration of a record."""
    own = select(Registration.activity_id).where(Registration.id == Progress.registration_id)
    return own.scalar_subquery()


def _place(by: Person | None, key: str | None) -> Activity | None:
    found = activities.get(key) if key else None
    if by is not None and found is not None:
        permissions.demand(by, "records.read", found)
    return found


def _entered_inside(ids: Sequence[UUID]) -> Sequence[UUID]:
    """What can be entered of these activities and inside them: told to the database as ids, for
    it plans a few ids well and a question badly."""
    rows = select(Activity.id).where(
        Activity.id.in_(activities.inside(ids)), Activity.kind.in_(_enterable_kinds())
    )
    return db.session().scalars(rows).all()


def _narrowing(by: Person | None, wanted: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    if status := wanted.get("status"):
        if status not in STATUSES:
            raise Invalid({"status": _l("There is no such status.")})
        yield Progress.status == status
    if since := wanted.get("since"):
        yield Progress.last_at >= since
    if until := wanted.get("until"):
        yield Progress.last_at < until
    if words := fold(wanted.get("words", "")[:200]).split()[:10]:
        named = (Person.folded.contains(word, autoescape=True) for word in words)
        yield Progress.person_id.in_(select(Person.id).where(*named))
    for one in exports.filters():
        if value := wanted.get(one.name):
            yield one.condition(value, by)
