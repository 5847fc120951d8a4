"""Which statements go to another store, and which of them still wait: its rules as conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from app import activities, db
from app.models import activity_id
from xapi.models import Statement, Target
from xapi.rules import VOIDED
from xapi.service import search

HOUSE = "@house"
"""Among the authorities of a rule, this house itself: no credential's may begin so."""

BATCH, BYTES = 50, 1_000_000
"""Statements of one request, and about how many bytes of them."""

WINDOW = 1_000
"""Statements looked at in one step: rules that few meet must not make a step long."""

COUNTED = 20_000
"""Statements after the cursor that are looked at to count those that wait."""

_AIM = aliased(Statement)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A statement on its way; `letter` is the dead letter that is sent again."""

    statement_id: UUID
    body: str
    seq: int = 0
    stored: datetime | None = None
    letter: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent next, and how far the cursor is then: seq and time of storing."""

    parcels: list[Parcel]
    end: tuple[int, datetime] | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many statements wait, at least (`more` may), and when the first of them was stored."""

    count: int
    more: bool
    oldest: datetime | None


def following(target: Target) -> Load | None:
    """What follows the cursor and is settled, or None: some statements at most, perhaps none that
    are wanted."""
    settled = search.through()
    wanted = conditions(target)
    rows = select(Statement.seq, Statement.stored, wanted.label("wanted"))
    rows = rows.where(*_after(target, settled)).order_by(Statement.stored, Statement.seq)
    window = db.session().execute(rows.limit(WINDOW)).all()
    if not window:
        return None
    chosen = [row.seq for row in window if row.wanted]
    parcels = _parcels(chosen[:BATCH])
    if len(parcels) < len(chosen):
        last = parcels[-1]
        return Load(parcels, (last.seq, last.stored or settled))
    return Load(parcels, (window[-1].seq, window[-1].stored))


def _parcels(seqs: list[int]) -> list[Parcel]:
    rows = select(Statement.statement_id, Statement.body, Statement.seq, Statement.stored)
    rows = rows.where(Statement.seq.in_(seqs)).order_by(Statement.stored, Statement.seq)
    parcels: list[Parcel] = []
    size = 0
    for row in db.session().execute(rows) if seqs else ():
        size += len(row.body)
        if parcels and size > BYTES:
            break
        parcels.append(Parcel(*row))
    return parcels


def waiting(target: Target) -> Waiting:
    """What is still to be sent, of the next so many statements."""
    looked = select(Statement.stored, conditions(target).label("wanted"))
    looked = looked.where(*_after(target, search.through()))
    some = looked.order_by(Statement.stored, Statement.seq).limit(COUNTED).subquery()
    rows = select(
        func.count(case((some.c.wanted, 1))),
        func.min(case((some.c.wanted, some.c.stored))),
        func.count(),
    )
    count, oldest, seen = db.session().execute(rows.select_from(some)).one()
    return Waiting(count, seen == COUNTED, oldest)


def any_follows(target: Target, settled: datetime) -> bool:
    """Whether anything stands behind the cursor, wanted or not."""
    found = select(Statement.seq).where(*_after(target, settled)).limit(1)
    return db.session().scalar(found) is not None


def _after(target: Target, settled: datetime) -> tuple[ColumnElement[bool], ...]:
    """By the time of storing first: Consistent-Through speaks of that, not of seq, which two open
    writes may take in one order and keep in the other."""
    stored, seq = target.cursor_stored, target.cursor_seq
    return (
        Statement.stored >= stored,
        or_(Statement.stored > stored, Statement.seq > seq),
        Statement.stored <= settled,
    )


def conditions(target: Target) -> ColumnElement[bool]:
    """The rules of a target. What voids a statement goes wherever that goes, or would if it were
    here: the other store must not show what is taken back."""
    about = _about(target)
    voids_another = exists().where(_AIM.statement_id == Statement.target_id, not_(about(_AIM)))
    return and_(
        _by_authority(target),
        or_(about(Statement), and_(Statement.verb == VOIDED, not_(voids_another))),
    )


def _about(target: Target) -> Any:
    asked = [activity_id(iri) for iri in target.activities]
    within = set(asked)
    if asked:
        within.update(db.session().scalars(activities.inside(asked)))

    def of(row: Any) -> ColumnElement[bool]:
        held: list[ColumnElement[bool]] = [true()]
        if target.verbs:
            held.append(row.verb.in_(target.verbs))
        if within:
            held.append(and_(row.activity_id.is_not(None), row.activity_id.in_(within)))
        return and_(*held)

    return of


def _by_authority(target: Target) -> ColumnElement[bool]:
    ours, named = Statement.authority.is_(None), [*target.authorities]
    held: ColumnElement[bool] = true()
    if named:
        others = Statement.authority.in_([one for one in named if one != HOUSE])
        held = or_(ours if HOUSE in named else false(), others)
    if target.sends_as:
        held = and_(held, or_(ours, Statement.authority != target.sends_as))
    return held
