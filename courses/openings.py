"""Openings: a signed time at which a lesson was opened, so that the time spent can be told."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from itsdangerous import BadSignature, TimestampSigner


def sign(secret: str, registration_id: UUID, lesson: str) -> str:
    """A text for the form of a lesson: which one, in which registration, and the time now."""
    return _signer(secret).sign(_what(registration_id, lesson)).decode()


def seconds(secret: str, opened: str | None, registration_id: UUID, lesson: str) -> float | None:
    """Seconds since then; None when the text is not ours, or speaks of another lesson."""
    try:
        what, at = _signer(secret).unsign(opened or "", return_timestamp=True)
    except BadSignature:
        return None
    if what.decode() != _what(registration_id, lesson):
        return None
    return max(0.0, (datetime.now(UTC) - at).total_seconds())


def _signer(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt="courses.openings")


def _what(registration_id: UUID, lesson: str) -> str:
    return f"{registration_id} {lesson}"
