"""Changing: the facts of an edition, and whether it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app import audit, db, jobs, permissions
from app.errors import Conflict, Invalid
from app.models import Activity, Person
from cohorts import calendar
from cohorts.calendar import NoSuchTime, Slot
from cohorts.models import Edition, Session
from cohorts.service import editions, enrolling

MOVES: Mapping[str, Mapping[str, str]] = {
    "draft": {"open": "edition.published"},
    "open": {"closed": "edition.closed", "cancelled": "edition.cancelled"},
    "closed": {"open": "edition.reopened"},
    "cancelled": {"open": "edition.reopened"},
}
"""From which state to which, and what the act is called."""

FACTS = (
    "titles", "starts_on", "ends_on", "timezone", "mode", "place", "link", "languages", "seats",
)  # fmt: skip
"""What may be changed; an edition keeps its address."""


def facts_of(edition: Edition) -> dict[str, Any]:
    """The facts as `change` takes them."""
    kept = {name: getattr(edition, name) for name in FACTS if name != "titles"}
    return {**kept, "titles": edition.activity.titles}


def change(edition: Edition, facts: Mapping[str, Any], *, by: Person) -> None:
    """Change its facts; what is not among them stays. In another zone the sessions keep their
    wall clocks.

    Raises Forbidden, Invalid by field.
    """
    permissions.demand(by, "editions.write", edition.activity)
    enrolling.hold(edition)
    course = db.session().get_one(Activity, edition.activity.parent_id)
    whole = {**facts_of(edition), **facts, "slug": edition.slug}
    values = editions.check(course, whole)
    planned = editions.programme(edition)
    slots = _in_zone(edition, planned, values["timezone"])
    _demand_inside(slots, values)
    _demand_seats(edition, values["seats"])
    before = editions.in_audit(edition)
    edition.activity.titles = values.pop("titles")
    for name, value in values.items():
        setattr(edition, name, value)
    for session, when in zip(planned, slots, strict=True):
        session.starts_at, session.ends_at = when.starts_at, when.ends_at
    editions.settle(edition)
    after = editions.in_audit(edition)
    audit.record("edition.changed", edition.activity.key, actor=by, before=before, after=after)


def _in_zone(edition: Edition, planned: Sequence[Session], zone: str) -> list[Slot]:
    slots = [Slot(one.starts_at, one.ends_at) for one in planned]
    if zone == edition.timezone:
        return slots
    try:
        moved = [calendar.moved(one, days=0, zone=edition.timezone, to_zone=zone) for one in slots]
    except NoSuchTime:
        raise Invalid(
            {"timezone": _l("There the clocks skip the time of a session. Move it first.")}
        ) from None
    if calendar.overlapping(moved):
        raise Invalid({"timezone": _l("There the clocks change within a session. Move it first.")})
    return moved


def _demand_inside(slots: Sequence[Slot], values: Mapping[str, Any]) -> None:
    days = [calendar.wall(one.starts_at, values["timezone"]).date() for one in slots]
    if any(day < values["starts_on"] for day in days):
        raise Invalid({"starts_on": _l("There are sessions before this day. Move them first.")})
    if any(day > values["ends_on"] for day in days):
        raise Invalid({"ends_on": _l("There are sessions after this day. Move them first.")})


def _demand_seats(edition: Edition, seats: int | None) -> None:
    if seats is None:
        return
    taken = enrolling.seats_taken(edition)
    if seats < taken:
        raise Invalid({"seats": _l("%(count)s seats are taken already.", count=taken)})


def set_state(edition: Edition, state: str, *, by: Person) -> None:
    """Publish, close, cancel or reopen it: see MOVES. What stands already is left as it is.

    Raises Forbidden, Conflict.
    """
    permissions.demand(by, "editions.write", edition.activity)
    enrolling.hold(edition)
    if edition.state == state:
        return
    act = MOVES[edition.state].get(state)
    if act is None:
        raise Conflict(_l("The edition is in another state now. Look at it again."))
    if state == "open":
        demand_sessions(edition.asks, editions.programme(edition))
        jobs.enqueue("cohorts.tell_waiting", {"edition": str(edition.activity_id)})
    before, edition.state = edition.state, state
    editions.settle(edition)
    audit.record(
        act,
        edition.activity.key,
        actor=by,
        before={"state": before},
        after={"state": state},
    )


def demand_sessions(asks: Mapping[str, Any], planned: Sequence[Any]) -> None:
    """Raises Conflict where attendance is asked of a programme without sessions."""
    if asks.get("attendance") and not planned:
        raise Conflict(
            _l(
                "This edition asks for attendance, but no sessions are planned: nobody could "
                "complete it. Plan its sessions, or change what completing it asks."
            )
        )
