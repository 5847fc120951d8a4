"""Editions: one holding of a course is opened, changed, found, and shown to who may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager, joinedload

from app import activities, audit, content, db, identity, permissions, places
from app.config import LANGUAGES
from app.errors import Invalid, NotFound
from app.identity import Refused
from app.models import Activity, Person
from cohorts import calendar, naming, rules
from cohorts.models import Edition, Enrolment, Session
from cohorts.service import asking, standings

STATES = ("draft", "open", "closed", "cancelled")
MODES = ("in_person", "online")
MOST_SEATS = 100_000
LONGEST = 400
"""Days from the first to the last."""

RESERVED = ("mine", "new", "open")
"""Words of our own addresses."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def open_edition(course: Activity, facts: Mapping[str, Any], *, by: Person) -> Edition:
    """Make an edition of a course, as a draft. `facts`: see `check`; without `asks` it asks what
    rules.default says.

    Raises Forbidden, Invalid by field.
    """
    permissions.demand(by, "editions.write", course)
    if course.kind != "course":
        raise Invalid({"course": _l("Choose one of these.")})
    values = check(course, facts)
    _demand_free(values["slug"])
    usual = rules.default(values["mode"], asking.final_quiz(course))
    asks = asking.check(facts["asks"]) if facts.get("asks") else usual
    words = values.pop("titles")
    activity = activities.define(key(values["slug"]), "edition", words, parent=course)
    edition = Edition(activity=activity, state="draft", asks=asks, **values)
    db.session().add(edition)
    db.session().flush()
    settle(edition)
    audit.record("edition.opened", activity.key, actor=by, after=in_audit(edition))
    return edition


def key(slug: str) -> str:
    return f"editions/{slug}"


