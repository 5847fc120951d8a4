"""What other systems send: kept as it was received, never moving anybody's progress.

A statement from outside is stored with moves=False, and what it voids is hidden from readers of
/xapi but stands in our own progress: nothing posted from outside gives or takes a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, delete, select, update

from app import activities, bulk, db, events, sharing
from app.errors import Conflict
from app.models import activity_id
from xapi import agents, bodies, rules, statements
from xapi.attachments import NOTHING, File, match
from xapi.mentions import beside
from xapi.models import Statement
from xapi.parts import Sent
from xapi.rules import VOIDED, Checked
from xapi.service import attachments, known, mentions
from xapi.shapes import Activity, Reference

OLDEST = {"1": "1.0.0", "2": "2.0.0"}
"""The version of a statement that names none, by the version it was sent under (Data, 2.4.10)."""

_POINTING = (
    select(Statement.seq, Statement.statement_id, Statement.target_id, Statement.verb)
    .where(Statement.target_id.in_(bindparam("new", expanding=True)))
    .order_by(Statement.seq)
)
"""Statements that point at new ones, some of which came before what they point at."""


@dataclass(frozen=True, slots=True)
class Received:
    """A statement that keeps the rules, the text in which it came (context activities in lists),
    and what is attached to it."""

    id: UUID
    text: str
    checked: Checked
    files: tuple[File, ...] = ()


def receive(
    text: str, *, version: str, statement_id: UUID | None = None, sent: Sent = NOTHING
) -> Received:
    """Read and judge one statement, and what came with it. Raises rules.Broken."""
    checked = rules.check(text.encode(), version=version)
    told = UUID(checked.statement.id) if checked.statement.id else None
    if told and statement_id and told != statement_id:
        raise rules.Broken("id", "another than the statementId of the address")
    kept = text if checked.in_lists else bodies.in_lists(text)
    found = statement_id or told or events.new_id()
    return Received(found, kept, checked, match(checked, sent, text=text, statement_id=found))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request sends: kept whole or not at all.

    `defines`: what it says of activities is added to what is known of those.
    """

    received: Sequence[Received]
    authority: str
    version: str
    defines: bool = False


def send(batch: Batch) -> None:
    """Keep what a request sends, durably, by a commit that others may share. What is known already
    and says the same is left as it is. Raises Conflict when a known id comes with another
    statement."""
    sharing.keep("xapi.inbox", batch, keep)


def store(
    received: Sequence[Received], *, authority: str, version: str, defines: bool = False
) -> None:
    """The same within the current act. Raises Conflict."""
    (wrong,) = keep([Batch(received, authority, version, defines)])
    if wrong is not None:
        raise wrong


def keep(sent: Sequence[Batch]) -> list[Exception | None]:
    """Keep what several sent within the current act, and say of each what was wrong with it: of
    those nothing is kept. Two that say the same id come one after the other."""
    stored = db.claim_beside(alone=any(_target(one) for some in sent for one in some.received))
    wrongs: dict[int, Exception] = {}
    left = list(range(len(sent)))
    while left:
        these, left = _apart(left, sent)
        wrongs |= _keep({place: sent[place] for place in these}, stored)
    return [wrongs.get(place) for place in range(len(sent))]


def _apart(places: Sequence[int], sent: Sequence[Batch]) -> tuple[list[int], list[int]]:
    """Those that name no id that one before them names, and the others."""
    seen: set[UUID] = set()
    these: list[int] = []
    others: list[int] = []
    for place in places:
        ids = {one.id for one in sent[place].received}
        (others if ids & seen else these).append(place)
        seen |= ids
    return these, others


