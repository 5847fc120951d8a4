"""An edition as its readers see it, and who is in it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import activities, db, events, passage
from app.models import Person
from cohorts.models import Edition
from cohorts.service import changing, editions, enrolling
from tests import houses

LINK = "https://meet.example.org/moshi"


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def _open(**facts: Any) -> Edition:
    return houses.an_edition(state="open", sessions=2, seats=3, link=LINK, **facts)


def _enrolled(edition: Edition, **facts: Any) -> Person:
    person, admin = houses.a_person(**facts), houses.a_person(role="administrator")
    with db.transaction():
        enrolling.enrol(edition, [person], by=admin)
    return person


def _page(house: Flask, edition: Edition, person: Person | None = None) -> Any:
    client = houses.visitor(house)
    if person:
        houses.signed_in(client, person)
    return client.get(f"/en/editions/{edition.slug}")


def test_a_draft_is_no_page_for_anybody_but_its_staff(house: Flask) -> None:
    edition = houses.an_edition()
    stranger = houses.a_person(role="course_admin", within=activities.get("courses/iml-geneva"))
    for reader in (None, houses.a_person(), stranger):
        assert _page(house, edition, reader).status_code == 404
    helper = houses.a_person(role="instructor", within=edition.activity)
    assert _page(house, edition, helper).status_code == 200
    client = houses.visitor(house)
    assert client.get(f"/api/v1/editions/{edition.slug}").status_code == 404
    assert client.get(f"/api/v1/editions/{edition.slug}/sessions").status_code == 404


def test_the_link_is_for_who_is_enrolled_and_for_staff(house: Flask) -> None:
    edition = _open()
    helper = houses.a_person(role="instructor", within=edition.activity)
    for reader, told in (
        (None, False),
        (houses.a_person(), False),
        (_enrolled(edition), True),
        (helper, True),
    ):
        assert (LINK in _page(house, edition, reader).text) is told
        headers = houses.bearing(houses.a_token(reader)) if reader else {}
        answer = houses.visitor(house).get(f"/api/v1/editions/{edition.slug}", headers=headers)
        assert (answer.json["link"] == LINK) is told
        assert LINK not in json.dumps({**answer.json, "link": None})


def test_who_withdrew_does_not_see_the_link_any_more(house: Flask) -> None:
    edition, admin = _open(), houses.a_person(role="administrator")
    person = houses.a_person()
    with db.transaction():
        (seat,) = enrolling.enrol(edition, [person], by=admin)
        enrolling.withdraw(seat, by=admin)
    assert LINK not in _page(house, edition, person).text


def test_a_token_that_may_not_read_learns_what_anybody_does(house: Flask) -> None:
    edition = _open()
    headers = houses.bearing(houses.a_token(_enrolled(edition), scopes=("account",)))
    answer = houses.visitor(house).get(f"/api/v1/editions/{edition.slug}", headers=headers)
    assert (answer.json["link"], answer.json["mine"]) == (None, None)


def test_free_seats_are_told_where_they_are_limited(house: Flask) -> None:
    edition = _open()
    _enrolled(edition)
    client = houses.visitor(house)
    assert client.get(f"/api/v1/editions/{edition.slug}").json["left"] == 2
    assert "2 seats are left" in _page(house, edition).text


def test_times_are_told_in_the_zone_of_the_place_and_in_the_readers(house: Flask) -> None:
    edition = _open()
    assert "09:00–12:30 (Dar es Salaam time)" in _page(house, edition).text
    assert "your time" not in _page(house, edition).text
    hers = _page(house, edition, houses.a_person(timezone="Europe/Zurich")).text
    assert "08:00–11:30 your time" in hers


def test_search_engines_are_told_of_an_open_edition_alone(house: Flask) -> None:
    edition, admin = _open(), houses.a_person(role="administrator")
    found = re.search(r'ld\+json">(.*?)</script>', _page(house, edition).text)
    assert found
    instance = json.loads(found[1])["hasCourseInstance"]
    assert (instance["startDate"], instance["location"]["name"]) == ("2027-06-07", "Moshi")
    with db.transaction():
        changing.set_state(edition, "cancelled", by=admin)
    page = _page(house, edition).text
    assert "ld+json" not in page
    assert "This edition is cancelled." in page


def test_her_way_says_what_is_attended_and_what_is_missing(house: Flask) -> None:
    edition = _open()
    person = _enrolled(edition, timezone="Europe/Zurich")
    first = editions.programme(edition)[0]
    headers = houses.bearing(houses.a_token(person))
    with db.transaction():
        seat = _seat(person)
        events.publish(events.happened("completed", seat, language=None, activity=first.activity))
    answer = houses.visitor(house).get("/api/v1/editions/mine", headers=headers).json
    (mine,) = answer["items"]
    assert [one["state"] for one in mine["stations"][:2]] == ["done", "here"]
    quiz = mine["stations"][2]
    assert (quiz["kind"], quiz["url"]) == ("quiz", "/quizzes/modules/m1/quiz")
    assert mine["rule"]["met"] is False
    page = _page(house, edition, person).text
    assert "08:00–11:30 your time" in page
    my = houses.signed_in(houses.visitor(house), person).get("/en/my").text
    assert f'data-registration="{seat.id}"' in my


def _seat(person: Person) -> Any:
    from app import registrations

    (found,) = registrations.of_person(person)
    return found


def test_registrations_of_editions_and_modules_stand_side_by_side(house: Flask) -> None:
    edition = _open()
    person = _enrolled(edition)
    client = houses.visitor(house)
    headers = houses.bearing(houses.a_token(person))
    slug = "introduction-to-international-migration-law"
    assert client.post(f"/api/v1/modules/{slug}/registrations", headers=headers).status_code == 201
    found = client.get("/api/v1/registrations", headers=headers).json["items"]
    assert {one["activity"] for one in found} == {edition.activity.key, "modules/m1"}
    for one in found:
        answer = client.get(f"/api/v1/registrations/{one['id']}", headers=headers)
        assert answer.status_code == 200
    place = f"/api/v1/registrations/{_of(found, edition)}/place"
    refused = client.put(place, json={"activity": "modules/m1/l1"}, headers=headers)
    assert 400 <= refused.status_code < 500
    my = houses.signed_in(houses.visitor(house), person).get("/en/my").text
    for one in found:
        assert my.count(f'data-registration="{one["id"]}"') == 1


def _of(found: list[dict[str, Any]], edition: Edition) -> str:
    return next(one["id"] for one in found if one["activity"] == edition.activity.key)


def test_home_tells_of_an_edition_that_is_near(house: Flask) -> None:
    today = db.now().date()
    near = _open(starts_on=today, ends_on=today + timedelta(days=4))
    far = _open(starts_on=today + timedelta(days=90), ends_on=today + timedelta(days=95))
    person, admin = _enrolled(near), houses.a_person(role="administrator")
    with db.transaction():
        enrolling.enrol(far, [person], by=admin)
    home = houses.signed_in(houses.visitor(house), person).get("/en/").text
    assert f'data-edition="{near.slug}"' in home
    assert f'data-edition="{far.slug}"' not in home


def test_the_page_of_a_course_tells_of_its_next_editions(house: Flask) -> None:
    client = houses.visitor(house)
    assert "data-edition" not in client.get("/en/courses/iml-moshi").text
    edition = houses.an_edition(sessions=1, slug="moshi-next")
    assert "data-edition" not in client.get("/en/courses/iml-moshi").text
    with db.transaction():
        changing.set_state(edition, "open", by=houses.a_person(role="administrator"))
    for reader in (client, houses.signed_in(houses.visitor(house), houses.a_person())):
        assert 'data-edition="moshi-next"' in reader.get("/en/courses/iml-moshi").text
        assert "data-edition" not in reader.get("/en/courses/iml-geneva").text
    query = "/api/v1/editions/open?course=courses/iml-moshi"
    assert [one["slug"] for one in client.get(query).json["items"]] == ["moshi-next"]


def test_an_edition_and_its_sessions_have_one_page(house: Flask) -> None:
    edition = _open()
    session = editions.programme(edition)[0]
    page = f"/editions/{edition.slug}"
    assert [activities.url(one) for one in (edition.activity, session.activity)] == [page, page]


def test_without_a_seat_nobody_begins_an_edition(house: Flask) -> None:
    from app import registrations
    from app.errors import Forbidden

    edition, person = _open(), houses.a_person()
    with db.transaction(), pytest.raises(Forbidden):
        registrations.begin(person, edition.activity, language="en")


def test_completing_by_rule_completes_the_edition(house: Flask) -> None:
    edition = _open(asks={"attendance": 0.5})
    person = _enrolled(edition)
    registration = _seat(person)
    with db.transaction():
        first = editions.programme(edition)[0].activity
        events.publish(events.happened("completed", registration, language=None, activity=first))
    told = passage.explain(registration, language="en")
    assert told is not None
    assert told.met
    assert "Completed" in _page(house, edition, person).text
