"""Credentials for players: learners ask for them by the API, administrators look after them."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.config import Misconfigured, load
from app.models import Person, Registration
from tests.houses import a_person, a_token, bearing, signed_in, visitor
from tests.xapi.senders import Sender, a_sender
from tests.xapi.units import SITE, Played, brought, built

PAGE = "/en/admin/credentials"
API = "/api/v1/xapi/credentials"
PARTS = [f"{SITE}/activities/unit", f"{SITE}/activities/unit/a", f"{SITE}/activities/unit/b"]


@pytest.fixture
def played(app: Flask) -> Played:
    brought(app)
    with app.app_context(), db.transaction():
        built()
    return Played(app)


def _hers(played: Played, *scopes: str) -> dict[str, str]:
    with played.app.app_context():
        person = db.session().get_one(Person, played.person)
        return bearing(a_token(person, scopes or ("learn",)))


def _address(played: Played) -> str:
    return f"/api/v1/registrations/{played.registration}/credential"


def test_a_learner_gets_what_her_player_is_launched_with(
    client: FlaskClient, played: Played
) -> None:
    made = client.post(_address(played), json={}, headers=_hers(played))
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    given: dict[str, Any] = made.json or {}
    assert given["endpoint"].endswith("/xapi/")
    assert given["actor"] == {"objectType": "Agent", **played.account}
    assert given["registration"] == str(played.registration)
    assert given["activities"] == PARTS
    hours = datetime.fromisoformat(given["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=7.9) < hours <= timedelta(hours=8)
    player = Sender(client, given["key"], given["secret"])
    assert player.post(played.said("completed", actor=given["actor"])).status_code == 200
    assert played.standing() == "completed"


def test_it_moves_only_what_was_asked_for(client: FlaskClient, played: Played) -> None:
    headers = _hers(played)
    made = client.post(_address(played), json={"activities": PARTS[2:]}, headers=headers).json
    assert made is not None
    assert made["activities"] == PARTS[2:]
    player = Sender(client, made["key"], made["secret"])
    both = [played.said("completed", "unit/a"), played.said("completed", "unit/b")]
    assert player.post(both).status_code == 200
    assert (played.standing("unit/a"), played.standing("unit/b")) == (None, "completed")
    for wrong in ([f"{SITE}/activities/unit/quiz"], ["https://elsewhere.example/a"], ["unit/a"]):
        refused = client.post(_address(played), json={"activities": wrong}, headers=headers)
        assert refused.status_code == 422
        assert "activities" in (refused.json or {})["errors"]


def test_nobody_gets_one_for_the_passage_of_another(
    app: Flask, client: FlaskClient, played: Played
) -> None:
    other = Played(app, name="Bashir Ahmadi")
    assert client.post(_address(played), json={}, headers=_hers(other)).status_code == 404
    assert client.post(_address(played), json={}).status_code == 401
    assert client.post(_address(played), json={}, headers=_hers(played, "read")).status_code == 403
    with app.app_context(), db.transaction() as session:
        session.get_one(Registration, played.registration).closed_at = db.now()
    assert client.post(_address(played), json={}, headers=_hers(played)).status_code == 409


def test_how_long_it_lives_is_a_setting() -> None:
    assert load({"PLAYER_HOURS": "0.5"})["PLAYER_HOURS"] == 0.5
    for wrong in ("0", "-1", "1000", "long"):
        with pytest.raises(Misconfigured, match="PLAYER_HOURS"):
            load({"PLAYER_HOURS": wrong})


def test_administrators_see_players_apart_and_end_them(
    app: Flask, client: FlaskClient, played: Played
) -> None:
    a_sender(app, "system")
    key = played.player.key
    with app.app_context():
        admin = a_person("Maria", role="administrator")
        staff, token = signed_in(visitor(app), admin), bearing(a_token(admin))
        learner = db.session().get_one(Person, played.person)
        her_pages = signed_in(visitor(app), learner)
    assert key not in staff.get(PAGE).text
    listed = staff.get(f"{PAGE}/players").text
    assert key in listed
    assert "Aminata Diouf" in listed
    assert "system" not in listed
    (system,) = client.get(API, headers=token).json["items"]
    assert (system["key"], system["registration"]) == ("system", None)
    (player,) = client.get(f"{API}?players=true", headers=token).json["items"]
    assert (player["key"], player["state"]) == (key, "active")
    assert player["registration"] == str(played.registration)
    assert her_pages.get(f"{PAGE}/players").status_code == 403
    assert her_pages.post(f"{PAGE}/players/{key}/revoke").status_code == 403
    assert client.get(f"{API}?players=true", headers=_hers(played)).status_code == 403

    assert staff.post(f"{PAGE}/players/{key}/revoke").status_code == 303
    assert played.player.get().status_code == 401
    page = staff.get(f"{PAGE}/players").text
    assert "Revoked" in page
    assert f"{key}/revoke" not in page
    runner = app.test_cli_runner()
    assert "player-" not in runner.invoke(args=["xapi", "credential", "list"]).output


def test_the_list_of_players_has_pages(app: Flask, client: FlaskClient, played: Played) -> None:
    keys = [played.player.key, *(played.launched().key for _ in range(4))]
    with app.app_context():
        token = bearing(a_token(a_person("Maria", role="administrator")))
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = client.get(
            f"{API}?players=true&limit=2{cursor and f'&cursor={cursor}'}", headers=token
        )
        seen += [one["key"] for one in page.json["items"]]
        cursor = page.json["next"]
    assert seen == keys[::-1]


def test_her_record_says_what_was_issued_for_her(client: FlaskClient, played: Played) -> None:
    told = client.get("/api/v1/me/record", headers=_hers(played, "read")).json or {}
    (one,) = told["xapi"]["players"]
    assert (one["key"], one["activities"]) == (played.player.key, PARTS)
    assert one["registration"] == str(played.registration)
    assert "digest" not in one


def test_the_secret_stands_nowhere_else(app: Flask, played: Played) -> None:
    with app.app_context():
        staff = signed_in(visitor(app), a_person("Maria", role="administrator"))
        for secret in (played.player.secret, b64encode(played.player.secret.encode()).decode()):
            assert secret not in staff.get(f"{PAGE}/players").text
