"""What the store keeps about a person: handed out to her, and made nobody's when she is erased."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any

import msgspec
from sqlalchemy import and_, delete, false, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from app import activities, db
from app.models import Person
from xapi import agents, bodies
from xapi.models import Document, Spoken, Statement
from xapi.service import attachments, mentions


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
    that nobody has any more. Contents that she attached go, and signatures of what was changed."""
    session = db.session()
    account = agents.of_account(person.id, activities.site())
    hers = frozenset(one.lower() for one in (agents.key(account), *_names(person)))
    session.execute(delete(Document).where(_of_hers(person)))
    gone: set[str] = set()
    told_of = or_(_hers(person), _mentions(person))
    rows = select(Statement.seq, Statement.body, Statement.agent_key, Statement.authority)
    words = _words(person)
    for seq, body, agent_key, authority in session.execute(rows.where(told_of)).all():
        told = msgspec.json.decode(body)
        blanked = bodies.renamed(told, hers, msgspec.to_builtins(account))
        if authority is not None:
            blanked = bodies.without_words(blanked, words, signed=blanked != told)
        values: dict[str, Any] = {}
        own = agent_key.lower() in hers
        if "attachments" in told:
            left = [] if own else blanked.get("attachments", [])
            attachments.keep_only(seq, [one["sha2"].lower() for one in left])
        if own:
            bodies.blank_response(blanked)
            values = {"agent_key": agents.key(account)}
        if blanked != told:
            values["body"] = msgspec.json.encode(blanked).decode()
            gone |= mentions.names(body) - mentions.names(values["body"])
        if values:
            session.execute(update(Statement).where(Statement.seq == seq).values(values))
    mentions.rename(gone, agents.key(account))
    _forget_in_activities(person)


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


def _words(person: Person) -> list[str]:
    """By what free text names her, in lower case: her address and its hash, and her name where it
    is more than one word; a single one may be anybody's, or part of another."""
    named = [one for one in (person.name, person.certificate_name) if one and " " in one.strip()]
    return [one.casefold() for one in (*_addresses(person), *named)]


def _addresses(person: Person) -> list[str]:
    return [person.email, *_names(person)[1:]] if person.email else []


def _speaks(column: Any, person: Person) -> ColumnElement[bool]:
    """Whether a JSON text holds one of these, in whatever case of its letters (on SQLite: of its
    plain letters), as they are or escaped: no index, but all are found."""
    named = [one for one in (person.name, person.certificate_name) if one and " " in one.strip()]
    sought: set[str] = set()
    for one in (*_addresses(person), *named):
        plain = "".join(sign.lower() if sign.isascii() else sign for sign in one)
        for said in (plain, one.lower()):
            sought |= {said, json.dumps(said)[1:-1]}
    lower = func.lower(column)
    return or_(false(), *(lower.contains(one, autoescape=True) for one in sorted(sought)))


def _forget_in_activities(person: Person) -> None:
    """What strangers say of activities names her no more."""
    session, words = db.session(), _words(person)
    rows = select(Spoken.id, Spoken.definition).where(_speaks(Spoken.definition, person))
    for key, definition in session.execute(rows).all():
        told = {"definition": msgspec.json.decode(definition)}
        cleared = bodies.without_words(told, words, signed=False)["definition"]
        text = msgspec.json.encode(cleared).decode()
        session.execute(update(Spoken).where(Spoken.id == key).values(definition=text))


def _mentions(person: Person) -> ColumnElement[bool]:
    """Statements of strangers in which her address or her name stands anywhere."""
    return and_(Statement.authority.is_not(None), _speaks(Statement.body, person))
