"""The table of completion records: one query over Progress, with the columns of every plugin.

Nothing is written here. The page, the API, the file and the command ask the same query and say
the same cells, so that they never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import format_percent, get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from app import db, exports, paging
from app.exports import Column
from app.models import Activity, Person, Progress
from app.vocabulary import say
from records.service.asking import ENTERED, STATUSES, Asked

_NEWEST = (Progress.first_at, Progress.registration_id, Progress.activity_id)


def count(asked: Asked, most: int | None = None) -> int:
    """How many records were asked for; `most` is as far as is counted."""
    found = select(func.count()).select_from(_keys(asked).limit(most).subquery())
    return db.session().scalar(found) or 0


def page(
    asked: Asked, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[tuple[Any, ...]], str | None]:
    """Some records as stored values in their order, and the cursor of those that follow.

    Their keys are chosen first: whatever the columns cost is paid for these rows alone.
    """
    chosen = _keys(asked).order_by(*_order(asked)).limit(limit + 1)
    place = paging.place(cursor, datetime, UUID, UUID)
    if place is not None:
        further = paging.below if asked.newest else paging.above
        chosen = chosen.where(further(_NEWEST, place))
    found = db.session().execute(chosen).all()
    keys, following = paging.page(found, limit, tuple)
    rows = _rows(asked, [one[1:] for one in keys])
    return [rows[key] for _at, *pair in keys if (key := tuple(pair)) in rows], following


def _rows(asked: Asked, keys: Sequence[Any]) -> dict[tuple[UUID, UUID], tuple[Any, ...]]:
    """What is stored of these records and perhaps of some others, by the keys of registration and
    activity: two lists of keys are planned better than a list of pairs."""
    own = (Progress.registration_id, Progress.activity_id)
    wanted = (one.in_({key[place] for key in keys}) for place, one in enumerate(own))
    rows = _told([*(column.expression for column in asked.columns), *own], asked).where(*wanted)
    return {tuple(row[-2:]): tuple(row[:-2]) for row in db.session().execute(rows)}


def header(asked: Asked) -> list[str]:
    """The names of the columns, as files and the API say them."""
    return [column.name for column in asked.columns]


def sayer(asked: Asked, language: str) -> Callable[[Sequence[Any]], list[Any]]:
    """What turns the stored values of a record into its cells, the same ones everywhere."""
    says = [(place, one.say) for place, one in enumerate(asked.columns) if one.say]

    def cells(row: Sequence[Any]) -> list[Any]:
        made = list(row)
        for place, said in says:
            made[place] = said(made[place], language)
        return made

    return cells


def query(asked: Asked, expressions: Sequence[Any]) -> Select[Any]:
    """These expressions over all records that are asked for, in their order."""
    return _told(expressions, asked).where(*asked.conditions).order_by(*_order(asked))


def _told(expressions: Sequence[Any], asked: Asked) -> Select[Any]:
    """These expressions over Progress and what columns are made of."""
    rows = (
        select(*expressions)
        .select_from(Progress)
        .join(Person, Person.id == Progress.person_id)
        .join(Activity, Activity.id == Progress.activity_id)
    )
    joins = {id(join[0]): join for column in asked.columns for join in column.joins}
    for table, found in joins.values():
        rows = rows.outerjoin(table, found)
    return rows


def _order(asked: Asked) -> list[Any]:
    return [one.desc() if asked.newest else one.asc() for one in _NEWEST]


def _keys(asked: Asked) -> Select[Any]:
    """The keys of the records, to be read in the order of an index until there are enough."""
    rows: Any = select(*_NEWEST).where(*asked.conditions)
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
    return case((ENTERED, others.scalar_subquery()))
