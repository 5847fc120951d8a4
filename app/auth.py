"""The accounts' glue to the web: Flask-Security on our people, sessions, and bearer tokens.

The library signs in and out and hashes passwords. Whatever writes is our own (accounts.py,
account_views.py): the library commits before our edge, and confirms by GET.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from babel.support import Translations
from flask import Flask, g, request, session
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_security import Security, SQLAlchemyUserDatastore, user_authenticated
from flask_security.babel import FsDomain
from flask_security.utils import set_request_attr
from sqlalchemy import bindparam
from wtforms.i18n import messages_path

from app import callers, db, forms, jobs, limits, tokens
from app.config import LANGUAGES
from app.models import Grant, Person

datastore = SQLAlchemyUserDatastore(db.db, Person, Grant)

_OF_A_SIGN_IN = frozenset(
    ("_user_id", "_fresh", "_id", "_remember", "_remember_seconds", "fs_cc", "fs_paa")
)


def open_accounts(app: Flask) -> None:
    """Sign-in and sign-out, sessions that end with the password, tokens for the API."""
    app.config.update(_settings(app))
    security = Security(app, datastore, login_form=forms.SignIn)
    security.want_json(lambda _: False)  # our API is /api/v1
    security.i18n_domain = _Words(app)
    security.login_manager.request_loader(lambda _: None)  # nor are there tokens but ours
    security.login_manager.user_loader(_reader)
    # Rights are our own (permissions.py): its part that loads the reader and all her roles for
    # every request, asked for or not, has nobody to tell.
    security.principal.identity_loaders.clear()
    user_authenticated.connect(_renew_session, app)
    limits.open_limits(app)
    jobs.chores["tokens.used"] = tokens.write_uses
    app.before_request(_compare_without_lock)
    app.before_request(_take_token)
    app.before_request(_bring_words_of_forms)


def _settings(app: Flask) -> dict[str, Any]:
    quick = app.config["ENV"] == "testing"
    return {
        "SECURITY_URL_PREFIX": "/<any(" + ",".join(LANGUAGES) + "):lang>",
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_POST_LOGIN_VIEW": "engine.my",
        "SECURITY_POST_LOGOUT_VIEW": "engine.home",
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_FRESHNESS": timedelta(-1),  # what matters asks for the password anew
        "SECURITY_PASSWORD_SALT": hashlib.sha256(app.config["SECRET_KEY"].encode()).hexdigest(),
        "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__memory_cost": 64 if quick else 19456,  # KiB: OWASP's profile
            "argon2__time_cost": 1 if quick else 2,
            "argon2__parallelism": 1,
        },
        "SECURITY_HASHING_SCHEMES": ["hex_sha512"],  # its default costs a third of a second a link
        "SECURITY_DEPRECATED_HASHING_SCHEMES": [],
        "SECURITY_MSG_UNAUTHENTICATED": (_l("Please sign in to see this page."), "info"),
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"],
    }


_BY_SESSION = callers.rows(Person.fs_uniquifier == bindparam("known"))


def _reader(known: str) -> Person | None:
    """Who is signed in, as the library's own loader says it."""
    found = db.session().connection().execute(_BY_SESSION, {"known": known}).all()
    if not found or not found[0].active:
        return None
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return callers.person(found)


class _Words(FsDomain):
    """The library's messages: our translations first, then those that it brings."""

    def gettext(self, string: Any, **values: Any) -> str:
        said = str(string)
        ours = gettext(said)
        words = ours if ours != said else _brought(str(get_locale())).gettext(said)
        return words % values if values else words


@cache
def _brought(language: str) -> Any:
    """It ships them by country: fr_FR, es_ES."""
    folder = str(files("flask_security") / "translations")
    return Translations.load(folder, [f"{language}_{language.upper()}"], "flask_security")


def _renew_session(_: Flask, **__: Any) -> None:
    """What stood in a session before the sign-in, its CSRF token too, may be a stranger's."""
    for name in set(session) - _OF_A_SIGN_IN:
        del session[name]
    g.pop("csrf_token", None)


def _bring_words_of_forms() -> None:
    """WTForms' own messages: read from their file once, not once for every form."""
    if language := g.get("language"):
        request.wtforms_translations = _of_forms(language)  # type: ignore[attr-defined]  # where Flask-WTF looks


@cache
def _of_forms(language: str) -> Any:
    return Translations.load(messages_path(), [language], domain="wtforms")


def _compare_without_lock() -> None:
    """Signing in writes nothing, and comparing a password takes 40 ms: too long for the one
    writer's lock of SQLite."""
    if request.endpoint == "security.login":
        db.open_request(writes=False)


def _take_token() -> None:
    """The owner and the scopes of a bearer token, for the API alone."""
    if not request.path.startswith("/api/"):
        return
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return
    found = tokens.find(secret.strip())
    if found is not None:
        g.caller, token_id, scopes = found
        g.scopes = frozenset(scopes)
        tokens.used(token_id)
