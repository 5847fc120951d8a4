"""What somebody with bad intentions tries at the door, and does not get."""

from __future__ import annotations

import io
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db, erasure, limits, mail, people, web
from app.models import Person
from tests import houses
from tests.test_accounts import link_in, mails, signs_in, someone


class SlowLine(io.BytesIO):
    """A body that is not there yet: while it is waited for, somebody else does something."""

    def __init__(self, body: bytes, meanwhile: Callable[[], Any]) -> None:
        super().__init__(body)
        self.meanwhile = Thread(target=meanwhile, daemon=True)
        self.waited = False

    def wait(self) -> None:
        if not self.waited:
            self.waited = True
            self.meanwhile.start()
            self.meanwhile.join(5)

    def read(self, size: int | None = -1, /) -> bytes:
        self.wait()
        return super().read(size)

    def readinto(self, buffer: Any, /) -> int:
        self.wait()
        return super().readinto(buffer)


@pytest.mark.parametrize("path", ["/api/v1/people", "/xapi/statements", "/en/register"])
def test_a_slow_line_holds_nobody_up(app: Flask, path: str) -> None:
    answers: list[int] = []

    def write() -> None:
        asked = {"email": "a.diouf@example.org"}
        answers.append(houses.visitor(app).post("/api/v1/password-resets", json=asked).status_code)

    body = b'{"name": "x"}'
    line = SlowLine(body, write)
    headers = {"Authorization": "Bearer x", "Content-Length": str(len(body))}
    houses.visitor(app).post(
        path, input_stream=line, headers=headers, content_type="application/json"
    )
    assert line.waited
    assert answers == [202]


def test_a_new_password_takes_back_a_change_of_address(app: Flask, client: FlaskClient) -> None:
    """Somebody who knew the old one asked for it, to an address of her own."""
    someone(app, email="owner@example.org")
    signs_in(client, "owner@example.org", houses.PASSWORD)
    client.post(
        "/en/account/email", data={"email": "thief@example.org", "password": houses.PASSWORD}
    )
    theft = link_in(mails(app)[-1])
    app.test_client().post("/en/reset", data={"email": "owner@example.org"})
    reset = link_in(mails(app)[-1])
    assert app.test_client().post(reset, data={"password": "five ripe mangoes"}).status_code == 302
    assert app.test_client().post(theft).status_code == 410
    assert signs_in(app.test_client(), "owner@example.org", "five ripe mangoes")


@pytest.mark.parametrize(
    "again", ["right@\uff45xample.org", "RIGHT@example\u3002org", " right@example.org"]
)
def test_an_account_is_counted_however_its_address_is_typed(
    make_app: Callable[..., Flask], again: str
) -> None:
    client = make_app(RATE_LIMITS="1").test_client()
    body = {"password": "a wrong passphrase", "name": "x", "scopes": ["read"]}
    for _ in range(10):
        client.post("/api/v1/tokens", json={**body, "email": "right@example.org"})
    assert client.post("/api/v1/tokens", json={**body, "email": again}).status_code == 429


def test_networks_are_told_apart_where_old_addresses_come_in_new_ones(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.ACTS, "sign-in", ("10 per hour", "1 per hour"))
    client = make_app(RATE_LIMITS="1").test_client()

    def guess(network: str) -> int:
        said = {"email": f"{network[-1]}@example.org", "password": "x"}
        near = {"REMOTE_ADDR": network}
        return client.post("/en/login", data=said, environ_base=near).status_code

    assert [guess("::ffff:192.0.2.1"), guess("::ffff:192.0.2.2")] == [200, 200]
    assert guess("::ffff:192.0.2.1") == 429


