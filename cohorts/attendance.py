"""Attendance: what a mark counts for, and what of a submitted list is new. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l

MARKS = ("present", "late", "excused", "absent")
COUNTING = frozenset({"present", "late"})
"""Whoever came late attended; whoever was excused did not."""

WORDS = {
    "present": _l("Present"),
    "late": _l("Late"),
    "excused": _l("Excused"),
    "absent": _l("Absent"),
}

ACTS = {
    "attendance.marked": _l("Attendance marked"),
    "attendance.corrected": _l("Attendance corrected"),
}
"""What acts on attendance are called in the audit."""

EARLY = timedelta(hours=1)
"""How long before a session begins its list may be marked: people come early, and sign in."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one person's mark was (None: nothing yet) and is to be."""

    registration_id: UUID
    before: str | None
    after: str


def may_be_marked(starts_at: datetime, now: datetime) -> bool:
    return now >= starts_at - EARLY


def changes(
    wanted: Mapping[UUID, str],
    standing: Mapping[UUID, str],
    shown: Mapping[UUID, str | None] | None = None,
) -> tuple[list[Change], list[UUID]]:
    """What is to be written, and whose mark somebody else changed meanwhile.

    With `shown` (what the page had before it was sent) only what differs from it is wanted, and a
    mark that is no more what was shown is left alone; without it everything wanted is written.
    """
    written, meanwhile = [], []
    for registration_id, mark in wanted.items():
        now = standing.get(registration_id)
        if now == mark:
            continue
        if shown is not None and shown.get(registration_id) == mark:
            continue
        if shown is not None and shown.get(registration_id) != now:
            meanwhile.append(registration_id)
            continue
        written.append(Change(registration_id, now, mark))
    return written, meanwhile
