"""Credentials: made, shown once, listed and revoked; and who comes with one."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, or_, select, update

from app import audit, db, jobs, limits, paging, permissions
from app.errors import Invalid, NotFound, TooMany
from app.models import Person, Registration
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
_LIMIT = 60
"""Characters of a limit."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


def add(
    key: str,
    *,
    label: str,
    scopes: Collection[str],
    app_key: str,
    authority: str | None = None,
    expires_at: datetime | None = None,
    limit: str | None = None,
    secret: str | None = None,
    by: Person | None = None,
) -> str:
    """Make a credential; its secret, which is shown this once. `authority` defaults to the key;
    `limit` is how often it may come ("100 per minute"); `by` is None for a command of the house
    itself.

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
    if limit is not None and not _is_limit(limit):
        wrong["limit"] = _("Say how often in so much time: 100 per minute.")
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
            rate_limit=limit,
            expires_at=expires_at,
        )
    )
    after = {"scopes": sorted(scopes), **({"limit": limit} if limit else {})}
    audit.record("credential.added", f"credential:{key}", actor=by, after=after)
    db.session().flush()
    return secret


def _is_limit(text: str) -> bool:
    try:
        limits.read(text)
    except ValueError:
        return False
    return len(text) <= _LIMIT


def make(
    by: Person,
    *,
    key: str,
    label: str,
    scopes: Collection[str],
    authority: str | None,
    days: int | None,
    limit: str | None = None,
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
        limit=(limit or "").strip() or None,
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
    """The credentials of all systems, also those that have ended; not those of players."""
    return db.session().scalars(_of_systems().order_by(Credential.key)).all()


def _of_systems() -> Select[Credential]:
    return select(Credential).where(Credential.registration_id.is_(None))


def page(
    by: Person, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Credential], str | None]:
    """Some of them, by key, and the cursor of what follows. Raises Forbidden."""
    permissions.demand(by, MAY)
    rows = _of_systems().order_by(Credential.key).limit(limit + 1)
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
    """ "active", "expired" or "revoked"; that of a player ends with what it is for."""
    if credential.revoked_at is not None or has_ended(credential.registration):
        return "revoked"
    expired = credential.expires_at is not None and credential.expires_at <= db.now()
    return "expired" if expired else "active"


def has_ended(registration: Registration | None) -> bool:
    """Whether this passage was closed, or its person may not come in any more."""
    if registration is None:
        return False
    person = registration.person
    return registration.closed_at is not None or not person.active or person.erased_at is not None


def spend(credential: Credential) -> None:
    """One more request of a credential. Raises TooMany where its limit says no."""
    if credential.rate_limit is None:
        return
    seconds = limits.spend("credential", str(credential.id), credential.rate_limit)
    if seconds:
        raise TooMany(
            f"The limit of this credential is {credential.rate_limit}: "
            f"nothing was done. Send this again in {seconds} s.",
            retry_after=seconds,
        )


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
