"""What made-up people did: their statements by the hundred thousand, from moulds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app import bulk, content, db
from app.events import LearningEvent
from xapi import statements
from xapi.models import Statement
from xapi.service import house, mentions

_NAMES = (
    "statement_id", "person_id", "registration_id", "activity_id", "agent_key", "verb", "moves",
    "version", "body", "timestamp", "stored",
)  # fmt: skip


def keep(told: Sequence[LearningEvent]) -> int:
    """Store the statements of events that have never been told and take nothing back; how many.

    Of the statements that differ in ids and times alone the first is made and checked as any
    other (house.rows), and is the mould of the rest.
    """
    last = db.session().scalar(select(func.max(Statement.seq))) or 0
    count = bulk.pour(Statement, _NAMES, _rows(told))
    moulds: dict[Any, _Mould] = content.keep_in_mind("xapi.moulds", dict)
    beside = {event.id: moulds[_shape(event)].beside for event in told}
    rows = select(Statement.seq, Statement.statement_id).where(Statement.seq > last)
    mentions.keep({seq: beside.get(one, ()) for seq, one in db.session().execute(rows)})
    return count


def _rows(told: Sequence[LearningEvent]) -> Iterator[tuple[Any, ...]]:
    stored = db.claim()
    moulds: dict[Any, _Mould] = content.keep_in_mind("xapi.moulds", dict)
    shapes = [_shape(event) for event in told]
    new = {one: event for one, event in zip(shapes, told, strict=True) if one not in moulds}
    for row, (shape, event) in zip(house.rows(list(new.values())), new.items(), strict=True):
        moulds[shape] = _mould(row, event)
    said = statements.in_iso(stored)
    for one, event in zip(shapes, told, strict=True):
        yield moulds[one].row(event, stored, said)


def _shape(event: LearningEvent) -> Any:
    """What two statements must have in common to be cast from one mould."""
    one = event.result
    outcome = one and (
        *(one.success, one.completion, one.score, one.raw, one.maximum, one.response),
        one.seconds is None,
    )
    more = (event.required, len(event.evidence), event.language, event.by, event.moves)
    return event.verb, event.activity, outcome, more


@dataclass(frozen=True, slots=True)
class _Mould:
    """The body of a statement, cut where an id or a time stands; which of them stands there; and
    the keys that it is found by beside its row."""

    pieces: Sequence[str]
    cuts: Sequence[int]
    agent: tuple[str, str]
    verb: str
    activity_id: UUID
    beside: Collection[bytes]

    def row(self, event: LearningEvent, stored: datetime, said: str) -> tuple[Any, ...]:
        person = str(event.person_id)
        values = _values(event, said)
        body = [self.pieces[0]]
        for cut, piece in zip(self.cuts, self.pieces[1:], strict=True):
            body += values[cut], piece
        return (
            *(event.id, event.person_id, event.registration_id, self.activity_id),
            *(person.join(self.agent), self.verb, event.moves, statements.VERSION),
            *("".join(body), event.time, stored),
        )


def _values(event: LearningEvent, stored: str) -> list[str]:
    """What differs from statement to statement, in a fixed order."""
    ids = (event.id, event.person_id, event.registration_id, *event.evidence)
    values = [statements.in_iso(event.time), stored, *map(str, ids)]
    if event.result and event.result.seconds is not None:
        values.append(statements.in_seconds(event.result.seconds))
    return values


def _mould(row: dict[str, Any], event: LearningEvent) -> _Mould:
    values = _values(event, statements.in_iso(row["stored"]))
    if len(set(values)) < len(values) or event.takes_back:
        raise ValueError(f"no mould can be made of this: {event!r}")
    body = row["body"]
    for place, value in enumerate(values):
        body = body.replace(value, f"\0{place}\0")
    cut = body.split("\0")
    before, _, after = row["agent_key"].partition(str(event.person_id))
    return _Mould(
        pieces=cut[::2],
        cuts=[int(place) for place in cut[1::2]],
        agent=(before, after),
        verb=row["verb"],
        activity_id=row["activity_id"],
        beside=mentions.beside(row["body"]),
    )
