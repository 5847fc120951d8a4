"""What statements are found by beside their rows: written with them, and brought up to date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import and_, bindparam, case, delete, func, literal, select, update
from sqlalchemy.orm import aliased

from app import activities, bulk, db
from xapi import agents, bodies, mentions, rules
from xapi.mentions import AGENT, ANY_AGENT, POINTING, POINTING_WITHIN
from xapi.models import Mention, Statement
from xapi.shapes import Agent

FURTHEST = 16
"""Steps from a statement to those that it points at, and on."""
_PIECE = 500


def keep(keys: Mapping[int, Collection[bytes]]) -> None:
    """Write the keys of new statements, by their seq."""
    rows = sorted((key, seq) for seq, some in keys.items() for key in some)
    bulk.pour(Mention, ("key", "seq"), rows)


def drop(keys: Mapping[int, Collection[bytes]]) -> None:
    """Take out the keys of statements that go, by their seq."""
    gone = {key for some in keys.values() for key in some}
    db.session().execute(delete(Mention).where(Mention.key.in_(gone), Mention.seq.in_(list(keys))))


def beside(body: str) -> set[bytes]:
    """The keys of a statement that was checked before."""
    return mentions.beside(rules.known(body))


def names(body: str) -> set[str]:
    """The agents of a statement that was checked before (agents.key)."""
    return mentions.named(rules.known(body))


def follow(pointing: Iterable[int]) -> None:
    """Let these statements, and all that point at them, be found by what their targets say."""
    starts = sorted({*pointing})
    for place in range(0, len(starts), _PIECE):
        _inherit(_upwards(starts[place : place + _PIECE]))


def _upwards(starts: Sequence[int]) -> list[int]:
    return sorted(db.session().connection().scalars(_UPWARDS, {"starts": starts}))


def _inherit(starts: Sequence[int]) -> None:
    for place in range(0, len(starts), _PIECE):
        given = {"starts": starts[place : place + _PIECE]}
        reached = db.session().connection().execute(_DOWNWARDS, given).all()
        for by, rows in (
            (POINTING, reached),
            (POINTING_WITHIN, [row for row in reached if row.within]),
        ):
            said = dict(_said({row.at for row in rows}, by))
            _add({(key, row.start) for row in rows for key in said[row.at]})


def _said(seqs: Collection[int], by: str) -> Iterator[tuple[int, set[bytes]]]:
    site, wanted = activities.site(), sorted(seqs)
    for place in range(0, len(wanted), _PIECE):
        rows = select(Statement.seq, Statement.body, Statement.authority).where(
            Statement.seq.in_(wanted[place : place + _PIECE])
        )
        for seq, body, name in db.session().execute(rows):
            authority = msgspec.convert(agents.authority(name, site), Agent)
            yield seq, mentions.everything(rules.known(body), authority, by)


_STARTS = Statement.seq.in_(bindparam("starts", expanding=True))
_FURTHER = aliased(Statement)
_up = (
    select(Statement.seq, Statement.statement_id, literal(0).label("steps"))
    .where(_STARTS)
    .cte("upwards", recursive=True)
)
_up = _up.union(
    select(_FURTHER.seq, _FURTHER.statement_id, _up.c.steps + 1)
    .join(_up, _FURTHER.target_id == _up.c.statement_id)
    .where(_up.c.steps < FURTHEST)
)
_UPWARDS = select(_up.c.seq).distinct()
"""These statements, and those from which they are reached."""

_down = (
    select(
        Statement.seq.label("start"),
        Statement.seq.label("at"),
        Statement.target_id.label("target"),
        Statement.authority,
        literal(1).label("within"),
        literal(0).label("steps"),
    )
    .where(_STARTS)
    .cte("downwards", recursive=True)
)
_same = _FURTHER.authority.is_not_distinct_from(_down.c.authority)
_down = _down.union(
    select(
        _down.c.start,
        _FURTHER.seq,
        _FURTHER.target_id,
        _FURTHER.authority,
        case((and_(_down.c.within == 1, _same), 1), else_=0),
        _down.c.steps + 1,
    )
    .join(_down, _FURTHER.statement_id == _down.c.target)
    .where(_down.c.steps < FURTHEST)
)
_DOWNWARDS = select(_down.c.start, _down.c.at, func.max(_down.c.within).label("within")).group_by(
    _down.c.start, _down.c.at
)
"""From each of these statements: itself and those that it reaches, and whether by statements of
one authority alone."""


def _add(rows: Collection[tuple[bytes, int]]) -> None:
    if rows:
        given = [{"key": key, "seq": seq} for key, seq in sorted(rows)]
        db.session().connection().execute(db.insert_new(Mention, "seq"), given)


def rename(gone: Collection[str], name: str) -> None:
    """Agents that nobody is called any more: their statements are found under another name."""
    connection = db.session().connection()
    for kind in (AGENT, ANY_AGENT):
        for by in ("", POINTING, POINTING_WITHIN):
            old = [mentions.key(kind, one, by) for one in gone]
            rows = select(Mention.seq).where(Mention.key.in_(old))
            new = mentions.key(kind, name, by)
            _add({(new, seq) for seq in connection.scalars(rows)})
            connection.execute(delete(Mention).where(Mention.key.in_(old)))


def refresh(after: int) -> int | None:
    """Bring some statements after this seq, as earlier versions left them, up to date: their
    keys, and activities that stand alone; the seq of the last, or None when there are no more."""
    rows = select(Statement.seq, Statement.body, Statement.target_id).where(Statement.seq > after)
    some = db.session().execute(rows.order_by(Statement.seq).limit(_PIECE)).all()
    _add({(key, row.seq) for row in some for key in beside(row.body)})
    for row in some:
        if not rules.known(row.body).in_lists:
            db.session().execute(
                update(Statement)
                .where(Statement.seq == row.seq)
                .values(body=bodies.in_lists(row.body))
            )
    follow(row.seq for row in some if row.target_id)
    return some[-1].seq if some else None
