"""Wall clocks and moments: the same hour of the day, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts import calendar
from cohorts.calendar import Slot

ZONES = ("Europe/Zurich", "Africa/Dar_es_Salaam", "America/Lima")


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [("Europe/Zurich", 8, 7), ("Africa/Dar_es_Salaam", 6, 6), ("America/Lima", 14, 14)],
)
def test_nine_o_clock_stays_nine_o_clock_when_clocks_change(
    zone: str, winter: int, summer: int
) -> None:
    before, after = date(2027, 3, 26), date(2027, 3, 29)  # the clocks of Geneva change on the 28th
    assert calendar.moment(before, time(9), zone) == datetime(2027, 3, 26, winter, tzinfo=UTC)
    assert calendar.moment(after, time(9), zone) == datetime(2027, 3, 29, summer, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    with pytest.raises(calendar.NoSuchTime):
        calendar.moment(date(2027, 3, 28), time(2, 30), "Europe/Zurich")


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    found = calendar.moment(date(2027, 10, 31), time(2, 30), "Europe/Zurich")
    assert found == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@given(
    st.sampled_from(ZONES),
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    st.integers(-800, 800),
    st.times(time(6), time(20)),
)
def test_a_moved_programme_keeps_its_wall_clocks(
    zone: str, day: date, days: int, clock: time
) -> None:
    clock = clock.replace(microsecond=0)
    one = calendar.slot(day, clock, clock.replace(hour=21), zone)
    there = calendar.moved(one, days=days, zone=zone)
    begins = calendar.wall(there.starts_at, zone)
    assert (begins.date(), begins.time()) == (day + timedelta(days=days), clock)
    assert calendar.moved(there, days=-days, zone=zone) == one


def test_half_days_of_a_week_leave_the_weekend_out() -> None:
    slots = calendar.half_days(date(2027, 6, 4), date(2027, 6, 8), "Africa/Dar_es_Salaam")
    days = [calendar.wall(one.starts_at, "Africa/Dar_es_Salaam").date().day for one in slots]
    assert days == [4, 4, 7, 7, 8, 8]
    assert calendar.minutes(slots) == 6 * 210


def test_neighbours_that_touch_do_not_overlap() -> None:
    nine = datetime(2027, 6, 7, 9, tzinfo=UTC)
    first = Slot(nine, nine + timedelta(hours=2))
    second = Slot(nine + timedelta(hours=2), nine + timedelta(hours=3))
    assert calendar.overlapping([second, first]) == []
    long = Slot(nine, nine + timedelta(hours=2, seconds=1))
    assert calendar.overlapping([second, long]) == [(long, second)]
