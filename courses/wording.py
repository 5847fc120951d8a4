"""The facts of an offer in the reader's words: lengths, languages, places, review states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from app.config import LANGUAGES
from app.models import Activity
from app.vocabulary import say
from courses.offers import FACETS, ON_REQUEST, ONLINE, Offer, Shelf, Wanted

Counts = Mapping[str, Mapping[str, int]]

_NO_CITIES = {ONLINE: 0, ON_REQUEST: 2}
"""Where these stand among the places, cities being 1."""

LEGENDS = {"type": _l("Type"), "language": _l("Language"), "place": _l("Place")}

KINDS = {
    "online": _l("Annual course, online"),
    "in_person": _l("Annual course, in person"),
    "module": _l("E-learning module"),
    "service": _l("Training on request"),
}

GROUPS = {
    "course": _l("Annual courses"),
    "module": _l("E-learning modules"),
    "service": _l("Training on request"),
}

REVIEW = {
    "drafted": _l("Drafted; not yet read by a lawyer"),
    "read-by-native-reader": _l("Read by a native reader; not yet read by a lawyer"),
    "read-by-lawyer": _l("Read by a lawyer"),
}

RELIABILITY = {
    "published": _l("published"),
    "design": _l("our wording, not published"),
}


COURSES = _l("Courses")


def title(activity: Activity, language: str) -> str:
    """The title of an activity in this language."""
    return say(activity.titles, language)


def kind(offer: Offer) -> Any:
    """What sort of offer it is."""
    return KINDS[offer.facts["mode"] if offer.kind == "course" else offer.kind]


def length(offer: Offer) -> str | None:
    """How long it takes, or None when that is not known."""
    if offer.kind == "module":
        return minutes(offer.facts["minutes"])
    duration = offer.facts.get("duration")
    if not duration:
        return None
    number = duration["value"]
    if duration["unit"] == "weeks":
        return ngettext("%(num)d week", "%(num)d weeks", number)
    return ngettext("%(num)d day", "%(num)d days", number)


def minutes(number: int) -> str:
    """Working time in minutes, in words."""
    return ngettext("%(num)d minute", "%(num)d minutes", number)


def languages(codes: Iterable[str]) -> str:
    """Names of languages, in the reader's: "Anglais, français, espagnol"."""
    locale = get_locale()
    names = [locale.languages.get(code, code) if locale else code for code in codes]
    joined = ", ".join(names)
    return joined[:1].upper() + joined[1:]


def place(offer: Offer, language: str) -> str:
    """Where it takes place."""
    if offer.place == ONLINE:
        return _("Online")
    if offer.place == ON_REQUEST:
        return _("On request")
    return str(offer.said(language).get("place") or offer.facts["place"]["city"])


def city(offer: Offer, language: str) -> str:
    """The same in a word, for a list of choices."""
    return place(offer, language).partition(",")[0]


def card(offer: Offer, language: str) -> dict[str, Any]:
    """What a card of the catalogue says (parts.card)."""
    where = place(offer, language)
    how_long = length(offer)
    first = f"{how_long} · {where}" if how_long else where
    named = languages(offer.languages) or _("Languages not published")
    return {
        "title": offer.title(language),
        "url": f"/{language}{offer.url}",
        "kind_label": kind(offer),
        "summary": offer.said(language).get("summary"),
        "facts": [first, named],
        "badge": _("In preparation") if offer.in_preparation else None,
    }


def facets(shelf: Shelf, counts: Counts, wanted: Wanted, language: str) -> list[dict[str, Any]]:
    """The facets as a form asks for them: legend, values with their label, count and choice."""
    cities = {name: city(offer, language) for name, offer in shelf.at.items()}
    labels: dict[str, Mapping[str, Any]] = {
        "type": GROUPS,
        "language": {code: languages([code]) for code in LANGUAGES},
        "place": dict(sorted(cities.items(), key=lambda one: (_NO_CITIES.get(one[0], 1), one[1]))),
    }
    return [
        {
            "name": facet,
            "legend": LEGENDS[facet],
            "values": [
                {
                    "value": value,
                    "label": label,
                    "count": counts[facet][value],
                    "checked": value in wanted.get(facet, ()),
                }
                for value, label in labels[facet].items()
                if value in counts[facet]
            ],
        }
        for facet in FACETS
    ]


def groups(offers: Iterable[Offer], language: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """Cards under the heading of their type."""
    return [
        (GROUPS[kind], [card(offer, language) for offer in some])
        for kind, some in groupby(offers, key=lambda offer: offer.kind)
    ]


def facts(offer: Offer, language: str) -> list[tuple[Any, Any]]:
    """The facts of an offer, label and value; what is not published is said to be so."""
    said = offer.said(language)
    audience = said.get("audience")
    rows = [
        (_("Type"), kind(offer)),
        (_("For whom"), audience if isinstance(audience, str) else "; ".join(audience or ())),
        (_("Length"), _with_note(length(offer), said.get("duration_note"))),
        (_("Languages"), _with_note(languages(offer.languages), said.get("languages_note"))),
        (_("Place"), place(offer, language)),
        (_("Partner"), _linked(said.get("partner"), offer.facts.get("partner_url"))),
        (_("Certificate"), said.get("certificate_note")),
        (_("Contact"), _mail(offer.facts.get("contact"))),
    ]
    return [(label, value) for label, value in rows if value]


def _with_note(value: str | None, note: str | None) -> Markup | None:
    if not note:
        return escape(value) if value else None
    small = Markup('<span class="small muted">{}</span>').format(note)
    return Markup("{}<br>{}").format(value, small) if value else small


def _linked(text: str | None, address: str | None) -> str | Markup | None:
    if not text or not address:
        return text
    return Markup('<a href="{}" rel="external noopener">{}</a>').format(address, text)


def _mail(address: str | None) -> Markup | None:
    return Markup('<a href="mailto:{0}">{0}</a>').format(address) if address else None


def as_json(offer: Offer, language: str) -> dict[str, Any]:
    """An offer as the API lists it."""
    return {
        "slug": offer.slug,
        "key": offer.key,
        "type": offer.kind,
        "title": offer.title(language),
        "summary": offer.said(language).get("summary"),
        "languages": offer.languages,
        "place": offer.place,
        "place_words": place(offer, language),
        "length": length(offer),
        "in_preparation": offer.in_preparation,
        "url": f"/{language}{offer.url}",
    }


def outline(offer: Offer, language: str) -> list[Mapping[str, Any]]:
    """The lessons of a module as it announces them: title, objectives, minutes."""
    said = offer.said(language).get("lessons", {})
    return [{**lesson, **said.get(lesson["id"], {})} for lesson in offer.facts.get("lessons", ())]
