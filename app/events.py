"""LearningEvent, Result, publish: something happened, and the whole house is told once.

`publish` tells waves: what listeners publish meanwhile is the next wave, so a cause is always
told before its effect. Statement, progress and the plugins' own rows are kept together or not at
all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec

from app import db, jobs, people, plugins
from app.activities import Known
from app.models import Activity, Person, Registration, activity_id

_DERIVED = UUID("6f0c7a52-3d0e-5f7b-9a55-1c2d6e0b8f11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it (xAPI Data, Result). `score` is scaled, 0-1; `seconds` is the duration."""

    success: bool | None = None
    completion: bool | None = None
    score: float | None = None
    raw: float | None = None
    maximum: float | None = None
    response: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningEvent:
    """A statement in our own types.

    `verb` is a name of vocabulary.VERBS; `activity` an IRI. `takes_back` names the event that
    this one voids; `by` is the member of staff who acted; `evidence` are the statements that
    prove a derived event; `required` lists the IRIs that its registration asks for. `moves` says
    whether it may move progress: a foreign statement may do so only when its credential was
    issued for that registration.
    """

    id: UUID
    verb: str
    person_id: UUID
    activity: str
    registration_id: UUID
    time: datetime
    language: str | None = None
    result: Result | None = None
    takes_back: UUID | None = None
    by: UUID | None = None
    evidence: tuple[UUID, ...] = ()
    required: tuple[str, ...] | None = None
    moves: bool = True

    @property
    def activity_id(self) -> UUID:
        return activity_id(self.activity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which stored events are asked for; what is None asks nothing. `registrations`, `activities`
    (IRIs) and `taking_back` ask for one of several: the last for those that take one of these
    events back. `moving` asks for those alone that may move progress.

    Without `limit` all of them, ordered by person, registration and time; with it the newest
    first, older than `before` (the time and id of the last one seen).
    """

    person_id: UUID | None = None
    registrations: tuple[UUID, ...] | None = None
    activities: tuple[str, ...] | None = None
    taking_back: tuple[UUID, ...] | None = None
    moving: bool = False
    limit: int | None = None
    before: tuple[datetime, UUID] | None = None


msgspec.json.Decoder(LearningEvent)  # what it is like is known before threads ask for it at once


class NoStore(RuntimeError):
    """Nothing keeps statements in this house, so nothing may happen in it."""


def new_id() -> UUID:
    return uuid4()


def happened(
    verb: str,
    registration: Registration,
    *,
    language: str | None,
    activity: Activity | Known | None = None,
    time: datetime | None = None,
    result: Result | None = None,
    by: Person | None = None,
    takes_back: UUID | None = None,
    evidence: tuple[UUID, ...] = (),
    required: tuple[str, ...] | None = None,
) -> LearningEvent:
    """A new event within a registration, about its own activity or one inside; time: now."""
    return LearningEvent(
        id=new_id(),
        verb=verb,
        person_id=registration.person_id,
        activity=(activity or registration.activity).iri,
        registration_id=registration.id,
        time=time or db.now(),
        language=language,
        result=result,
        by=by.id if by else None,
        takes_back=takes_back,
        evidence=evidence,
        required=required,
    )


def derived_id(
    verb: str, person: UUID, activity: str, registration: UUID, times: int, sort: str = ""
) -> UUID:
    """The id of an event that follows from others: telling twice is telling once. `times` is how
    often it was taken back before; `sort` tells apart what one registration brings twice."""
    said = f"{verb} {person} {activity} {registration} {times}"
    return uuid5(_DERIVED, f"{said} {sort}" if sort else said)


def publish(*events: LearningEvent) -> None:
    """Tell the house what happened, as one wave in this order; listeners' own events follow it.

    A wave costs a constant number of queries, whatever the number of its people: tell what
    happened to many (at most some thousands) at once. Raises NoStore when no plugin keeps
    statements.
    """
    waiting: list[LearningEvent] | None = db.session().info.get("waiting_events")
    if waiting is not None:
        waiting.extend(events)
        return
    if not events:
        return
    if not plugins.listeners("stored_events"):
        raise NoStore("no plugin answers stored_events: is xapi switched off?")
    people.lock(*{event.person_id for event in events})
    wave: Sequence[LearningEvent] = events
    try:
        while wave:
            following: list[LearningEvent] = []
            db.session().info["waiting_events"] = following
            _tell(wave)
            wave = following
    finally:
        del db.session().info["waiting_events"]


def _tell(wave: Sequence[LearningEvent]) -> None:
    plugins.ring().learning_events(events=wave)
    kept = [
        ({"plugin": plugin, "event": msgspec.to_builtins(event)}, event.person_id)
        for event in wave
        for plugin, verbs in plugins.hearing()
        if verbs is None or event.verb in verbs
    ]
    jobs.enqueue_all("events.kept", kept)


def tell_kept(payload: dict[str, Any]) -> None:
    """The job of the outbox that rings one learning_event_kept listener."""
    event = msgspec.convert(payload["event"], LearningEvent)
    with db.transaction():
        plugins.ring_one(payload["plugin"], "learning_event_kept", event=event)
