"""Who and what tests find in a house: people with roles, signed in, with tokens; the content.

All of these are called within an app context, and open a transaction of their own when the test
has not opened one.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import date, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import activities, auth, content, db
from app.models import Activity, Grant, Person, Token
from cohorts import calendar
from cohorts.models import Edition
from cohorts.service import editions, programme
from tests import databases

PASSWORD = "a long enough passphrase"


class Visitor(FlaskClient):
    """A client whose requests share nothing with the app context of the test: no session, no g."""

    def open(self, *said: Any, **more: Any) -> TestResponse:
        more.setdefault("buffered", True)
        return Context().run(super().open, *said, **more)


def visitor(app: Flask) -> Visitor:
    """Somebody with cookies of her own."""
    return Visitor(app, app.response_class)


def anew() -> Session:
    """The session, which forgets what it read before: requests have written meanwhile."""
    db.session().rollback()
    db.session().expire_all()
    return db.session()


@contextmanager
def acting() -> Iterator[Session]:
    """The test's own transaction, or a new one."""
    if db._writing.get():
        yield db.session()
        db.session().flush()
    else:
        with db.transaction() as session:
            yield session


def a_person(
    name: str = "Aminata Diouf",
    *,
    role: str | None = None,
    within: Activity | None = None,
    password: str = PASSWORD,
    **facts: Any,
) -> Person:
    """Somebody with a confirmed address; with a role, everywhere or within an activity."""
    facts.setdefault("email", f"{secrets.token_hex(6)}@example.org")
    facts.setdefault("confirmed_at", db.now())
    with acting():
        person: Person = auth.datastore.create_user(
            name=name, password=hash_password(password), **facts
        )
        if role:
            give(person, role, within)
    return person


def give(person: Person, role: str, within: Activity | None = None) -> None:
    """A role, everywhere or within an activity, without asking who gives it."""
    with acting():
        person.grants.append(Grant(role=role, activity_id=within.id if within else None))


def an_edition(course: str = "courses/iml-moshi", *, sessions: int = 0, **facts: Any) -> Edition:
    """An edition of a course of the content, planned by an administrator; with the first so many
    half days of its programme, from Monday 7 June 2027."""
    with acting() as session:
        staff = a_person("Maria Keller", role="administrator")
        given = {
            "slug": f"edition-{secrets.token_hex(4)}",
            "starts_on": date(2027, 6, 7),
            "ends_on": date(2027, 6, 11),
            "timezone": "Africa/Dar_es_Salaam",
            "mode": "in_person",
            "place": "Moshi",
            "languages": ["en"],
            **facts,
        }
        edition = editions.open_edition(activities.get(course), given, by=staff)
        halves = calendar.half_days(edition.starts_on, edition.ends_on, edition.timezone)
        for number, when in enumerate(halves[:sessions], start=1):
            titles = {lang: f"{word} {number}" for lang, word in SESSION.items()}
            programme.plan(edition, when, titles, by=staff)
        if "state" in facts:
            edition.state = facts["state"]
        session.flush()
    return edition


SESSION = {"en": "Session", "fr": "Séance", "es": "Sesión"}


def signed_in(client: FlaskClient, person: Person) -> FlaskClient:
    """The same client, in which this person has just signed in."""
    with client.session_transaction() as session:
        session["_user_id"] = person.fs_uniquifier
        session["_fresh"] = True
        session["fs_cc"] = "set"
        session["fs_paa"] = time.time()
    return client


def a_token(person: Person, scopes: Iterable[str] = ("read", "learn", "account", "staff")) -> str:
    """The secret of a new API token of hers."""
    secret = secrets.token_urlsafe(24)
    with acting() as session:
        session.add(
            Token(
                person_id=person.id,
                name="a test's",
                digest=hashlib.sha256(secret.encode()).hexdigest(),
                scopes=list(scopes),
                expires_at=db.now() + timedelta(days=1),
            )
        )
    return secret


def bearing(secret: str) -> dict[str, str]:
    """The headers of a call with this token."""
    return {"Authorization": f"Bearer {secret}"}


def with_content(app: Flask) -> Flask:
    """The same house, with the unit's content loaded: a copy where that is the same, for speed."""
    if databases.furnish(app):
        return app
    with app.app_context(), db.transaction():
        content.fix_site()
        content.load()
    return app


@contextmanager
def queries() -> Iterator[list[str]]:
    """Every SQL statement that is sent within the block, but for the one that a process asks once
    a second: which content there is."""
    told: list[str] = []

    def listen(connection: object, cursor: object, statement: str, *_: object) -> None:
        if "FROM setting" not in statement:
            told.append(statement)

    event.listen(db.db.engine, "before_cursor_execute", listen)
    try:
        yield told
    finally:
        event.remove(db.db.engine, "before_cursor_execute", listen)
