"""What tells certificates apart: a public id that nobody guesses, a number to say, a sort."""

from __future__ import annotations

import secrets

COMPLETION, PARTICIPATION = SORTS = ("completion", "participation")

REASONS = ("has_one", "revoked", "unmet", "nameless", "unprintable", "closed", "erased")
"""Why somebody gets no certificate of a sort: she has one; hers was revoked; she does not meet the
rule; she gave no name; no font has its letters; her registration was closed (she withdrew); her
account was erased."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U, which are misread (https://www.crockford.com/base32.html)."""

LENGTH = 12
"""60 bits: a million certificates, a million guesses a second, still years to meet one."""

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_public_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def public_id(typed: str) -> str:
    """A public id as somebody typed it from paper: any case, grouped or not, O for 0."""
    return typed.upper().translate(_MISREAD)


def number(serial: int, year: int) -> str:
    """IML-2026-000123: the year of the award, and the place among all that were ever given out."""
    return f"IML-{year}-{serial:06d}"
