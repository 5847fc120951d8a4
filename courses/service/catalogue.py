"""The catalogue, read: all offers and the texts of lessons."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import activities, content, db
from app.config import LANGUAGES
from app.errors import NotFound
from app.models import Activity
from courses.models import Course, Lesson
from courses.offers import TYPES, Offer


def offers() -> Sequence[Offer]:
    """Everything that is offered: annual courses, modules, trainings on request, in their order.

    Kept in mind until the content changes.
    """
    return content.keep_in_mind("courses.offers", _offers)


def _offers() -> Sequence[Offer]:
    rows = db.session().execute(
        select(Course, Activity)
        .join(Activity, Activity.id == Course.activity_id)
        .where(Activity.retired_at.is_(None))
    )
    made = sorted(rows, key=lambda row: (TYPES.index(row[1].kind), row[1].position, row[1].key))
    return tuple(
        Offer(
            activity_id=activity.id,
            key=activity.key,
            kind=activity.kind,
            slug=course.slug,
            titles=activity.titles,
            facts=course.facts,
            words=course.words,
        )
        for course, activity in made
    )


def get(slug: str) -> Offer:
    """The offer at an address. Raises NotFound."""
    for offer in offers():
        if offer.slug == slug:
            return offer
    raise NotFound(_l("There is no such course."))


def get_module(slug: str) -> Offer:
    """The module at an address. Raises NotFound."""
    offer = get(slug)
    if offer.kind != "module":
        raise NotFound(_l("There is no such module."))
    return offer


def find(key: str) -> Offer | None:
    """The offer of an activity by its key."""
    return next((offer for offer in offers() if offer.key == key), None)


def activity_of(offer: Offer) -> Activity:
    return db.session().get_one(Activity, offer.activity_id)


def url(activity: Activity) -> str | None:
    """The page of an offer or a lesson, without its language."""
    if activity.kind == "lesson":
        key, _, lesson = activity.key.rpartition("/")
        module = find(key)
        return f"{module.url}/{lesson}" if module else None
    offer = find(activity.key)
    return offer.url if offer else None


def url_of(activity: Activity) -> str | None:
    """The page of any activity, also another plugin's (a quiz), without its language."""
    return activities.url(activity)


def lesson_of(offer: Offer, lesson: str) -> Activity:
    """A lesson that a module offers. Raises NotFound, also for one that was withdrawn."""
    return _lesson(offer.key, lesson)


def lesson_inside(module: Activity, lesson: str) -> Activity:
    """The same, for the activity of a module."""
    return _lesson(module.key, lesson)


def _lesson(module: str, lesson: str) -> Activity:
    found = activities.find(f"{module}/{lesson}")
    if found is None or found.kind != "lesson":
        raise NotFound(_l("There is no such lesson."))
    if found.retired_at is not None:
        raise NotFound(_l("This lesson is no longer part of the module. Your progress is kept."))
    return found


def text(lesson: Activity, language: str) -> Lesson:
    """The text of a lesson in this language, else in English, else in any. Raises NotFound."""
    for one in dict.fromkeys((language, "en", *LANGUAGES)):
        found = db.session().get(Lesson, (lesson.id, one))
        if found is not None:
            return found
    raise NotFound(_l("There is no such lesson."))