def _keep(sent: Mapping[int, Batch], stored: datetime) -> dict[int, Exception]:
    rows = [row for some in sent.values() for row in _rows(some, stored)]
    if not rows:
        return {}
    new = bulk.add(Statement, _NAMES, rows, key="statement_id", place="seq")
    wrongs = _conflicts(sent, new) if len(new) < len(rows) else {}
    well = [some for place, some in sent.items() if place not in wrongs]
    kept = [one for some in well for one in some.received if one.id in new]
    mentions.keep({new[one.id]: beside(one.checked) for one in kept})
    attachments.keep({new[one.id]: one.files for one in kept if one.files})
    for one in kept:
        if one.checked.voids and (target := _target(one)):
            _void(target, one.id)
    _hear_the_early(
        {one.id: new[one.id] for one in kept},
        pointing=[new[one.id] for one in kept if _target(one)],
    )
    known.learn(
        one.checked for some in well if some.defines for one in some.received if one.id in new
    )
    return wrongs


def _conflicts(sent: Mapping[int, Batch], new: Mapping[UUID, int]) -> dict[int, Exception]:
    """Which of them say a known id with another statement; what of those is new goes again."""
    again = {one.id: one for some in sent.values() for one in some.received if one.id not in new}
    rows = select(Statement.statement_id, Statement.body)
    standing = db.session().execute(rows.where(Statement.statement_id.in_(list(again)))).all()
    other = {one for one, body in standing if not bodies.same(body, again[one].text)}
    wrongs: dict[int, Exception] = {}
    for place, some in sent.items():
        bad = next((one.id for one in some.received if one.id in other), None)
        if bad is not None:
            wrongs[place] = Conflict(
                f"Another statement with the id {bad} is kept already; "
                "nothing of this request was stored (xAPI Communication, 2.1.1)."
            )
            gone = [new[one.id] for one in some.received if one.id in new]
            db.session().connection().execute(delete(Statement).where(Statement.seq.in_(gone)))
    return wrongs


def _hear_the_early(new: dict[UUID, int], *, pointing: Sequence[int]) -> None:
    """Let statements that came before their targets void them, and all that point at others be
    found by them."""
    early = db.session().connection().execute(_POINTING, {"new": list(new)}).all()
    for one in early:
        if one.verb == VOIDED:
            _void(one.target_id, one.statement_id)
    mentions.follow([*pointing, *(one.seq for one in early)])


def _void(target: UUID, by: UUID) -> None:
    """Mark a statement as voided; one that voids cannot be voided itself (Data, 2.3.2)."""
    db.session().execute(
        update(Statement)
        .where(Statement.statement_id == target, Statement.verb != VOIDED)
        .where(Statement.voided_by.is_(None))
        .values(voided_by=by)
    )


def _target(one: Received) -> UUID | None:
    about = one.checked.object
    return UUID(about.id) if isinstance(about, Reference) else None


_NAMES = (
    "statement_id", "person_id", "registration_id", "activity_id", "target_id", "authority",
    "agent_key", "verb", "moves", "version", "body", "timestamp", "stored",
)  # fmt: skip


def _rows(batch: Batch, stored: datetime) -> Iterator[tuple[Any, ...]]:
    """The rows of what was sent, as _NAMES says."""
    site = activities.site()
    authority = msgspec.json.encode(agents.authority(batch.authority, site)).decode()
    moment, oldest = statements.in_iso(stored), OLDEST[batch.version[0]]
    for one in batch.received:
        told, about = one.checked.statement, one.checked.object
        missing = {}
        if not told.id:
            missing["id"] = str(one.id)
        if not told.timestamp:
            missing["timestamp"] = moment
        if not told.version:
            missing["version"] = oldest
        yield (
            one.id,
            agents.person(told.actor, site),
            _registration(told.context),
            activity_id(about.id) if isinstance(about, Activity) else None,
            _target(one),
            batch.authority,
            agents.key(told.actor),
            told.verb.id,
            False,
            told.version or oldest,
            bodies.spliced(one.text, stored=moment, authority=authority, **missing),
            rules.moment(told.timestamp, "timestamp") or stored,
            stored,
        )


def _registration(context: Any) -> UUID | None:
    return UUID(context.registration) if context and context.registration else None
