"""Every word on a certificate and in the mail about it, in the language that is set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from babel import units
from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from certificates.drawing import Sheet


def day(value: datetime) -> str:
    """21 November 2026, in UTC: a certificate's date is the same for every reader."""
    return str(format_date(value.astimezone(UTC).date(), "long"))


def hours(minutes: int) -> str:
    """A planned time of study: 45 minutes, 1 hour, 1.5 hours."""
    locale = get_locale() or "en"
    if minutes < 60 or minutes % 30:
        return units.format_unit(minutes, "duration-minute", locale=locale)
    return units.format_unit(minutes / 60, "duration-hour", locale=locale)


def grouped(public_id: str) -> str:
    """7F3K 9Q2M 4ABC, as a person types it from paper."""
    return " ".join(public_id[at : at + 4] for at in range(0, len(public_id), 4))


def statement() -> str:
    """What a certificate claims, and what it does not."""
    return _(
        "This certificate says that the person named completed every lesson of a self-paced"
        " module and passed its final quiz. It is not an academic degree, and no right or status"
        " follows from it."
    )


def sheet(
    *,
    lang: str,
    name: str,
    title: str,
    number: str,
    public_id: str,
    url: str,
    awarded_at: datetime,
    drawn_at: datetime,
    minutes: int | None,
    stations: Sequence[tuple[str, str]],
) -> Sheet:
    """The words to draw; `stations` are (kind, title) of each stop on the way."""
    facts = [(_("Number"), number), (_("Awarded on"), day(awarded_at))]
    if minutes:
        facts.append((_("Planned time of study"), hours(minutes)))
    return Sheet(
        lang=lang,
        unit=_("International Migration Law Unit"),
        heading=_("Certificate of completion"),
        opening=_("This certifies that"),
        name=name,
        deed=_("has completed the e-learning module"),
        title=title,
        when=_("on %(date)s", date=day(awarded_at)),
        stations=tuple(one for one, _title in stations),
        way=_(
            "The way through the module: %(stops)s", stops=", ".join(one for _kind, one in stations)
        ),
        facts=tuple(facts),
        statement=statement(),
        check=_("Check this certificate"),
        url=url,
        code=grouped(public_id),
        at=int(drawn_at.timestamp()),
    )


def mail(*, name: str, title: str, number: str, check: str, mine: str) -> tuple[str, str]:
    """Subject and text of the mail about a new certificate."""
    subject = _("Your certificate: %(title)s", title=title)
    paragraphs = [
        _("Dear %(name)s,", name=name) if name else _("Good day,"),
        _("You completed “%(title)s”. Your certificate is ready. Its number is %(number)s.",
          title=title, number=number),
        _("In “My learning” you can download it and correct the name on it.")
        + " " + _("Anybody can check it at its public address."),
        _("Go to my learning") + "\n" + mine,
        _("See the public page") + "\n" + check,
    ]  # fmt: skip
    return subject, "\n\n".join(paragraphs) + "\n"
