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

import msgspec
from flask_babel import lazy_gettext as _l
from sqlalchemy import Column, MetaData, Table, and_, delete, func, insert, or_, select

from app import (
    activities,
    audit,
    bulk,
    completion,
    db,
    events,
    jobs,
    judging,
    people,
    permissions,
    plugins,
    projection,
    registrations,
)
from app.errors import Conflict, Invalid
from app.events import LearningEvent, Selection
from app.judging import Standing
from app.models import Activity, Person, Progress, Registration, activity_id
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
    keys = list(rows)
    here = and_(
        Progress.registration_id.in_({registration for registration, _ in keys}),
        Progress.activity_id.in_({activity for _, activity in keys}),
    )
    theirs = select(Progress).where(
        Progress.person_id.in_(learners), or_(Progress.required.is_not(None), here)
    )
    found = db.session().scalars(theirs.execution_options(populate_existing=True))
    return {(row.registration_id, row.activity_id): row for row in found}


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
    stored = select(Progress.person_id, Progress.registration_id, Progress.activity_id).where(
        Progress.person_id.in_({row.person_id for row in asking}),
        Progress.activity_id.in_(wanted),
        Progress.status.in_(completion.DONE),
    )
    done = {
        (person, activity)
        for person, registration, activity in db.session().execute(stored)
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
class Preview:
    """What another rule would change for whoever is on the way: people (ids) who would complete at
    once, people who have completed and would not by it (they keep it), and how many stay as they
    are."""

    gaining: tuple[UUID, ...]
    keeping: tuple[UUID, ...]
    staying: int


def preview(activity: Activity, rule: Mapping[str, Any] | None) -> Preview:
    """Judge every open registration of an activity by a proposed rule; nothing is changed.

    Two queries for each thousand people. Raises ValueError when it is no rule.
    """
    rules = {activity.id: completion.parse(rule)} if rule else {}
    gaining: list[UUID] = []
    keeping: list[UUID] = []
    count = 0
    for piece in _pieces(activity, size=1000):
        count += len(piece)
        for one, verdict in judging.judge(piece, rules):
            if one.may_complete and verdict.met:
                gaining.append(one.person_id)
            elif one.status in completion.DONE and not verdict.met:
                keeping.append(one.person_id)
    return Preview(tuple(gaining), tuple(keeping), count - len(gaining) - len(keeping))


def _pieces(activity: Activity, *, size: int) -> Iterator[list[Standing]]:
    after = None
    while piece := _piece(activity, after, size):
        yield piece
        after = piece[-1].registration_id


def _piece(activity: Activity, after: UUID | None, size: int) -> list[Standing]:
    """Some open registrations of an activity in the order of their ids, after this one."""
    rows = judging.standing().where(
        Registration.activity_id == activity.id, Registration.closed_at.is_(None)
    )
    if after is not None:
        rows = rows.where(Registration.id > after)
    found = db.session().execute(rows.order_by(Registration.id).limit(size))
    return [Standing(*row) for row in found]


PIECE = 50
"""People whom one transaction re-evaluates: a tenth of a second."""


def reevaluate(activity: Activity, *, by: Person | None, language: str | None = None) -> None:
    """After its rule was changed: say to every open registration what it requires now, and let
    those complete who meet it. An earned completion stays.

    The first people within this act, the others by a job, each piece an act of its own.
    """
    following = _reevaluate(activity, None, by.id if by else None, language)
    if following is not None:
        said = {"activity": activity.id, "after": following, "by": by.id if by else None}
        payload = msgspec.to_builtins({**said, "language": language})
        jobs.enqueue("progress.reevaluate", payload)


def reevaluate_rest(payload: dict[str, Any]) -> None:
    """The job that re-evaluates whoever is left. Doing it twice is doing it once."""
    following: UUID | None = UUID(payload["after"])
    by = UUID(payload["by"]) if payload["by"] else None
    while following is not None:
        with db.transaction() as session:
            activity = session.get_one(Activity, UUID(payload["activity"]))
            following = _reevaluate(activity, following, by, payload["language"])


def _reevaluate(
    activity: Activity, after: UUID | None, by: UUID | None, language: str | None
) -> UUID | None:
    """Re-evaluate a piece; the last registration of it, or None when nobody is left."""
    db.session().flush()
    people.lock(*(one.person_id for one in _piece(activity, after, PIECE)))
    piece = _piece(activity, after, PIECE)
    _settle(piece, activity, by, language)
    return piece[-1].registration_id if len(piece) == PIECE else None


def opened(some: Sequence[Registration], activity: Activity, *, by: Person | None) -> None:
    """These registrations of an activity were opened, perhaps again: say what they require now,
    and let those complete who meet its rule by what they did before. Their people are locked."""
    if not some or not activity.rule:
        return
    db.session().flush()
    rows = judging.standing().where(Registration.id.in_([one.id for one in some]))
    found = db.session().execute(rows.order_by(Registration.id))
    _settle([Standing(*row) for row in found], activity, by.id if by else None, None)


def _settle(
    piece: Sequence[Standing], activity: Activity, by: UUID | None, language: str | None
) -> None:
    required = registrations.required(activity)
    events.publish(
        *(
            _updated(one, activity, required, by, language)
            for one in piece
            if one.required != list(required)
        )
    )
    waiting = [one for one in piece if one.may_complete]
    languages = {one.registration_id: language for one in piece}
    events.publish(*judging.completions(waiting, languages=languages))


def _updated(
    one: Standing,
    activity: Activity,
    required: tuple[str, ...],
    by: UUID | None,
    language: str | None,
) -> LearningEvent:
    return LearningEvent(
        id=events.new_id(),
        verb="updated",
        person_id=one.person_id,
        activity=activity.iri,
        registration_id=one.registration_id,
        time=db.now(),
        language=language,
        by=by,
        required=required,
    )


def revoke(registration: Registration, *, by: Person, reason: str) -> None:
    """Take a completion back: what was done stays, and no rule gives it again until it is lifted.

    Raises Forbidden, Invalid without a reason, Conflict where nothing was completed. Revoking
    twice is revoking once.
    """
    permissions.demand(by, "completions.write", registration.activity)
    reason = reason.strip()
    if not reason or len(reason) > 1000:
        raise Invalid({"reason": _l("Write the reason, in at most 1,000 characters.")})
    people.lock(registration.person_id)
    completed = _completed(registration)
    if not completed and _own(registration).taken_back:
        return
    if not completed:
        raise Conflict(_l("This was not completed: there is nothing to take back."))
    _note("completion.revoked", registration, by=by, reason=reason)
    time = db.now()
    events.publish(
        *(
            events.happened(
                "voided", registration, language=None, takes_back=one.id, by=by, time=time
            )
            for one in completed
        )
    )


def lift(registration: Registration, *, by: Person) -> None:
    """End a revocation: the rule speaks again, at once. Lifting twice is lifting once.

    Raises Forbidden, and Conflict where nothing was revoked or the rule is not met now.
    """
    permissions.demand(by, "completions.write", registration.activity)
    people.lock(registration.person_id)
    own = _own(registration)
    if not own.taken_back:
        raise Conflict(_l("This completion was not taken back."))
    if own.status in completion.DONE:
        return
    again = judging.completions([own], languages={}, by=by.id)
    if not again:
        raise Conflict(_l("What is asked for is not met now: there is nothing to give back."))
    _note("completion.lifted", registration, by=by)
    events.publish(*again)


def _own(registration: Registration) -> Standing:
    """How a registration stands now. Raises Conflict where nothing is known of it."""
    db.session().flush()
    row = db.session().execute(judging.standing().where(Registration.id == registration.id)).first()
    if row is None:
        raise Conflict(_l("Nothing is recorded yet."))
    return Standing(*row)


def _completed(registration: Registration) -> list[LearningEvent]:
    """The events that say that a registration's own activity is completed, and still stand."""
    selection = Selection(
        registrations=(registration.id,), activities=(registration.activity.iri,), moving=True
    )
    told = list(plugins.ring().stored_events(selection=selection) or ())
    gone = {one.takes_back for one in told}
    return [one for one in told if one.verb == "completed" and one.id not in gone]


def _note(action: str, registration: Registration, *, by: Person, **after: str) -> None:
    audit.record(
        action,
        f"registration:{registration.id}",
        actor=by,
        person=registration.person,
        after={"activity": registration.activity.key, **after},
    )


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
