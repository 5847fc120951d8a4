"""The door of /xapi: the version first, the alternate syntax before it, pages of other sites."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.xapi.senders import Sender, a_sender, told

VERSION = "X-Experience-API-Version"
RESOURCES = (
    "statements",
    "agents",
    "agents/profile",
    "activities",
    "activities/profile",
    "activities/state",
    "nothing/here",
)


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


# Versions


@pytest.mark.parametrize("method", ["get", "head", "put", "post", "delete"])
@pytest.mark.parametrize("path", RESOURCES)
def test_every_resource_asks_for_a_version_first(sender: Sender, path: str, method: str) -> None:
    """XAPI-00321, XAPI-00331."""
    del sender.headers[VERSION]
    for headers in ({}, sender.headers):
        answer = getattr(sender.client, method)(f"/xapi/{path}", headers=headers)
        assert answer.status_code == 400
        assert answer.headers[VERSION] == "2.0.0"
        assert method == "head" or VERSION in answer.text


@pytest.mark.parametrize("spoken", ["1.0.3", "2.0.0"])
def test_who_forgets_the_version_is_told_so_in_the_one_spoken_before(
    app: Flask, sender: Sender, spoken: str
) -> None:
    """XAPI-00331: each suite asks for its own version. Others have no part in it."""
    sender.headers[VERSION] = spoken
    sender.get()
    other = a_sender(app, "other")
    for one in (sender, other):
        del one.headers[VERSION]
    answer = sender.get()
    assert (answer.status_code, answer.headers[VERSION]) == (400, spoken)
    assert other.get().headers[VERSION] == "2.0.0"
    guessing = Sender(app.test_client(), "sender", "no secret")
    del guessing.headers[VERSION]
    assert guessing.get().headers[VERSION] == "2.0.0"


@pytest.mark.parametrize("method", ["get", "head"])
def test_about_asks_for_nothing(app: Flask, method: str) -> None:
    """Communication 2.8: neither version nor credential."""
    answer = getattr(app.test_client(), method)("/xapi/about")
    assert (answer.status_code, answer.headers[VERSION]) == (200, "2.0.0")


def test_where_there_is_nothing_only_a_credential_is_told_so(app: Flask, sender: Sender) -> None:
    assert sender.get("/xapi/nothing").status_code == 404
    stranger = app.test_client().get("/xapi/nothing", headers={VERSION: "1.0.3"})
    assert stranger.status_code == 401
    assert stranger.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(("asked", "spoken"), [("1.0.1", "1.0.3"), ("2.0.4", "2.0.0")])
def test_every_answer_says_its_version(sender: Sender, asked: str, spoken: str) -> None:
    """XAPI-00333."""
    sender.headers[VERSION] = asked
    answers = [sender.get(f"/xapi/{path}") for path in RESOURCES]
    answers += [sender.post(told()), sender.post(b"{"), Sender.put(sender, told())]
    assert {answer.headers[VERSION] for answer in answers} == {spoken}


# The alternate request syntax


def meant(
    sender: Sender, method: str, *, query: str = "", headers: Any = None, **form: Any
) -> TestResponse:
    return sender.client.post(
        f"/xapi/statements?method={method}{query}",
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers=sender.headers if headers is None else headers,
    )


def test_a_post_may_mean_another_request(sender: Sender) -> None:
    """XAPI-00148, XAPI-00336: Communication 1.3.s3."""
    first, second = told(verb={"id": "urn:é&=+%"}), told()
    put = meant(sender, "PUT", statementId=first["id"], content=json.dumps(first))
    posted = meant(sender, "POST", content=json.dumps(second))
    assert (put.status_code, posted.status_code) == (204, 200)
    got = meant(sender, "GET", verb="urn:é&=+%", limit="1")
    assert got.json is not None
    assert [one["id"] for one in got.json["statements"]] == [first["id"]]
    head = meant(sender, "HEAD", statementId=second["id"])
    assert (head.status_code, head.data) == (200, b"")


def test_headers_stand_in_the_form(sender: Sender) -> None:
    """1.3.s3.b7: they count, also against those of the request itself."""
    sent = told()
    form = {**sender.headers, "content": json.dumps(sent), "statementId": sent["id"]}
    more = {"Content-Type": "application/json", "Content-Length": "7"}
    assert meant(sender, "PUT", headers={}, **form, **more).status_code == 204
    found = meant(sender, "GET", headers={}, **sender.headers, statementId=sent["id"])
    assert found.status_code == 200
    known = {**sender.headers, "If-None-Match": found.headers["ETag"], "statementId": sent["id"]}
    assert meant(sender, "GET", headers={}, **known).status_code == 304
    assert meant(sender, "GET", **{VERSION: "0.8"}).status_code == 400
    assert meant(sender, "GET", Authorization="Basic eDp5").status_code == 401
    text = {"Content-Type": "text/plain", "content": json.dumps(told())}
    assert meant(sender, "POST", **text).status_code == 400


@pytest.mark.parametrize(
    ("method", "more"),
    [
        pytest.param("PUT", {"statementId": told()["id"]}, id="1.3.s3.b4 no content"),
        pytest.param("POST", {}, id="1.3.s3.b4 nothing"),
        pytest.param("GET", {"query": "&limit=1"}, id="1.3.s3.b3 more in the address"),
        pytest.param("PATCH", {"content": "{}"}, id="another method"),
        pytest.param("get", {}, id="not its name"),
    ],
)
def test_what_is_no_such_request_is_refused(
    sender: Sender, method: str, more: dict[str, Any]
) -> None:
    answer = meant(sender, method, **more)
    assert answer.status_code == 400
    assert "1.3" in answer.text


@pytest.mark.parametrize("body", [b"\xff=a", b"content=%ff", b"limit=1&limit=2", b"{}", b""])
def test_a_form_that_cannot_be_read_is_refused(sender: Sender, body: bytes) -> None:
    for method in ("POST", "PUT"):
        answer = sender.client.post(
            f"/xapi/statements?method={method}", data=body, headers=sender.headers
        )
        assert answer.status_code == 400


def test_only_a_post_is_opened_and_not_in_2_0(sender: Sender) -> None:
    sent = told()
    put = sender.client.put(
        f"/xapi/statements?method=PUT&statementId={sent['id']}", json=sent, headers=sender.headers
    )
    assert put.status_code == 400
    sender.headers[VERSION] = "2.0.0"
    assert meant(sender, "GET", limit="1").status_code == 400
    assert meant(sender, "GET", headers={}, **sender.headers).status_code == 400


# Pages of other sites


def test_a_page_of_another_site_may_ask_from_a_browser(app: Flask, sender: Sender) -> None:
    asks = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,x-experience-api-version",
    }
    for path in (*RESOURCES, "about"):
        before = app.test_client().options(f"/xapi/{path}", headers=asks)
        assert before.status_code == 204
        assert before.headers["Access-Control-Allow-Origin"] == "*"
        assert "PUT" in before.headers["Access-Control-Allow-Methods"]
        allowed = before.headers["Access-Control-Allow-Headers"].lower()
        for name in ("authorization", "content-type", "if-match", "if-none-match", VERSION.lower()):
            assert name in allowed
    for answer in (sender.get(), sender.get(limit="x"), app.test_client().get("/xapi/statements")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        shown = answer.headers["Access-Control-Expose-Headers"]
        for name in ("ETag", "Last-Modified", "X-Experience-API-Consistent-Through", VERSION):
            assert name in shown
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/healthz").headers
