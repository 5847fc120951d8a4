"""Progress: follows what happens, is judged anew when a rule changes, and rebuilt from statements.

The row of one person, activity and registration is a pure function of its events (projection.py);
whoever meets a rule by it is judged in judging.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, bindparam, delete, func, insert, select

from app import (
    activities,
    bulk,
    completion,
    db,
    events,
    judging,
    plugins,
    projection,
)
from app.events import LearningEvent, Selection
from app.models import Progress, activity_id
from app.projection import Row

Key = tuple[UUID, UUID]
"""A registration and an activity."""


def follow(told: Sequence[LearningEvent]) -> None:
    """Bring Progress up to date with a wave of kept events, and let the completion rules speak.

    The number of queries does not depend on the number of people.
    """
    moved = [event for event in told if event.moves]
    tracked = activities.tracked({event.activity_id for event in moved})
    moving = [event for event in moved if event.activity_id in tracked]
    if not moving:
        return
    _write(_projected(moving), {event.person_id for event in moving})
    events.publish(*judging.consequences(moving))


def _projected(moving: Sequence[LearningEvent]) -> dict[Key, Row | None]:
    """What all events of these registrations and activities amount to now."""
    apart: dict[Key, list[LearningEvent]] = {
        (event.registration_id, event.activity_id): [] for event in moving
    }
    selection = Selection(
        registrations=tuple({event.registration_id for event in moving}),
        activities=tuple({event.activity for event in moving}),
        moving=True,
    )
    for event in plugins.ring().stored_events(selection=selection):
        group = apart.get((event.registration_id, event.activity_id))
        if group is not None:
            group.append(event)
    return {key: projection.project(group) for key, group in apart.items()}


def _write(rows: Mapping[Key, Row | None], learners: Collection[UUID]) -> None:
    session = db.session()
    session.flush()
    with session.no_autoflush:
        standing = _standing(rows, learners)
        for key, row in rows.items():
            before = standing.get(key)
            if row is None:
                if before is not None:
                    session.delete(standing.pop(key))
            elif before is None:
                standing[key] = Progress(**row.values())
                session.add(standing[key])
            else:
                _change(before, row)
        _share(standing, rows)


def _standing(rows: Iterable[Key], learners: Collection[UUID]) -> dict[Key, Progress]:
    """The rows that stand under these keys, and what else these people's registrations require."""
    within, about = (list(set(ids)) for ids in zip(*rows, strict=True))
    keys = {"people": list(learners), "registrations": within, "activities": about}
    found = db.session().scalars(_STANDING, keys, execution_options={"populate_existing": True})
    return {(row.registration_id, row.activity_id): row for row in found}


_THEIRS = Progress.person_id.in_(bindparam("people", expanding=True))
_ABOUT = Progress.activity_id.in_(bindparam("activities", expanding=True))
_WITHIN = Progress.registration_id.in_(bindparam("registrations", expanding=True))
_STANDING = select(Progress).where(_THEIRS, Progress.required.is_not(None) | (_WITHIN & _ABOUT))
_DONE = select(Progress.person_id, Progress.registration_id, Progress.activity_id).where(
    _THEIRS, _ABOUT, Progress.status.in_(completion.DONE)
)


def _change(before: Progress, row: Row) -> None:
    for name, value in row.values().items():
        if name != "share" and getattr(before, name) != value:
            setattr(before, name, value)


def _share(standing: Mapping[Key, Progress], fresh: Mapping[Key, Row | None]) -> None:
    """Say anew how much is done of what each of these registrations requires: one query."""
    asking = [row for row in standing.values() if row.required]
    if not asking:
        return
    wanted = {activity_id(iri) for row in asking for iri in row.required or ()}
    keys = {"people": list({row.person_id for row in asking}), "activities": list(wanted)}
    done = {
        (person, activity)
        for person, registration, activity in db.session().execute(_DONE, keys)
        if (registration, activity) not in fresh
    }
    done |= {(row.person_id, row.activity_id) for row in fresh.values() if row and _is_done(row)}
    apart: dict[UUID, set[UUID]] = {}
    for person, activity in done:
        apart.setdefault(person, set()).add(activity)
    for one in asking:
        share = projection.share(one.required, apart.get(one.person_id, ()))
        if one.share != share:
            one.share = share


def _is_done(row: Row) -> bool:
    return row.status in completion.DONE


def pour(told: Iterable[LearningEvent]) -> int:
    """The rows of people of whom nothing was known before, from all their events, which come
    person by person; evaluates no rule. How many rows."""
    names = Row.__slots__
    rows = ([getattr(row, name) for name in names] for row in _project_all(told))
    return bulk.pour(Progress, names, rows)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many rows the stored events amount to, and how many of them stood otherwise."""

    rows: int
    differing: int
    surplus: int


def rebuild() -> Rebuilt:
    """Project every stored event anew into a shadow table, compare, and swap where they differ.

    Rings no hook but stored_events. Within the caller's transaction, so nobody sees a half.
    """
    stored = plugins.ring().stored_events(selection=Selection())
    if stored is None:
        raise events.NoStore("no plugin answers stored_events: is xapi switched off?")
    session = db.session()
    shadow = _shadow()
    shadow.create(session.connection())
    try:
        rows = _project_all(stored)
        while piece := [row.values() for row in islice(rows, 1000)]:
            session.execute(insert(shadow), piece)
        standing = cast(Table, Progress.__table__)
        differing = _count(select(shadow).except_(select(standing)))
        surplus = _count(select(standing).except_(select(shadow)))
        if differing or surplus:
            session.execute(delete(Progress))
            session.execute(insert(standing).from_select(list(shadow.c.keys()), select(shadow)))
            session.expire_all()
        return Rebuilt(_count(select(shadow)), differing, surplus)
    finally:
        shadow.drop(session.connection())


def _shadow() -> Table:
    columns = [Column(one.name, one.type) for one in Progress.__table__.columns]
    return Table("progress_shadow", MetaData(), *columns, prefixes=["TEMPORARY"])


def _count(rows: Any) -> int:
    return db.session().scalar(select(func.count()).select_from(rows.subquery())) or 0


def _project_all(stored: Iterable[LearningEvent]) -> Iterator[Row]:
    """Rows, person by person: `stored` comes ordered by person and registration."""
    tracked = activities.tracked_ids()
    for _, told in groupby(stored, key=lambda event: event.person_id):
        apart: dict[Key, list[LearningEvent]] = {}
        for event in told:
            if event.activity_id in tracked:
                apart.setdefault((event.registration_id, event.activity_id), []).append(event)
        rows = [row for group in apart.values() if (row := projection.project(group))]
        done = {row.activity_id for row in rows if _is_done(row)}
        for row in rows:
            yield replace(row, share=projection.share(row.required, done))
