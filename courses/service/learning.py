"""Learning: begin a module, complete a lesson, keep the place where she stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app import activities, completion, db, events, passage, people, registrations
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Activity, Person, Progress, Registration
from app.passage import Explanation, Station
from courses import wording
from courses.offers import Offer
from courses.service import catalogue

LONGEST = 2 * 3600
"""Seconds: an open page that nobody reads is not learning."""


def begin(person: Person, offer: Offer, *, language: str) -> Registration:
    """Open her registration of a module; beginning twice is beginning once."""
    return registrations.begin(person, catalogue.activity_of(offer), language=language)


def standing(person: Person, activity: Activity) -> Registration:
    """Her open registration of the module around a lesson. Raises Forbidden before she began."""
    found = registrations.around(person, activity)
    if found is None:
        raise Forbidden(_l("You have not begun this module. Open its page and begin it first."))
    return found


def refusal(activity: Activity) -> str | None:
    """Why a module cannot be begun, if so."""
    offer = catalogue.find(activity.key) if activity.kind == "module" else None
    if offer is not None and offer.in_preparation:
        return str(_l("This module is in preparation. It cannot be begun yet."))
    return None


def complete(
    registration: Registration, lesson: Activity, *, language: str, seconds: float | None = None
) -> Activity | None:
    """She is done with a lesson; what comes next on the way, or None at its end.

    Completing twice is completing once. Raises NotFound for a lesson of another module, Conflict
    when the registration is closed.
    """
    _demand_inside(registration, lesson)
    people.lock(registration.person_id)
    if not is_done(registration, lesson):
        spent = None if seconds is None else max(0.0, min(float(seconds), LONGEST))
        events.publish(
            events.happened(
                "completed",
                registration,
                language=language,
                activity=lesson,
                result=events.Result(completion=True, seconds=spent),
            )
        )
    following = around(lesson)[1]
    registrations.keep_place(registration, (following or lesson).key)
    return following


def stop_at(registration: Registration, key: str) -> None:
    """Keep the place: the key of something inside the activity of the registration."""
    stop = activities.find(key)
    if stop is None or stop.retired_at is not None:
        raise Invalid({"activity": _l("There is no such activity.")})
    _demand_inside(registration, stop)
    registrations.keep_place(registration, key)


def _demand_inside(registration: Registration, activity: Activity) -> None:
    if activity.parent_id != registration.activity_id:
        raise NotFound(_l("This is not part of the module that you began."))
    if activity.retired_at is not None:
        raise NotFound(_l("This lesson is no longer part of the module. Your progress is kept."))
    if registration.closed_at is not None:
        raise Conflict(_l("This registration is closed."))


def is_done(registration: Registration, activity: Activity) -> bool:
    row = db.session().get(Progress, (registration.id, activity.id))
    return row is not None and row.status in completion.DONE


def around(activity: Activity) -> tuple[Activity | None, Activity | None]:
    """What stands before and after on the way."""
    module = db.session().get_one(Activity, activity.parent_id)
    way = [one for one in activities.children(module) if activities.kind(one.kind).tracked]
    place = next((at for at, one in enumerate(way) if one.id == activity.id), None)
    if place is None:
        return None, None
    before = way[place - 1] if place > 0 else None
    return before, way[place + 1] if place + 1 < len(way) else None


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


def way_of(registration: Registration, *, language: str, here: Activity | None = None) -> Way:
    """How far she is in one of her registrations; `here` is the lesson being read."""
    activity = registration.activity
    rows = registrations.progress_of(registration)
    own = rows.get(activity.id)
    stations = passage.stations(activity, registration, language=language, here=here)
    resume = passage.resume_url(registration)
    following = next((one.title for one in stations if one.url and one.url == resume), None)
    return Way(
        activity=activity,
        stations=_with_minutes(stations, catalogue.find(activity.key)),
        rule=passage.explain(registration, language=language),
        registration=registration,
        share=own.share if own else None,
        done_at=own.done_at if own else None,
        saved_at=max((row.last_at for row in rows.values()), default=None),
        resume=resume,
        following=following,
    )


def ways_of(person: Person, *, language: str) -> list[Way]:
    """All her registrations of modules, the newest first."""
    return [
        way_of(registration, language=language)
        for registration in registrations.of_person(person)
        if registration.activity.kind == "module"
    ]


def newest(person: Person, *, language: str) -> Way | None:
    """The registration in which something was kept last and that is not completed."""
    unfinished = [one for one in ways_of(person, language=language) if one.done_at is None]
    return max(unfinished, key=lambda one: one.saved_at or db.now(), default=None)


def _with_minutes(stations: Sequence[Station], offer: Offer | None) -> list[Station]:
    lessons = offer.facts.get("lessons", ()) if offer else ()
    planned = {f"{offer.url}/{one['id']}": one["minutes"] for one in lessons} if offer else {}
    return [
        replace(one, note=wording.minutes(planned[one.url])) if one.url in planned else one
        for one in stations
    ]
