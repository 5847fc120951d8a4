"""Every word on a certificate and in the mail about it, in the language that is set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from babel import Locale, dates, units
from flask_babel import get_locale
from flask_babel import gettext as _

from app.vocabulary import say
from certificates import marks
from certificates.drawing import Sheet

_SHORT_MONTH = re.compile(r"(?<!M)MMM(?!M)")
"""Most languages have a range of days with short months only; on paper there is room for words."""


def _locale() -> Locale:
    """The language that is set; English as Europe and Africa write its days."""
    found = get_locale() or Locale("en")
    return Locale("en", "GB") if found.language == "en" else found


def day(value: datetime) -> str:
    """21 November 2026, in UTC: a certificate's date is the same for every reader."""
    return dates.format_date(value.astimezone(UTC).date(), "long", locale=_locale())


def days(first: date, last: date) -> str:
    """1–5 June 2027; one day is said as one."""
    if first == last:
        return dates.format_date(first, "long", locale=_locale())
    unlike = "y" if first.year != last.year else "M" if first.month != last.month else "d"
    shapes = _locale().interval_formats
    parts = (shapes.get("yMMMMd") or shapes["yMMMd"])[unlike]
    whole = [_SHORT_MONTH.sub("MMMM", part) for part in parts]
    return "".join(
        dates.format_date(one, part, locale=_locale())
        for one, part in zip((first, last), whole, strict=True)
    )


def hours(minutes: int) -> str:
    """A planned time of study: 45 minutes, 1 hour, 1.5 hours."""
    locale = get_locale() or "en"
    if minutes < 60 or minutes % 30:
        return units.format_unit(minutes, "duration-minute", locale=locale)
    return units.format_unit(minutes / 60, "duration-hour", locale=locale)


def grouped(public_id: str) -> str:
    """7F3K 9Q2M 4ABC, as a person types it from paper."""
    return " ".join(public_id[at : at + 4] for at in range(0, len(public_id), 4))


def heading(sort: str) -> str:
    """What a certificate of this sort is called."""
    if sort == marks.PARTICIPATION:
        return _("Certificate of participation")
    return _("Certificate of completion")


def deed(sort: str, *, course: bool) -> str:
    """What she did; the title follows. `course`: it took place somewhere at some time."""
    if sort == marks.PARTICIPATION:
        return _("has taken part in the course")
    return _("has completed the course") if course else _("has completed the e-learning module")


def place(occasion: Mapping[str, Any]) -> str | None:
    """Where it took place: words as given, or those of this language."""
    given = occasion.get("place")
    return say(given, _locale().language) if isinstance(given, dict) else given


def period(occasion: Mapping[str, Any]) -> str | None:
    """When it took place, in the days of its place."""
    first = _date(occasion.get("starts")) or _date(occasion.get("ends"))
    last = _date(occasion.get("ends")) or first
    return days(first, last) if first and last else None


def _date(given: Any) -> date | None:
    """An ISO date, or that of an ISO time; None for what is neither."""
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        return None


def when(occasion: Mapping[str, Any] | None, awarded_at: datetime, title: str) -> str:
    """Where and when, below the title, which may name the place already; of a module the day of
    its completion."""
    where, then = place(occasion or {}), period(occasion or {})
    if where and where.casefold() in title.casefold():
        where = None
    if where and then:
        return _("in %(place)s, %(dates)s", place=where, dates=then)
    if where:
        return _("in %(place)s", place=where)
    return then or _("on %(date)s", date=day(awarded_at))


def statement(sort: str, *, course: bool) -> str:
    """What a certificate claims, and what it does not."""
    if sort == marks.PARTICIPATION:
        return _(
            "This certificate says that the person named took part in the course. It does not say"
            " that the conditions for completing it were met. It is not an academic degree, and no"
            " right or status follows from it."
        )
    if course:
        return _(
            "This certificate says that the person named met all the conditions for completing the"
            " course. It is not an academic degree, and no right or status follows from it."
        )
    return _(
        "This certificate says that the person named completed every lesson of a self-paced"
        " module and passed its final quiz. It is not an academic degree, and no right or status"
        " follows from it."
    )


def sheet(
    *,
    lang: str,
    sort: str,
    name: str,
    title: str,
    number: str,
    public_id: str,
    url: str,
    awarded_at: datetime,
    drawn_at: datetime,
    minutes: int | None,
    occasion: Mapping[str, Any] | None,
    stations: Sequence[tuple[str, str]],
) -> Sheet:
    """The words to draw; `stations` are (kind, title) of each stop on the way."""
    course = occasion is not None
    facts = [(_("Number"), number), (_("Awarded on"), day(awarded_at))]
    if minutes:
        facts.append((_("Planned time of study"), hours(minutes)))
    return Sheet(
        lang=lang,
        unit=_("International Migration Law Unit"),
        heading=heading(sort),
        opening=_("This certifies that"),
        name=name,
        deed=deed(sort, course=course),
        title=title,
        when=when(occasion, awarded_at, title),
        stations=tuple(one for one, _title in stations),
        way=_way([one for _kind, one in stations], course=course),
        facts=tuple(facts),
        statement=statement(sort, course=course),
        check=_("Check this certificate"),
        url=url,
        code=grouped(public_id),
        at=int(drawn_at.timestamp()),
    )


def _way(stops: Sequence[str], *, course: bool) -> str:
    said = ", ".join(stops)
    if course:
        return _("The way through the course: %(stops)s", stops=said)
    return _("The way through the module: %(stops)s", stops=said)


def mail(
    *, sort: str, name: str, title: str, number: str, check: str, mine: str
) -> tuple[str, str]:
    """Subject and text of the mail about a new certificate."""
    subject = _("Your certificate: %(title)s", title=title)
    paragraphs = [
        _("Dear %(name)s,", name=name) if name else _("Good day,"),
        _mailed_deed(sort, title, number),
        _("In “My learning” you can download it and correct the name on it.")
        + " " + _("Anybody can check it at its public address."),
        _("Go to my learning") + "\n" + mine,
        _("See the public page") + "\n" + check,
    ]  # fmt: skip
    return subject, "\n\n".join(paragraphs) + "\n"


def _mailed_deed(sort: str, title: str, number: str) -> str:
    if sort == marks.PARTICIPATION:
        return _(
            "You took part in “%(title)s”. Your certificate of participation is ready. Its number"
            " is %(number)s.",
            title=title,
            number=number,
        )
    return _(
        "You completed “%(title)s”. Your certificate is ready. Its number is %(number)s.",
        title=title,
        number=number,
    )
