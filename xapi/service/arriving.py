"""Statements of an export, as they become rows here: judged again, and kept as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import Table, bindparam, select, update

from app import activities, db, files
from app.errors import Problem
from app.models import Registration, activity_id
from xapi import agents, bodies, lines, mentions, retelling, rules
from xapi.attachments import File
from xapi.models import Statement
from xapi.rules import VOIDED, Checked
from xapi.service import attachments, house
from xapi.service import mentions as beside
from xapi.shapes import Activity, Agent, Reference

MOST = 1000
"""Refused lines of which the reason is remembered; all are counted."""
LONGEST = 100
"""Letters of the name of an authority."""
_IN_AUDIT = 50

Numbered = Sequence[tuple[int, Any]]


class Refused(ValueError):
    """This line is not kept; says why."""


@dataclass(slots=True)
class Report:
    """Lines that were added, that were there already, and that were refused (with the number of
    the line and the reason); `whole` says that the file came to its end."""

    added: dict[str, int] = field(default_factory=dict)
    known: int = 0
    refused: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    whole: bool = False

    def add(self, kind: str, count: int = 1) -> None:
        if count:
            self.added[kind] = self.added.get(kind, 0) + count

    def refuse(self, number: int, reason: object) -> None:
        self.refused += 1
        if len(self.reasons) < MOST:
            self.reasons.append((number, str(reason)))

    def in_short(self) -> dict[str, Any]:
        reasons = [{"line": one, "reason": why} for one, why in self.reasons[:_IN_AUDIT]]
        counts = {"known": self.known, "refused": self.refused, "whole": self.whole}
        return {"added": dict(self.added), **counts, "reasons": reasons}


def passages(ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose registrations these are."""
    rows = select(Registration.id, Registration.person_id).where(Registration.id.in_(ids))
    return dict(db.session().execute(rows).all())


def keep(told: Numbered, report: Report, trusted: bool) -> None:
    """Keep the statements of these lines that are new and right, within the current act."""
    read = list(_read(told, report))
    if not read:
        return
    db.claim_beside(alone=True)  # they may point at each other, and at what others store
    standing = _standing([_id(text) for _, _, text in read])
    if trusted:
        _trust(read, standing, report)
    fresh: dict[UUID, Row] = {}
    for number, row in _rows([one for one in read if _id(one[2]) not in standing], report, trusted):
        first = fresh.setdefault(row[0]["statement_id"], row)
        if first is not row:
            _again(first[0]["body"], row[0]["body"], number, report)
    for number, _, text in read:
        if (there := standing.get(_id(text))) is not None:
            _again(there.body, text, number, report)
    if fresh:
        attached = {_id(text): line.files for _, line, text in read if line.files}
        _add(list(fresh.values()), attached, report)


Read = tuple[int, lines.Statement, str]
"""The number of a line, the line, the text of its statement."""


def _read(told: Numbered, report: Report) -> Iterator[Read]:
    for number, line in told:
        try:
            text = line.told
            _id(text)
            yield number, line, text
        except (ValueError, RecursionError) as wrong:
            report.refuse(number, wrong)


class _Named(msgspec.Struct):
    id: UUID


_named = msgspec.json.Decoder(_Named)


def _id(text: str) -> UUID:
    return _named.decode(text).id


