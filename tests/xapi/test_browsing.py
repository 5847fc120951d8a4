"""The statement browser: sentences, filters, pages, files, and who may look."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import activities, db, registrations
from tests.houses import a_person, a_token, bearing, queries, signed_in, visitor, with_content
from xapi.service import access, inbox

PAGE = "/en/admin/statements"
API = "/api/v1/xapi/statements"


@pytest.fixture
def house(app: Flask) -> Flask:
    """Somebody began a module, and a player stored what a stranger saw."""
    with_content(app)
    with app.app_context():
        learner = a_person("Aminata Diouf", email="aminata@example.org")
        with db.transaction():
            registrations.begin(
                db.session().merge(learner), activities.get("modules/m1"), language="en"
            )
            access.add("player", label="Player", scopes=["all"], app_key="k" * 32)
            received = [
                inbox.receive(json.dumps(_stranger(number), indent=1), version="1.0.3")
                for number in range(3)
            ]
            inbox.store(received, authority="player", version="1.0.3")
    return app


def _stranger(number: int) -> dict[str, Any]:
    return {
        "actor": {"mbox": "mailto:ben@example.org", "name": "Ben =1+1"},
        "verb": {
            "id": "http://adlnet.gov/expapi/verbs/experienced",
            "display": {"en": "saw", "fr": "a vu"},
        },
        "object": {
            "id": f"https://example.org/slides/{number}",
            "definition": {"name": {"en": f"Slide {number}"}},
        },
    }


@pytest.fixture
def staff(house: Flask) -> FlaskClient:
    with house.app_context():
        return signed_in(visitor(house), a_person("Maria", role="administrator"))


@pytest.fixture
def token(house: Flask) -> dict[str, str]:
    with house.app_context():
        return bearing(a_token(a_person("Ana", role="administrator")))


def _sentences(client: FlaskClient, token: dict[str, str], query: str = "") -> list[str]:
    items = client.get(f"{API}?{query}", headers=token).json["items"]
    return [one["sentence"] for one in items]


def test_every_statement_is_one_sentence_in_the_readers_language(
    client: FlaskClient, staff: FlaskClient, token: dict[str, str]
) -> None:
    said = _sentences(client, token)
    assert said[0] == "Ben =1+1 saw “Slide 2”."
    assert any(one.startswith("Aminata Diouf began “") for one in said)
    assert "Ben =1+1 a vu «" in staff.get("/fr/admin/statements").text
    page = staff.get(PAGE).text
    assert len(re.findall("data-statement=", page)) == len(said)
    assert "&#34;mailto:ben@example.org&#34;" in page
    assert "/en/courses/introduction-to-international-migration-law" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("who=ben@example.org", 3),
        ("who=AMINATA@example.org", 2),
        ("who=nobody@example.org", 0),
        ("verb=initialized", 1),
        ("verb=http://adlnet.gov/expapi/verbs/experienced", 3),
        ("activity=modules/m1", 2),
        ("activity=https://example.org/slides/1", 1),
        ("authority=player", 3),
        ("authority=player&who=aminata@example.org", 0),
        ("since=2020-01-01T00:00:00Z", 5),
        ("until=2020-01-01T00:00:00Z", 0),
    ],
)
def test_filters(client: FlaskClient, token: dict[str, str], query: str, count: int) -> None:
    assert len(_sentences(client, token, query)) == count


def test_pages_go_on_where_the_last_ended(client: FlaskClient, token: dict[str, str]) -> None:
    seen: list[str] = []
    asked = f"{API}?limit=2"
    while asked:
        page = client.get(asked, headers=token).json
        seen += [one["id"] for one in page["items"]]
        asked = page["next"] and f"{API}?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen)) == 5


def test_the_selection_as_files_is_the_same(
    client: FlaskClient, staff: FlaskClient, token: dict[str, str]
) -> None:
    lines = staff.get(f"{PAGE}.jsonl?authority=player").text.splitlines()
    told = [json.loads(line) for line in lines]
    items = client.get(f"{API}?authority=player", headers=token).json["items"]
    assert told == [one["statement"] for one in items]
    rows = list(csv.DictReader(StringIO(staff.get(f"{PAGE}.csv?authority=player").text[1:])))
    assert [one["id"] for one in rows] == [one["id"] for one in told]
    assert rows[0]["object"] == "https://example.org/slides/2"
    for form in ("csv", "jsonl"):
        page = staff.get(f"{PAGE}.{form}?who=ben@example.org")
        again = client.get(f"{API}.{form}?who=ben@example.org", headers=token)
        assert (page.data, page.mimetype) == (again.data, again.mimetype)


def test_no_name_is_a_formula_in_a_spreadsheet(house: Flask, staff: FlaskClient) -> None:
    with house.app_context(), db.transaction():
        told = {**_stranger(9), "actor": {"mbox": "mailto:eve@example.org", "name": "=2+3"}}
        received = [inbox.receive(json.dumps(told), version="1.0.3")]
        inbox.store(received, authority="player", version="1.0.3")
    rows = list(csv.DictReader(StringIO(staff.get(f"{PAGE}.csv?who=eve@example.org").text[1:])))
    assert rows[0]["actor"] == "'=2+3"
    assert rows[0]["sentence"].startswith("'=")


@pytest.mark.parametrize(("query", "field"), [("who=ben", "who"), ("verb=seen", "verb")])
def test_what_cannot_be_looked_for_is_said_at_its_field(
    client: FlaskClient, staff: FlaskClient, token: dict[str, str], query: str, field: str
) -> None:
    page = staff.get(f"{PAGE}?{query}")
    assert page.status_code == 422
    answer = client.get(f"{API}?{query}", headers=token)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_day_that_is_none_is_said(staff: FlaskClient) -> None:
    assert staff.get(f"{PAGE}?since=tomorrow").status_code == 422
    assert staff.get(f"{PAGE}?since=2020-01-01&until=2020-01-01").status_code == 200


@pytest.mark.parametrize("role", [None, "instructor", "course_admin"])
def test_nobody_but_an_administrator_reads_them(
    house: Flask, client: FlaskClient, role: str | None
) -> None:
    with house.app_context():
        person = a_person("Carl", role=role)
        own, pages = bearing(a_token(person)), signed_in(visitor(house), person)
    for path in (PAGE, f"{PAGE}.csv", f"{PAGE}.jsonl"):
        assert pages.get(path).status_code == 403, path
    for path in (API, f"{API}.csv", f"{API}.jsonl"):
        assert client.get(path, headers=own).status_code == 403, path


def test_the_number_of_queries_does_not_grow(
    house: Flask, client: FlaskClient, token: dict[str, str]
) -> None:
    asked = f"{API}?authority=player"
    client.get(asked, headers=token)
    with house.app_context(), queries() as few:
        assert len(client.get(asked, headers=token).json["items"]) == 3
    with house.app_context(), db.transaction():
        more = [inbox.receive(json.dumps(_stranger(n)), version="1.0.3") for n in range(20, 40)]
        inbox.store(more, authority="player", version="1.0.3")
    with house.app_context(), queries() as many:
        assert len(client.get(asked, headers=token).json["items"]) == 23
    assert len(many) == len(few)
