"""What editions and sessions are called when nobody says otherwise. Plain values in and out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

_LONGEST = 200


def slug(course_key: str, first: date | None) -> str:
    """The address of an edition: that of its course, and the year ("iml-moshi-2027")."""
    name = course_key.rpartition("/")[2]
    return f"{name}-{first.year}" if first else name


def titles(course: Mapping[str, str], place: str | None, first: date | None) -> dict[str, str]:
    """The title of the course with place and year; a place that it names already is not said
    again."""
    year = str(first.year) if first else ""
    return {language: _title(words, place or "", year) for language, words in course.items()}


def _title(words: str, place: str, year: str) -> str:
    place = " ".join(place.split())
    said = not place or place.casefold() in words.casefold()
    more = year if said else f"{place} {year}".strip()
    joined = f"{words} {more}" if said else f"{words}, {more}"
    return joined.strip()[:_LONGEST]


def another_year(words: str, before: int, after: int) -> str:
    """The same title with the year replaced where it stood alone ("Moshi 2026" → "Moshi 2027")."""
    return re.sub(rf"(?<!\d){before}(?!\d)", str(after), words)


def another_slug(slug: str, before: int, after: int) -> str:
    """An address with the year replaced; where none stands the new one is added."""
    other = another_year(slug, before, after)
    return other if other != slug else f"{slug}-{after}"