def _standing(ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = select(
        Statement.statement_id, Statement.body, Statement.moves, Statement.authority
    ).where(Statement.statement_id.in_(ids))
    return {row.statement_id: row for row in db.session().execute(rows)}


def _again(standing: str, text: str, number: int, report: Report) -> None:
    if standing == text or bodies.same(standing, text):
        report.known += 1
    else:
        report.refuse(number, "another statement with this id is kept")


def _trust(read: Sequence[Read], standing: dict[UUID, Any], report: Report) -> None:
    """What came before in a file that was not trusted, and is the same to the letter, may move
    progress now."""
    raised = []
    for number, line, text in read:
        row = standing.get(_id(text))
        if row is None or not line.moves or row.moves:
            continue
        if row.body == text and row.authority == line.authority:
            raised.append((number, line, text))
    ids = {row["statement_id"] for _, (row, _checked) in _rows(raised, report, True)}
    if ids:
        known = Statement.statement_id.in_(ids)
        db.session().execute(update(Statement).where(known).values(moves=True))
        report.add("trusted", len(ids))


Row = tuple[dict[str, Any], Checked]


def _rows(told: Sequence[Read], report: Report, trusted: bool) -> Iterator[tuple[int, Row]]:
    """The rows of those that are right, with the numbers of their lines."""
    made = []
    for number, line, text in told:
        try:
            made.append((number, _row(line, text, trusted)))
        except (Problem, ValueError, RecursionError) as wrong:
            report.refuse(number, getattr(wrong, "sentence", wrong))
    moving = [row["registration_id"] for _, (row, _checked) in made if row["moves"]]
    whose = passages(moving) if moving else {}
    for number, (row, checked) in made:
        mine = whose.get(row["registration_id"])
        if row["moves"] and (mine is None or mine != row["person_id"]):
            report.refuse(number, "it moves progress, but its registration is not in this house")
        else:
            yield number, (row, checked)


def _row(line: lines.Statement, text: str, trusted: bool) -> Row:
    site = activities.site()
    if len(line.authority or "") > LONGEST or "\0" in (line.authority or ""):
        raise Refused("the name of an authority is shorter")
    if not all(files.is_there(attachments.SHELF, one.name) for one in line.files):
        raise Refused("what is attached to it is not in the file")
    version = msgspec.json.decode(text, type=_Versioned).version
    checked = rules.check(text.encode(), version=version)
    told = checked.statement
    if told.authority is UNSET or told.stored is UNSET or told.timestamp is UNSET:
        raise Refused("a kept statement says its authority, when it was stored, and its time")
    authority = msgspec.convert(agents.authority(line.authority, site), Agent)
    if agents.key(told.authority) != agents.key(authority):
        raise Refused("the statement names another authority than its line")
    row = {
        "statement_id": UUID(told.id or ""),
        "agent_key": agents.key(told.actor),
        "verb": told.verb.id,
        "moves": trusted and line.moves,
        "voided_by": line.voided_by,
        "authority": line.authority,
        "version": version,
        "body": text,
        "timestamp": rules.moment(told.timestamp, "timestamp"),
        "stored": rules.moment(told.stored, "stored"),
    }
    if line.authority is None:
        return row | _as_ours(text, site), checked
    event = house.of_player(text, site) if row["moves"] else None
    heard = {"activity_id": event.activity_id, "timestamp": event.time} if event else {}
    return row | _as_theirs(checked) | heard, checked


class _Versioned(msgspec.Struct):
    version: str


def _as_ours(text: str, site: str) -> dict[str, Any]:
    event = retelling.to_event(text, site)
    if event is None:
        raise Refused("the house never said this")
    return {
        "person_id": event.person_id,
        "registration_id": event.registration_id,
        "activity_id": event.activity_id,
        "target_id": event.takes_back,
    }


def _as_theirs(checked: Checked) -> dict[str, Any]:
    told, about = checked.statement, checked.object
    context = told.context or None
    return {
        "person_id": agents.person(told.actor, activities.site()),
        "registration_id": UUID(context.registration) if context and context.registration else None,
        "activity_id": activity_id(about.id) if isinstance(about, Activity) else None,
        "target_id": UUID(about.id) if isinstance(about, Reference) else None,
    }


_VOID = (
    update(cast(Table, Statement.__table__))
    .where(Statement.statement_id == bindparam("gone"), Statement.verb != VOIDED)
    .where(Statement.voided_by.is_(None))
    .values(voided_by=bindparam("by"))
)
_POINTING = (
    select(Statement.seq, Statement.statement_id, Statement.target_id, Statement.verb)
    .where(Statement.target_id.in_(bindparam("new", expanding=True)))
    .order_by(Statement.seq)
)


def _add(
    rows: Sequence[Row], attached: Mapping[UUID, Sequence[lines.File]], report: Report
) -> None:
    """Write new statements and what is attached to them, let them be found, and let those that
    void do so, whichever came first."""
    writer = db.session().connection()
    adding = db.insert_new(Statement, "statement_id", "seq")
    new = dict(writer.execute(adding, [row for row, _ in rows]).all())
    report.add("statement", len(new))
    kept = [(row, checked) for row, checked in rows if row["statement_id"] in new]
    beside.keep({new[row["statement_id"]]: mentions.beside(checked) for row, checked in kept})
    attachments.keep(
        {new[one]: list(map(_file, some)) for one, some in attached.items() if one in new}
    )
    early = writer.execute(_POINTING, {"new": list(new)}).all()
    void = [
        {"gone": row["target_id"], "by": row["statement_id"]}
        for row, _ in kept
        if row["verb"] == VOIDED and row["target_id"]
    ]
    void += [{"gone": one.target_id, "by": one.statement_id} for one in early if one.verb == VOIDED]
    if void:
        writer.execute(_VOID, void)
    pointing = [new[row["statement_id"]] for row, _ in kept if row["target_id"]]
    beside.follow([*pointing, *(one.seq for one in early)])


def _file(one: lines.File) -> File:
    pieces = files.reading(attachments.SHELF, one.name)
    return File(one.sha2, one.name, one.length, one.type, pieces)
