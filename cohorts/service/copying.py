"""Copying: last year's edition anew, its dates shifted, its programme kept, nobody in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from app import audit, db, permissions
from app.errors import Invalid
from app.models import Activity, Person
from cohorts import calendar, naming
from cohorts.calendar import NoSuchTime, Slot
from cohorts.models import Edition
from cohorts.service import changing, editions, programme
from cohorts.service.programme import Entry

YEAR = timedelta(weeks=52)
"""A year later on the same weekday."""


def proposal(edition: Edition, *, by: Person) -> dict[str, Any]:
    """The address and the first day of a copy when nobody says otherwise. Raises Forbidden."""
    _demand(edition, by)
    return {"slug": None, "starts_on": edition.starts_on + YEAR}


def copy(edition: Edition, facts: Mapping[str, Any], *, by: Person) -> Edition:
    """Open an edition like this one, as a draft: `facts` are its address (`slug`; None: made of
    this one's) and `starts_on`. Sessions keep their wall clocks, titles say the new year; seats
    and staff are not copied.

    Raises Forbidden, Invalid by field.
    """
    course = _demand(edition, by)
    first: date | None = facts.get("starts_on")
    if first is None:
        raise Invalid({"starts_on": _l("Enter the first day.")})
    made = editions.open_edition(course, _facts(edition, first, facts.get("slug")), by=by)
    entries = _shifted(edition, first)
    made.asks, made.copied_from = dict(edition.asks), edition.activity_id
    programme.carry(made, entries)
    audit.record(
        "edition.copied",
        made.activity.key,
        actor=by,
        after={"from": edition.activity.key, "sessions": len(entries)},
    )
    return made


def _demand(edition: Edition, by: Person) -> Activity:
    """The course, of which she may open editions. Raises Forbidden."""
    permissions.demand(by, "editions.read", edition.activity)
    course = db.session().get_one(Activity, edition.activity.parent_id)
    permissions.demand(by, "editions.write", course)
    return course


def _facts(edition: Edition, first: date, slug: str | None) -> dict[str, Any]:
    before, after = edition.starts_on.year, first.year
    titles = edition.activity.titles.items()
    return {
        **changing.facts_of(edition),
        "slug": slug or naming.another_slug(edition.slug, before, after),
        "titles": {lang: naming.another_year(words, before, after) for lang, words in titles},
        "starts_on": first,
        "ends_on": _last(edition, first),
    }


def _last(edition: Edition, first: date) -> date | None:
    try:
        return first + (edition.ends_on - edition.starts_on)
    except OverflowError:
        return None


def _shifted(edition: Edition, first: date) -> list[Entry]:
    """The programme as many days later (or earlier). Raises Invalid where the clocks skip one."""
    days, zone = (first - edition.starts_on).days, edition.timezone
    before, after = edition.starts_on.year, first.year
    try:
        return [
            Entry(
                calendar.moved(Slot(one.starts_at, one.ends_at), days=days, zone=zone),
                {
                    lang: naming.another_year(words, before, after)
                    for lang, words in one.activity.titles.items()
                },
            )
            for one in editions.programme(edition)
        ]
    except NoSuchTime:
        raise Invalid(
            {"starts_on": _l("On these days the clocks skip the time of a session.")}
        ) from None
