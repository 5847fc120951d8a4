"""Credentials of other systems, as administrators make and revoke them: by page and by API."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import db
from app.models import AuditEntry, Person
from tests.houses import a_person, a_token, bearing, signed_in, visitor
from xapi.service import access

PAGE = "/en/admin/credentials"
API = "/api/v1/xapi/credentials"
ASKED = {"label": "Player", "key": "player", "authority": "", "scopes": ["statements/write"]}


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    with app.app_context():
        return signed_in(visitor(app), a_person("Maria", role="administrator"))


@pytest.fixture
def token(app: Flask) -> dict[str, str]:
    with app.app_context():
        return bearing(a_token(a_person("Ana", role="administrator")))


def _asks(client: FlaskClient, key: str, secret: str) -> int:
    """What /xapi answers to who comes with this secret."""
    word = b64encode(f"{key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {word}", "X-Experience-API-Version": "1.0.3"}
    return client.post("/xapi/statements", json=[], headers=headers).status_code


def test_a_credential_is_made_shown_once_used_and_revoked(
    app: Flask, client: FlaskClient, staff: FlaskClient
) -> None:
    made = staff.post(f"{PAGE}/new", data={**ASKED, "days": "30"})
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r'class="secret">([^<]+)<', made.text)
    assert found
    secret = found[1]
    assert _asks(client, "player", secret) == 200
    assert _asks(client, "player", f"{secret}x") == 401
    listed = staff.get(PAGE).text
    assert "player" in listed
    assert secret not in listed
    assert staff.post(f"{PAGE}/player/revoke").status_code == 303
    assert _asks(client, "player", secret) == 401
    assert f"{PAGE}/player/revoke" not in staff.get(PAGE).text
    with app.app_context():
        rows = db.session().execute(
            select(AuditEntry.action, Person.name)
            .join(Person, Person.id == AuditEntry.actor_id)
            .where(AuditEntry.subject == "credential:player")
            .order_by(AuditEntry.id)
        )
        assert [tuple(row) for row in rows] == [
            ("credential.added", "Maria"),
            ("credential.revoked", "Maria"),
        ]


def test_the_same_through_the_api(client: FlaskClient, token: dict[str, str]) -> None:
    made = client.post(
        API,
        json={"key": "tool", "label": "Tool", "scopes": ["all"], "days": 1},
        headers=token,
    )
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert (made.json["authority"], made.json["state"]) == ("tool", "active")
    assert _asks(client, "tool", made.json["secret"]) == 200
    (listed,) = client.get(API, headers=token).json["items"]
    assert listed["key"] == "tool"
    assert "secret" not in listed
    assert client.delete(f"{API}/tool", headers=token).status_code == 204
    assert client.delete(f"{API}/tool", headers=token).status_code == 204
    assert _asks(client, "tool", made.json["secret"]) == 401
    assert client.get(API, headers=token).json["items"][0]["state"] == "revoked"
    assert client.delete(f"{API}/nobody", headers=token).status_code == 404


def test_the_list_has_pages(app: Flask, client: FlaskClient, token: dict[str, str]) -> None:
    keys = [f"tool-{number}" for number in range(5)]
    with app.app_context(), db.transaction():
        for key in keys:
            access.add(key, label="", scopes=["all"], app_key="k" * 32)
    seen: list[str] = []
    asked = f"{API}?limit=2"
    while True:
        page = client.get(asked, headers=token).json
        seen += [one["key"] for one in page["items"]]
        if page["next"] is None:
            break
        asked = f"{API}?limit=2&cursor={page['next']}"
    assert seen == keys


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"key": "two words"}, "key"),
        ({"key": ""}, "key"),
        ({"key": "demo"}, "key"),
        ({"label": ""}, "label"),
        ({"authority": "Ä"}, "authority"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": "0"}, "days"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(
    app: Flask, staff: FlaskClient, wrong: dict[str, Any], field: str
) -> None:
    answer = staff.post(f"{PAGE}/new", data={**ASKED, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    with app.app_context():
        assert list(access.every()) == []


def test_a_key_is_given_once(staff: FlaskClient, client: FlaskClient, token: Any) -> None:
    assert staff.post(f"{PAGE}/new", data=ASKED).status_code == 200
    assert staff.post(f"{PAGE}/new", data=ASKED).status_code == 422
    again = {"key": "player", "label": "Again", "scopes": ["all"]}
    assert client.post(API, json=again, headers=token).status_code == 422


@pytest.mark.parametrize("role", [None, "instructor", "course_admin"])
def test_nobody_but_an_administrator_comes_near(
    app: Flask, client: FlaskClient, role: str | None
) -> None:
    with app.app_context():
        person = a_person("Carl", role=role)
        own, pages = bearing(a_token(person)), signed_in(visitor(app), person)
    assert pages.get(PAGE).status_code == 403
    assert pages.get(f"{PAGE}/new").status_code == 403
    assert pages.post(f"{PAGE}/new", data=ASKED).status_code == 403
    assert pages.post(f"{PAGE}/player/revoke").status_code == 403
    body = {"key": "player", "label": "Player", "scopes": ["all"]}
    assert client.get(API, headers=own).status_code == 403
    assert client.post(API, json=body, headers=own).status_code == 403
    assert client.delete(f"{API}/player", headers=own).status_code == 403
    assert PAGE not in pages.get("/en/").text
