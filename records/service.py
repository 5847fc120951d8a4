"""Completion records: one streamed query over Progress, with the columns of every plugin.

Nothing is written here. The page, the API, the file and the command ask the same query and say
the same cells, so that they never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import format_percent, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from app import activities, db, exports, paging, permissions
from app.errors import Forbidden, Invalid
from app.exports import Column
from app.models import Activity, Person, Progress, Registration
from app.vocabulary import say

STATUSES = {
    "registered": _l("Registered"),
    "begun": _l("Begun"),
    "failed": _l("Not passed"),
    "passed": _l("Passed"),
    "attended": _l("Attended"),
    "completed": _l("Completed"),
}

_NEWEST = (Progress.first_at, Progress.registration_id, Progress.activity_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which records: of one activity, else of every one that was entered by itself; of a status;
    with an event at or after `since`; inside these activities, or of all for None.

    Plain values, for a file is streamed when the request's own rows are gone.
    """

    activity_id: UUID | None = None
    key: str | None = None
    status: str | None = None
    since: datetime | None = None
    within: tuple[UUID, ...] | None = None


def ask(
    by: Person | None,
    *,
    activity: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
) -> Asked:
    """What of this she may read; `by` is None for a command of the house itself.

    Raises NotFound for an unknown activity (a key: "modules/m1"), Forbidden, Invalid.
    """
    if by is not None and not is_reader(by):
        raise Forbidden(_l("You do not have the right to do this."))
    if status and status not in STATUSES:
        raise Invalid({"status": _l("There is no such status.")})
    found = activities.get(activity) if activity else None
    if by is not None and found is not None:
        permissions.demand(by, "records.read", found)
    scopes = permissions.scopes(by, "records.read") if by is not None else None
    return Asked(
        activity_id=found.id if found else None,
        key=found.key if found else None,
        status=status or None,
        since=since,
        within=None if scopes is None else tuple(scopes),
    )


def is_reader(person: Person | None) -> bool:
    """Whether she may read the records of anything at all."""
    return permissions.scopes(person, "records.read") != []


def readable(by: Person) -> Sequence[Activity]:
    """The activities that can be entered and whose records she may read, in their order."""
    enterable = [name for name, kind in activities.kinds().items() if kind.enterable]
    rows = select(Activity).where(
        Activity.kind.in_(enterable), permissions.within(by, "records.read", Activity.id)
    )
    return db.session().scalars(rows.order_by(Activity.kind, Activity.position)).all()


def count(asked: Asked) -> int:
    """How many records were asked for."""
    rows = select(func.count()).select_from(Progress).join(Registration)
    return db.session().scalar(_where(rows, asked)) or 0


