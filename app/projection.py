"""The projection: the row that the events of one person, activity and registration amount to.

No database here. Living and rebuilding call the same functions, so the order of arrival (two
devices, a late offline batch) never matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import completion
from app.events import LearningEvent
from app.models import activity_id

_RANK = {
    "registered": ("registered", 0),
    "updated": ("registered", 0),
    "initialized": ("begun", 1),
    "progressed": ("begun", 1),
    "scored": ("begun", 1),
    "answered": ("begun", 1),
    "failed": ("failed", 2),
    "passed": ("passed", 3),
    "attended": ("attended", 3),
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

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in Row.__slots__}


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


def share(required: Sequence[str] | None, done: Collection[UUID]) -> float | None:
    """How much of what was required (IRIs) is among the activities (ids) that she has done, in any
    of her registrations; None when nothing was required."""
    if not required:
        return None
    return completion.share(required, {iri for iri in required if activity_id(iri) in done})
