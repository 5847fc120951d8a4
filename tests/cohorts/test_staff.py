"""Who may do what with an edition: a table of every page and resource of its staff."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app import activities
from cohorts.models import Edition
from cohorts.service import editions, programme
from tests import houses

PEOPLE = ("moshi", "geneva", "instructor", "learner", "nobody")

READERS, WRITERS = {"moshi", "instructor"}, {"moshi"}

FACTS = {"starts_on": "2027-06-07", "ends_on": "2027-06-11", "timezone": "Africa/Nairobi"}
SESSION = {"day": "2027-06-10", "begins": "08:00", "ends": "09:00"}
NEW = {**FACTS, "mode": "in_person", "place": "Moshi", "languages": ["en"]}

PAGES: list[tuple[str, str, dict[str, Any] | None, set[str]]] = [
    ("GET", "/admin/editions", None, {*READERS, "geneva"}),
    ("GET", "/admin/editions/new", None, {"moshi", "geneva"}),
    ("GET", "/admin/editions/new?course=courses/iml-moshi", None, WRITERS),
    ("POST", "/admin/editions/new?course=courses/iml-moshi", NEW, WRITERS),
    ("GET", "/admin/editions/{slug}", None, READERS),
    ("GET", "/admin/editions/{slug}/facts", None, WRITERS),
    ("POST", "/admin/editions/{slug}/facts", {**NEW, "seats": "7"}, WRITERS),
    ("GET", "/admin/editions/{slug}/cancel", None, WRITERS),
    ("GET", "/admin/editions/{slug}/delete", None, WRITERS),
    ("POST", "/admin/editions/{slug}/state", {"state": "closed"}, WRITERS),
    ("GET", "/admin/editions/{slug}/programme", None, READERS),
    ("POST", "/admin/editions/{slug}/programme/fill", {}, WRITERS),
    ("GET", "/admin/editions/{slug}/programme/new", None, WRITERS),
    ("POST", "/admin/editions/{slug}/programme/new", SESSION, WRITERS),
    ("GET", "/admin/editions/{slug}/programme/{session}", None, WRITERS),
    ("POST", "/admin/editions/{slug}/programme/{session}", SESSION, WRITERS),
    ("GET", "/admin/editions/{slug}/programme/{session}/remove", None, WRITERS),
    ("POST", "/admin/editions/{slug}/programme/{session}/remove", {}, WRITERS),
    ("GET", "/admin/editions/{slug}/rule", None, WRITERS),
    ("POST", "/admin/editions/{slug}/rule", {"attendance": "50", "confirmed": "yes"}, WRITERS),
    ("GET", "/admin/editions/{slug}/copy", None, WRITERS),
    ("POST", "/admin/editions/{slug}/copy", {"starts_on": "2028-06-05"}, WRITERS),
    ("GET", "/admin/editions/{slug}/staff", None, READERS),
    ("POST", "/admin/editions/{slug}/staff", {"email": "{one}", "role": "instructor"}, WRITERS),
    ("POST", "/admin/editions/{slug}/staff/{grant}/take", {}, WRITERS),
]

RESOURCES: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/editions", None, {*READERS, "geneva"}),
    ("POST", "/editions", {**NEW, "course": "courses/iml-moshi"}, WRITERS),
    ("GET", "/editions/{slug}/overview", None, READERS),
    ("PATCH", "/editions/{slug}", {"seats": 7}, WRITERS),
    ("PUT", "/editions/{slug}/state", {"state": "closed"}, WRITERS),
    ("POST", "/editions/{slug}/sessions", SESSION, WRITERS),
    ("PUT", "/editions/{slug}/sessions", {"items": [SESSION]}, WRITERS),
    ("POST", "/editions/{slug}/sessions/half-days", None, WRITERS),
    ("PATCH", "/editions/{slug}/sessions/{session}", {"begins": "10:00"}, WRITERS),
    ("DELETE", "/editions/{slug}/sessions/{session}", None, WRITERS),
    ("GET", "/editions/{slug}/sessions/{session}/removal", None, WRITERS),
    ("GET", "/editions/{slug}/rule", None, READERS),
    ("PUT", "/editions/{slug}/rule", {"attendance": 0.5}, WRITERS),
    ("POST", "/editions/{slug}/rule/preview", {"attendance": 0.5}, WRITERS),
    ("POST", "/editions/{slug}/copy", {"starts_on": "2028-06-05"}, WRITERS),
    ("GET", "/editions/{slug}/staff", None, READERS),
    ("POST", "/editions/{slug}/staff", {"email": "{one}", "role": "instructor"}, WRITERS),
    ("DELETE", "/editions/{slug}/staff/{grant}", None, WRITERS),
]


@pytest.fixture
def house(app: Flask) -> Any:
    with houses.with_content(app).app_context():
        yield app


def _person(who: str, edition: Edition) -> Any:
    courses = {"moshi": "courses/iml-moshi", "geneva": "courses/iml-geneva"}
    if who in courses:
        return houses.a_person(role="course_admin", within=activities.get(courses[who]))
    if who == "instructor":
        return houses.a_person(role="instructor", within=edition.activity)
    return houses.a_person() if who == "learner" else None


def _edition() -> tuple[Edition, dict[str, str]]:
    """An edition, and what stands in the addresses and bodies of the table."""
    edition = houses.an_edition(state="open", sessions=2)
    helper = houses.a_person(role="instructor", within=edition.activity)
    session = editions.programme(edition)[0]
    return edition, {
        "slug": edition.slug,
        "session": programme.id_of(session),
        "grant": str(helper.grants[0].id),
        "one": str(houses.a_person().email),
    }


def _filled(body: Any, names: dict[str, str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: names["one"] if value == "{one}" else value for name, value in body.items()}


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_open_for_their_staff_alone(house: Flask, who: str) -> None:
    wrong = []
    for method, path, fields, allowed in PAGES:
        edition, names = _edition()
        person, client = _person(who, edition), houses.visitor(house)
        if person:
            houses.signed_in(client, person)
        address = f"/en{path.format(**names)}"
        answer = client.open(address, method=method, data=_filled(fields, names))
        good = 303 if method == "POST" else 200
        wanted = good if who in allowed else 403 if person else 302
        if answer.status_code != wanted or (wanted == 302 and "/login" not in answer.location):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_resources_answer_their_staff_alone(house: Flask, who: str) -> None:
    wrong = []
    for method, path, body, allowed in RESOURCES:
        edition, names = _edition()
        person, client = _person(who, edition), houses.visitor(house)
        headers = houses.bearing(houses.a_token(person)) if person else {}
        address = f"/api/v1{path.format(**names)}"
        answer = client.open(address, method=method, json=_filled(body, names), headers=headers)
        wanted = (200, 201, 204) if who in allowed else (403,) if person else (401,)
        if answer.status_code not in wanted:
            wrong.append((method, path, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_a_list_shows_the_editions_that_she_looks_after(house: Flask) -> None:
    here, there = houses.an_edition(), houses.an_edition("courses/iml-geneva")
    admin = _person("moshi", here)
    token = houses.bearing(houses.a_token(admin))
    client = houses.visitor(house)
    answer = client.get("/api/v1/editions", headers=token).json
    assert [one["slug"] for one in answer["items"]] == [here.slug]
    page = houses.signed_in(client, admin).get("/fr/admin/editions").text
    assert here.slug in page
    assert there.slug not in page


def test_a_list_goes_on_where_it_stopped(house: Flask) -> None:
    made = {houses.an_edition().slug for _ in range(5)}
    token = houses.bearing(houses.a_token(houses.a_person(role="administrator")))
    client, seen, cursor = houses.visitor(house), [], ""
    while cursor is not None:
        answer = client.get(f"/api/v1/editions?limit=2&cursor={cursor}", headers=token).json
        seen += [one["slug"] for one in answer["items"]]
        cursor = answer["next"]
    assert (set(seen), len(seen)) == (made, 5)


def test_a_list_costs_the_same_whatever_it_shows(house: Flask) -> None:
    admin = houses.a_person(role="administrator")
    client = houses.signed_in(houses.visitor(house), admin)
    houses.an_edition(sessions=1)
    client.get("/en/admin/editions")
    with houses.queries() as few:
        client.get("/en/admin/editions")
    for _ in range(4):
        houses.an_edition(sessions=1)
    with houses.queries() as many:
        client.get("/en/admin/editions")
    assert len(many) == len(few)
