"""The calendar of an edition: wall clocks in its time zone, moments in UTC. No database here.

A programme is said in the time of the place (nine in Geneva stays nine when the clocks change)
and kept as moments, so that readers anywhere see it in their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

HALF_DAYS = ((time(9), time(12, 30)), (time(14), time(17, 30)))
"""A morning and an afternoon, in the time of the place."""

LONGEST = timedelta(hours=12)
"""A session is part of a day."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """From when to when; aware and UTC."""

    starts_at: datetime
    ends_at: datetime


class NoSuchTime(ValueError):
    """The clocks are put forward over this time: it does not exist on that day."""


def moment(day: date, clock: time, zone: str) -> datetime:
    """When a wall clock in a zone shows this, in UTC; of two such moments (the clocks are put
    back) the first. Raises NoSuchTime."""
    local = datetime.combine(day, clock, ZoneInfo(zone))
    found = local.astimezone(UTC)
    if found.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime(f"{day} {clock} in {zone}")
    return found


def wall(at: datetime, zone: str) -> datetime:
    """What a wall clock in a zone shows at a moment."""
    return at.astimezone(ZoneInfo(zone))


def slot(day: date, begins: time, ends: time, zone: str) -> Slot:
    """Part of a day, in the time of a place. Raises NoSuchTime."""
    return Slot(moment(day, begins, zone), moment(day, ends, zone))


def moved(one: Slot, *, days: int, zone: str, to_zone: str | None = None) -> Slot:
    """The same wall clocks some days later (or earlier), in the same zone or in another.

    Raises NoSuchTime.
    """
    begins, ends = wall(one.starts_at, zone), wall(one.ends_at, zone)
    shift, there = timedelta(days=days), to_zone or zone
    return Slot(
        moment(begins.date() + shift, begins.time(), there),
        moment(ends.date() + shift, ends.time(), there),
    )


def half_days(first: date, last: date, zone: str) -> list[Slot]:
    """A morning and an afternoon of each working day (Monday to Friday), both days included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [slot(day, *hours, zone) for day in days if day.weekday() < 5 for hours in HALF_DAYS]


def overlapping(slots: Iterable[Slot]) -> list[tuple[Slot, Slot]]:
    """Neighbours of which the second begins before the first ends."""
    return [(one, other) for one, other in pairwise(sorted(slots)) if other.starts_at < one.ends_at]


def minutes(slots: Sequence[Slot]) -> int:
    """How long they are together."""
    return round(sum((one.ends_at - one.starts_at).total_seconds() for one in slots) / 60)


def phase(first: date, last: date, today: date) -> str:
    """Where a day stands to an edition: it is "upcoming", "running" or "past"."""
    if today < first:
        return "upcoming"
    return "past" if today > last else "running"
