"""States and profiles: kept as they came, read, merged and removed (Communication, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import delete, select

from app import db
from xapi import documents
from xapi.documents import Content, Context, Terms
from xapi.models import Document


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of the documents in a context, the oldest change first, and the newest change."""

    told: bytes
    updated_at: datetime | None

    @property
    def etag(self) -> str:
        return documents.etag(self.told)


def find(context: Context, name: str) -> Document | None:
    return db.session().get(Document, context.key_of(name))


def names(context: Context, *, since: datetime | None = None) -> Names:
    """All of them (or those changed after `since`), for the standard knows no pages here."""
    rows = select(Document.name, Document.updated_at).where(Document.context == context.key)
    if since is not None:
        rows = rows.where(Document.updated_at > since)
    found = db.session().execute(rows.order_by(Document.updated_at, Document.key)).all()
    told = msgspec.json.encode([name for name, _ in found])
    return Names(told, found[-1].updated_at if found else None)


def put(context: Context, name: str, content: Content, *, on: Terms) -> None:
    """Keep it in the place of what was there. Raises Problem, Conflict, documents.Stale."""
    documents.check(content)
    time, standing = _alone(context, name)
    on.check(context.resource, standing.etag if standing else None, replaces=True)
    _keep(context, name, content, standing, time)


def post(context: Context, name: str, content: Content, *, on: Terms) -> None:
    """Merge it with what is there; keep it as it is where nothing is.

    Raises Problem, documents.Stale, TooLarge.
    """
    documents.check(content)
    time, standing = _alone(context, name)
    on.check(context.resource, standing.etag if standing else None, replaces=False)
    if standing is not None:
        content = documents.merged(Content(standing.type, standing.content), content)
    _keep(context, name, content, standing, time)


def remove(context: Context, name: str, *, on: Terms) -> None:
    """That it is gone is what was asked, also when it was never there. Raises documents.Stale."""
    _, standing = _alone(context, name)
    on.check(context.resource, standing.etag if standing else None, replaces=False)
    if standing is not None:
        db.session().delete(standing)


def remove_all(context: Context, *, on: Terms) -> None:
    """All of this context, and of no other. Raises documents.Stale."""
    db.claim(context.key)
    on.check(context.resource, names(context).etag, replaces=False)
    db.session().execute(delete(Document).where(Document.context == context.key))


def _alone(context: Context, name: str) -> tuple[datetime, Document | None]:
    """The time, and what stands there: from here on whoever writes in this context waits until
    this transaction ends, so that what is checked stays true."""
    time = db.claim(context.key)
    return time, find(context, name)


def _keep(
    context: Context, name: str, content: Content, standing: Document | None, time: datetime
) -> None:
    document = standing or Document(
        key=context.key_of(name),
        context=context.key,
        resource=context.resource.name,
        activity=context.activity,
        agent_key=context.agent,
        registration_id=context.registration,
        name=name,
    )
    document.type, document.content = content.type, content.bytes
    document.etag, document.updated_at = content.etag, time
    db.session().add(document)
