"""Learning: begin a module, complete a lesson, keep the place where she stopped."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app import activities, completion, db, events, people, registrations
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Activity, Person, Progress, Registration
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
    following = _following(lesson)
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


def _following(activity: Activity) -> Activity | None:
    module = db.session().get_one(Activity, activity.parent_id)
    way = [one for one in activities.children(module) if activities.kind(one.kind).tracked]
    places = [at for at, one in enumerate(way) if one.id == activity.id]
    return way[places[0] + 1] if places and places[0] + 1 < len(way) else None
