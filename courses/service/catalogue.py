"""The catalogue, read: all offers and the texts of lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import activities, content, db, paging
from app.config import LANGUAGES
from app.errors import Invalid, NotFound
from app.models import Activity, activity_id
from courses import offers
from courses.models import Course, Lesson
from courses.offers import TYPES, Offer, Page, Shelf, Wanted, arrange, count


def shelf() -> Shelf:
    """Everything that is offered: annual courses, modules, trainings on request, in their order.

    Kept in mind until the content changes.
    """
    return content.keep_in_mind("courses.shelf", lambda: arrange(_offers()))


def counts(wanted: Wanted) -> Mapping[str, Mapping[str, int]]:
    """How many offers each value of each facet would show; kept in mind as well, unless values
    are asked for that no offer has."""
    everything = shelf()
    if any(not set(values) <= everything.values[facet] for facet, values in wanted.items()):
        return count(everything.offers, wanted)
    asked = sorted((facet, sorted(values)) for facet, values in wanted.items() if values)
    return content.keep_in_mind(f"courses.counts {asked}", lambda: count(everything.offers, wanted))


def page(wanted: Wanted, *, cursor: str | None, limit: int) -> Page:
    """Some of what answers to the facets, in order. Raises Invalid for a forged cursor."""
    place = paging.place(cursor, str)
    after = place[0] if place else ""
    if after and after not in shelf().by_slug:
        raise Invalid({"cursor": _l("This is not the place of a row in this list.")})
    return offers.page(shelf(), wanted, after=after, limit=limit)


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
    found = shelf().by_slug.get(slug)
    if found is None:
        raise NotFound(_l("There is no such course."))
    return found


def get_module(slug: str) -> Offer:
    """The module at an address. Raises NotFound."""
    offer = get(slug)
    if offer.kind != "module":
        raise NotFound(_l("There is no such module."))
    return offer


def find(key: str) -> Offer | None:
    """The offer of an activity by its key."""
    return shelf().by_key.get(key)


def activity_of(offer: Offer) -> Activity:
    return activities.remembered(offer.activity_id) or activities.get(offer.key)


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
    found = activities.remembered(activity_id(activities.iri(f"{module}/{lesson}")))
    if found is None or found.kind != "lesson":
        raise NotFound(_l("There is no such lesson."))
    if found.retired_at is not None:
        raise NotFound(_l("This lesson is no longer part of the module. Your progress is kept."))
    return found


def text(lesson: Activity, language: str) -> Lesson:
    """The text of a lesson in this language, else in English, else in any, to be read only: kept
    in mind until the content changes. Raises NotFound."""
    return content.keep_in_mind(f"text {lesson.id} {language}", lambda: _text(lesson, language))


def _text(lesson: Activity, language: str) -> Lesson:
    for one in dict.fromkeys((language, "en", *LANGUAGES)):
        found = db.session().get(Lesson, (lesson.id, one))
        if found is not None:
            db.session().expunge(found)
            return found
    raise NotFound(_l("There is no such lesson."))
