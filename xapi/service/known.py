"""What the store knows of the agents and activities that statements spoke of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, select, update

from app import activities, db
from app.models import activity_id
from xapi import agents, definitions, statements
from xapi.models import Spoken, Statement
from xapi.rules import Checked
from xapi.service.matching import Reach
from xapi.shapes import Agent
from xapi.statements import Subject

LARGEST = 256 * 1024
"""Characters of a definition: what would make one larger is not added to it."""
_AT_ONCE = 5_000
_LOOKED_AT = 20
"""Statements in which the names of somebody are looked for: the newest."""


def person(agent: Agent, *, reach: Reach) -> dict[str, Any]:
    """The Person of an agent (Communication, 2.4): under the names that the agent had of late, in
    the statements that may be read."""
    rows = select(Statement.body).where(
        Statement.agent_key == agents.key(agent),
        Statement.voided_by.is_(None),
        *reach.conditions(),
    )
    newest = rows.order_by(Statement.seq.desc()).limit(_LOOKED_AT)
    found = [_ACTOR.decode(body).actor.name for body in db.session().scalars(newest)]
    return agents.as_person(agent, [name for name in found if name])


class _Named(msgspec.Struct):
    name: str = ""


class _Told(msgspec.Struct):
    actor: _Named


_ACTOR = msgspec.json.Decoder(_Told)


def activity(iri: str) -> dict[str, Any]:
    """All that is known of an activity (Communication, 2.5): of one of ours, what it is; of any
    other, what statements said of it."""
    ours = activities.names([iri]).get(iri)
    if ours is not None:
        kind = activities.kind(ours.kind).iri
        return statements.to_activity(Subject(iri, ours.titles, kind, ours.definition))
    found = db.session().scalar(select(Spoken.definition).where(Spoken.id == activity_id(iri)))
    known = {"definition": msgspec.json.decode(found)} if found else {}
    return {"objectType": "Activity", "id": iri, **known}


def learn(received: Iterable[Checked]) -> None:
    """Add what is said of activities to what is known of them; nobody outside says what ours are.

    Rows are taken in the order of their ids, and those that stay as they are not at all: batches
    that speak of the same activities wait for each other, but never in a circle.
    """
    add(definitions.told(received, without=f"{activities.site()}/activities/"))


def add(told: Mapping[str, dict[str, Any]]) -> None:
    """The same of definitions by their IRIs, none of which is ours."""
    by_id = {activity_id(iri): iri for iri in told}
    ids = sorted(by_id)
    for first in range(0, len(ids), _AT_ONCE):
        _learn({one: (by_id[one], told[by_id[one]]) for one in ids[first : first + _AT_ONCE]})


def _learn(told: dict[UUID, tuple[str, dict[str, Any]]]) -> None:
    writer = db.session().connection()
    known = _known(writer, _STANDING, list(told))
    changed = [one for one in told if _added(known.get(one), told[one][1])]
    new = [
        {"id": one, "iri": told[one][0], "definition": text}
        for one in changed
        if one not in known and (text := _added(None, told[one][1]))
    ]
    made: set[UUID] = set()
    if new:
        made = set(writer.execute(db.insert_new(Spoken, "id"), new).scalars())
    rest = [one for one in changed if one not in made]
    if rest:
        known = _known(writer, _STANDING.with_for_update(), rest)
        more = [
            {"one": one, "text": text}
            for one, standing in known.items()
            if (text := _added(standing, told[one][1]))
        ]
        if more:
            writer.execute(_ADD, more)


def _known(writer: Connection, rows: Select[UUID, str], ids: Sequence[UUID]) -> dict[UUID, str]:
    return {row.id: row.definition for row in writer.execute(rows, {"ids": ids})}


def _added(standing: str | None, told: dict[str, Any]) -> str | None:
    """The definition with what is told, as JSON; None where it stays as it is."""
    before = msgspec.json.decode(standing) if standing else {}
    after = definitions.joined(before, told)
    text = msgspec.json.encode(after).decode()
    return text if (standing is None or after != before) and len(text) <= LARGEST else None


_STANDING = (
    select(Spoken.id, Spoken.definition)
    .where(Spoken.id.in_(bindparam("ids", expanding=True)))
    .order_by(Spoken.id)
)
_ADD = (
    update(cast(Table, Spoken.__table__))
    .where(Spoken.id == bindparam("one"))
    .values(definition=bindparam("text"))
)
