"""The facts of an edition in the reader's words: states, days, languages, times of two zones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date, get_timezone_location
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from app.config import LANGUAGES
from app.vocabulary import say
from cohorts import calendar
from cohorts.calendar import Slot

if TYPE_CHECKING:
    from cohorts.models import Session

STATES = {
    "draft": _l("Draft"),
    "open": _lp("edition", "Open"),
    "closed": _lp("edition", "Closed"),
    "cancelled": _l("Cancelled"),
}
TONES = {"draft": "open", "open": "good", "closed": None, "cancelled": "bad"}
"""How parts.tag colours a state."""

WHEN = {"upcoming": _l("Upcoming"), "running": _l("Running"), "past": _l("Past")}

MODES = {"in_person": _l("In person"), "online": _l("Online")}

ACTS = {
    "edition.opened": _l("Edition opened"),
    "edition.changed": _l("Edition changed"),
    "edition.published": _l("Edition published"),
    "edition.closed": _l("Edition closed"),
    "edition.cancelled": _l("Edition cancelled"),
    "edition.reopened": _l("Edition opened again"),
    "edition.copied": _l("Edition copied"),
    "edition.deleted": _l("Draft deleted"),
    "edition.rule_changed": _l("What completing asks changed"),
    "session.planned": _l("Session planned"),
    "session.changed": _l("Session changed"),
    "session.removed": _l("Session removed"),
}
"""What the acts on editions are called in the audit."""


def _locale() -> Any:
    return get_locale() or "en"


def days(first: date, last: date) -> str:
    """From the first day to the last, each said as far as it must be: 7–11 June 2027.

    The patterns are those of CLDR for intervals, with the months in full.
    """
    locale = Locale.parse(_locale())
    locale = Locale("en", "GB") if locale.language == "en" else locale
    patterns = locale.interval_formats
    shapes = patterns.get("yMMMMd") or patterns["yMMMd"]
    if first == last:
        return _in_full(last, shapes["d"][-1], locale)
    differs = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    begins, ends = shapes[differs]
    return _in_full(first, begins, locale) + _in_full(last, ends, locale)


def _in_full(at: date, shape: str, locale: Locale) -> str:
    return str(format_date(at, re.sub("M+", "MMMM", shape), locale=locale))


def languages(codes: Iterable[str]) -> str:
    return ", ".join(LANGUAGES[code] for code in codes)


def where(mode: str, place: str | None) -> str:
    return place or str(MODES[mode])


def city(zone: str) -> str:
    """The place that names a zone's time ("Dar es Salaam")."""
    if zone == "UTC":
        return "UTC"
    return str(get_timezone_location(zone, locale=_locale(), return_city=True)).rsplit("/", 1)[-1]


def title(words: Mapping[str, str]) -> str:
    """A title in the reader's language."""
    return say(dict(words), get_locale().language if get_locale() else "en")


def overlaps(titles: Mapping[str, str], when: Slot, zone: str) -> str:
    """That a session overlaps this one."""
    first, last = calendar.wall(when.starts_at, zone), calendar.wall(when.ends_at, zone)
    return _(
        "It overlaps “%(title)s” (%(first)s to %(last)s).",
        title=title(titles),
        first=f"{first:%H:%M}",
        last=f"{last:%H:%M}",
    )


def session_titles(number: int) -> dict[str, str]:
    """What a session is called when nobody says more, in every language."""
    return _in_all(lambda: _("Session %(number)s", number=number))


def half_day_titles(number: int, *, afternoon: bool) -> dict[str, str]:
    """What half of a day of the programme is called, in every language."""
    if afternoon:
        return _in_all(lambda: _("Day %(number)s, afternoon", number=number))
    return _in_all(lambda: _("Day %(number)s, morning", number=number))


def _in_all(make: Callable[[], str]) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = make()
    return found


_SHORT_DAYS = {"fr": "EEE d MMMM y", "es": "EEE, d 'de' MMMM 'de' y"}
_SHORT_NO_YEAR = {"es": "EEE, d 'de' MMMM"}


def day(at: date) -> str:
    """Mon 7 June 2027."""
    locale = _locale()
    return str(format_date(at, _SHORT_DAYS.get(str(locale), "EEE d MMMM y"), locale=locale))


def day_of(when: Slot, zone: str) -> str:
    """The day on which a session begins, at the place."""
    return day(calendar.wall(when.starts_at, zone).date())


def slot(session: Session) -> Slot:
    return Slot(session.starts_at, session.ends_at)


def clocks(when: Slot, zone: str) -> str:
    """09:00–12:30, as a wall clock in a zone shows it."""
    first, last = calendar.wall(when.starts_at, zone), calendar.wall(when.ends_at, zone)
    return f"{first:%H:%M}–{last:%H:%M}"


def times(when: Slot, zone: str, reader: str | None = None) -> str:
    """Mon 7 June 2027, 09:00–12:30 (Dar es Salaam time) · 08:00–11:30 your time.

    The reader's time stands there where it differs at that moment; of another day with its day.
    """
    first = calendar.wall(when.starts_at, zone)
    here = _(
        "%(day)s, %(clocks)s (%(city)s time)",
        day=day(first.date()),
        clocks=clocks(when, zone),
        city=city(zone),
    )
    hers = yours(when, zone, reader)
    return f"{here} · {hers}" if hers else here


def yours(when: Slot, zone: str, reader: str | None) -> str | None:
    """08:00–11:30 your time; None where no reader's clock shows another time than the place's."""
    said = hers(when, zone, reader)
    return _("%(clocks)s your time", clocks=said) if said else None


def hers(when: Slot, zone: str, reader: str | None) -> str | None:
    """08:00–11:30 in the reader's zone, of another day with its day; None where it is the same."""
    if reader is None:
        return None
    said, same_day = clocks(when, reader), _same_day(when, zone, reader)
    if same_day:
        return said if said != clocks(when, zone) else None
    locale, begins = _locale(), calendar.wall(when.starts_at, reader)
    shape = _SHORT_NO_YEAR.get(str(locale), "EEE d MMMM")
    return f"{format_date(begins.date(), shape, locale=locale)}, {said}"


def _same_day(when: Slot, zone: str, reader: str) -> bool:
    there, here = calendar.wall(when.starts_at, zone), calendar.wall(when.starts_at, reader)
    return there.date() == here.date()
