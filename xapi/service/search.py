"""Finding statements: one by its id, or a page of those that match, up to what is settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select

from app import db
from xapi.models import Statement
from xapi.service import matching
from xapi.service.matching import Query

MOST = 200
"""Statements of one page."""


@dataclass(frozen=True, slots=True)
class Page:
    """`more` is the seq after which the next page begins, None on the last; `seqs` are those of
    the statements that are on it."""

    bodies: Sequence[str]
    more: int | None
    seqs: Sequence[int] = ()


def through() -> datetime:
    """Up to when whatever was stored can be seen (Communication, 2.1.3: Consistent-Through). Ask
    before anything else is read."""
    return db.settled()


@dataclass(frozen=True, slots=True)
class One:
    """A statement as it is kept, and when it was stored."""

    seq: int
    body: str
    stored: datetime


def one(statement_id: UUID, *, voided: bool, authority: str | None) -> One | None:
    """A statement that stands, or one that was voided."""
    there = Statement.voided_by.is_not(None) if voided else Statement.voided_by.is_(None)
    found = select(Statement.seq, Statement.body, Statement.stored).where(
        Statement.statement_id == statement_id, there
    )
    if authority is not None:
        found = found.where(Statement.authority == authority)
    row = db.session().execute(found).first()
    return One(row.seq, row.body, row.stored) if row else None


def page(query: Query, settled: datetime) -> Page:
    """A page of the statements that stand and match, in the order of their arrival, up to what
    was `settled` before."""
    most = min(query.limit or MOST, MOST)
    found = matching.page(query, settled, most + 1)
    rows: Sequence[Row[int, str]] = db.session().execute(found).all()
    more = rows[most - 1].seq if len(rows) > most else None
    shown = rows[:most]
    return Page([row.body for row in shown], more, [row.seq for row in shown])
