"""Limits of a credential: how often it may come, where that was set for it; and no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.houses import a_person, a_token, bearing, signed_in, visitor
from tests.xapi.senders import Sender, a_sender, told
from xapi.service import access

PAGE = "/en/admin/credentials"
API = "/api/v1/xapi/credentials"


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Flask:
    return make_app(RATE_LIMITS="1")


def test_who_comes_too_often_waits_and_is_told_how_long(house: Flask) -> None:
    sender, free = a_sender(house, limit="3 per minute"), a_sender(house, "free")
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False) as clock:
        assert [sender.get().status_code for _ in range(2)] == [200, 200]
        assert sender.post(told()).status_code == 200
        late = told()
        refused = sender.post(late)
        assert refused.status_code == 429
        wait = int(refused.headers["Retry-After"])
        assert 0 < wait <= 60
        assert refused.content_type == "application/problem+json"
        assert "3 per minute" in (refused.json or {})["detail"]
        assert refused.headers["X-Experience-API-Version"] == "1.0.3"
        assert "X-Experience-API-Consistent-Through" in refused.headers
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        assert "Retry-After" in refused.headers["Access-Control-Expose-Headers"]
        assert all(free.post(told()).status_code == 200 for _ in range(10))
        assert free.get(statementId=late["id"]).status_code == 404
        clock.shift(timedelta(seconds=wait))
        assert sender.post(late).status_code == 200


def test_each_credential_has_a_count_of_its_own_and_a_wrong_secret_none(house: Flask) -> None:
    one, other = (a_sender(house, key, limit="1 per hour") for key in ("one", "other"))
    guesser = Sender(house.test_client(), "one", "guessed")
    assert [guesser.get().status_code for _ in range(3)] == [401, 401, 401]
    assert [one.get().status_code, one.get().status_code] == [200, 429]
    assert other.get().status_code == 200


def test_a_limit_is_set_on_the_page_by_the_api_and_by_the_command(house: Flask) -> None:
    with house.app_context():
        admin = a_person("Maria", role="administrator")
        staff, token = signed_in(visitor(house), admin), bearing(a_token(admin))
    asked = {"label": "One", "authority": "", "scopes": ["all"]}
    made = staff.post(f"{PAGE}/new", data={**asked, "key": "page", "limit": " 100 per minute "})
    assert made.status_code == 200
    assert "100 per minute" in made.text
    assert "100 per minute" in staff.get(PAGE).text
    client = house.test_client()
    body = {"label": "One", "scopes": ["all"], "key": "api", "limit": "5/second"}
    assert client.post(API, json=body, headers=token).json["limit"] == "5/second"
    run = house.test_cli_runner().invoke
    command = ["xapi", "credential", "add", "command", "--limit", "2 per day"]
    assert run(args=command).exit_code == 0
    assert "2 per day" in run(args=["xapi", "credential", "list"]).output
    listed = client.get(API, headers=token).json["items"]
    assert {one["key"]: one["limit"] for one in listed} == {
        "page": "100 per minute",
        "api": "5/second",
        "command": "2 per day",
    }


@pytest.mark.parametrize(
    "limit",
    ["often", "0 per minute", "10", "1 per fortnight", "1/minute;5/hour", f"1{'0' * 70}/day"],
)
def test_what_is_no_limit_is_said_at_its_field(house: Flask, limit: str) -> None:
    with house.app_context():
        admin = a_person("Maria", role="administrator")
        staff, token = signed_in(visitor(house), admin), bearing(a_token(admin))
    asked = {"label": "One", "key": "one", "scopes": ["all"], "limit": limit}
    answer = staff.post(f"{PAGE}/new", data=asked)
    assert answer.status_code == 422
    assert 'id="limit-error"' in answer.text
    refused = house.test_client().post(API, json=asked, headers=token)
    assert refused.status_code == 422
    assert "limit" in (refused.json or {})["errors"]
    command = ["xapi", "credential", "add", "one", "--limit", limit]
    said = house.test_cli_runner().invoke(args=command)
    assert (said.exit_code, "limit: " in said.output) == (1, True)
    with house.app_context():
        assert list(access.every()) == []


def test_a_house_without_limits_counts_nothing(make_app: Callable[..., Flask]) -> None:
    sender = a_sender(make_app(RATE_LIMITS="0"), limit="1 per hour")
    assert [sender.get().status_code for _ in range(3)] == [200, 200, 200]
