"""Who may do what with an edition: a table of every page and resource of its staff."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app import activities
from cohorts.models import Edition
from tests import houses

PEOPLE = ("moshi", "geneva", "instructor", "learner", "nobody")

READERS, WRITERS = {"moshi", "instructor"}, {"moshi"}

FACTS = {"starts_on": "2027-06-07", "ends_on": "2027-06-11", "timezone": "Africa/Nairobi"}
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
    ("POST", "/admin/editions/{slug}/state", {"state": "closed"}, WRITERS),
]

RESOURCES: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/editions", None, {*READERS, "geneva"}),
    ("POST", "/editions", {**NEW, "course": "courses/iml-moshi"}, WRITERS),
    ("GET", "/editions/{slug}/overview", None, READERS),
    ("PATCH", "/editions/{slug}", {"seats": 7}, WRITERS),
    ("PUT", "/editions/{slug}/state", {"state": "closed"}, WRITERS),
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


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("method", "path", "fields", "allowed"), PAGES)
def test_a_page_opens_for_its_staff_alone(
    house: Flask, who: str, method: str, path: str, fields: Any, allowed: set[str]
) -> None:
    edition = houses.an_edition(state="open", sessions=2)
    person, client = _person(who, edition), houses.visitor(house)
    if person:
        houses.signed_in(client, person)
    answer = client.open(f"/en{path.format(slug=edition.slug)}", method=method, data=fields)
    if who in allowed:
        assert answer.status_code == (303 if method == "POST" else 200), answer.text
    elif person is None:
        assert answer.status_code in (302, 303)
        assert "/login" in answer.location
    else:
        assert answer.status_code == 403


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("method", "path", "body", "allowed"), RESOURCES)
def test_a_resource_answers_its_staff_alone(
    house: Flask, who: str, method: str, path: str, body: Any, allowed: set[str]
) -> None:
    edition = houses.an_edition(state="open", sessions=2)
    person, client = _person(who, edition), houses.visitor(house)
    headers = houses.bearing(houses.a_token(person)) if person else {}
    address = f"/api/v1{path.format(slug=edition.slug)}"
    answer = client.open(address, method=method, json=body, headers=headers)
    if who in allowed:
        assert answer.status_code < 300, answer.text
    else:
        assert answer.status_code == (403 if person else 401)


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