def check(course: Activity, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an edition from what was entered: slug, titles (by language), starts_on,
    ends_on, timezone, mode, place, link, languages, seats. Raises Invalid by field.

    Slug and titles that are left out are made of the course's, the place and the year.
    """
    first = facts.get("starts_on")
    slug = facts.get("slug") or naming.slug(course.key, first)
    made = naming.titles(course.titles, facts.get("place"), first)
    checks = identity.Checks()
    values = {
        "slug": checks.take("slug", _slug, slug),
        "titles": checks.take("titles", titles, facts.get("titles") or {}, made),
        "starts_on": checks.take("starts_on", _first, first),
        "ends_on": checks.take("ends_on", _days, first, facts.get("ends_on")),
        "timezone": checks.take("timezone", places.zone, facts.get("timezone")),
        "mode": checks.take("mode", _one_of, facts.get("mode"), MODES),
        "place": checks.take("place", identity.line, facts.get("place")),
        "link": checks.take("link", _link, facts.get("link")),
        "languages": checks.take("languages", _languages, facts.get("languages") or ()),
        "seats": checks.take("seats", _seats, facts.get("seats")),
    }
    if values["mode"] == "in_person" and not values["place"] and "place" not in checks.wrong:
        checks.wrong["place"] = _l("Enter the place.")
    checks.done()
    return values


def _slug(text: str) -> str:
    if len(text) <= 100 and _SLUG.match(text) and text not in RESERVED:
        return text
    raise Refused(_l("Use small letters, digits and hyphens, such as moshi-2027."))


def titles(given: Mapping[str, str | None], made: Mapping[str, str]) -> dict[str, str]:
    """The words in every language: those given, or these where none is. Raises Refused."""
    said = {lang: identity.line(given.get(lang)) for lang in LANGUAGES}
    if not any(said.values()):
        said = {lang: made.get(lang) for lang in LANGUAGES}
    if not all(said.values()):
        raise Refused(_l("Enter the title in every language."))
    return {lang: words for lang, words in said.items() if words}


def _first(first: date | None) -> date:
    if first is None:
        raise Refused(_l("Enter the first day."))
    if not date(2000, 1, 1) <= first <= date(2100, 1, 1):
        raise Refused(_l("Enter a day between 2000 and 2100."))
    return first


def _days(first: date | None, last: date | None) -> date:
    if last is None:
        raise Refused(_l("Enter the last day."))
    if first is not None and last < first:
        raise Refused(_l("The last day is before the first."))
    if first is not None and (last - first).days > LONGEST:
        raise Refused(_l("An edition lasts at most %(count)s days.", count=LONGEST))
    return last


def _one_of(value: str | None, known: Sequence[str]) -> str:
    if value is None or value not in known:
        raise Refused(_l("Choose one of these."))
    return value


def _link(text: str | None) -> str | None:
    clean = identity.line(text, 500)
    if clean and not _is_address(clean):
        raise Refused(_l("Enter a whole address that begins with https://."))
    return clean


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _languages(given: Sequence[str]) -> list[str]:
    known = [lang for lang in LANGUAGES if lang in given]
    if not known or set(given) - set(known):
        raise Refused(_l("Choose one of the languages."))
    return known


def _seats(number: int | None) -> int | None:
    if number is not None and not 1 <= number <= MOST_SEATS:
        raise Refused(_l("Enter a number of seats, or nothing where as many come as like."))
    return number


def _demand_free(slug: str) -> None:
    if db.session().scalar(select(Edition.activity_id).where(Edition.slug == slug)):
        raise Invalid({"slug": _l("Another edition has this address already. Choose another.")})


def settle(edition: Edition) -> None:
    """Bring what others read of an edition up to date: its activity's definition and rule."""
    session = db.session()
    session.flush()
    planned = programme(edition)
    activity = edition.activity
    before = activity.rule
    activities.define(
        activity.key,
        "edition",
        activity.titles,
        parent=session.get_one(Activity, activity.parent_id),
        position=-edition.starts_on.toordinal(),
        rule=rules.rule(edition.asks, [one.activity.iri for one in planned], activities.iri),
        definition={"extensions": _extensions(edition, planned)},
    )
    if activity.rule != before:
        standings.refresh_all(edition)
    content.changed_now()


def _extensions(edition: Edition, planned: Sequence[Session]) -> dict[str, Any]:
    """What statements and certificates say of it; see certificates/README.md."""
    slots = [calendar.Slot(one.starts_at, one.ends_at) for one in planned]
    said = {
        "starts": edition.starts_on.isoformat(),
        "ends": edition.ends_on.isoformat(),
        "place": edition.place,
        "languages": edition.languages,
        "minutes": calendar.minutes(slots) or None,
    }
    return {activities.iri(f"extensions/{name}"): one for name, one in said.items() if one}


def programme(edition: Edition) -> Sequence[Session]:
    """The planned sessions with their activities, in the order of time."""
    return programmes([edition.activity_id])[edition.activity_id]


def programmes(ids: Sequence[UUID]) -> dict[UUID, list[Session]]:
    """The same of several editions, by their ids: one query at most."""
    found: dict[UUID, list[Session]] = {one: [] for one in ids}
    if ids:
        for session in db.session().scalars(_PLANNED, {"editions": ids}):
            found[session.edition_id].append(session)
    return found


_PLANNED = (
    select(Session)
    .join(Session.activity)
    .where(
        Session.edition_id.in_(bindparam("editions", expanding=True)),
        Activity.retired_at.is_(None),
    )
    .options(contains_eager(Session.activity))
    .order_by(Session.starts_at, Session.activity_id)
)


def get(slug: str) -> Edition:
    """The edition at an address, whoever asks. Raises NotFound."""
    rows = select(Edition).where(Edition.slug == slug).options(joinedload(Edition.activity))
    found = db.session().scalar(rows)
    if found is None:
        raise NotFound(_l("There is no such edition."))
    return found


def get_for(person: Person | None, slug: str) -> Edition:
    """The same for a reader: a draft is there for its staff alone. Raises NotFound."""
    found = get(slug)
    if found.state == "draft" and not permissions.may(person, "editions.read", found.activity):
        raise NotFound(_l("There is no such edition."))
    return found


def get_as_staff(by: Person, slug: str, permission: str = "editions.read") -> Edition:
    """The same for who looks after it. Raises NotFound, Forbidden."""
    found = get_for(by, slug)
    permissions.demand(by, permission, found.activity)
    return found


def of_activity(activity: Activity) -> Edition | None:
    """The edition that an activity of kind "edition" stands for."""
    return db.session().get(Edition, activity.id)


def refusal(person: Person, activity: Activity) -> str | None:
    """Why she may not learn in an edition, if so: a seat is given by its staff."""
    if activity.kind != "edition":
        return None
    seat = select(Enrolment.id).where(
        Enrolment.edition_id == activity.id,
        Enrolment.person_id == person.id,
        Enrolment.state == "enrolled",
    )
    if db.session().scalar(seat):
        return None
    return str(_l("Seats in this edition are given by its staff. Write to them to take part."))


def in_audit(edition: Edition) -> dict[str, Any]:
    """What the audit keeps of it: plain values, nothing of people."""
    return {
        "state": edition.state,
        "starts_on": edition.starts_on.isoformat(),
        "ends_on": edition.ends_on.isoformat(),
        "timezone": edition.timezone,
        "mode": edition.mode,
        "place": edition.place,
        "languages": edition.languages,
        "seats": edition.seats,
        "asks": edition.asks,
    }


def url(activity: Activity) -> str | None:
    """The page of an edition, which is that of its sessions too, without its language."""
    if activity.kind not in ("edition", "session"):
        return None
    return f"/editions/{activity.key.split('/')[1]}"
