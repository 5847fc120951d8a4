"""Personal tokens: made, shown once, used, ended."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import db, jobs, tokens
from app.models import AuditEntry, Person, Token
from tests import houses
from tests.test_accounts import someone

ME = "/api/v1/me"
FORM = {"name": "Export to the ministry", "scopes": ["read"], "days": "30"}


def make(client: FlaskClient, **wanted: Any) -> str:
    """A token made on the page; its secret, as the page shows it."""
    answer = client.post("/en/account/tokens", data={**FORM, **wanted})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"psg_[\w-]{43}(?![\w-])", answer.text)
    assert found
    return found[0]


@pytest.fixture
def person(app: Flask) -> Person:
    return someone(app, email="right@example.org")


@pytest.fixture
def mine(client: FlaskClient, person: Person) -> FlaskClient:
    return houses.signed_in(client, person)


def may_read(app: Flask, secret: str) -> bool:
    return app.test_client().get(ME, headers=houses.bearing(secret)).status_code == 200


def test_a_token_is_shown_once_and_opens_the_api(app: Flask, mine: FlaskClient) -> None:
    secret = make(mine)
    assert may_read(app, secret)
    page = mine.get("/en/account/tokens").text
    assert "Export to the ministry" in page
    assert secret not in page
    with app.app_context():
        for table in (Token, AuditEntry):
            rows = db.session().execute(select(table.__table__)).all()
            assert rows
            assert secret not in str(rows)


def test_a_revoked_token_is_dead(app: Flask, mine: FlaskClient) -> None:
    secret = make(mine)
    page = mine.get("/en/account/tokens").text
    action = re.search(r"/en/account/tokens/[0-9a-f-]+/revoke", page)
    assert action
    for _ in ("once", "a second click"):
        assert mine.post(action[0]).status_code == 302
    assert not may_read(app, secret)
    with app.app_context():
        actions = db.session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["token.made", "token.revoked"]


def test_a_token_ends_on_its_day(app: Flask, mine: FlaskClient) -> None:
    secret = make(mine, days="30")
    with time_machine.travel(db.now() + timedelta(days=29, hours=23)):
        assert may_read(app, secret)
    with time_machine.travel(db.now() + timedelta(days=30, minutes=1)):
        assert not may_read(app, secret)


@pytest.mark.parametrize("facts", [{"active": False}, {"erased_at": db.now()}])
def test_the_tokens_of_who_left_are_dead(
    app: Flask, mine: FlaskClient, person: Person, facts: dict[str, Any]
) -> None:
    secret = make(mine)
    with app.app_context(), db.transaction() as session:
        session.execute(update(Person).where(Person.id == person.id).values(**facts))
    assert not may_read(app, secret)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("days", "0"),
        ("days", "366"),
        ("days", "soon"),
    ],
)
def test_a_wrong_field_is_said_and_no_token_is_made(
    app: Flask, mine: FlaskClient, field: str, value: Any
) -> None:
    answer = mine.post("/en/account/tokens", data={**FORM, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    with app.app_context():
        assert db.session().scalar(select(Token)) is None


def test_nobody_sees_or_ends_the_tokens_of_another(app: Flask, mine: FlaskClient) -> None:
    secret = make(mine)
    other = houses.signed_in(app.test_client(), someone(app))
    with app.app_context():
        token = db.session().scalars(select(Token)).one().id
    for token_id in (token, uuid4()):
        assert other.post(f"/en/account/tokens/{token_id}/revoke").status_code == 404
    assert "Export to the ministry" not in other.get("/en/account/tokens").text
    assert may_read(app, secret)


def test_a_token_cannot_make_a_wider_one(app: Flask, person: Person) -> None:
    with app.app_context():
        narrow = houses.bearing(houses.a_token(person, ["account", "read"]))
    client = app.test_client()
    body = {"name": "wider", "scopes": ["read", "staff"]}
    answer = client.post("/api/v1/me/tokens", json=body, headers=narrow)
    assert answer.json["errors"].keys() == {"scopes"}
    body["scopes"] = ["read"]
    assert client.post("/api/v1/me/tokens", json=body, headers=narrow).status_code == 201


def test_the_list_of_the_api_tells_no_secret(app: Flask, mine: FlaskClient) -> None:
    secret = make(mine, scopes=["account"])
    answer = app.test_client().get("/api/v1/tokens", headers=houses.bearing(secret))
    [token] = answer.json["items"]
    assert token["scopes"] == ["account"]
    assert not {"digest", "secret"} & token.keys()
    gone = app.test_client().delete(f"/api/v1/tokens/{token['id']}", headers=houses.bearing(secret))
    assert gone.status_code == 204
    assert app.test_client().get(ME, headers=houses.bearing(secret)).status_code == 401


def test_the_last_use_is_written_by_the_sweeper_and_not_by_the_get(
    app: Flask, mine: FlaskClient
) -> None:
    secret = make(mine)
    may_read(app, secret)
    with app.app_context():
        assert db.session().scalars(select(Token)).one().last_used_at is None
        tokens.write_uses()
        written = db.session().scalars(select(Token)).one().last_used_at
        assert written is not None
        tokens.write_uses()  # nothing is left to write
        assert db.session().scalars(select(Token)).one().last_used_at == written


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer psg_nonsense",
        "Basic cmlnaHQ6",
        "Bearer \xfc\xff",
        "x" * 9000,
    ],
)
def test_any_other_header_opens_nothing(client: FlaskClient, header: str) -> None:
    answer = client.get(ME, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_sweeper_writes_what_waits_in_memory(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs.chores["tokens.used"] is tokens.write_uses
    stop = threading.Event()

    def last_chore() -> None:
        stop.set()
        jobs._bell.set()

    monkeypatch.setitem(jobs.chores, "the last", last_chore)
    jobs.sweep(app, stop)
    assert stop.is_set()
