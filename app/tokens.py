"""Personal API tokens: scoped, expiring, revocable, shown once; only their hash is kept."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, or_, select, update

from app import audit, callers, db, identity
from app.errors import NotFound
from app.identity import Checks, Refused
from app.models import Person, Token

SCOPES = {
    "read": _l("Read my record"),
    "learn": _l("Learn: begin, read, answer"),
    "account": _l("Change my account"),
    "staff": _l("What my roles permit"),
}

LONGEST = 365
"""Days that a token may live."""

_uses: dict[UUID, datetime] = {}
_uses_lock = threading.Lock()


def make(
    person: Person,
    *,
    name: str | None,
    scopes: Iterable[str] | None,
    days: Any,
    within: Container[str] = SCOPES,
) -> tuple[Token, str]:
    """A new token and its secret, which is nowhere else.

    `within` are the scopes of the token that asks, for none may make a wider one. Raises Invalid.
    """
    checks = Checks()
    called = checks.take("name", _name, name)
    granted = checks.take("scopes", _scopes, scopes, within)
    lives = checks.take("days", _days, days)
    checks.done()
    secret = f"psg_{secrets.token_urlsafe(32)}"
    token = Token(
        person_id=person.id,
        name=called,
        digest=_digest(secret),
        scopes=granted,
        expires_at=db.now() + timedelta(days=lives),
    )
    db.session().add(token)
    db.session().flush()
    _record("token.made", token, by=person, after={"scopes": granted, "days": lives})
    return token, secret


def find(secret: str) -> tuple[Person, UUID, list[str]] | None:
    """The owner of the living token with this secret, its id and its scopes; a token of an
    inactive or erased person is dead."""
    keys = {"digest": _digest(secret), "now": db.now()}
    found = db.session().connection().execute(_LIVING, keys).all()
    return (callers.person(found), found[0].token_id, found[0].scopes) if found else None


_LIVING = (
    callers.rows(Token.digest == bindparam("digest"), Token.id.label("token_id"), Token.scopes)
    .join(Token, Token.person_id == Person.id)
    .where(Token.revoked_at.is_(None), Token.expires_at > bindparam("now"))
    .where(Person.active, Person.erased_at.is_(None))
)


def of_person(person: Person) -> Sequence[Token]:
    """Her tokens that are not revoked, the newest first; also those that have run out."""
    rows = select(Token).where(Token.person_id == person.id, Token.revoked_at.is_(None))
    return db.session().scalars(rows.order_by(Token.created_at.desc(), Token.id)).all()


def revoke(person: Person, token_id: UUID) -> None:
    """End one of her tokens; a second time changes nothing. Raises NotFound."""
    token = db.session().get(Token, token_id)
    if token is None or token.person_id != person.id:
        raise NotFound(_("You have no such token."))
    if token.revoked_at is None:
        token.revoked_at = db.now()
        _record("token.revoked", token, by=person)


def revoke_all(person: Person) -> None:
    """End all tokens of hers."""
    for token in of_person(person):
        token.revoked_at = db.now()
        _record("token.revoked", token, by=person)


def used(token_id: UUID) -> None:
    """Note that it was used just now: in memory, for a GET writes nothing."""
    with _uses_lock:
        _uses[token_id] = db.now()


def write_uses() -> None:
    """Write down what was noted; the sweeper calls this between its jobs."""
    with _uses_lock:
        noted = dict(_uses)
        _uses.clear()
    if not noted:
        return
    with db.transaction() as session:
        for token_id, at in noted.items():
            earlier = or_(Token.last_used_at.is_(None), Token.last_used_at < at)
            session.execute(
                update(Token).where(Token.id == token_id, earlier).values(last_used_at=at)
            )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _name(text: str | None) -> str:
    clean = identity.line(text, 100)
    if not clean:
        raise Refused(_("Please say what this token is for."))
    return clean


def _scopes(scopes: Iterable[str] | None, within: Container[str]) -> list[str]:
    wanted = set(scopes or ())
    if not wanted or wanted - SCOPES.keys():
        raise Refused(_("Please choose what this token may do."))
    if any(scope not in within for scope in wanted):
        raise Refused(_("A token cannot make one that may do more than itself."))
    return [scope for scope in SCOPES if scope in wanted]


def _days(days: Any) -> int:
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST:
        raise Refused(_("Please give a number of days from 1 to %(most)s.", most=LONGEST))
    return days


def _record(action: str, token: Token, *, by: Person, after: dict[str, Any] | None = None) -> None:
    audit.record(action, f"token:{token.id}", actor=by, person=by, after=after)
