"""The programme of an edition: planned, moved and taken out, and what completion makes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db
from app.errors import Conflict, Forbidden, Invalid
from app.models import AuditEntry, Person
from cohorts import calendar
from cohorts.models import Edition, Session
from cohorts.service import changing, copying, editions, programme
from tests import houses

MORNING = {"day": date(2027, 6, 7), "begins": time(9), "ends": time(12, 30)}


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


@pytest.fixture
def admin(house: Flask) -> Person:
    return houses.a_person(role="administrator")


def _wrong(edition: Edition, by: Person, **entered: Any) -> dict[str, str]:
    with db.transaction(), pytest.raises(Invalid) as refused:
        programme.add(edition, {**MORNING, **entered}, by=by)
    return {field: str(sentence) for field, sentence in refused.value.fields.items()}


def test_half_days_fill_what_is_free(admin: Person) -> None:
    edition = houses.an_edition()
    with db.transaction():
        programme.add(
            edition, {**MORNING, "titles": dict.fromkeys(("en", "fr", "es"), "Hello")}, by=admin
        )
        assert programme.fill(edition, by=admin) == 9
        assert programme.fill(edition, by=admin) == 0
    titles = [one.activity.titles["en"] for one in editions.programme(edition)]
    assert titles[:3] == ["Hello", "Day 1, afternoon", "Day 2, morning"]
    assert len(edition.activity.rule["all"][0]["at_least"]["of"]) == 10


def test_an_overlap_is_refused_with_the_other_session_named(admin: Person) -> None:
    edition = houses.an_edition(sessions=1)
    wrong = _wrong(edition, admin, begins=time(12), ends=time(13))
    assert "Session 1" in wrong["begins"]
    assert "09:00" in wrong["begins"]


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"day": None}, "day"),
        ({"day": date(2027, 6, 12)}, "day"),
        ({"begins": None}, "begins"),
        ({"ends": time(9)}, "ends"),
        ({"begins": time(6), "ends": time(23)}, "ends"),
        ({"titles": {"en": "Only English"}}, "titles"),
    ],
)
def test_what_is_wrong_with_a_session_is_said_by_field(
    admin: Person, entered: dict[str, Any], field: str
) -> None:
    assert list(_wrong(houses.an_edition(), admin, **entered)) == [field]


def test_a_time_that_the_clocks_skip_is_refused(admin: Person) -> None:
    geneva = houses.an_edition(
        "courses/iml-geneva",
        starts_on=date(2027, 3, 27),
        ends_on=date(2027, 3, 29),
        timezone="Europe/Zurich",
    )
    skipped = {"day": date(2027, 3, 28), "begins": time(2, 30), "ends": time(4)}
    assert list(_wrong(geneva, admin, **skipped)) == ["begins"]


def test_a_programme_is_replaced_whole_or_not_at_all(admin: Person) -> None:
    edition = houses.an_edition(sessions=3)
    first, *_ = editions.programme(edition)
    kept, new = (
        {"id": programme.id_of(first), "begins": time(8)},
        {**MORNING, "day": date(2027, 6, 9)},
    )
    before = [one.activity_id for one in editions.programme(edition)]
    with db.transaction(), pytest.raises(Invalid) as refused:
        programme.replace(edition, [kept, new, {**new, "begins": time(10)}], by=admin)
    assert list(refused.value.fields["items"]) == [2]
    assert [one.activity_id for one in editions.programme(edition)] == before
    with db.transaction():
        programme.replace(edition, [kept, new], by=admin)
    planned = editions.programme(edition)
    assert planned[0].activity_id == first.activity_id
    assert (len(planned), calendar.wall(planned[0].starts_at, edition.timezone).hour) == (2, 8)


def test_a_session_of_another_edition_is_no_session_of_this(admin: Person) -> None:
    here, there = houses.an_edition(sessions=1), houses.an_edition(sessions=1)
    foreign = {**MORNING, "id": programme.id_of(editions.programme(there)[0])}
    with db.transaction(), pytest.raises(Invalid) as refused:
        programme.replace(here, [foreign], by=admin)
    assert list(refused.value.fields["items"][0]) == ["id"]


def test_in_another_zone_nine_o_clock_stays_nine_o_clock(admin: Person) -> None:
    edition = houses.an_edition(sessions=1)
    with db.transaction():
        changing.change(edition, {"timezone": "America/Lima"}, by=admin)
    (session,) = editions.programme(edition)
    assert session.starts_at == datetime(2027, 6, 7, 14, tzinfo=UTC)


def test_days_do_not_leave_sessions_outside(admin: Person) -> None:
    edition = houses.an_edition(sessions=10)
    for wrong, field in (
        ({"starts_on": date(2027, 6, 8)}, "starts_on"),
        ({"ends_on": date(2027, 6, 10)}, "ends_on"),
    ):
        with db.transaction(), pytest.raises(Invalid) as refused:
            changing.change(edition, wrong, by=admin)
        assert list(refused.value.fields) == [field]


def test_an_edition_without_sessions_that_asks_for_attendance_is_not_published(
    admin: Person,
) -> None:
    edition = houses.an_edition()
    with db.transaction(), pytest.raises(Conflict):
        changing.set_state(edition, "open", by=admin)
    with db.transaction():
        programme.add(edition, MORNING, by=admin)
        changing.set_state(edition, "open", by=admin)
    (last,) = editions.programme(edition)
    with db.transaction(), pytest.raises(Conflict):
        programme.remove(last, by=admin)
    with db.transaction(), pytest.raises(Conflict):
        programme.replace(edition, [], by=admin)
    assert len(editions.programme(edition)) == 1


def test_what_is_cancelled_is_opened_again_and_nothing_becomes_a_draft(admin: Person) -> None:
    edition = houses.an_edition(sessions=1)
    for state in ("open", "cancelled", "open", "closed", "open"):
        with db.transaction():
            changing.set_state(edition, state, by=admin)
    with db.transaction(), pytest.raises(Conflict):
        changing.set_state(edition, "draft", by=admin)
    acts = houses.anew().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert acts[-5:] == [
        "edition.published", "edition.cancelled", "edition.reopened", "edition.closed",
        "edition.reopened",
    ]  # fmt: skip


def test_seats_are_never_fewer_than_those_taken(admin: Person) -> None:
    from cohorts.service import enrolling

    edition = houses.an_edition(state="open", seats=2)
    with db.transaction():
        enrolling.enrol(edition, [houses.a_person(), houses.a_person()], by=admin)
    with db.transaction(), pytest.raises(Invalid) as refused:
        changing.change(edition, {"seats": 1}, by=admin)
    assert list(refused.value.fields) == ["seats"]


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Zurich", (8, 7)), ("Africa/Dar_es_Salaam", (6, 6)), ("America/Lima", (14, 14))],
)
def test_a_copy_keeps_wall_clocks_and_copies_nobody(
    admin: Person, zone: str, hours: tuple[int, int]
) -> None:
    from cohorts.service import enrolling

    winter = date(2027, 3, 22)  # the clocks of Geneva change on 28 March 2027
    edition = houses.an_edition(
        state="open", slug="x-2027", starts_on=winter, ends_on=winter, timezone=zone, sessions=2,
        titles=dict.fromkeys(("en", "fr", "es"), "Course of 2027"), seats=5,
    )  # fmt: skip
    with db.transaction():
        enrolling.enrol(edition, [houses.a_person()], by=admin)
        made = copying.copy(edition, {"slug": None, "starts_on": date(2028, 3, 27)}, by=admin)
    assert (made.slug, made.state, made.seats) == ("x-2028", "draft", 5)
    assert made.activity.titles["en"] == "Course of 2028"
    assert (made.asks, made.copied_from) == (edition.asks, edition.activity_id)
    assert enrolling.seats_taken(made) == 0
    starts = [editions.programme(one)[0].starts_at for one in (edition, made)]
    assert (starts[0].hour, starts[1].hour) == hours
    assert calendar.wall(starts[1], zone).time() == time(9)
    said = made.activity.rule["all"][0]["at_least"]["of"]
    assert [one["completed"] for one in said] == [
        one.activity.iri for one in editions.programme(made)
    ]


def test_a_copy_to_an_address_that_is_taken_is_refused(admin: Person) -> None:
    edition = houses.an_edition(sessions=2)
    facts = {"slug": edition.slug, "starts_on": date(2028, 6, 5)}
    with db.transaction(), pytest.raises(Invalid) as refused:
        copying.copy(edition, facts, by=admin)
    assert list(refused.value.fields) == ["slug"]
    assert len(houses.anew().scalars(select(Session)).all()) == 2


def test_who_looks_after_one_edition_opens_no_other_by_copying(house: Flask) -> None:
    edition = houses.an_edition()
    admin = houses.a_person(role="course_admin", within=edition.activity)
    with db.transaction(), pytest.raises(Forbidden):
        copying.copy(edition, {"starts_on": date(2028, 6, 5)}, by=admin)


def test_titles_and_address_are_made_of_course_place_and_year(admin: Person) -> None:
    facts = {
        "starts_on": date(2027, 6, 7), "ends_on": date(2027, 6, 8), "timezone": "Europe/Zurich",
        "mode": "in_person", "place": "Bern", "languages": ["en"],
    }  # fmt: skip
    course = activities.get("courses/iml-geneva")
    with db.transaction():
        made = editions.open_edition(course, facts, by=admin)
    assert made.slug == "iml-geneva-2027"
    assert made.activity.titles == {
        lang: f"{words}, Bern 2027" for lang, words in course.titles.items()
    }
