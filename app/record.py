"""A person's record: her statements in words, page by page, and all of it as one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import activities, db, links, paging, plugins, sentences
from app.db import Base
from app.events import LearningEvent, Selection
from app.models import (
    AuditEntry,
    Grant,
    Outbox,
    Person,
    Progress,
    Registration,
    Token,
)
from app.vocabulary import say

_HIDDEN = frozenset({"password", "fs_uniquifier", "digest", "folded"})
"""Columns that are keys of the house, or follow from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A statement in words. `url` is the page of its activity without the language prefix."""

    id: UUID
    verb: str
    activity: str
    title: str
    url: str | None
    registration: UUID
    language: str | None
    at: datetime
    taken_back: bool
    sentence: str


def statements(
    person: Person,
    *,
    language: str,
    name: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Told], str | None]:
    """Everything recorded about her, the newest first, and the cursor of what is older.

    Without `name` the sentences speak to herself (see sentences.py). Empty where nothing keeps
    statements.
    """
    before = paging.place(cursor, datetime, UUID)
    asked = Selection(person_id=person.id, limit=limit + 1, before=before)
    found = list(plugins.ring().stored_events(selection=asked) or ())
    shown, further = paging.page(found, limit, lambda one: (one.time, one.id))
    about = activities.known(event.activity_id for event in shown)
    gone = _taken_back(person, shown)
    told = [
        _tell(one, about.get(one.activity_id), one.id in gone, language=language, name=name)
        for one in shown
    ]
    return told, further


def _taken_back(person: Person, shown: list[LearningEvent]) -> set[UUID]:
    ids = tuple(event.id for event in shown)
    asked = Selection(person_id=person.id, taking_back=ids)
    found = plugins.ring().stored_events(selection=asked) if ids else None
    return {event.takes_back for event in found or () if event.takes_back}


def _tell(
    event: LearningEvent,
    activity: activities.Known | None,
    taken_back: bool,
    *,
    language: str,
    name: str | None,
) -> Told:
    about = None
    if activity is not None:
        about = sentences.Subject(titles=activity.titles, definition=activity.definition)
    said = sentences.sentence(event, about, language=language, name=name, taken_back=taken_back)
    return Told(
        id=event.id,
        verb=event.verb,
        activity=event.activity,
        title=sentences.title(event, about, language),
        url=activity.url if activity else None,
        registration=event.registration_id,
        language=event.language,
        at=event.time,
        taken_back=taken_back,
        sentence=said,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A registration with what has become of it; `share` and `score` are 0-1."""

    id: UUID
    title: str
    status: str
    share: float | None
    score: float | None
    opened_at: datetime
    closed_at: datetime | None
    last_at: datetime | None


def registrations_of(person: Person, *, language: str) -> list[Passage]:
    """All of hers, the newest first, with the progress of each: one query."""
    joined = (
        select(Registration, Progress)
        .outerjoin(
            Progress,
            (Progress.registration_id == Registration.id)
            & (Progress.activity_id == Registration.activity_id),
        )
        .where(Registration.person_id == person.id)
        .options(joinedload(Registration.activity))
        .order_by(Registration.opened_at.desc(), Registration.id)
    )
    return [
        Passage(
            id=one.id,
            title=say(one.activity.titles, language),
            status=row.status if row else "registered",
            share=row.share if row else None,
            score=row.score if row else None,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            last_at=row.last_at if row else None,
        )
        for one, row in db.session().execute(joined)
    ]


def document(person: Person) -> Iterator[bytes]:
    """Everything the house keeps about her as one JSON object, in pieces: what the engine knows,
    then each plugin under its name. Nothing in it opens a door (no password, no token).

    The pieces are read while they are sent, after the request's own session has ended.
    """
    return _pieces(person.id)


def _pieces(person_id: UUID) -> Iterator[bytes]:
    person = db.session().get_one(Person, person_id)
    encode = msgspec.json.encode
    yield b'{"made_at":' + encode(db.now())
    for name, values in _parts(person):
        yield b"," + encode(name) + b":" + encode(values)
    yield b"}\n"


def _parts(person: Person) -> Iterator[tuple[str, Any]]:
    yield from _of_engine(person)
    for plugin in sorted(plugins.listeners("export_person")):
        for said in plugins.ring_one(plugin, "export_person", person=person) or ():
            yield plugin, _own(plugin, said)


def _own(plugin: str, said: Mapping[str, Any]) -> Any:
    """What a plugin said, whether or not it put its name above it."""
    return said[plugin] if set(said) == {plugin} else said


def _of_engine(person: Person) -> Iterator[tuple[str, Any]]:
    hers = {
        "roles": select(Grant).where(Grant.person_id == person.id),
        "tokens": select(Token).where(Token.person_id == person.id),
        "registrations": select(Registration).where(Registration.person_id == person.id),
        "progress": select(Progress).where(Progress.person_id == person.id),
        "audit": select(AuditEntry).where(AuditEntry.person_id == person.id),
    }
    yield "person", _values(person)
    for name, rows in hers.items():
        yield name, [_values(one) for one in db.session().scalars(rows)]
    mails = select(Outbox).where(Outbox.person_id == person.id, Outbox.task == "mail.send")
    yield "mails", [_mail(one) for one in db.session().scalars(mails)]


def _mail(job: Outbox) -> dict[str, Any]:
    """A mail without the keys in it: whoever holds a token that may read, may not take over."""
    return {
        "to": job.payload.get("to"),
        "subject": job.payload.get("subject"),
        "text": links.masked(job.payload.get("text") or ""),
        "written_at": job.created_at,
        "sent_at": job.done_at,
    }


def _values(row: Base) -> dict[str, Any]:
    """The columns of a row by name, without what is hidden."""
    columns = row.__table__.columns
    return {one.name: getattr(row, one.key) for one in columns if one.name not in _HIDDEN}