@pytest.mark.parametrize("what", ["password-resets", "confirmations", "people"])
def test_an_unknown_address_costs_as_much_as_a_known_one(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """To make the mail is what takes long (20 ms), so that no duration tells of an account."""
    unconfirmed = None if what == "confirmations" else db.now()
    someone(app, email="known@example.org", confirmed_at=unconfirmed)
    someone(app, email="closed@example.org", active=False)
    made: list[str] = []
    render = mail._render

    def counted(name: str, **values: Any) -> str:
        made.append(name)
        return render(name, **values)

    monkeypatch.setattr(mail, "_render", counted)
    costs = []
    for email in ("known@example.org", "unknown@example.org", "closed@example.org"):
        made.clear()
        body = {"email": email}
        if what == "people":
            body |= {"name": "Ana", "password": "five ripe mangoes", "country": "SN"}
        assert client.post(f"/api/v1/{what}", json=body).status_code == 202
        costs.append(len(made))
    assert costs == [3, 3, 3]


def test_no_log_holds_a_link_that_opens_an_account(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone(app, email="owner@example.org")
    client.post("/en/reset", data={"email": "owner@example.org"})
    path = link_in(mails(app)[-1])
    written: list[dict[str, Any]] = []
    monkeypatch.setattr(web.log, "info", lambda event, **said: written.append(said))
    assert client.get(path).status_code == 200
    assert [one["path"] for one in written] == ["/en/reset/…"]


@pytest.mark.only("postgresql")  # SQLite has one writer: nothing happens meanwhile
def test_an_account_that_is_erased_meanwhile_stays_erased(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        person = houses.a_person("Ana Ruiz")
        token, key = houses.a_token(person), person.id
    lock = people.lock

    def erase() -> None:
        with app.app_context(), db.transaction() as session:
            erased = session.get_one(Person, key)
            erasure.erase(erased, by=erased)

    def late(*keys: UUID) -> None:
        monkeypatch.setattr(people, "lock", lock)
        thread = Thread(target=erase)
        thread.start()
        thread.join(10)
        lock(*keys)

    monkeypatch.setattr(people, "lock", late)
    answer = houses.visitor(app).patch(
        "/api/v1/me", json={"name": "Ana Ruiz Soto"}, headers=houses.bearing(token)
    )
    assert answer.status_code == 401
    with app.app_context():
        assert db.session().get_one(Person, key).name == ""


MARKS = "a" + "\u0315\u0300" * 80_000  # to put them in order takes minutes
ONE = {"name": "Ana", "email": "ana@example.org", "password": "five ripe mangoes", "country": "SN"}


@pytest.mark.parametrize("field", ["name", "email", "password", "organisation", "country"])
def test_a_flood_of_marks_is_refused_at_once(app: Flask, field: str) -> None:
    client = houses.visitor(app)
    began = time.monotonic()
    assert client.post("/api/v1/people", json={**ONE, field: MARKS}).status_code == 422
    assert client.post("/en/login", data={**ONE, field: MARKS[:100_000]}).status_code == 200
    assert time.monotonic() - began < 5


PLACES = [
    '["2026-01-01T00:00:00+00:00", 5]',
    '["2026-01-01T00:00:00+00:00", [1]]',
    '["0001-01-01T00:00:00+14:00", "6f0c7a52-3d0e-5f7b-9a55-1c2d6e0b8f11"]',
    "[99999999999999999999999999]",
    "[1e999]",
    "[" * 3000,
]


@pytest.mark.parametrize("said", PLACES)
def test_a_forged_place_in_a_list_is_refused_in_words(app: Flask, said: str) -> None:
    with app.app_context():
        token = houses.a_token(houses.a_person(role="administrator"))
    cursor = urlsafe_b64encode(said.encode()).decode()
    for path in ("me/statements", "registrations", "people", "audit-entries", "mails"):
        answer = houses.visitor(app).get(
            f"/api/v1/{path}", query_string={"cursor": cursor}, headers=houses.bearing(token)
        )
        assert answer.status_code in (200, 422), path


def test_deep_json_and_far_days_are_no_trouble(app: Flask) -> None:
    with app.app_context():
        token = houses.a_token(houses.a_person(role="administrator"))
    client = houses.visitor(app)
    deep = client.post("/api/v1/people", data="[" * 100_000, content_type="application/json")
    assert deep.status_code == 400
    for day in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        asked = {"since": day}
        answer = client.get(
            "/api/v1/completions", query_string=asked, headers=houses.bearing(token)
        )
        assert answer.status_code in (200, 422)


def test_half_a_character_and_endless_words_are_no_trouble(app: Flask) -> None:
    client = houses.visitor(app)
    with app.app_context():
        admin = houses.a_person(role="administrator")
        own = houses.bearing(houses.a_token(admin))
    half = '{"name": "x", "activity": "\\ud800"}'
    said = client.post("/api/v1/cohorts", data=half, content_type="application/json", headers=own)
    assert said.status_code == 422
    for path in ("/completions", "/people"):
        words = {"words": "x" * 100_000}
        assert client.get(f"/api/v1{path}", query_string=words, headers=own).status_code < 500
