"""What tests lean on holds: people are signed in, tokens open the API, content is loaded."""

from __future__ import annotations

from flask import Flask, g
from flask.testing import FlaskClient

from app import api, db
from app.models import Person
from tests import houses


def test_somebody_signed_in_sees_her_own_pages(app: Flask, client: FlaskClient) -> None:
    assert client.get("/en/my").status_code == 302
    with app.app_context():
        person = houses.a_person("Neema Mushi")
        answer = houses.signed_in(client, person).get("/en/my")
    assert answer.status_code == 200
    assert "Neema Mushi" in answer.text


def test_a_token_names_its_owner_and_its_scopes(app: Flask) -> None:
    with app.app_context():
        person = houses.a_person(role="administrator")
        secret = houses.a_token(person, ["read"])
        own = person.id
    with app.test_request_context("/api/v1/x", headers=houses.bearing(secret)):
        app.preprocess_request()
        assert api.caller().id == own
        assert g.scopes == {"read"}


def test_a_person_made_within_a_transaction_is_kept_with_it(app: Flask) -> None:
    with app.app_context():
        with db.transaction():
            own = houses.a_person("Łucja Żak", country="PL").id
        assert db.session().get_one(Person, own).country == "PL"


def test_the_content_is_loaded(app: Flask) -> None:
    assert houses.with_content(app) is app