def page(
    asked: Asked, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Some records as stored values, the newest first, and the cursor of those that follow."""
    rows = _query(asked)
    place = paging.place(cursor, datetime, UUID, UUID)
    if place is not None:
        rows = rows.where(paging.below(_NEWEST, place))
    found = db.session().execute(rows.add_columns(*_NEWEST).limit(limit + 1)).all()
    items, following = paging.page(found, limit, lambda row: tuple(row)[-len(_NEWEST) :])
    return [tuple(row)[: -len(_NEWEST)] for row in items], following


def stream(asked: Asked) -> Iterator[Row[Any]]:
    """All of them as stored values, the newest first, some thousand at a time in memory.

    Asked for now, read later: outside any request, in a transaction of its own.
    """
    return _read(db.reader(), _query(asked))


def _read(session: Session, rows: Select[Any]) -> Iterator[Row[Any]]:
    with session:
        for part in session.execute(rows.execution_options(yield_per=2000)).partitions():
            yield from part


def sayer(language: str) -> Callable[[Sequence[Any]], list[Any]]:
    """What turns the stored values of a record into its cells, the same ones everywhere."""
    says = [(place, one.say) for place, one in enumerate(exports.columns()) if one.say]

    def cells(row: Sequence[Any]) -> list[Any]:
        made = list(row)
        for place, said in says:
            made[place] = said(made[place], language)
        return made

    return cells


def header() -> list[str]:
    return [column.name for column in exports.columns()]


def as_csv(
    asked: Asked, *, language: str, told: Callable[[int], None] | None = None
) -> Iterator[str]:
    """The file in pieces; `told` hears now and then how many records were written."""
    rows = _counting(stream(asked), told)
    return exports.as_csv(header(), map(sayer(language), rows))


def _counting(rows: Iterator[Row[Any]], told: Callable[[int], None] | None) -> Iterator[Row[Any]]:
    number = 0
    for number, row in enumerate(rows, start=1):
        yield row
        if told and number % 1000 == 0:
            told(number)
    if told:
        told(number)


def _query(asked: Asked) -> Select[Any]:
    wanted = exports.columns()
    rows = (
        select(*(column.expression.label(column.name) for column in wanted))
        .select_from(Progress)
        .join(Person, Person.id == Progress.person_id)
        .join(Activity, Activity.id == Progress.activity_id)
        .join(Registration, Registration.id == Progress.registration_id)
    )
    for table, found in {id(one.join[0]): one.join for one in wanted if one.join}.values():
        rows = rows.outerjoin(table, found)
    return _where(rows, asked).order_by(*(one.desc() for one in _NEWEST))


def _where(rows: Select[Any], asked: Asked) -> Select[Any]:
    if asked.activity_id is not None:
        rows = rows.where(Progress.activity_id == asked.activity_id)
    else:
        rows = rows.where(Registration.activity_id == Progress.activity_id)
        if asked.within is not None:
            rows = rows.where(Progress.activity_id.in_(activities.inside(asked.within)))
    if asked.status:
        rows = rows.where(Progress.status == asked.status)
    if asked.since:
        rows = rows.where(Progress.last_at >= asked.since)
    return rows


def columns() -> list[Column]:
    """What the engine itself knows of a completion; erased people have no name and no address."""
    return [
        Column("person", _l("Person"), Progress.person_id, 10, shown=False),
        Column("name", _l("Name"), Person.name, 11),
        Column("email", _l("E-mail"), Person.email, 12),
        Column("country", _l("Country"), Person.country, 13, words=_country),
        Column("organisation", _l("Organisation"), Person.organisation, 14),
        Column("activity", _l("Activity"), Activity.key, 20, shown=False),
        Column("title", _l("Title"), Activity.titles, 21, say=say, shown=False),
        Column("status", _l("Status"), Progress.status, 30, words=lambda one: str(STATUSES[one])),
        Column("share", _l("Share done"), Progress.share, 31, words=format_percent, numeric=True),
        Column("score", _l("Score"), _score(), 32, words=format_percent, numeric=True),
        Column("begun", _l("Begun on"), Progress.first_at, 40, numeric=True),
        Column("completed", _l("Completed on"), Progress.done_at, 41, numeric=True),
        Column(
            "time_spent",
            _l("Minutes"),
            _seconds(),
            42,
            say=lambda seconds, _language: exports.duration(seconds),
            words=lambda seconds: str(round(seconds / 60)),
            numeric=True,
        ),
        Column("registration", _l("Registration"), Progress.registration_id, 90, shown=False),
    ]


def _country(code: str) -> str:
    locale = get_locale()
    return str(locale.territories.get(code, code)) if locale else code


def _score() -> ColumnElement[float | None]:
    """Its own score; of what was entered by itself and has none, the mean of those inside."""
    return func.coalesce(Progress.score, _inside(lambda row: func.avg(row.score)))


def _seconds() -> ColumnElement[float]:
    """The time spent inside of what was entered by itself, also after it was completed; of
    everything else its own."""
    return func.coalesce(_inside(lambda row: func.sum(row.seconds)), Progress.seconds)


def _inside(figure: Callable[[type[Progress]], Any]) -> ColumnElement[Any]:
    """A figure over the rest of the registration, for the activity that it is of; else NULL."""
    row = aliased(Progress)
    others = select(figure(row)).where(
        row.registration_id == Progress.registration_id,
        row.activity_id != Progress.activity_id,
    )
    entered = Registration.activity_id == Progress.activity_id
    return case((entered, others.scalar_subquery()))
