"""The account through the API alone, with the same answers as on its pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import accounts, api, db, forms, schemas
from app.models import Person
from tests import houses
from tests.test_accounts import NEWCOMER, link_in, mails, someone

V1 = "/api/v1"
WANTED = {name: value for name, value in NEWCOMER.items() if value}


def token_in(mail: dict[str, Any]) -> str:
    return link_in(mail).rpartition("/")[2]


def sign_in(client: FlaskClient, email: str, password: str, *scopes: str) -> Any:
    body = {"email": email, "password": password, "name": "a phone", "scopes": scopes or ["read"]}
    return client.post(f"{V1}/tokens", json=body)


def test_a_newcomer_makes_and_changes_her_account_through_the_api_alone(
    app: Flask, client: FlaskClient
) -> None:
    french = {"Accept-Language": "fr"}
    assert client.post(f"{V1}/people", json=WANTED, headers=french).status_code == 202
    assert mails(app)[0]["language"] == "fr"
    assert sign_in(client, WANTED["email"], WANTED["password"]).status_code == 401
    confirmation = f"{V1}/confirmations/{token_in(mails(app)[0])}"
    assert client.post(confirmation).status_code == 204
    assert client.post(confirmation).status_code == 410

    made = sign_in(client, WANTED["email"], WANTED["password"], "read", "account")
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    mine = houses.bearing(made.json["secret"])

    me = client.get(f"{V1}/me", headers=mine)
    assert me.json["name"] == "Aminata Diouf"
    assert me.json["timezone"] == "Africa/Dakar"
    change = {"certificate_name": "Mme Diouf", "language": "es"}
    assert client.patch(f"{V1}/me", json=change, headers=mine).json["language"] == "es"

    new = {"current": WANTED["password"], "password": "five ripe mangoes"}
    assert client.put(f"{V1}/me/password", json=new, headers=mine).status_code == 204
    wanted = {"email": "new@example.org", "password": "five ripe mangoes"}
    assert client.put(f"{V1}/me/email", json=wanted, headers=mine).status_code == 202
    assert client.post(f"{V1}/email-changes/{token_in(mails(app)[-1])}").status_code == 204
    assert client.get(f"{V1}/me", headers=mine).json["email"] == "new@example.org"


def test_a_reset_ends_every_token(app: Flask, client: FlaskClient) -> None:
    person = someone(app, email="right@example.org")
    secret = sign_in(client, "right@example.org", houses.PASSWORD).json["secret"]
    ask = client.post(f"{V1}/password-resets", json={"email": person.email})
    assert ask.status_code == 202
    reset = f"{V1}/password-resets/{token_in(mails(app)[-1])}"
    assert client.post(reset, json={"password": "short"}).json["errors"].keys() == {"password"}
    assert client.post(reset, json={"password": "five ripe mangoes"}).status_code == 204
    assert client.get(f"{V1}/me", headers=houses.bearing(secret)).status_code == 401
    assert client.post(reset, json={"password": "another one of mine"}).status_code == 410


@pytest.mark.parametrize("path", ["people", "confirmations", "password-resets"])
def test_the_answer_for_a_known_and_for_an_unknown_address_is_the_same(
    app: Flask, client: FlaskClient, path: str
) -> None:
    someone(app, email="known@example.org")
    said = set()
    for email in ("known@example.org", "nobody@example.org"):
        body = {**WANTED, "email": email} if path == "people" else {"email": email}
        answer = client.post(f"{V1}/{path}", json=body)
        assert answer.status_code == 202
        said.add(answer.text)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("people", {}, {"name", "email", "password", "country"}),
        ("people", {**WANTED, "role": "administrator"}, {"role"}),
        ("people", {**WANTED, "name": "\ud800"}, {"name"}),
        ("people", {**WANTED, "email": "a b", "country": "ZZ"}, {"email", "country"}),
        ("people", {**WANTED, "name": {"first": "Aminata"}}, {"name"}),
        ("tokens", {"email": "a", "password": "b", "name": "c", "scopes": []}, {"scopes"}),
        ("password-resets/nonsense", {}, {"password"}),
    ],
)
def test_what_is_wrong_is_said_by_field(
    app: Flask, client: FlaskClient, path: str, body: Any, fields: set[str]
) -> None:
    answer = client.post(f"{V1}/{path}", json=body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"].keys() == fields
    with app.app_context():
        assert db.session().scalar(select(Person)) is None


@pytest.mark.parametrize("sent", [b"", b"{", b"[1]", b'"x"', b"null", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, sent: bytes) -> None:
    answer = client.post(f"{V1}/people", data=sent, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"


def test_an_error_speaks_the_language_that_was_asked_for(client: FlaskClient) -> None:
    answer = client.post(f"{V1}/people", json={}, headers={"Accept-Language": "es"})
    assert answer.headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "me"),
        ("PATCH", "me"),
        ("PUT", "me/password"),
        ("PUT", "me/email"),
        ("POST", "me/tokens"),
        ("GET", "tokens"),
        ("DELETE", "tokens/00000000-0000-0000-0000-000000000000"),
    ],
)
def test_what_is_hers_asks_for_a_token_with_the_scope(
    app: Flask, client: FlaskClient, method: str, path: str
) -> None:
    assert client.open(f"{V1}/{path}", method=method).status_code == 401
    person = someone(app)
    houses.signed_in(client, person)
    assert client.open(f"{V1}/{path}", method=method).status_code == 401  # no cookie counts here
    with app.app_context():
        narrow = houses.a_token(person, ["learn"])
    answer = client.open(f"{V1}/{path}", method=method, headers=houses.bearing(narrow))
    assert answer.status_code == 403


def test_nobody_changes_what_only_the_house_sets(app: Flask, client: FlaskClient) -> None:
    person = someone(app, email="mine@example.org")
    with app.app_context():
        mine = houses.bearing(houses.a_token(person))
    for field, value in (("email", "x@example.org"), ("active", False), ("id", "1")):
        answer = client.patch(f"{V1}/me", json={field: value}, headers=mine)
        assert answer.json["errors"].keys() == {field}
    for nothing in (None, ""):
        answer = client.patch(f"{V1}/me", json={"name": nothing}, headers=mine)
        assert answer.status_code == 422
    with app.app_context():
        assert accounts.find("mine@example.org") is not None


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (forms.SignUp, schemas.SignUp),
        (forms.Profile, schemas.Profile),
        (forms.Named, schemas.Named),
        (forms.NewPassword, schemas.NewPassword),
        (forms.ChangePassword, schemas.ChangePassword),
        (forms.ChangeEmail, schemas.ChangeEmail),
        (forms.NewToken, schemas.NewToken),
    ],
)
def test_a_page_and_the_api_ask_for_the_same_fields(
    app: Flask, form: type[forms.Form], schema: type[api.Schema]
) -> None:
    with app.test_request_context("/en/"):
        assert list(form().values()) == list(schema().fields)
