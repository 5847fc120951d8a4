"""What happens in this house: kept as statements, and found again as events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Select, Table, bindparam, delete, literal_column, select, tuple_, update

from app import activities, db
from app.activities import Known
from app.events import LearningEvent, Selection
from app.models import Activity, Registration, activity_id
from app.vocabulary import VERB_BY_IRI, VERBS
from xapi import agents, retelling, statements
from xapi.models import Statement
from xapi.service import attachments, mentions
from xapi.shapes import Agent
from xapi.statements import Subject


def keep(told: Sequence[LearningEvent]) -> None:
    """Store the statements of a wave within the current act; telling twice is telling once.

    Raises ValueError when no statement would say what an event says.
    """
    session = db.session()
    session.flush()
    made = rows(told)
    adding = db.insert_new(Statement, "statement_id", "seq")
    new: dict[UUID, int] = dict(session.connection().execute(adding, made).all())
    if len(new) < len(made):
        guessed = [row for row in made if row["statement_id"] not in new]
        new |= _take_from_strangers(guessed)
    _mention([row for row in made if row["statement_id"] in new], new)
    back = [{"gone": one.takes_back, "by": one.id} for one in told if one.takes_back]
    if back:
        session.connection().execute(_VOID, back)


_VOID = (
    update(cast(Table, Statement.__table__))
    .where(Statement.statement_id == bindparam("gone"))
    .values(voided_by=bindparam("by"))
)


_POINTING = select(Statement.seq).where(Statement.target_id.in_(bindparam("new", expanding=True)))


def _mention(rows: Sequence[dict[str, Any]], new: dict[UUID, int]) -> None:
    """Let these new rows be found by whom they name, and by what they point at."""
    mentions.keep({new[row["statement_id"]]: mentions.beside(row["body"]) for row in rows})
    pointing = [new[row["statement_id"]] for row in rows if row["target_id"]]
    derived = [one for one in new if one.version == _DERIVED]
    if derived:
        pointing += db.session().connection().scalars(_POINTING, {"new": derived})
    mentions.follow(pointing)


_DERIVED = 5
"""The version of an id that can be known before its statement is told (events.derived_id): other
statements may point at it already. Nobody guesses a random one."""


def _take_from_strangers(rows: Sequence[dict[str, Any]]) -> dict[UUID, int]:
    """Whoever guesses the id of a derived event must not keep it from its owner; the seq of each
    that was taken."""
    by_id = {row["statement_id"]: row for row in rows}
    foreign = Statement.statement_id.in_(list(by_id)), Statement.authority.is_not(None)
    session = db.session()
    theirs = select(Statement.seq, Statement.statement_id, Statement.body).where(*foreign)
    guessed = session.execute(theirs).all()
    if not guessed:
        return {}
    mentions.drop({one.seq: mentions.beside(one.body) for one in guessed})
    attachments.drop([one.seq for one in guessed])
    session.execute(delete(Statement).where(*foreign))
    adding = db.insert_new(Statement, "statement_id", "seq")
    owned = session.connection().execute(adding, [by_id[one.statement_id] for one in guessed])
    return dict(owned.all())


def rows(told: Sequence[LearningEvent]) -> list[dict[str, Any]]:
    """The statements of events as rows. Raises ValueError when none would say what one says."""
    site = activities.site()
    stored = db.claim()
    authority = agents.authority(None, site)
    subjects = _subjects(told)
    return [
        _row(event, subjects[event.registration_id, event.activity_id], site, stored, authority)
        for event in told
    ]


def _row(
    event: LearningEvent, subject: Subject, site: str, stored: datetime, authority: dict[str, Any]
) -> dict[str, Any]:
    statement = statements.to_statement(event, subject, site)
    statement["stored"] = statements.in_iso(stored)
    statement["authority"] = authority
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


def _subjects(told: Sequence[LearningEvent]) -> dict[tuple[UUID, UUID], Subject]:
    """What the events are about, by registration and activity: three queries at most."""
    about = activities.known({event.activity_id for event in told})
    parents = activities.known({one.parent_id for one in about.values() if one.parent_id})
    wholes = _wholes({event.registration_id for event in told})
    found = {}
    for event in told:
        key = event.registration_id, event.activity_id
        if key not in found:
            activity = about.get(event.activity_id)
            parent = parents.get(activity.parent_id) if activity and activity.parent_id else None
            found[key] = _subject(event.activity, activity, parent, wholes.get(key[0]))
    return found


def _wholes(registrations: Collection[UUID]) -> dict[UUID, str]:
    """The IRI of the activity that each of these registrations is for."""
    found = db.session().execute(_WHOLES, {"registrations": list(registrations)})
    return {row.id: row.iri for row in found}


_WHOLES = (
    select(Registration.id, Activity.iri)
    .join(Activity, Registration.activity)
    .where(Registration.id.in_(bindparam("registrations", expanding=True)))
)


def _subject(iri: str, activity: Known | None, parent: Known | None, whole: str | None) -> Subject:
    if activity is None:
        return Subject(iri)
    return Subject(
        iri=activity.iri,
        names=activity.titles,
        type=activities.kind(activity.kind).iri,
        definition=activity.definition,
        inside=parent.iri if parent else None,
        whole=whole,
    )


def events_of(selection: Selection) -> Iterator[LearningEvent]:
    """The kept events of a selection, in the order that it asks for; read in pieces unless it
    has a limit.

    What a stranger stored about a person of ours is told too, where our verbs can say it; it
    never moves progress, and what it takes back is not heard.
    """
    site = activities.site()
    options = {} if selection.limit else db.in_pieces()
    values = _values(selection)
    found = db.session().execute(_selecting(frozenset(values)), values, execution_options=options)
    for body, moves in found:
        event = retelling.to_event(body, site)
        if event is not None:
            yield event if event.moves == moves else replace(event, moves=moves)


def _values(asked: Selection) -> dict[str, Any]:
    """What is asked for, by the names of `_selecting`."""
    given: dict[str, Any] = {
        "person": asked.person_id,
        "registrations": asked.registrations,
        "activities": asked.activities and [activity_id(one) for one in asked.activities],
        "taking_back": asked.taking_back,
        "moving": asked.moving or None,
        "limit": asked.limit,
    }
    if asked.before:
        given["time"], given["last"] = asked.before
    return {name: value for name, value in given.items() if value is not None}


@cache
def _selecting(names: frozenset[str]) -> Select[str, bool]:
    """The statement for a selection by these of its parts, built once for each such set."""
    conditions: dict[str, Any] = {
        "person": Statement.person_id == bindparam("person"),
        "registrations": Statement.registration_id.in_(_several("registrations")),
        "activities": Statement.activity_id.in_(_several("activities")),
        "taking_back": Statement.target_id.in_(_several("taking_back")),
        "moving": Statement.moves.is_(True),
        "time": tuple_(Statement.timestamp, Statement.seq) < tuple_(_TIME, _LAST),
    }
    rows = _OURS.where(*(conditions[name] for name in sorted(names & conditions.keys())))
    if "limit" not in names:
        return rows.order_by(
            Statement.person_id,
            Statement.registration_id,
            Statement.timestamp,
            Statement.statement_id,
        )
    # What happened at one time is told in the order in which it was kept: cause, then effect.
    newest = rows.order_by(Statement.timestamp.desc(), Statement.seq.desc())
    return newest.limit(bindparam("limit"))


def _several(name: str) -> Any:
    return bindparam(name, expanding=True)


_TIME = bindparam("time", type_=Statement.timestamp.type)
_LAST = select(Statement.seq).where(Statement.statement_id == bindparam("last")).scalar_subquery()
_OUR_VERBS = ", ".join(f"'{iri}'" for iri in sorted(VERB_BY_IRI))
_OURS = select(Statement.body, Statement.moves).where(
    Statement.person_id.is_not(None),
    Statement.registration_id.is_not(None),
    Statement.activity_id.is_not(None),
    literal_column(f"xapi_statement.verb IN ({_OUR_VERBS})"),  # as they are: none is a parameter
    Statement.authority.is_(None) | (Statement.verb != VERBS["voided"].iri),
)
