"""Times of a session in the zone of the place and in the reader's, where the two differ."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import product

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from cohorts import calendar, wording

GENEVA, MOSHI, LIMA = ZONES = ("Europe/Zurich", "Africa/Dar_es_Salaam", "America/Lima")
WINTER, SUMMER = date(2027, 3, 26), date(2027, 3, 29)  # the clocks of Geneva change on the 28th


@pytest.mark.parametrize(
    ("day", "zone", "reader", "hers"),
    [
        (WINTER, GENEVA, MOSHI, "11:00–14:30 your time"),
        (SUMMER, GENEVA, MOSHI, "10:00–13:30 your time"),
        (WINTER, GENEVA, LIMA, "03:00–06:30 your time"),
        (SUMMER, GENEVA, LIMA, "02:00–05:30 your time"),
        (WINTER, MOSHI, GENEVA, "07:00–10:30 your time"),
        (SUMMER, MOSHI, GENEVA, "08:00–11:30 your time"),
        (WINTER, MOSHI, LIMA, "01:00–04:30 your time"),
        (SUMMER, MOSHI, LIMA, "01:00–04:30 your time"),
        (WINTER, LIMA, GENEVA, "15:00–18:30 your time"),
        (SUMMER, LIMA, GENEVA, "16:00–19:30 your time"),
        (WINTER, LIMA, MOSHI, "17:00–20:30 your time"),
        (SUMMER, LIMA, "Asia/Tokyo", "23:00–02:30 your time"),
        (SUMMER, MOSHI, "America/Los_Angeles", "Sun 28 March, 23:00–02:30 your time"),
        (SUMMER, MOSHI, "Africa/Nairobi", None),
        (SUMMER, MOSHI, None, None),
    ],
)
def test_the_readers_time_stands_where_it_differs(
    app: Flask, day: date, zone: str, reader: str | None, hers: str | None
) -> None:
    with app.test_request_context("/en/"):
        when = calendar.slot(day, time(9), time(12, 30), zone)
        assert wording.yours(when, zone, reader) == hers


@pytest.mark.only("sqlite")
def test_all_of_it_is_said_in_one_line(app: Flask) -> None:
    when = calendar.slot(date(2027, 6, 7), time(9), time(12, 30), MOSHI)
    with app.test_request_context("/en/"):
        assert wording.times(when, MOSHI, GENEVA) == (
            "Mon 7 June 2027, 09:00–12:30 (Dar es Salaam time) · 08:00–11:30 your time"
        )
        assert wording.times(when, MOSHI) == "Mon 7 June 2027, 09:00–12:30 (Dar es Salaam time)"
    with app.test_request_context("/fr/"):
        assert wording.times(when, MOSHI).startswith("lun. 7 juin 2027, 09:00–12:30 (")


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(list(product(ZONES, ZONES))))
def test_what_is_shown_in_two_zones_is_one_moment(day: date, zones: tuple[str, str]) -> None:
    here, there = zones
    when = calendar.slot(day, time(9), time(12, 30), here)
    shown = calendar.wall(when.starts_at, there)
    assert calendar.moment(shown.date(), shown.time(), there) == when.starts_at
    assert calendar.wall(when.ends_at, here) - calendar.wall(when.starts_at, here) == timedelta(
        hours=3, minutes=30
    )


@pytest.mark.parametrize(
    ("language", "first", "last", "said"),
    [
        ("en", date(2027, 6, 7), date(2027, 6, 11), "7–11 June 2027"),
        ("fr", date(2027, 6, 7), date(2027, 6, 11), "7–11 juin 2027"),
        ("es", date(2027, 6, 7), date(2027, 6, 11), "7–11 de junio de 2027"),
        ("fr", date(2027, 5, 30), date(2027, 6, 3), "30 mai – 3 juin 2027"),
        ("en", date(2026, 12, 28), date(2027, 1, 3), "28 December 2026 – 3 January 2027"),
        ("es", date(2027, 6, 7), date(2027, 6, 7), "7 de junio de 2027"),
    ],
)
def test_days_are_said_as_the_language_says_a_range(
    app: Flask, language: str, first: date, last: date, said: str
) -> None:
    with app.test_request_context(), force_locale(language):
        assert wording.days(first, last).replace("\u2009", " ") == said
