"""What happens in this house: kept as statements, and found again as events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Select, delete, select, tuple_, update

from app import activities, db
from app.events import LearningEvent, Selection
from app.models import Activity, Registration, activity_id
from app.vocabulary import VERB_BY_IRI, VERBS
from xapi import agents, retelling, statements
from xapi.models import Statement
from xapi.shapes import Agent
from xapi.statements import Subject


def keep(event: LearningEvent) -> None:
    """Store the statement of an event within the current act; telling twice is telling once.

    Raises ValueError when no statement would say what the event says.
    """
    row = _row(event)
    session = db.session()
    adding = db.insert_new(Statement, "seq")
    new = session.connection().execute(adding, row).first()
    if new is None and _is_foreign(event.id):
        # Whoever guesses the id of a derived event must not keep it from its owner.
        session.execute(delete(Statement).where(Statement.statement_id == event.id))
        session.connection().execute(adding, row)
    if event.takes_back:
        session.execute(
            update(Statement)
            .where(Statement.statement_id == event.takes_back)
            .values(voided_by=event.id)
        )


def _is_foreign(statement_id: UUID) -> bool:
    stored = select(Statement.authority).where(Statement.statement_id == statement_id)
    return db.session().scalar(stored) is not None


def _row(event: LearningEvent) -> dict[str, Any]:
    site = activities.site()
    stored = db.claim()
    statement = statements.to_statement(event, _subject(event), site)
    statement["stored"] = statements.in_iso(stored)
    statement["authority"] = agents.authority(None, site)
    statement["version"] = statements.VERSION
    body = msgspec.json.encode(statement).decode()
    if retelling.to_event(body, site) != event:
        raise ValueError(f"no statement says this: {event!r}")
    return {
        "statement_id": event.id,
        "person_id": event.person_id,
        "registration_id": event.registration_id,
        "activity_id": event.activity_id,
        "target_id": event.takes_back,
        "authority": None,
        "agent_key": agents.key(msgspec.convert(statement["actor"], Agent)),
        "verb": statement["verb"]["id"],
        "moves": event.moves,
        "version": statements.VERSION,
        "body": body,
        "timestamp": event.time,
        "stored": stored,
    }


def _subject(event: LearningEvent) -> Subject:
    session = db.session()
    registration = session.get(Registration, event.registration_id)
    activity = session.get(Activity, event.activity_id)
    if activity is None:
        return Subject(event.activity)
    parent = session.get(Activity, activity.parent_id) if activity.parent_id else None
    return Subject(
        iri=activity.iri,
        names=activity.titles,
        type=activities.kind(activity.kind).iri,
        definition=activity.definition,
        inside=parent.iri if parent else None,
        whole=registration.activity.iri if registration else None,
    )


def events_of(selection: Selection) -> Iterator[LearningEvent]:
    """The kept events of a selection, in the order that it asks for; read in pieces.

    What a stranger stored about a person of ours is told too, where our verbs can say it; it
    never moves progress, and what it takes back is not heard.
    """
    site = activities.site()
    found = _selected(selection).execution_options(yield_per=500)
    for body, moves in db.session().execute(found):
        event = retelling.to_event(body, site)
        if event is not None:
            yield event if event.moves == moves else replace(event, moves=moves)


def _selected(asked: Selection) -> Select[str, bool]:
    voided = VERBS["voided"].iri
    rows = select(Statement.body, Statement.moves).where(
        Statement.person_id.is_not(None),
        Statement.registration_id.is_not(None),
        Statement.activity_id.is_not(None),
        Statement.verb.in_(list(VERB_BY_IRI)),
        Statement.authority.is_(None) | (Statement.verb != voided),
    )
    if asked.person_id:
        rows = rows.where(Statement.person_id == asked.person_id)
    if asked.registration_id:
        rows = rows.where(Statement.registration_id == asked.registration_id)
    if asked.activity:
        rows = rows.where(Statement.activity_id == activity_id(asked.activity))
    if asked.taking_back is not None:
        rows = rows.where(Statement.target_id.in_(asked.taking_back))
    if asked.limit is None:
        return rows.order_by(
            Statement.person_id,
            Statement.registration_id,
            Statement.timestamp,
            Statement.statement_id,
        )
    if asked.before:
        time, last = asked.before
        seq = select(Statement.seq).where(Statement.statement_id == last).scalar_subquery()
        rows = rows.where(tuple_(Statement.timestamp, Statement.seq) < tuple_(time, seq))
    # What happened at one time is told in the order in which it was kept: cause, then effect.
    return rows.order_by(Statement.timestamp.desc(), Statement.seq.desc()).limit(asked.limit)
