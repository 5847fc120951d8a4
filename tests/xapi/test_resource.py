"""/xapi/statements and /xapi/about, as another system meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db
from tests.houses import a_person, signed_in
from tests.xapi.senders import VERB, Sender, a_sender, told, void
from xapi.models import Statement
from xapi.service import inbox


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def count(app: Flask) -> int:
    with app.app_context():
        return db.session().scalar(select(func.count()).select_from(Statement)) or 0


# Who comes in


def test_about_is_open_and_names_the_versions(app: Flask) -> None:
    answer = app.test_client().get("/xapi/about")
    assert answer.json == {
        "version": ["2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0"],
        "extensions": {},
    }
    assert answer.headers["X-Experience-API-Version"] == "2.0.0"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("1.0", "1.0.3"),
        ("1.0.0", "1.0.3"),
        ("1.0.1", "1.0.3"),
        ("1.0.2", "1.0.3"),
        ("1.0.3", "1.0.3"),
        ("1.0.9", "1.0.3"),
        ("2.0.0", "2.0.0"),
        ("2.0.7", "2.0.0"),
    ],
)
def test_known_versions_are_answered_in_kind(sender: Sender, asked: str, spoken: str) -> None:
    sender.headers["X-Experience-API-Version"] = asked
    answer = sender.get()
    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (200, spoken)


@pytest.mark.parametrize("asked", ["", "0.9", "1.1.0", "1.0.", "3.0.0", "one"])
def test_other_versions_are_refused_in_a_sentence(sender: Sender, asked: str) -> None:
    sender.headers["X-Experience-API-Version"] = asked
    answer = sender.get()
    assert answer.status_code == 400
    assert answer.json is not None
    assert "X-Experience-API-Version" in answer.json["detail"]
    assert answer.headers["X-Experience-API-Version"] == "2.0.0"


def test_without_a_living_credential_nobody_comes_in(app: Flask, sender: Sender) -> None:
    del sender.headers["Authorization"]
    answer = sender.get()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.content_type == "application/problem+json"
    for key, secret in (("sender", "wrong"), ("nobody", "x"), ("", "")):
        assert Sender(app.test_client(), key, secret).get().status_code == 401
    bearer = app.test_client().get(
        "/xapi/statements",
        headers={**sender.headers, "Authorization": "Bearer x"},
    )
    assert bearer.status_code == 401


def test_a_signed_in_administrator_has_no_entry_by_her_cookie(app: Flask) -> None:
    with app.app_context():
        client = signed_in(app.test_client(), a_person(role="administrator"))
    answer = client.get("/xapi/statements", headers={"X-Experience-API-Version": "1.0.3"})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_posting_asks_for_no_form_token(make_app: Callable[..., Flask]) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    assert a_sender(app).post(told()).status_code == 200


def test_scopes_are_kept(app: Flask) -> None:
    reader = a_sender(app, "reader", "statements/read")
    writer = a_sender(app, "writer", "statements/write")
    own = a_sender(app, "own", "statements/write", "statements/read/mine")
    everything = a_sender(app, "everything", "all/read")
    theirs, ours = told(), told()
    assert reader.post(told()).status_code == 403
    assert everything.put(told()).status_code == 403
    assert writer.post(theirs).status_code == 200
    assert own.post(ours).status_code == 200
    assert writer.get().status_code == 403
    assert own.ids() == [ours["id"]]
    assert own.get(statementId=theirs["id"]).status_code == 404
    assert set(reader.ids()) == set(everything.ids()) == {ours["id"], theirs["id"]}


def test_credentials_of_one_authority_read_each_others(app: Flask) -> None:
    old = a_sender(app, "old", "statements/write", authority="moodle")
    new = a_sender(app, "new", "statements/read/mine", authority="moodle")
    sent = told()
    old.post(sent)
    assert new.listed()[0]["authority"]["account"]["name"] == "moodle"


# Storing


def test_what_is_posted_comes_back_as_it_was_with_what_the_store_adds(sender: Sender) -> None:
    sent = told(
        result={"duration": "P1Y2M", "extensions": {"urn:x:y": None, "urn:z": [1.50, "é"]}},
        timestamp="2026-11-21T14:02:03.123456789+02:00",
    )
    answer = sender.post(sent)
    assert answer.json == [sent["id"]]
    found = sender.get(statementId=sent["id"])
    kept = json.loads(found.text)
    assert {name: kept[name] for name in sent} == sent
    assert kept["authority"] == {
        "objectType": "Agent",
        "account": {"homePage": "https://passage.example/xapi", "name": "sender"},
    }
    assert kept["version"] == "1.0.0"
    assert datetime.fromisoformat(kept["stored"]).utcoffset() is not None
    assert json.dumps(sent["result"])[1:-1] in found.text


def test_what_is_left_out_is_added(sender: Sender) -> None:
    sent = told()
    del sent["id"]
    answer = sender.post([sent, sent])
    assert answer.json is not None
    first, second = answer.json
    assert first != second
    for one in sender.listed():
        assert one["timestamp"] == one["stored"]
        assert one["id"] in (first, second)


def test_an_authority_that_a_sender_claims_is_not_believed(sender: Sender) -> None:
    house = {"account": {"homePage": "https://passage.example", "name": "passage"}}
    sender.post(told(authority=house, stored="2001-01-01T00:00:00Z", version="1.0.1"))
    (kept,) = sender.listed()
    assert kept["authority"]["account"]["name"] == "sender"
    assert kept["stored"] > "2026"
    assert kept["version"] == "1.0.1"


def test_put_stores_under_the_id_of_the_address(sender: Sender) -> None:
    sent = told()
    del sent["id"]
    name = str(uuid4())
    answer = sender.put(sent, name)
    assert (answer.status_code, answer.text) == (204, "")
    assert sender.ids() == [name]
    other = sender.put(told(), name)
    assert other.status_code == 400
    assert "statementId" in other.text


def test_the_same_again_is_success_without_a_second_copy(app: Flask, sender: Sender) -> None:
    sent = told(context={"contextActivities": {"parent": {"id": "urn:a"}}})
    again = told(
        id=sent["id"].upper(), context={"contextActivities": {"parent": [{"id": "urn:a"}]}}
    )
    again["verb"] = {"id": VERB, "display": {"en": "saw"}}
    assert sender.post(sent).status_code == 200
    assert sender.post(again).status_code == 200
    assert sender.put(sent).status_code == 204
    kept = sender.get(statementId=sent["id"]).json
    assert sender.post(kept).status_code == 200
    assert count(app) == 1


def test_another_statement_under_a_known_id_is_a_conflict_and_nothing_is_kept(
    app: Flask, sender: Sender
) -> None:
    sent = told()
    sender.post(sent)
    other = {**told(), "id": sent["id"], "verb": {"id": "urn:other"}}
    assert sender.put(other).status_code == 409
    assert sender.post([told(), other, told()]).status_code == 409
    assert count(app) == 1


def test_of_a_bad_batch_nothing_is_kept(app: Flask, sender: Sender) -> None:
    bad = told(actor={"mbox": "ana"})
    answer = sender.post([told(), told(), bad])
    assert answer.status_code == 400
    assert answer.json is not None
    assert "Statement 2" in answer.json["detail"]
    assert "actor.mbox" in answer.json["detail"]
    twice = told()
    assert sender.post([twice, told(), twice]).status_code == 400
    assert count(app) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[",
        b"null",
        b'"a"',
        b"[1]",
        b'{"a": "\xff"}',
        b"{}",
        b"[" * 50_000,
        b"[]x",
    ],
)
def test_what_is_no_statement_is_refused(app: Flask, sender: Sender, body: bytes) -> None:
    answer = sender.post(body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"]
    assert count(app) == 0


def test_other_types_of_body_and_unknown_parameters_are_refused(sender: Sender) -> None:
    assert sender.post(told(), **{"Content-Type": "text/plain"}).status_code == 400
    for query in (
        {"foo": "bar"},
        {"Agent": "{}"},
        {"agent": "{}"},
        {"agent": "ana"},
        {"agent": '{"mbox":"mailto:a@b.example","openid":"https://a.example"}'},
        {"verb": "experienced"},
        {"registration": "7"},
        {"since": "yesterday"},
        {"until": "2026-11-21T00:00:00-00:00"},
        {"limit": "-1"},
        {"limit": "1e3"},
        {"ascending": "yes"},
        {"format": "short"},
        {"statementId": "7"},
        {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
        {"statementId": str(uuid4()), "verb": VERB},
        {"more": "nonsense"},
        {"more": "W10="},
        {"related_agents": "maybe"},
    ):
        answer = sender.get(**query)
        assert answer.status_code == 400, query
        assert answer.json is not None
        assert answer.json["detail"]


def test_hostile_names_are_kept_or_refused_but_never_break(sender: Sender) -> None:
    zero = {"account": {"homePage": "https://a.example", "name": "a\0b"}}
    assert sender.post(told(actor=zero)).status_code == 200
    assert len(sender.listed(agent=json.dumps(zero))) == 1
    assert sender.post(told(verb={"id": "urn:a\0"})).status_code == 400
    assert sender.post(told(verb={"id": "urn:" + "a" * 3000})).status_code == 400
    long = {"openid": "https://a.example/" + "a" * 9000}
    assert sender.post(told(actor=long)).status_code == 200
    assert sender.post(told(object={"id": "urn:" + "a" * 9000})).status_code == 200
    assert len(sender.listed(agent=json.dumps(long))) == 1


# Finding


def test_one_statement_has_a_name_for_caches(sender: Sender) -> None:
    sent = told()
    sender.post(sent)
    found = sender.get(statementId=sent["id"])
    assert found.headers["Last-Modified"]
    sender.headers["If-None-Match"] = found.headers["ETag"]
    assert sender.get(statementId=sent["id"]).status_code == 304
    again = sender.get().headers["X-Experience-API-Consistent-Through"]
    assert again >= json.loads(found.text)["stored"]
    assert sender.get(statementId=str(uuid4())).status_code == 404


def test_head_answers_like_get_without_a_body(sender: Sender) -> None:
    sender.post(told())
    answer = sender.client.head("/xapi/statements", headers=sender.headers)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Experience-API-Consistent-Through"]


def test_each_filter_finds_what_it_names(sender: Sender) -> None:
    registration = str(uuid4())
    actors: list[dict[str, Any]] = [
        {"mbox": "mailto:b@b.example"},
        {"mbox_sha1sum": "b" * 40},
        {"openid": "https://b.example/"},
        {"account": {"homePage": "https://b.example", "name": "b"}},
        {"objectType": "Group", "mbox": "mailto:group@b.example"},
    ]
    plain = told()
    sender.post(plain)
    for actor in actors:
        sent = told(actor={**actor, "name": "B"})
        sender.post(sent)
        assert sender.ids(agent=json.dumps(actor)) == [sent["id"]]
    other = told(
        verb={"id": "urn:verb"},
        object={"id": "urn:ispring:{quiz}"},
        context={"registration": registration},
    )
    sender.post(other)
    for query in (
        {"verb": "urn:verb"},
        {"activity": "urn:ispring:{quiz}"},
        {"registration": registration.upper()},
        {"registration": registration, "verb": "urn:verb", "ascending": "true"},
    ):
        assert sender.ids(**query) == [other["id"]]
    assert sender.ids(registration=registration, verb=VERB) == []
    first = sender.listed(ascending="true")[0]
    assert first["id"] == plain["id"]
    assert plain["id"] not in sender.ids(since=first["stored"])
    assert sender.ids(until=first["stored"]) == [plain["id"]]


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_follow_each_other_without_gap_or_repetition(sender: Sender, ascending: str) -> None:
    sent = [told() for _ in range(7)]
    sender.post(sent)
    sender.post(told(verb={"id": "urn:other"}))
    answer = sender.get(limit=3, ascending=ascending, verb=VERB)
    found: list[str] = []
    pages = 0
    while answer.json:
        pages += 1
        found += [one["id"] for one in answer.json["statements"]]
        sender.post(told())  # what comes meanwhile disturbs nobody
        if not answer.json["more"] or pages > 4:
            break
        assert answer.json["more"].startswith("/xapi/statements?")
        answer = sender.client.get(answer.json["more"], headers=sender.headers)
    ids = [one["id"] for one in sent]
    assert found[:7] == (ids if ascending == "true" else ids[::-1])
    assert len(set(found)) == len(found)


def test_short_forms_name_and_say_less(sender: Sender) -> None:
    sent = told(
        actor={"mbox": "mailto:b@b.example", "name": "B"},
        verb={"id": VERB, "display": {"en": "saw", "fr": "a vu"}},
        object={"id": "urn:a", "definition": {"name": {"es": "Uno", "fr": "Un"}}},
    )
    sender.post(sent)
    (short,) = sender.listed(format="ids")
    assert short["actor"] == {"mbox": "mailto:b@b.example"}
    assert (short["verb"], short["object"]) == ({"id": VERB}, {"id": "urn:a"})
    sender.post(told(object={"objectType": "Activity", "id": "urn:b"}))
    assert sender.listed(format="ids", activity="urn:b")[0]["object"] == {"id": "urn:b"}
    sender.headers["Accept-Language"] = "fr"
    canonical = sender.get(statementId=sent["id"], format="canonical").json
    assert canonical is not None
    assert canonical["verb"]["display"] == {"fr": "a vu"}
    assert canonical["object"]["definition"]["name"] == {"fr": "Un"}


# Voiding


def test_a_voided_statement_is_found_only_as_such(app: Flask, sender: Sender) -> None:
    sent = told()
    voiding = void(sent["id"])
    sender.post(sent)
    assert sender.get(voidedStatementId=sent["id"]).status_code == 404
    assert a_sender(app, "somebody-else").post(voiding).status_code == 200
    assert sender.get(statementId=sent["id"]).status_code == 404
    assert sender.get(voidedStatementId=sent["id"]).status_code == 200
    assert sender.ids() == [voiding["id"]]


def test_voiding_works_before_its_target_comes_but_not_on_voids(sender: Sender) -> None:
    sent = told()
    voiding = void(sent["id"])
    sender.post(voiding)
    sender.post(sent)
    sender.post(void(voiding["id"]))
    assert sender.get(statementId=sent["id"]).status_code == 404
    assert sender.get(statementId=voiding["id"]).status_code == 200
    assert sender.post(told(verb=void("x")["verb"])).status_code == 400


# Together


def test_the_same_statement_from_many_sides_at_once_is_one(app: Flask, sender: Sender) -> None:
    sent = [told() for _ in range(10)]

    def send(place: int) -> int:
        mine = Sender(app.test_client(), "sender")
        if place % 2:
            return mine.post(sent if place % 4 == 1 else sent[::-1]).status_code
        return mine.put(sent[place % 3]).status_code

    with ThreadPoolExecutor(16) as pool:
        codes = set(pool.map(send, range(48)))
    assert codes == {200, 204}
    assert count(app) == 10


@pytest.mark.only("postgresql")  # SQLite has one writer
def test_a_slow_writer_is_waited_for_by_cursors(app: Flask, sender: Sender) -> None:
    """What was stored first but is kept last is not passed over by who reads on from the last."""
    before, slow, quick = told(), told(), told()
    sender.post(before)
    with ThreadPoolExecutor(1) as other, app.app_context():
        with db.transaction():
            received = [inbox.receive(json.dumps(slow), version="1.0.3")]
            inbox.store(received, authority="slow", version="1.0.3")
            assert other.submit(sender.post, quick).result(30).status_code == 200
            seen = other.submit(sender.listed, ascending="true").result(30)
            assert [one["id"] for one in seen] == [before["id"]]
            by_id = other.submit(sender.get, statementId=quick["id"]).result(30)
            assert by_id.status_code == 200
        late = other.submit(sender.ids, since=seen[-1]["stored"], ascending="true").result(30)
    assert late == [slow["id"], quick["id"]]
