"""The projection: what the events of one person, activity and registration amount to.

`project` and `completion.share` are pure, and living and rebuilding call the same ones; so the
order of arrival (two devices, a late offline batch) never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, islice
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, delete, func, insert, select

from app import activities, completion, db, events, plugins
from app.events import LearningEvent, Selection
from app.models import Progress, Registration, RuleMention, activity_id

_RANK = {
    "registered": ("registered", 0),
    "initialized": ("begun", 1),
    "answered": ("begun", 1),
    "failed": ("failed", 2),
    "passed": ("passed", 3),
    "completed": ("completed", 3),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A Progress row as plain values; the columns and their meaning stand in models.py."""

    registration_id: UUID
    activity_id: UUID
    person_id: UUID
    status: str
    score: float | None
    share: float | None
    seconds: float
    taken_back: int
    required: list[str] | None
    statement_id: UUID
    first_at: datetime
    last_at: datetime
    done_at: datetime | None


def project(events: Iterable[LearningEvent]) -> Row | None:
    """The row that these events of one person, activity and registration amount to.

    Honours what was taken back; evaluates no rule; None when nothing (that may move progress)
    is left. The proof is the first event of the highest status, by time and id.
    """
    told = sorted((one for one in events if one.moves), key=lambda one: (one.time, one.id))
    gone = {one.takes_back for one in told if one.takes_back}
    left = [one for one in told if one.verb in _RANK and one.id not in gone]
    if not left:
        return None
    proof = max(left, key=lambda one: _RANK[one.verb][1])
    done = [one for one in left if _RANK[one.verb][1] == 3]
    results = [one.result for one in left if one.result is not None]
    scores = [result.score for result in results if result.score is not None]
    required = [list(one.required) for one in told if one.required is not None]
    return Row(
        registration_id=proof.registration_id,
        activity_id=proof.activity_id,
        person_id=proof.person_id,
        status=_RANK[proof.verb][0],
        score=max(scores, default=None),
        share=None,
        seconds=sum(result.seconds or 0.0 for result in results),
        taken_back=sum(1 for one in told if one.verb == "completed" and one.id in gone),
        required=required[-1] if required else None,
        statement_id=proof.id,
        first_at=left[0].time,
        last_at=told[-1].time,
        done_at=done[0].time if done else None,
    )


def follow(event: LearningEvent) -> None:
    """Bring Progress up to date with a kept event, and let the completion rules speak."""
    if not event.moves or not activities.is_tracked(event.activity_id):
        return
    selection = Selection(
        person_id=event.person_id,
        registration_id=event.registration_id,
        activity=event.activity,
    )
    row = project(plugins.ring().stored_events(selection=selection))
    before = db.session().get(Progress, (event.registration_id, event.activity_id))
    if row is not None:
        _write(row, before)
    elif before is not None:
        db.session().delete(before)
    _share(event.person_id)
    events.publish(*_consequences(event))


def _write(row: Row, before: Progress | None) -> None:
    if before is None:
        db.session().add(Progress(**_values(row)))
        return
    for name, value in _values(row).items():
        if name != "share":
            setattr(before, name, value)


def _values(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Row.__slots__}


def _share(person_id: UUID) -> None:
    """Say anew how much is done of what each of her registrations requires: one query."""
    rows = db.session().scalars(select(Progress).where(Progress.person_id == person_id)).all()
    done = _done(rows)
    for row in rows:
        if row.required is not None:
            row.share = completion.share(row.required, done)


def _done(rows: Iterable[Progress | Row]) -> set[str]:
    """The IRIs, of those that are required somewhere, that these rows of one person have done."""
    done = {row.activity_id for row in rows if row.status in completion.DONE}
    required = {iri for row in rows for iri in row.required or ()}
    return {iri for iri in required if activity_id(iri) in done}


def _consequences(event: LearningEvent) -> Iterator[LearningEvent]:
    """The completions that this event brings about: of every open registration of hers whose
    rule speaks of the activity."""
    mentioned = select(Registration).join(
        RuleMention, RuleMention.activity_id == Registration.activity_id
    )
    hers = mentioned.where(
        RuleMention.mentioned_id == event.activity_id,
        Registration.person_id == event.person_id,
        Registration.closed_at.is_(None),
    )
    for registration in db.session().scalars(hers).all():
        follows = _completed(registration, event)
        if follows is not None:
            yield follows


def _completed(registration: Registration, cause: LearningEvent) -> LearningEvent | None:
    activity = registration.activity
    row = db.session().get(Progress, (registration.id, registration.activity_id))
    if row is None or row.status in completion.DONE or row.taken_back or activity.rule is None:
        return None
    verdict = verdict_of(registration)
    if verdict is None or not verdict.met or verdict.at is None:
        return None
    return events.LearningEvent(
        id=events.derived_id(
            "completed", registration.person_id, activity.iri, registration.id, row.taken_back
        ),
        verb="completed",
        person_id=registration.person_id,
        activity=activity.iri,
        registration_id=registration.id,
        time=verdict.at,
        language=cause.language,
        result=events.Result(
            completion=True, score=_score_of(verdict), seconds=_seconds_of(registration)
        ),
        evidence=verdict.evidence,
    )


def _score_of(verdict: completion.Verdict) -> float | None:
    """The score of a completion, where its rule asks for exactly one."""
    scores = [leaf.score for leaf in completion.leaves(verdict) if leaf.score is not None]
    return scores[0] if len(scores) == 1 else None


def _seconds_of(registration: Registration) -> float:
    """The time spent in a registration so far."""
    spent = select(func.sum(Progress.seconds)).where(Progress.registration_id == registration.id)
    return db.session().scalar(spent) or 0.0


def verdict_of(registration: Registration) -> completion.Verdict | None:
    """The explained rule of a registration's activity for its person; None without a rule."""
    if registration.activity.rule is None:
        return None
    rule = completion.parse(registration.activity.rule)
    facts = facts_of(registration.person_id, list(completion.mentions(rule)))
    return completion.explain(rule, facts, registration.id)


def facts_of(person_id: UUID, iris: Sequence[str]) -> list[completion.Fact]:
    """What is known of these activities for a person, in all her registrations: one query."""
    by_id = {activity_id(iri): iri for iri in iris}
    rows = db.session().scalars(
        select(Progress).where(
            Progress.person_id == person_id, Progress.activity_id.in_(list(by_id))
        )
    )
    return [
        completion.Fact(
            activity=by_id[row.activity_id],
            registration_id=row.registration_id,
            status=row.status,
            score=row.score,
            at=row.done_at or row.last_at,
            statement_id=row.statement_id,
        )
        for row in rows
    ]


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
        while piece := [_values(row) for row in islice(rows, 1000)]:
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
        apart: dict[tuple[UUID, UUID], list[LearningEvent]] = {}
        for event in told:
            if event.activity_id in tracked:
                apart.setdefault((event.registration_id, event.activity_id), []).append(event)
        rows = [row for group in apart.values() if (row := project(group))]
        done = _done(rows)
        for row in rows:
            required = row.required
            share = completion.share(required, done) if required else None
            yield replace(row, share=share)
