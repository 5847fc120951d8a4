"""Which statements match: each way in which they can, as a walk along an index.

A statement meets a condition by what its row says, by what it names beside (Mention), or by what
it points at (xAPI Communication, 2.1.3: Filter Conditions for StatementRefs). Each way is walked
in the order of arrival and no further than a page, so that a page takes the same time however
many statements there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, exists, or_, select, union

from app import activities
from app.models import activity_id
from xapi import agents
from xapi.mentions import (
    ACTIVITY,
    AGENT,
    ANY_ACTIVITY,
    ANY_AGENT,
    POINTING,
    POINTING_WITHIN,
    REGISTRATION,
    VERB,
    key,
)
from xapi.models import Mention, Statement
from xapi.shapes import Agent


@dataclass(frozen=True, slots=True)
class Reach:
    """Which statements may be read at all: those of one authority, or what is told of one person
    in one registration of hers; what is None asks nothing."""

    authority: str | None = None
    registration: UUID | None = None
    person: UUID | None = None

    @property
    def is_all(self) -> bool:
        return self == EVERYTHING

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.authority is not None:
            yield Statement.authority == self.authority
        if self.registration is not None:
            yield Statement.registration_id == self.registration
        if self.person is not None:
            yield Statement.person_id == self.person


EVERYTHING = Reach()


@dataclass(frozen=True, slots=True)
class Query:
    """Which statements are asked for (xAPI Communication, 2.1.3); what is None asks nothing.

    `agent` is a key of agents.key; `since` is exclusive, `until` inclusive, both of the time of
    storing; `after` is the seq of the last one seen; `reach` is what may be read.
    """

    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = 0
    after: int | None = None
    reach: Reach = EVERYTHING


@dataclass(frozen=True, slots=True)
class _Condition:
    """One that is asked: what the row of a statement says of it, the key of those that name it
    beside (None where rows say all), and of those that point at others."""

    columns: Sequence[ColumnElement[bool]]
    beside: bytes | None
    pointing: bytes


def page(query: Query, settled: datetime, most: int) -> Select[int, str]:
    """Seq and body of the first `most` statements that match, in the order asked for."""
    asked = _conditions(query)
    bodies = select(Statement.seq, Statement.body)
    if not asked:
        return _in_order(bodies.where(*_standing(query, settled)), query).limit(most)
    ways = [
        select(_in_order(walk, query, seq).limit(most).subquery().c.seq)
        for walk, seq in _walks(asked, tuple(_standing(query, settled)))
    ]
    order = Statement.seq.asc() if query.ascending else Statement.seq.desc()
    return bodies.where(Statement.seq.in_(union(*ways))).order_by(order).limit(most)


def _walks(
    asked: Sequence[_Condition], standing: Sequence[ColumnElement[bool]]
) -> Iterator[tuple[Select[int], Any]]:
    rows = select(Statement.seq).where(*standing)
    beside = select(Mention.seq).join(Statement, Statement.seq == Mention.seq).where(*standing)
    said = [one.columns[0] for one in asked if one.beside is None]
    named = [one for one in asked if one.beside is not None]
    if not named:
        yield rows.where(*said), Statement.seq
    else:
        first, *others = named
        rest = [*said, *(or_(*one.columns, _has(one.beside)) for one in others)]
        for column in first.columns:
            yield rows.where(column, *rest), Statement.seq
        yield beside.where(Mention.key == first.beside, *rest), Mention.seq
    first, *others = asked
    rest = [_has(one.pointing) for one in others]
    yield beside.where(Mention.key == first.pointing, *rest), Mention.seq


def _has(wanted: bytes | None) -> ColumnElement[bool]:
    other = Mention.__table__.alias()
    return exists().where(other.c.key == wanted, other.c.seq == Statement.seq)


def _standing(query: Query, settled: datetime) -> Iterator[ColumnElement[bool]]:
    yield Statement.voided_by.is_(None)
    yield Statement.stored <= settled
    yield from query.reach.conditions()
    if query.since:
        yield Statement.stored > query.since
    if query.until:
        yield Statement.stored <= query.until


def _in_order(walk: Any, query: Query, seq: Any = Statement.seq) -> Any:
    if query.ascending:
        walk = walk.order_by(seq)
        return walk.where(seq > query.after) if query.after is not None else walk
    walk = walk.order_by(seq.desc())
    return walk.where(seq < query.after) if query.after is not None else walk


def _conditions(query: Query) -> list[_Condition]:
    by = POINTING if query.reach.is_all else POINTING_WITHIN
    asked = []
    if query.registration is not None:
        own = Statement.registration_id == query.registration
        asked.append(_Condition([own], None, key(REGISTRATION, str(query.registration), by)))
    if query.agent is not None:
        asked.append(_of_agent(query.agent, by, related=query.related_agents))
    if query.activity is not None:
        kind = ANY_ACTIVITY if query.related_activities else ACTIVITY
        own = Statement.activity_id == activity_id(query.activity)
        beside = key(kind, query.activity) if query.related_activities else None
        asked.append(_Condition([own], beside, key(kind, query.activity, by)))
    if query.verb is not None:
        own = Statement.verb == query.verb
        asked.append(_Condition([own], None, key(VERB, query.verb, by)))
    return asked


def _of_agent(agent: str, by: str, *, related: bool) -> _Condition:
    kind = ANY_AGENT if related else AGENT
    columns = [Statement.agent_key == agent]
    if related:
        columns += _as_authority(agent)
    return _Condition(columns, key(kind, agent), key(kind, agent, by))


def _as_authority(agent: str) -> list[ColumnElement[bool]]:
    """The statements for which an agent stands, if that is the house or a credential's account."""
    site = activities.site()
    if agent == _authority(None, site):
        return [Statement.authority.is_(None)]
    name = agent.rpartition("|")[2]
    return [Statement.authority == name] if name and agent == _authority(name, site) else []


def _authority(name: str | None, site: str) -> str:
    return agents.key(msgspec.convert(agents.authority(name, site), Agent))
