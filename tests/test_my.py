"""My learning: what is hers to see, statement by statement, and to take with her."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from app import activities, audit, db, events, mail, plugins, record, registrations, templating
from app.errors import Invalid
from app.hookspecs import hookimpl
from app.models import Outbox, Person, Registration
from app.vocabulary import Kind
from tests import houses


class Walks:
    """A plugin that makes walks of steps."""

    @hookimpl
    def activity_kinds(self) -> list[Kind]:
        walk = Kind("walk", "https://example.org/walk", {"en": "Walk"}, enterable=True)
        return [walk, Kind("step", "https://example.org/step", {"en": "Step"})]


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    plugins.manager(app).register(Walks(), "walks")
    with app.app_context():
        with db.transaction():
            walk = activities.define("walk", "walk", {"en": "A walk", "fr": "Une promenade"})
            for number in range(3):
                activities.define(f"walk/{number}", "step", {"en": f"Step {number}"}, parent=walk)
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return houses.visitor(app)


def walking(person: Person, steps: int = 3) -> Registration:
    """She has begun, and has done some steps, a minute each."""
    with db.transaction():
        registration = registrations.begin(person, activities.get("walk"), language="fr")
        for number in range(steps):
            events.publish(
                events.happened(
                    "completed",
                    registration,
                    activity=activities.get(f"walk/{number}"),
                    language="fr",
                    time=registration.opened_at + timedelta(minutes=number + 1),
                )
            )
    return registration


def test_her_page_tells_every_statement_in_her_language(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person(timezone="Africa/Dakar")
    walking(person)
    page = houses.signed_in(client, person).get("/fr/my").text
    assert page.count('data-verb="completed"') == 3
    assert page.count('data-verb="registered"') == 1
    assert "Une promenade" in page
    assert "Step 2" in page


def test_a_time_is_told_in_her_zone(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person(timezone="Asia/Tokyo")
    registration = walking(person, 0)
    page = houses.signed_in(client, person).get("/en/my").text
    there = registration.opened_at + timedelta(hours=9)
    assert f"{there:%H:%M}" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Saturday, 21 November 2026"),
        ("fr", "samedi 21 novembre 2026"),
        ("es", "sábado, 21 de noviembre de 2026"),
    ],
)
def test_a_day_is_said_as_in_that_language(app: Flask, language: str, words: str) -> None:
    with app.app_context(), force_locale(language):
        assert templating.day(date(2026, 11, 21)) == words


def test_older_statements_follow_page_by_page_and_none_twice(
    house: Flask, client: FlaskClient
) -> None:
    person = houses.a_person()
    walking(person)
    seen = []
    cursor = None
    for _ in range(10):
        told, cursor = record.statements(person, language="en", cursor=cursor, limit=2)
        seen += told
        if cursor is None:
            break
    assert len({one.id for one in seen}) == len(seen) == 5
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)


def test_a_broken_place_is_refused_in_words(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person()
    with pytest.raises(Invalid):
        record.statements(person, language="en", cursor="x")
    signed = houses.signed_in(client, person)
    assert signed.get("/en/my?cursor=%00%ff").status_code == 422
    answer = signed.get(
        "/api/v1/me/statements?cursor=zz",
        headers=houses.bearing(houses.a_token(person, ["read"])),
    )
    assert answer.status_code == 422


def test_what_was_taken_back_is_told_as_such(house: Flask) -> None:
    person = houses.a_person()
    registration = walking(person, 1)
    told, _ = record.statements(person, language="en")
    (step,) = [one for one in told if one.verb == "completed"]
    assert not step.taken_back
    with db.transaction():
        events.publish(
            events.happened(
                "voided",
                registration,
                activity=activities.get("walk/0"),
                language=None,
                takes_back=step.id,
            )
        )
    told, _ = record.statements(person, language="en")
    assert [one.id for one in told if one.taken_back] == [step.id]


def test_nobody_sees_the_record_of_another(house: Flask, client: FlaskClient) -> None:
    walking(houses.a_person("Aminata Diouf"))
    other = houses.a_person("Neema Mushi")
    page = houses.signed_in(client, other).get("/en/my").text
    assert "data-verb" not in page
    assert client.get("/en/my/record.json").json["progress"] == []


@pytest.mark.parametrize("path", ["/en/my", "/en/my/record.json", "/en/my/erase"])
def test_a_stranger_is_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/login" in answer.location


def full_record(person: Person) -> None:
    walking(person)
    houses.give(person, "instructor")
    houses.a_token(person)
    with db.transaction():
        audit.record("account.changed", "account", actor=person, person=person, after={"x": 1})
        mail.enqueue(person, "Welcome", "Good to have you here.")


def test_everything_kept_about_her_comes_in_one_file(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person("Łucja Żak", organisation="Straż Graniczna")
    full_record(person)
    answer = houses.signed_in(client, person).get("/en/my/record.json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=passage-record-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(list(record.document(person))) > 5
    told = json.loads(answer.data)
    assert told["person"]["name"] == "Łucja Żak"
    assert told["person"]["organisation"] == "Straż Graniczna"
    assert told["roles"][0]["role"] == "instructor"
    assert len(told["registrations"]) == 1
    assert len(told["progress"]) == 4
    assert told["mails"][0]["subject"].startswith("Welcome")
    assert "Good to have you here." in told["mails"][0]["text"]
    assert told["audit"][0]["after"] == {"x": 1}


def test_no_key_of_the_house_stands_in_the_file(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person()
    secret = houses.a_token(person)
    hidden = [person.password, person.fs_uniquifier, secret]
    text = houses.signed_in(client, person).get("/en/my/record.json").text
    assert not any(one in text for one in hidden)
    assert "digest" not in text
    assert len(json.loads(text)["tokens"]) == 1


def test_a_token_that_may_read_finds_no_link_that_changes_the_password(
    house: Flask, client: FlaskClient
) -> None:
    person = houses.a_person(email="ana@example.org")
    assert (
        client.post("/api/v1/password-resets", json={"email": "ana@example.org"}).status_code < 300
    )
    reading = houses.bearing(houses.a_token(person, ["read"]))
    whole = client.get("/api/v1/me/record", headers=reading).json
    assert whole is not None
    (written,) = whole["mails"]
    (kept,) = houses.anew().scalars(select(Outbox)).all()
    link = re.search(r"/reset/(\S+)", kept.payload["text"])
    assert link
    assert "/reset/…" in written["text"]
    assert link[1] not in json.dumps(whole)


def test_acts_of_hers_upon_others_are_not_handed_out(house: Flask, client: FlaskClient) -> None:
    staff, other = houses.a_person(role="administrator"), houses.a_person("Neema Mushi")
    with db.transaction():
        audit.record(
            "account.changed", "x", actor=staff, person=other, before={"name": "Neema Mushi"}
        )
    assert "Neema" not in houses.signed_in(client, staff).get("/en/my/record.json").text


def test_every_plugin_puts_its_part_under_its_name(house: Flask, client: FlaskClient) -> None:
    class Keeper:
        @hookimpl
        def export_person(self, person: Person) -> dict[str, object]:
            return {"kept": [str(person.id)]}

    plugins.manager(house).register(Keeper(), "keeper")
    person = houses.a_person()
    told = houses.signed_in(client, person).get("/en/my/record.json").json
    assert told is not None
    assert told["keeper"] == {"kept": [str(person.id)]}


def test_the_api_gives_the_same(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person()
    walking(person)
    reading = houses.bearing(houses.a_token(person, ["read"]))
    learning = houses.bearing(houses.a_token(person, ["learn"]))
    first = client.get("/api/v1/me/statements?limit=3", headers=reading).json
    assert first is not None
    rest = client.get(f"/api/v1/me/statements?cursor={first['next']}", headers=reading).json
    assert rest is not None
    assert rest["next"] is None
    assert len(first["items"] + rest["items"]) == 5
    assert first["items"][0]["sentence"] == "You completed “Step 2”."
    whole = client.get("/api/v1/me/record", headers=reading)
    assert whole.json is not None
    assert whole.json["person"]["id"] == str(person.id)
    for path in ("/api/v1/me/statements", "/api/v1/me/record"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=learning).status_code == 403


def test_without_a_store_the_page_opens_all_the_same(app: Flask, client: FlaskClient) -> None:
    plugins.manager(app).unregister(name="xapi")
    with app.app_context():
        person = houses.a_person()
        assert houses.signed_in(client, person).get("/en/my").status_code == 200
        assert record.statements(person, language="en") == ([], None)
