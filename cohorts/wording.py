"""The facts of an edition in the reader's words: states, days, languages, times of two zones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from babel.dates import format_date, get_timezone_location
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.config import LANGUAGES

STATES = {
    "draft": _l("Draft"),
    "open": _l("Open"),
    "closed": _l("Closed"),
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
    "edition.rule_changed": _l("What completing asks changed"),
    "session.planned": _l("Session planned"),
    "session.changed": _l("Session changed"),
    "session.removed": _l("Session removed"),
}
"""What the acts on editions are called in the audit."""


def _locale() -> Any:
    return get_locale() or "en"


def days(first: date, last: date) -> str:
    """From the first day to the last, each said as far as it must be."""
    locale = _locale()
    if first == last:
        return str(format_date(first, "long", locale=locale))
    return _(
        "%(first)s to %(last)s",
        first=format_date(first, "long", locale=locale),
        last=format_date(last, "long", locale=locale),
    )


def languages(codes: Iterable[str]) -> str:
    return ", ".join(LANGUAGES[code] for code in codes)


def where(mode: str, place: str | None) -> str:
    return place or str(MODES[mode])


def city(zone: str) -> str:
    """The place that names a zone's time ("Dar es Salaam")."""
    if zone == "UTC":
        return "UTC"
    return str(get_timezone_location(zone, locale=_locale(), return_city=True)).rsplit("/", 1)[-1]
