"""What the store keeps about a person: handed out to her, and made nobody's when she is erased."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any

import msgspec
from sqlalchemy import and_, delete, false, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from app import activities, db
from app.models import Person
from xapi import agents, bodies
from xapi.models import Document, Statement
from xapi.service import mentions


def statements_about(person: Person) -> list[Any]:
    """Every statement about her, and every one in which she acted, as JSON values."""
    rows = select(Statement.body).where(_hers(person)).order_by(Statement.seq)
    return [msgspec.json.decode(body) for body in db.session().scalars(rows)]


def documents_of(person: Person) -> list[Any]:
    """Every state and profile that is kept of her, with its bytes as text where they are that."""
    rows = select(Document).where(_of_hers(person)).order_by(Document.updated_at)
    return [
        {
            "resource": one.resource,
            "activity": one.activity,
            "registration": str(one.registration_id) if one.registration_id else None,
            "id": one.name,
            "updated": one.updated_at.isoformat(),
            "type": one.type,
            **_told(one.content),
        }
        for one in db.session().scalars(rows)
    ]


def _told(content: bytes) -> dict[str, str]:
    try:
        return {"content": content.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def forget(person: Person) -> None:
    """Remove the states and profiles that are kept of her. Blank what she wrote in her own words,
    and every name and address by which others named her; what happened stays, told of an account
    that nobody has any more."""
    session = db.session()
    account = agents.of_account(person.id, activities.site())
    hers = frozenset(one.lower() for one in (agents.key(account), *_names(person)))
    session.execute(delete(Document).where(_of_hers(person)))
    gone: set[str] = set()
    told_of = or_(_hers(person), _mentions(person))
    rows = select(Statement.seq, Statement.body, Statement.agent_key).where(told_of)
    for seq, body, agent_key in session.execute(rows).all():
        told = msgspec.json.decode(body)
        blanked = bodies.renamed(told, hers, msgspec.to_builtins(account))
        values: dict[str, Any] = {}
        if agent_key.lower() in hers:
            bodies.blank_response(blanked)
            values = {"agent_key": agents.key(account)}
        if blanked != told:
            values["body"] = msgspec.json.encode(blanked).decode()
            gone |= mentions.names(body) - mentions.names(values["body"])
        if values:
            session.execute(update(Statement).where(Statement.seq == seq).values(values))
    mentions.rename(gone, agents.key(account))


def _hers(person: Person) -> ColumnElement[bool]:
    own = agents.key(agents.of_account(person.id, activities.site()))
    return or_(Statement.person_id == person.id, Statement.agent_key.in_([own, *_names(person)]))


def _of_hers(person: Person) -> ColumnElement[bool]:
    own = agents.key(agents.of_account(person.id, activities.site()))
    return func.lower(Document.agent_key).in_([one.lower() for one in (own, *_names(person))])


def _names(person: Person) -> list[str]:
    """The keys by which a stranger may name her: her address, and its hash."""
    if not person.email:
        return []
    mbox = f"mailto:{person.email}"
    return [mbox, f"sha1:{hashlib.sha1(mbox.encode(), usedforsecurity=False).hexdigest()}"]


def _mentions(person: Person) -> ColumnElement[bool]:
    """Statements of strangers in which her address stands anywhere, in whatever case: no index, but
    all are found."""
    if not person.email:
        return false()
    return and_(
        Statement.authority.is_not(None),
        func.lower(Statement.body).contains(person.email, autoescape=True),
    )
