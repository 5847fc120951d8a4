"""Finding statements: one by its id, or a page of those that match, up to what is settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select

from app import db
from app.models import activity_id
from xapi.models import Statement

MOST = 200
"""Statements of one page."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which statements are asked for (xAPI Communication, 2.1.3); what is None asks nothing.

    `agent` is a key of agents.key; `since` is exclusive, `until` inclusive, both of the time of
    storing; `after` is the seq of the last one seen; `authority` allows those of one authority.
    """

    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    ascending: bool = False
    limit: int = 0
    after: int | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`more` is the seq after which the next page begins, None on the last."""

    bodies: Sequence[str]
    more: int | None


def through() -> datetime:
    """Up to when whatever was stored can be seen (Communication, 2.1.3: Consistent-Through). Ask
    before anything else is read."""
    return db.settled()


def one(statement_id: UUID, *, voided: bool, authority: str | None) -> tuple[str, datetime] | None:
    """A statement and when it was stored: one that stands, or one that was voided."""
    there = Statement.voided_by.is_not(None) if voided else Statement.voided_by.is_(None)
    found = select(Statement.body, Statement.stored).where(
        Statement.statement_id == statement_id, there
    )
    if authority is not None:
        found = found.where(Statement.authority == authority)
    row = db.session().execute(found).first()
    return (row.body, row.stored) if row else None


def page(query: Query, settled: datetime) -> Page:
    """A page of the statements that stand and match, in the order of their arrival, up to what
    was `settled` before."""
    most = min(query.limit or MOST, MOST)
    rows: Sequence[Row[int, str]] = (
        db.session().execute(_matching(query, settled).limit(most + 1)).all()
    )
    more = rows[most - 1].seq if len(rows) > most else None
    return Page([row.body for row in rows[:most]], more)


def _matching(query: Query, settled: datetime) -> Select[int, str]:
    rows = select(Statement.seq, Statement.body).where(
        Statement.voided_by.is_(None), Statement.stored <= settled
    )
    for column, wanted in (
        (Statement.agent_key, query.agent),
        (Statement.verb, query.verb),
        (Statement.activity_id, activity_id(query.activity) if query.activity else None),
        (Statement.registration_id, query.registration),
        (Statement.authority, query.authority),
    ):
        if wanted is not None:
            rows = rows.where(column == wanted)
    if query.since:
        rows = rows.where(Statement.stored > query.since)
    if query.until:
        rows = rows.where(Statement.stored <= query.until)
    if query.ascending:
        rows = rows.order_by(Statement.seq)
        return rows.where(Statement.seq > query.after) if query.after is not None else rows
    rows = rows.order_by(Statement.seq.desc())
    return rows.where(Statement.seq < query.after) if query.after is not None else rows
