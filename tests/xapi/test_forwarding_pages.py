"""Forwarding as administrators set it up and look after it: by page and by API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import api, db
from app.forms import Form
from app.models import AuditEntry, Person
from tests.houses import a_person, a_token, bearing, signed_in, visitor
from tests.xapi.senders import a_sender, told
from tests.xapi.stores import Store, a_store, forward
from xapi import forms, schemas
from xapi.models import DeadLetter, Target

PAGE = "/en/admin/forwarding"
API = "/api/v1/xapi/forwarding"
SECRET = "what nobody may see again"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(OUTBOUND_PRIVATE="1")


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    with app.app_context():
        return signed_in(visitor(app), a_person("Maria", role="administrator"))


@pytest.fixture
def token(app: Flask) -> dict[str, str]:
    with app.app_context():
        return bearing(a_token(a_person("Ana", role="administrator")))


@pytest.fixture
def store() -> Iterator[Store]:
    with a_store() as found:
        yield found


def _asked(endpoint: str, **more: Any) -> dict[str, Any]:
    return {
        "label": "Ministry",
        "endpoint": endpoint,
        "key": "house",
        "secret": SECRET,
        "version": "2.0.0",
        "verbs": "completed\r\nhttps://x.example/verbs/read\r\n\r\n",
        "activities": "",
        "authorities": ["@house"],
        "sends_as": "",
        "from_the_beginning": "no",
        **more,
    }


def _one(app: Flask) -> Target:
    with app.app_context():
        return db.session().scalars(select(Target)).one()


def _letters(app: Flask) -> list[DeadLetter]:
    with app.app_context():
        return list(db.session().scalars(select(DeadLetter).order_by(DeadLetter.id)))


def test_a_store_is_set_up_seen_changed_switched_and_removed(
    app: Flask, staff: FlaskClient, store: Store
) -> None:
    assert staff.post(f"{PAGE}/new", data=_asked(f"{store.url}/statements/")).status_code == 303
    made = _one(app)
    assert made.endpoint == store.url
    assert made.verbs == [
        "http://adlnet.gov/expapi/verbs/completed",
        "https://x.example/verbs/read",
    ]
    assert made.authorities == ["@house"]
    listed = staff.get(PAGE).text
    assert "Ministry" in listed
    shown = staff.get(f"{PAGE}/{made.id}").text
    assert 'value="@house"' in shown
    assert "https://x.example/verbs/read" in shown
    assert SECRET not in listed + shown

    changed = _asked(store.url, label="Office", secret="", verbs="", authorities=[])
    assert staff.post(f"{PAGE}/{made.id}", data=changed).status_code == 303
    now = _one(app)
    assert (now.label, now.verbs, now.authorities) == ("Office", [], [])
    assert now.secret == made.secret
    staff.post(f"{PAGE}/{made.id}", data={**changed, "secret": "a new one"})
    assert _one(app).secret != made.secret

    assert staff.post(f"{PAGE}/{made.id}/stop").status_code == 303
    assert "Switched off" in staff.get(PAGE).text
    assert staff.post(f"{PAGE}/{made.id}/start").status_code == 303
    assert "Running" in staff.get(PAGE).text
    assert staff.post(f"{PAGE}/{made.id}/remove").status_code == 303
    assert staff.get(f"{PAGE}/{made.id}").status_code == 404
    with app.app_context():
        rows = db.session().execute(
            select(AuditEntry.action, Person.name, AuditEntry.before, AuditEntry.after)
            .join(Person, Person.id == AuditEntry.actor_id)
            .where(AuditEntry.subject == f"forwarding:{made.id}")
            .order_by(AuditEntry.id)
        )
        found = [tuple(row) for row in rows]
    assert [one[:2] for one in found] == [
        (f"forwarding.{act}", "Maria")
        for act in ("made", "changed", "changed", "switched_off", "started", "removed")
    ]
    assert found[1][2]["label"] == "Ministry"
    assert found[2][3] == {"secret": "…"}
    assert SECRET not in repr(found)


def test_what_was_refused_is_seen_filtered_and_sent_again(
    app: Flask, staff: FlaskClient, store: Store
) -> None:
    sender = a_sender(app)
    staff.post(f"{PAGE}/new", data=_asked(store.url, verbs="", authorities=[]))
    target = _one(app)
    ids = [told()["id"] for _ in range(3)]
    store.judge = lambda some: (400 if ids[0] in {one["id"] for one in some} else 409, "<b>No</b>")
    assert sender.post([told(id=one) for one in ids]).status_code == 200
    forward(app)
    page = staff.get(f"{PAGE}/refused").text
    assert all(one in page for one in ids)
    assert "&lt;b&gt;No" in page
    only = staff.get(f"{PAGE}/refused?target={target.id}&status=400").text
    assert [one in only for one in ids] == [True, False, False]
    for wrong in (f"target={uuid4()}", "target=x", "status=x", "status=99999999999"):
        assert not any(one in staff.get(f"{PAGE}/refused?{wrong}").text for one in ids)
    first, second, third = _letters(app)
    assert staff.post(f"{PAGE}/refused/{first.id}/replay").status_code == 303
    assert staff.post(f"{PAGE}/refused/{second.id}/drop").status_code == 303
    assert staff.post(f"{PAGE}/refused/{second.id}/drop").status_code == 404
    store.judge = lambda some: (200, "[]")
    forward(app)
    assert store.ids == [ids[0]]
    assert staff.post(f"{PAGE}/{target.id}/replay").status_code == 303
    forward(app)
    assert store.ids == [ids[0], ids[2]]
    assert _letters(app) == []
    assert third.times == 1


def test_the_same_through_the_api(
    app: Flask, client: FlaskClient, token: dict[str, str], store: Store
) -> None:
    sender = a_sender(app)
    asked = {"label": "Ministry", "endpoint": store.url, "key": "house", "secret": SECRET}
    made = client.post(API, json={**asked, "from_the_beginning": True}, headers=token)
    assert made.status_code == 201, made.text
    assert made.json["version"] == "2.0.0"
    one = f"{API}/{made.json['id']}"
    ids = [told()["id"] for _ in range(2)]
    store.judge = lambda some: (400, "no")
    assert sender.post([told(id=name) for name in ids]).status_code == 200
    assert client.get(one, headers=token).json["waiting"] == 2
    forward(app)
    seen = client.get(API, headers=token).json["items"][0]
    assert (seen["state"], seen["waiting"], seen["dead"], seen["sent"]) == ("active", 0, 2, 0)
    assert SECRET not in client.get(API, headers=token).text + made.text
    page = client.get(f"{API}/refused?limit=1&status=400", headers=token).json
    (letter,) = page["items"]
    assert (letter["statement"], letter["answer"], letter["times"]) == (ids[1], "no", 1)
    asked_on = f"{API}/refused?limit=1&cursor={page['next']}"
    (older,) = client.get(asked_on, headers=token).json["items"]
    assert older["statement"] == ids[0]
    found = client.get(f"{API}/refused?statement={ids[0]}", headers=token).json["items"]
    assert [row["id"] for row in found] == [older["id"]]
    assert client.post(f"{API}/refused/{letter['id']}/replay", headers=token).status_code == 204
    assert client.delete(f"{API}/refused/{older['id']}", headers=token).status_code == 204
    assert client.post(f"{one}/replay", headers=token).json == {"count": 1}
    store.judge = lambda some: (200, "[]")
    forward(app)
    assert store.ids == [ids[1]]
    changed = client.put(one, json={**asked, "label": "Office", "verbs": ["passed"]}, headers=token)
    assert changed.json["verbs"] == ["http://adlnet.gov/expapi/verbs/passed"]
    assert client.post(f"{one}/stop", headers=token).json["state"] == "off"
    assert client.post(f"{one}/start", headers=token).json["state"] == "active"
    assert client.delete(one, headers=token).status_code == 204
    assert client.get(one, headers=token).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"label": " "}, "label"),
        ({"endpoint": "ftp://a.example"}, "endpoint"),
        ({"endpoint": "https://a.example/?x"}, "endpoint"),
        ({"key": "a:b"}, "key"),
        ({"secret": ""}, "secret"),
        ({"version": "0.9"}, "version"),
        ({"verbs": "sang"}, "verbs"),
        ({"verbs": "\n".join(f"https://x.example/{n}" for n in range(101))}, "verbs"),
        ({"activities": "modules/none"}, "activities"),
        ({"sends_as": "x" * 101}, "sends_as"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    app: Flask, staff: FlaskClient, client: FlaskClient, token: Any, wrong: Any, field: str
) -> None:
    asked = {**_asked("https://lrs.example/xapi"), **wrong}
    answer = staff.post(f"{PAGE}/new", data=asked)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    body = {**asked, "from_the_beginning": False}
    for name in ("verbs", "activities"):
        body[name] = [one for one in body[name].splitlines() if one]
    said = client.post(API, json=body, headers=token)
    assert said.status_code == 422
    assert field in said.json["errors"]
    with app.app_context():
        assert db.session().scalars(select(Target)).all() == []


@pytest.mark.parametrize("role", [None, "instructor", "course_admin"])
def test_nobody_but_an_administrator_comes_near(
    app: Flask, staff: FlaskClient, client: FlaskClient, role: str | None
) -> None:
    staff.post(f"{PAGE}/new", data=_asked("https://lrs.example/xapi"))
    one = _one(app).id
    with app.app_context():
        person = a_person("Carl", role=role)
        own, pages = bearing(a_token(person)), signed_in(visitor(app), person)
    for path in ("", "/new", f"/{one}", "/refused"):
        assert pages.get(PAGE + path).status_code == 403
    for path in ("/new", f"/{one}", *(f"/{one}/{act}" for act in ("start", "stop", "remove"))):
        assert pages.post(PAGE + path, data=_asked("https://a.example")).status_code == 403
    for path in (f"/{one}/replay", "/refused/1/replay", "/refused/1/drop"):
        assert pages.post(PAGE + path).status_code == 403
    body = {"label": "x", "endpoint": "https://a.example", "key": "k", "secret": "s"}
    asks = [
        client.get(API, headers=own),
        client.post(API, json=body, headers=own),
        client.get(f"{API}/{one}", headers=own),
        client.put(f"{API}/{one}", json=body, headers=own),
        client.delete(f"{API}/{one}", headers=own),
        client.get(f"{API}/refused", headers=own),
        client.delete(f"{API}/refused/1", headers=own),
        *(client.post(f"{API}/{one}/{act}", headers=own) for act in ("start", "stop", "replay")),
        client.post(f"{API}/refused/1/replay", headers=own),
    ]
    assert {answer.status_code for answer in asks} == {403}
    assert PAGE not in pages.get("/en/").text
    assert _one(app).label == "Ministry"


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_what_went_wrong_is_said_in_three_languages(
    app: Flask, staff: FlaskClient, language: str
) -> None:
    staff.post(f"{PAGE}/new", data=_asked("https://lrs.example/xapi"))
    words = {
        "HTTP 503": {"en": "answered with HTTP", "fr": "répondu", "es": "espondió con"},
        "refused 200 400": {"en": "in a row", "fr": "de suite", "es": "seguidas"},
        "unreadable": {"en": "Enter it anew", "fr": "Saisissez", "es": "Introdúzcalo"},
        "NewConnectionError: refused": dict.fromkeys(("en", "fr", "es"), "NewConnectionError"),
    }
    for error, said in words.items():
        with app.app_context(), db.transaction() as session:
            target = session.scalars(select(Target)).one()
            target.error, target.stopped_at = error, db.now()
            one = target.id
        assert said[language] in staff.get(f"/{language}/admin/forwarding").text
        assert said[language] in staff.get(f"/{language}/admin/forwarding/{one}").text


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (forms.ChangedStore, schemas.ChangedStore),
        (forms.NewStore, schemas.NewStore),
    ],
)
def test_a_page_and_the_api_ask_for_the_same_fields(
    app: Flask, form: type[Form], schema: type[api.Schema]
) -> None:
    with app.test_request_context("/en/"):
        assert sorted(form().values()) == sorted(schema().fields)
