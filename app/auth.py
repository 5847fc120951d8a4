"""Accounts: Flask-Security on our people, and personal API tokens."""

from __future__ import annotations

import hashlib

from flask import Flask, g, request
from flask_security import Security, SQLAlchemyUserDatastore
from sqlalchemy import select

from app import db, mail
from app.config import LANGUAGES
from app.models import Grant, Person, Token

datastore = SQLAlchemyUserDatastore(db.db, Person, Grant)


def open_accounts(app: Flask) -> None:
    """Sign-up, sign-in, confirmation, reset and change; mails go through our outbox."""
    mail.open_mail(app)
    quick = app.config["ENV"] == "testing"
    app.config.update(
        SECURITY_URL_PREFIX="/<any(" + ",".join(LANGUAGES) + "):lang>",
        SECURITY_PASSWORD_SALT=hashlib.sha256(app.config["SECRET_KEY"].encode()).hexdigest(),
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__memory_cost": 64 if quick else 19456,  # KiB: OWASP's profile
            "argon2__time_cost": 1 if quick else 2,
            "argon2__parallelism": 1,
        },
        SECURITY_CONFIRMABLE=True,
        SECURITY_REGISTERABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
    )
    Security(app, datastore)
    app.before_request(_take_token)


def _take_token() -> None:
    """The owner and the scopes of a bearer token, for the API alone."""
    if not request.path.startswith("/api/"):
        return
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return
    token = find_token(secret.strip())
    if token is not None:
        g.caller = db.session().get(Person, token.person_id)
        g.scopes = frozenset(token.scopes)


def find_token(secret: str) -> Token | None:
    """The living token with this secret, or None."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    token = db.session().scalar(select(Token).where(Token.digest == digest))
    if token is None or token.revoked_at is not None or token.expires_at <= db.now():
        return None
    return token
