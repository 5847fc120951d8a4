"""What other systems send: kept as it was received, never moving anybody's progress.

A statement from outside is stored with moves=False, and what it voids is hidden from readers of
/xapi but stands in our own progress: nothing posted from outside gives or takes a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, update

from app import activities, db, events
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


def store(
    received: Sequence[Received], *, authority: str, version: str, defines: bool = False
) -> None:
    """Keep all of them or none. What is known already and says the same is left as it is.

    `defines`: what they say of activities is added to what is known of those.

    Raises Conflict when a known id comes with another statement.
    """
    targets = {one.id: target for one in received if (target := _target(one))}
    stored = db.claim(*(one.id for one in received), *targets.values())
    rows = [_row(one, stored, authority, version) for one in received]
    if not rows:
        return
    writer = db.session().connection()
    adding = db.insert_new(Statement, "statement_id", "seq")
    new: dict[UUID, int] = dict(writer.execute(adding, rows).all())
    if len(new) < len(rows):
        _compare({one.id: one for one in received if one.id not in new})
    kept = [one for one in received if one.id in new]
    mentions.keep({new[one.id]: beside(one.checked) for one in kept})
    attachments.keep({new[one.id]: one.files for one in kept if one.files})
    for one in kept:
        if one.checked.voids and one.id in targets:
            _void(targets[one.id], one.id)
    _hear_the_early(new, pointing=[new[one] for one in targets if one in new])
    if defines:
        known.learn(one.checked for one in kept)


def _hear_the_early(new: dict[UUID, int], *, pointing: Sequence[int]) -> None:
    """Let statements that came before their targets void them, and all that point at others be
    found by them."""
    early = db.session().connection().execute(_POINTING, {"new": list(new)}).all()
    for one in early:
        if one.verb == VOIDED:
            _void(one.target_id, one.statement_id)
    mentions.follow([*pointing, *(one.seq for one in early)])


def _compare(again: dict[UUID, Received]) -> None:
    standing = select(Statement.statement_id, Statement.body).where(
        Statement.statement_id.in_(list(again))
    )
    for statement_id, body in db.session().execute(standing):
        if not bodies.same(body, again[statement_id].text):
            raise Conflict(
                f"Another statement with the id {statement_id} is kept already; "
                "nothing of this request was stored (xAPI Communication, 2.1.1)."
            )


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


def _row(one: Received, stored: datetime, authority: str, version: str) -> dict[str, Any]:
    site = activities.site()
    told, about = one.checked.statement, one.checked.object
    time = rules.moment(told.timestamp, "timestamp") or stored
    missing = {
        "id": (told.id, str(one.id)),
        "timestamp": (told.timestamp, statements.in_iso(stored)),
        "version": (told.version, OLDEST[version[0]]),
    }
    return {
        "statement_id": one.id,
        "person_id": agents.person(told.actor, site),
        "registration_id": _registration(told.context),
        "activity_id": activity_id(about.id) if isinstance(about, Activity) else None,
        "target_id": _target(one),
        "authority": authority,
        "agent_key": agents.key(told.actor),
        "verb": told.verb.id,
        "moves": False,
        "version": told.version or OLDEST[version[0]],
        "body": bodies.spliced(
            one.text,
            stored=statements.in_iso(stored),
            authority=msgspec.json.encode(agents.authority(authority, site)).decode(),
            **{name: ours for name, (theirs, ours) in missing.items() if not theirs},
        ),
        "timestamp": time,
        "stored": stored,
    }


def _registration(context: Any) -> UUID | None:
    return UUID(context.registration) if context and context.registration else None
