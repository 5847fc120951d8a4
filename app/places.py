"""Countries and time zones, in the reader's language (ISO 3166, the tz database, CLDR)."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import get_timezone_location
from flask_babel import lazy_gettext as _l

from app.identity import Refused


@cache
def _table(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of a table of the tz database."""
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return tuple(tuple(row.split("\t")) for row in text.splitlines() if not row.startswith("#"))


@cache
def _first_zones() -> dict[str, str]:
    """Of each country its first zone: where most of its people live."""
    zones: dict[str, str] = {}
    for country, _, zone, *_ in _table("zone.tab"):
        zones.setdefault(country, zone)
    return zones


def zone_of(country: str) -> str:
    """The zone of a country when nobody says more."""
    return _first_zones().get(country, "UTC")


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Every country of ISO 3166: its code and its name, in the order of that language."""
    names = Locale(language).territories
    return _in_order({row[0]: names.get(row[0], row[1]) for row in _table("iso3166.tab")})


@cache
def zones(language: str) -> tuple[tuple[str, str], ...]:
    """Every zone of every country: its key and its place ("Senegal (Dakar)")."""
    locale = Locale(language)
    told = {}
    for country, _, zone, *_ in _table("zone.tab"):
        city = get_timezone_location(zone, locale, return_city=True).rsplit("/", 1)[-1]
        told[zone] = f"{locale.territories.get(country, country)} ({city})"
    return (("UTC", "UTC"), *_in_order(told))


def _in_order(named: dict[str, str]) -> tuple[tuple[str, str], ...]:
    def folded(entry: tuple[str, str]) -> str:
        spread = unicodedata.normalize("NFKD", entry[1]).casefold()
        return "".join(sign for sign in spread if not unicodedata.combining(sign))

    return tuple(sorted(named.items(), key=folded))


def country(code: str | None) -> str:
    """The code of a country, as it is kept."""
    if code not in dict(countries("en")):
        raise Refused(_l("Please choose a country."))
    return str(code)


def zone(name: str | None) -> str:
    """The key of a zone, as it is kept."""
    if name not in dict(zones("en")):
        raise Refused(_l("Please choose a time zone."))
    return str(name)
