"""What a credential may do, and the keyed hash by which its secret is known again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

SCOPES = {
    "statements/write": "store statements",
    "statements/read/mine": "read the statements of its own authority",
    "statements/read": "read every statement",
    "state": "read and write what players remember of a learner in an activity",
    "profile": "read and write what is kept of an agent or an activity",
    "define": "say what activities are",
    "all/read": "read everything",
    "all": "read and write everything",
}
"""The scopes of xAPI 1.0.3 (Communication, 4.0) that this store knows."""


def digest(secret: str, app_key: str) -> str:
    """A keyed hash: secrets are long and drawn by lot, so that a slow one would only cost time."""
    return hmac.new(app_key.encode(), secret.encode(errors="replace"), hashlib.sha256).hexdigest()


def may_write(scopes: Collection[str]) -> bool:
    return not {"statements/write", "all"}.isdisjoint(scopes)


def may_define(scopes: Collection[str]) -> bool:
    return not {"define", "all"}.isdisjoint(scopes)


def may_read_all(scopes: Collection[str]) -> bool:
    return not {"statements/read", "all/read", "all"}.isdisjoint(scopes)


def may_read_own(scopes: Collection[str]) -> bool:
    return "statements/read/mine" in scopes or may_read_all(scopes)


def may(scopes: Collection[str], scope: str, *, reads: bool) -> bool:
    """May it do what this scope is for, or read it alone?"""
    enough = {scope, "all", "all/read"} if reads else {scope, "all"}
    return not enough.isdisjoint(scopes)
