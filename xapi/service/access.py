"""Credentials: made, shown once, listed and revoked; and who comes with one."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, or_, select, update

from app import audit, db, jobs, paging, permissions
from app.errors import Invalid, NotFound
from app.models import Person
from xapi import credentials
from xapi.models import Credential

MAY = "xapi.credentials"
"""The permission of who makes and revokes credentials."""

LONGEST = 3650
"""Days that a credential with an end may live."""

DEMONSTRATION = "demo"
"""The key that only a demonstration knows: its secret is printed at every start."""

_BY_KEY = select(Credential).where(Credential.key == bindparam("key"))
_HOUR = timedelta(hours=1)
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


def add(
    key: str,
    *,
    label: str,
    scopes: Collection[str],
    app_key: str,
    authority: str | None = None,
    expires_at: datetime | None = None,
    secret: str | None = None,
    by: Person | None = None,
) -> str:
    """Make a credential; its secret, which is shown this once. `authority` defaults to the key;
    `by` is None for a command of the house itself.

    Raises Invalid.
    """
    wrong = {}
    if not _KEY.fullmatch(key):
        wrong["key"] = _("Use letters, digits, and . _ @ - only; at most 100.")
    elif find(key) is not None:
        wrong["key"] = _("There is a credential with this key already.")
    if not scopes or not set(scopes) <= credentials.SCOPES.keys():
        wrong["scopes"] = _("Choose from: %(scopes)s.", scopes=", ".join(credentials.SCOPES))
    if authority is not None and not _KEY.fullmatch(authority):
        wrong["authority"] = _("Use letters, digits, and . _ @ - only; at most 100.")
    if wrong:
        raise Invalid(wrong)
    secret = secret or secrets.token_urlsafe(32)
    db.session().add(
        Credential(
            key=key,
            digest=credentials.digest(secret, app_key),
            label=label[:200],
            authority=authority or key,
            scopes=sorted(scopes),
            expires_at=expires_at,
        )
    )
    audit.record(
        "credential.added", f"credential:{key}", actor=by, after={"scopes": sorted(scopes)}
    )
    db.session().flush()
    return secret


def make(
    by: Person,
    *,
    key: str,
    label: str,
    scopes: Collection[str],
    authority: str | None,
    days: int | None,
    app_key: str,
) -> tuple[Credential, str]:
    """The same by an administrator: the credential and its secret. Raises Forbidden, Invalid."""
    permissions.demand(by, MAY)
    key = key.strip()
    if key == DEMONSTRATION:
        raise Invalid({"key": _("This key belongs to the demonstration.")})
    secret = add(
        key,
        label=label.strip(),
        scopes=scopes,
        authority=(authority or "").strip() or None,
        expires_at=db.now() + timedelta(days=days) if days else None,
        app_key=app_key,
        by=by,
    )
    return db.session().execute(_BY_KEY, {"key": key}).scalar_one(), secret


def demonstration(secret: str, *, app_key: str) -> None:
    """Make the credential of the demonstration, if it is not there yet."""
    if find(DEMONSTRATION) is None:
        add(
            DEMONSTRATION,
            label="Demonstration",
            scopes=["all"],
            app_key=app_key,
            secret=secret,
        )


def find(key: str) -> Credential | None:
    return db.session().scalar(_BY_KEY, {"key": key})


def every() -> Sequence[Credential]:
    """All credentials, also those that have ended."""
    return db.session().scalars(select(Credential).order_by(Credential.key)).all()


def page(
    by: Person, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Credential], str | None]:
    """Some of them, by key, and the cursor of what follows. Raises Forbidden."""
    permissions.demand(by, MAY)
    rows = select(Credential).order_by(Credential.key).limit(limit + 1)
    place = paging.place(cursor, str)
    if place is not None:
        rows = rows.where(Credential.key > place[0])
    return paging.page(db.session().scalars(rows).all(), limit, lambda one: (one.key,))


def revoke(key: str, *, by: Person | None = None) -> None:
    """End a credential at once; `by` is None for a command. Raises NotFound, Forbidden."""
    if by is not None:
        permissions.demand(by, MAY)
    found = find(key)
    if found is None:
        raise NotFound(_("There is no credential with this key."))
    if found.revoked_at is None:
        found.revoked_at = db.now()
        audit.record("credential.revoked", f"credential:{key}", actor=by)


def admit(key: str, secret: str, *, app_key: str, demonstrates: bool) -> Credential | None:
    """The living credential with this secret, or None. That of the demonstration lives in a
    demonstration alone."""
    found = find(key)
    digest = credentials.digest(secret, app_key)
    if not hmac.compare_digest(found.digest if found else "", digest) or found is None:
        return None
    if found.key == DEMONSTRATION and not demonstrates:
        return None
    return found if state(found) == "active" else None


def state(credential: Credential) -> str:
    """ "active", "expired" or "revoked"."""
    if credential.revoked_at is not None:
        return "revoked"
    expired = credential.expires_at is not None and credential.expires_at <= db.now()
    return "expired" if expired else "active"


def note_use(credential: Credential) -> None:
    """Note that it stores just now: in memory, for many do in the same moment."""
    _uses[credential.id] = db.now()


_uses: dict[UUID, datetime] = {}


def write_uses() -> None:
    """Say when each was last used, to the hour; the sweeper calls this between its jobs."""
    noted = [(one, _uses.pop(one)) for one in list(_uses)]
    if not noted:
        return
    with db.transaction() as session:
        for one, at in noted:
            stale = or_(Credential.last_used_at.is_(None), Credential.last_used_at < at - _HOUR)
            used = update(Credential).where(Credential.id == one, stale).values(last_used_at=at)
            session.execute(used)


jobs.chores["xapi.credentials"] = write_uses
