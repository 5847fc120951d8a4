"""Rosters: the rows of a file in, the people that it speaks of out. No database here.

Headers are taken as they are: Moodle's upload, Canvas's SIS files, OneRoster 1.2, or plain words
in English, French and Spanish; case, accents, spaces and underscores do not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from babel.languages import get_official_languages

from app import places
from app.config import LANGUAGES
from app.folding import fold
from cohorts import sheets
from cohorts.sheets import Sheet, Unreadable

_WORDS = {
    "email": """email e-mail mail email-address mail-address adresse-email adresse-mail
        adresse-e-mail adresse-électronique adresse-de-courriel courriel adresse-courriel
        correo correo-electrónico dirección-de-correo dirección-de-correo-electrónico
        dirección-electrónica dirección-email""",
    "account": "username login-id login user-id sourced-id sis-user-id user-sourced-id",
    "name": """name full-name display-name nom-complet nom-et-prénom prénom-et-nom
        nombre-completo nombre-y-apellido nombre-y-apellidos""",
    "preferred": "preferred-first-name",
    "first": "first-name given-name forename first prénom prénoms nombre nombres",
    "last": "last-name family-name surname last nom nom-de-famille apellido apellidos",
    "language": "lang language preferred-language langue idioma locale",
    "country": "country country-code pays país",
    "status": "status statut estado",
    "enabled": "enabled-user",
    "suspended": "suspended deleted",
    "role": "role roles",
}
"""What the columns are called, by what is read in them."""

_GONE = frozenset(["deleted", "inactive", "tobedeleted", "suspended", "disabled", "completed"])
_STAFF = frozenset(
    [
        "teacher", "ta", "teacherenrollment", "taenrollment", "designer", "observer", "aide",
        "administrator", "parent", "guardian", "proctor", "relative", "siteadministrator",
        "districtadministrator", "systemadministrator",
    ]
)  # fmt: skip
"""Who, in Canvas and OneRoster, is in a course and learns nothing there."""


def _plain(words: str) -> str:
    """A word of a header as it is compared."""
    return "".join(sign for sign in fold(words) if sign.isalnum())


_NAMES = {_plain(name): kind for kind, names in _WORDS.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in a row of the file, as she is written there.

    `skip` says why she is passed over ("status", "role"), `broken` why the row cannot be read
    (see sheets.Line). `language` is one of the house's, or None.
    """

    number: int
    values: list[str]
    email: str = ""
    name: str = ""
    language: str | None = None
    cohorts: tuple[str, ...] = ()
    skip: str | None = None
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A file of people. `source` is "moodle", "canvas", "oneroster" or "plain"; `unknown` the
    columns in which nothing was read; `encoding` the one that was guessed, if it was."""

    source: str
    header: list[str]
    entries: list[Entry] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    encoding: str | None = None


def read(content: bytes) -> Roster:
    """The people in a file. Raises sheets.Unreadable."""
    sheet = sheets.read(content, is_header)
    kinds = [_kind(one) for one in sheet.header]
    source = _source({_plain(one) for one in sheet.header})
    addresses = _address_columns(sheet, kinds)
    if not addresses:
        raise Unreadable("no_address", columns=", ".join(filter(None, sheet.header))[:200])
    used = {kind for kind in _WORDS if kind != "account"}
    unknown = [
        name
        for place, (name, kind) in enumerate(zip(sheet.header, kinds, strict=True))
        if name and kind not in used and kind != "cohort" and place not in addresses
    ]
    entries = [_entry(line, kinds, addresses, source) for line in sheet.lines]
    return Roster(source, sheet.header, entries, unknown, sheet.encoding)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names columns of people."""
    kinds = [_kind(cell) for cell in cells[: sheets.MOST_COLUMNS + 1]]
    return "email" in kinds or ("account" in kinds and len([one for one in kinds if one]) > 1)


def _kind(name: str) -> str | None:
    plain = _plain(name[:100])
    if re.fullmatch(r"cohorte?\d*|cohorts|cohortes", plain):
        return "cohort"
    return _NAMES.get(plain)


def _source(names: set[str]) -> str:
    if "sourcedid" in names:
        return "oneroster"
    if "userid" in names and names & {"loginid", "sectionid", "courseid"}:
        return "canvas"
    return "moodle" if {"username", "firstname"} <= names else "plain"


def _address_columns(sheet: Sheet, kinds: Sequence[str | None]) -> list[int]:
    """The columns in which an address is looked for: those called so; without one, names of
    accounts that are addresses."""
    named = [place for place, kind in enumerate(kinds) if kind == "email"]
    if named:
        return named
    accounts = [place for place, kind in enumerate(kinds) if kind == "account"]
    return [
        place
        for place in accounts
        if any("@" in line.cells[place] for line in sheet.lines if not line.broken)
    ]


def _entry(
    line: sheets.Line, kinds: Sequence[str | None], addresses: Sequence[int], source: str
) -> Entry:
    if line.broken:
        return Entry(line.number, line.cells, broken=line.broken)
    said: dict[str, str] = {}
    for kind, cell in zip(kinds, line.cells, strict=True):
        if kind and cell and kind != "cohort":
            said.setdefault(kind, cell)
    return Entry(
        line.number,
        line.cells,
        email=next((line.cells[place] for place in addresses if line.cells[place]), ""),
        name=_name(said)[:200],
        language=language(said.get("language", ""), said.get("country", "")),
        cohorts=_cohorts(kinds, line.cells),
        skip=_skip(said, source),
    )


def _name(said: Mapping[str, str]) -> str:
    parts = (said.get("preferred") or said.get("first"), said.get("last"))
    return said.get("name") or " ".join(part for part in parts if part)


def _cohorts(kinds: Sequence[str | None], cells: Sequence[str]) -> tuple[str, ...]:
    named = (
        " ".join(cell.split())[:200]
        for kind, cell in zip(kinds, cells, strict=True)
        if kind == "cohort"
    )
    return tuple(dict.fromkeys(filter(None, named)))


def _skip(said: Mapping[str, str], source: str) -> str | None:
    if _plain(said.get("status", "")) in _GONE or said.get("enabled", "").lower() == "false":
        return "status"
    if said.get("suspended", "").lower() in ("1", "true", "yes"):
        return "status"
    if source in ("canvas", "oneroster") and _plain(said.get("role", "")) in _STAFF:
        return "role"
    return None


def language(code: str, country: str) -> str | None:
    """The language of the house to write to somebody in: the one that is said ("fr_ca"), else the
    first official one of her country that the house speaks."""
    said = re.split(r"[_-]", code.strip().lower())[0]
    if said in LANGUAGES:
        return said
    spoken = _spoken(_code(country))
    return spoken if country else None


def _code(country: str) -> str:
    """The ISO code of a country that is given by it, or by its name in one of the languages."""
    if len(country) == 2:
        return country.upper()
    return _countries().get(fold(country[:200]), "")


@cache
def _countries() -> dict[str, str]:
    return {fold(name): code for lang in LANGUAGES for code, name in places.countries(lang)}


@cache
def _spoken(code: str) -> str | None:
    return next((one for one in get_official_languages(code) if one in LANGUAGES), None)
