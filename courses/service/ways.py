"""Ways: how far somebody is on her way through a module, and where a lesson stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased, contains_eager

from app import completion, db, passage, registrations
from app.models import Activity, Person, Progress, Registration
from app.passage import Explanation, Station
from courses import wording
from courses.offers import Offer
from courses.service import catalogue


@dataclass(frozen=True, slots=True)
class Way:
    """A module as one person sees it: its stations, and, once she began, how far she is.

    `share` is 0-1 of what was required when she began; `saved_at` is the time of the last thing
    kept; `resume` is the page to continue at, and `following` its title.
    """

    activity: Activity
    stations: Sequence[Station]
    rule: Explanation | None
    registration: Registration | None = None
    share: float | None = None
    done_at: datetime | None = None
    saved_at: datetime | None = None
    resume: str | None = None
    following: str | None = None


def way(person: Person | None, offer: Offer, *, language: str) -> Way:
    """The way through a module, for this person or for anybody."""
    activity = catalogue.activity_of(offer)
    registration = registrations.find_open(person, activity) if person else None
    if registration is None:
        ahead = _with_minutes(passage.stations(activity, None, language=language), offer)
        closed = [replace(one, url=None) for one in ahead]
        return Way(activity, closed, passage.requirement(activity, language=language))
    return way_of(registration, language=language)


def way_of(registration: Registration, *, language: str) -> Way:
    """How far she is in one of her registrations."""
    return _ways([registration], language=language)[0]


def _ways(hers: Sequence[Registration], *, language: str) -> list[Way]:
    rows = registrations.progress_of_all(hers)
    rules = passage.explain_all(hers, language=language)
    return [_way(one, rows[one.id], rules.get(one.id), language=language) for one in hers]


def _way(
    registration: Registration,
    rows: Mapping[UUID, Any],
    rule: Explanation | None,
    *,
    language: str,
) -> Way:
    activity = registration.activity
    own = rows.get(activity.id)
    stations = passage.stations(activity, registration, language=language, rows=rows)
    following = passage.resume(registration, stations)
    return Way(
        activity=activity,
        stations=_with_minutes(stations, catalogue.find(activity.key)),
        rule=rule,
        registration=registration,
        share=own.share if own else None,
        done_at=own.done_at if own else None,
        saved_at=_saved_at(rows),
        resume=following.url if following else None,
        following=following.title if following else None,
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A lesson on somebody's way: what stands before and after it, and whether it is done."""

    stations: Sequence[Station]
    before: Station | None
    following: Station | None
    done: bool
    share: float | None
    saved_at: datetime | None


def reading(registration: Registration, lesson: Activity, *, language: str) -> Reading:
    """Where a lesson stands on her way through the module."""
    module = registration.activity
    rows = registrations.progress_of(registration)
    own, here = rows.get(module.id), rows.get(lesson.id)
    stations = passage.stations(module, registration, language=language, here=lesson, rows=rows)
    way = [one for one in stations if one.key]
    place = [one.key for one in way].index(lesson.key)
    return Reading(
        stations=_with_minutes(stations, catalogue.find(module.key)),
        before=way[place - 1] if place > 0 else None,
        following=way[place + 1] if place + 1 < len(way) else None,
        done=here is not None and here.status in completion.DONE,
        share=own.share if own else None,
        saved_at=_saved_at(rows),
    )


def _saved_at(rows: Mapping[UUID, Any]) -> datetime | None:
    return max((row.last_at for row in rows.values()), default=None)


def ways_of(person: Person, *, language: str) -> list[Way]:
    """All her registrations of modules, the newest first."""
    hers = [one for one in registrations.of_person(person) if one.activity.kind == "module"]
    return _ways(hers, language=language)


def newest(person: Person, *, language: str) -> Way | None:
    """The module in which something was kept last and that is not completed."""
    registration = db.session().scalar(_NEWEST, {"person": person.id})
    return way_of(registration, language=language) if registration else None


_OWN = aliased(Progress)
_NEWEST = (
    select(Registration)
    .join(Registration.activity)
    .join(_OWN, (_OWN.registration_id == Registration.id) & (_OWN.activity_id == Activity.id))
    .join(Progress, Progress.registration_id == Registration.id)
    .where(
        Registration.person_id == bindparam("person"),
        Registration.closed_at.is_(None),
        Activity.kind == "module",
        _OWN.done_at.is_(None),
    )
    .group_by(Registration.id, Activity.id)
    .order_by(func.max(Progress.last_at).desc())
    .limit(1)
    .options(contains_eager(Registration.activity))
)


def _with_minutes(stations: Sequence[Station], offer: Offer | None) -> list[Station]:
    lessons = offer.facts.get("lessons", ()) if offer else ()
    planned = {f"{offer.url}/{one['id']}": one["minutes"] for one in lessons} if offer else {}
    return [
        replace(one, note=wording.minutes(planned[one.url])) if one.url in planned else one
        for one in stations
    ]
