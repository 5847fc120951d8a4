"""States and profiles: kept as they came, merged, removed, and never overwritten unseen.

Ids of requirements are those of the conformance suite of ADL for xAPI 1.0.3.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app import db, plugins
from app.errors import Conflict, Problem
from app.models import Person
from tests.houses import a_person
from tests.xapi.senders import Sender, a_sender
from xapi import documents
from xapi.documents import ACTIVITY, AGENT, STATE, Content, Context, Stale, Tags, Terms

ANA = json.dumps({"mbox": "mailto:ana@elsewhere.example"})
COURSE = "https://elsewhere.example/activities/course"
SITE = "https://passage.example"
JSON = "application/json"
NEW: dict[str, Any] = {"If-None-Match": "*"}


class Shelf:
    """One of the three resources, met by somebody who speaks a version."""

    def __init__(self, sender: Sender, path: str, id: str, **whose: str) -> None:
        self.sender, self.path, self.id, self.whose = sender, path, id, whose

    def ask(
        self, method: str, name: str | None = "a", body: Any = b"", kind: str = JSON, **more: Any
    ) -> TestResponse:
        """`more`: headers where they hold a hyphen, else parameters; None leaves one out."""
        headers = {key: value for key, value in more.items() if "-" in key}
        query = {**self.whose, self.id: name, **{k: v for k, v in more.items() if "-" not in k}}
        asked = urlencode({key: value for key, value in query.items() if value is not None})
        return self.sender.client.open(
            f"/xapi{self.path}?{asked}",
            method=method,
            data=body,
            headers={**self.sender.headers, **({"Content-Type": kind} if kind else {}), **headers},
        )

    def put(self, body: bytes, **more: Any) -> int:
        return self.ask("PUT", body=body, **more).status_code

    def post(self, body: bytes, **more: Any) -> int:
        return self.ask("POST", body=body, **more).status_code

    def get(self, **more: Any) -> TestResponse:
        return self.ask("GET", **more)

    def names(self, **more: Any) -> Any:
        answer = self.ask("GET", None, **more)
        assert answer.status_code == 200, answer.text
        return answer.json


def state(sender: Sender) -> Shelf:
    return Shelf(sender, "/activities/state", "stateId", activityId=COURSE, agent=ANA)


def of_activity(sender: Sender) -> Shelf:
    return Shelf(sender, "/activities/profile", "profileId", activityId=COURSE)


def of_agent(sender: Sender) -> Shelf:
    return Shelf(sender, "/agents/profile", "profileId", agent=ANA)


SHELVES = (state, of_activity, of_agent)


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


@pytest.fixture(params=SHELVES, ids=lambda one: one.__name__)
def shelf(request: pytest.FixtureRequest, sender: Sender) -> Shelf:
    made: Shelf = request.param(sender)
    return made


# Kept as they came


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json; charset=utf-8", b' {"b" : 1.50, "a":[1 ]}\n'),
        ("application/octet-stream", bytes(range(256))),
        ("text/plain", "é\r\n".encode()),
        ("application/x-www-form-urlencoded", b"a=1&b=%20"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"'),
        ("image/svg+xml", b"<svg/>"),
        ("text/html", b""),
    ],
)
def test_bytes_and_type_come_back_as_they_went_in(shelf: Shelf, kind: str, body: bytes) -> None:
    """XAPI-00182, 00190, 00193, 00230, 00270, 00273, 00282, 00287, 00289, 00311."""
    assert shelf.put(body, kind=kind, **NEW) == 204
    found = shelf.get()
    assert (found.status_code, found.data) == (200, body)
    assert found.headers["Content-Type"] == kind
    assert found.headers["Last-Modified"]
    assert "sandbox" in found.headers["Content-Security-Policy"]


def test_without_a_type_a_document_is_bytes(shelf: Shelf) -> None:
    assert shelf.post(b"abc", kind="") == 204
    assert shelf.get().headers["Content-Type"] == "application/octet-stream"


def test_the_etag_is_the_sha1_of_the_bytes_in_quotes(shelf: Shelf) -> None:
    """XAPI-00322; also 00125 and 00126: HEAD says what GET says."""
    shelf.post(b'{"a":1}')
    first = shelf.get()
    assert first.headers["ETag"] == f'"{_sha1(b"""{"a":1}""")}"'
    head = shelf.ask("HEAD")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert head.headers[name] == first.headers[name]
    assert shelf.ask("HEAD", None).headers["ETag"] == shelf.ask("GET", None).headers["ETag"]
    assert shelf.get(**{"If-None-Match": first.headers["ETag"]}).status_code == 304
    shelf.post(b'{"a":2}')
    assert shelf.get().headers["ETag"] != first.headers["ETag"]


def test_what_is_not_there_is_not_found(shelf: Shelf) -> None:
    assert shelf.get().status_code == 404
    assert shelf.ask("HEAD").status_code == 404
    assert shelf.names() == []


@pytest.mark.parametrize("name", ["a/b?c#d&e", "é 中 ", "x" * 3000, "http://a.example/b"])
def test_any_name_names_a_document(shelf: Shelf, name: str) -> None:
    assert shelf.ask("POST", name, b"{}").status_code == 204
    assert shelf.names() == [name]
    assert shelf.ask("GET", name).status_code == 200


# Lists


def test_ids_are_listed_and_since_is_exclusive(shelf: Shelf) -> None:
    """XAPI-00192, 00195, 00221, 00268, 00269, 00288, 00303, 00308, 00314, 00284."""
    for name in ("a", "b"):
        shelf.ask("POST", name, b"{}")
    assert shelf.names() == ["a", "b"]
    with shelf.sender.client.application.app_context():
        moment = db.now().isoformat()
    assert shelf.names(since=moment) == []
    shelf.ask("POST", "a", b'{"x":1}')
    assert shelf.names(since=moment) == ["a"]
    assert shelf.ask("GET", None).headers["Last-Modified"]


def test_documents_of_others_stand_apart(sender: Sender) -> None:
    """XAPI-00218 to 00220, 00227: a state without registration is its own context."""
    mine, registration = state(sender), str(uuid4())
    mine.post(b"1", kind="text/plain")
    mine.post(b"2", kind="text/plain", registration=registration)
    mine.post(b"3", kind="text/plain", activityId="urn:other")
    mine.post(b"4", kind="text/plain", agent=json.dumps({"mbox": "mailto:b@b.example"}))
    assert mine.get().data == b"1"
    assert mine.get(registration=registration.upper()).data == b"2"
    assert mine.get(activityId="urn:other").data == b"3"
    assert mine.get(registration=str(uuid4())).status_code == 404
    named = json.dumps({"name": "Ana", "objectType": "Agent", **json.loads(ANA)})
    assert mine.get(agent=named).data == b"1"
    assert of_agent(sender).names() == of_activity(sender).names() == []


# Removed


def test_one_is_removed_and_removing_it_again_is_no_error(shelf: Shelf) -> None:
    """XAPI-00187, 00191, 00216, 00271, 00285, 00291."""
    for name in ("a", "b"):
        shelf.ask("POST", name, b"{}")
    assert [shelf.ask("DELETE").status_code for _ in range(2)] == [204, 204]
    assert shelf.names() == ["b"]


def test_all_states_of_a_context_are_removed_and_of_no_other(sender: Sender) -> None:
    """XAPI-00194."""
    mine, registration = state(sender), str(uuid4())
    for name in ("a", "b"):
        mine.ask("POST", name, b"{}")
        mine.ask("POST", name, b"{}", registration=registration)
    assert mine.ask("DELETE", "").status_code == 400
    assert mine.ask("DELETE", None, **{"If-Match": '"old"'}).status_code == 412
    assert mine.ask("DELETE", None).status_code == 204
    assert mine.names() == []
    assert mine.names(registration=registration) == ["a", "b"]
    kept = mine.ask("GET", None, registration=registration).headers["ETag"]
    told = {"registration": registration, "If-Match": kept}
    assert mine.ask("DELETE", None, **told).status_code == 204
    assert mine.names(registration=registration) == []


# Merged


def test_a_posted_object_is_merged_at_the_top_level(shelf: Shelf) -> None:
    """XAPI-00183, 00184, 00189, 00231, 00233, 00234, 00272, 00279, 00280, 00283, 00310, 00312."""
    assert shelf.post(b'{"x":"foo","y":{"deep":1}, "n":1.50}') == 204
    assert shelf.post(b'{"x":"bash","z":"faz","y":{"other":2}}') == 204
    assert shelf.get().data == b'{"x":"bash","y":{"other":2},"n":1.50,"z":"faz"}'


@pytest.mark.parametrize(
    ("standing", "posted"),
    [
        (("text/plain", b'{"a":1}'), (JSON, b'{"a":2}')),
        ((JSON, b'{"a":1}'), ("text/plain", b'{"a":2}')),
        ((JSON, b"[1]"), (JSON, b'{"a":2}')),
        ((JSON, b'{"a":1}'), (JSON, b"[2]")),
        ((JSON, b'{"a":1}'), (JSON, b'{"a":')),
        ((JSON, b'{"a":1}'), (JSON, b'{"a":"\xff"}')),
    ],
)
def test_what_cannot_be_merged_changes_nothing(
    shelf: Shelf, standing: tuple[str, bytes], posted: tuple[str, bytes]
) -> None:
    """XAPI-00229, 00232, 00278, 00281, 00309, 00313."""
    assert shelf.put(standing[1], kind=standing[0], **NEW) == 204
    answer = shelf.ask("POST", body=posted[1], kind=posted[0])
    assert answer.status_code == 400
    assert "2.2" in answer.text
    assert shelf.get().data == standing[1]


@pytest.mark.parametrize("body", [b"", b"{", b'{"a":NaN}', b'{"a":"\xff"}', b"[" * 50_000])
def test_what_says_that_it_is_json_must_be(shelf: Shelf, body: bytes) -> None:
    """XAPI-00235, 00275, 00294."""
    assert shelf.post(body) == 400
    assert shelf.put(body, **NEW) == 400
    assert shelf.names() == []


def test_a_document_has_a_limit_also_when_it_grows(shelf: Shelf) -> None:
    assert shelf.post(b"a" * (documents.LARGEST + 1), kind="text/plain") == 413
    half = b"a" * (documents.LARGEST // 2)
    assert shelf.post(b'{"a":"%s"}' % half) == 204
    assert shelf.post(b'{"b":"%s"}' % half) == 413
    assert len(shelf.get().data) == len(half) + 8


# What is asked of a request


@pytest.mark.parametrize("method", ["PUT", "POST", "GET", "DELETE"])
def test_wrong_parameters_are_refused_by_name_and_section(shelf: Shelf, method: str) -> None:
    """XAPI-00196 to 00215, 00255 to 00267, 00295 to 00302, 00304."""
    section = {"/activities/state": "2.3", "/agents/profile": "2.6"}.get(shelf.path, "2.7")
    wrong: list[tuple[str, dict[str, Any]]] = [(name, {name: None}) for name in shelf.whose]
    wrong += [(name, {name: ""}) for name in shelf.whose]
    wrong += [("foo", {"foo": "1"}), ("StateId", {"StateId": "1"})]
    if "agent" in shelf.whose:
        wrong += [("agent", {"agent": one}) for one in ("ana", "true", "{}", '{"name":"A"}')]
        wrong += [("agent", {"agent": '{"objectType":"Group","member":[' + ANA + "]}"})]
    else:
        wrong += [("agent", {"agent": ANA})]
    if "activityId" in shelf.whose:
        wrong += [("activityId", {"activityId": "no iri"})]
    if shelf.path == "/activities/state":
        wrong += [("registration", {"registration": "7"})]
    else:
        wrong += [("registration", {"registration": str(uuid4())})]
    wrong += [(shelf.id, {"name": "a\0b"}), (shelf.id, {"name": ""})]
    if method in ("PUT", "POST") or (method == "DELETE" and shelf.path != "/activities/state"):
        wrong += [(shelf.id, {"name": None})]
    if method != "GET":
        wrong += [("since", {"since": "2026-01-01T00:00:00Z"})]
    for name, more in wrong:
        answer = shelf.ask(method, body=b"{}", **NEW, **more)
        assert answer.status_code == 400, (name, more, answer.text)
        assert answer.json is not None
        assert name in answer.json["detail"]
        if more.get(name, "") is None:
            assert section in answer.json["detail"]
    assert shelf.names() == []


def test_a_bad_since_and_a_parameter_that_stands_twice_are_refused(shelf: Shelf) -> None:
    """XAPI-00204, 00260, 00295."""
    for since in ("yesterday", "2026-13-01T00:00:00Z", "7"):
        assert shelf.ask("GET", None, since=since).status_code == 400
    assert shelf.get(since="2026-01-01T00:00:00Z").status_code == 400
    asked = urlencode([*shelf.whose.items(), (shelf.id, "a"), (shelf.id, "b")])
    path = f"/xapi{shelf.path}?{asked}"
    assert shelf.sender.client.get(path, headers=shelf.sender.headers).status_code == 400


def test_scopes_are_kept(app: Flask) -> None:
    for scope, makes in (("state", state), ("profile", of_agent), ("profile", of_activity)):
        key = f"{scope}-{makes.__name__}"
        one = makes(a_sender(app, key, scope))
        assert one.post(b"{}") == 204
        other = of_agent if scope == "state" else state
        assert other(one.sender).post(b"{}") == 403
        assert other(one.sender).get().status_code == 403
        reader = makes(a_sender(app, f"reader-{key}", "all/read"))
        assert reader.get().status_code == 200
        assert reader.post(b"{}") == reader.ask("DELETE").status_code == 403
        stranger = makes(a_sender(app, f"stranger-{key}", "statements/write", "statements/read"))
        answer = stranger.get()
        assert answer.status_code == 403
        assert answer.json is not None
        assert scope in answer.json["detail"]


# Concurrency (Communication, 3.1; IEEE 9274.1.1, 4.1.4)


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_if_match_lets_only_who_read_it_last_write(shelf: Shelf, version: str) -> None:
    """XAPI-00322."""
    shelf.sender.headers["X-Experience-API-Version"] = version
    assert shelf.put(b'{"a":1}', **{"If-Match": "*"}) == 412
    shelf.post(b'{"a":1}')
    tag = shelf.get().headers["ETag"]
    for method in ("PUT", "POST", "DELETE"):
        stale = shelf.ask(method, body=b'{"b":2}', **{"If-Match": '"1234"'})
        assert stale.status_code == 412
        assert "If-Match" in stale.text
    assert shelf.put(b"{}", **NEW) == shelf.post(b"{}", **NEW) == 412
    assert shelf.put(b"{}", **{"If-None-Match": f'"x", {tag}'}) == 412
    assert shelf.get().data == b'{"a":1}'
    assert shelf.put(b'{"a":2}', **{"If-Match": f'"x", W/{tag}'}) == 204
    assert shelf.put(b'{"a":3}', **{"If-Match": tag}) == 412
    assert shelf.post(b'{"b":1}', **{"If-Match": "*"}) == 204
    tag = shelf.get().headers["ETag"]
    assert shelf.ask("DELETE", **{"If-Match": tag}).status_code == 204
    assert shelf.ask("DELETE", **{"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("version", "shelves", "new", "known"),
    [
        ("1.0.3", (state,), 204, 204),
        ("1.0.3", (of_activity, of_agent), 400, 409),
        ("2.0.0", SHELVES, 204, 409),
    ],
)
def test_a_put_without_either_header(
    sender: Sender, version: str, shelves: tuple[Any, ...], new: int, known: int
) -> None:
    """XAPI-00273, 00322, and 4.1.4 of 2.0."""
    sender.headers["X-Experience-API-Version"] = version
    for make in shelves:
        one = make(sender)
        assert one.put(b'{"a":1}') == new
        one.post(b'{"a":1}')
        answer = one.ask("PUT", body=b'{"a":2}')
        assert answer.status_code == known
        assert one.get().json == {"a": 2 if known == 204 else 1}
        if known == 409:
            assert "If-Match" in answer.text


def test_of_writers_at_once_one_wins_and_merges_lose_nothing(app: Flask, shelf: Shelf) -> None:
    def anew(number: int) -> int:
        mine = _again(app, shelf)
        return mine.put(b'{"by":%d}' % number, **NEW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(anew, range(16))) == [204, *[412] * 15]
        tag = shelf.get().headers["ETag"]
        replaced = pool.map(
            lambda number: _again(app, shelf).put(b'{"n":%d}' % number, **{"If-Match": tag}),
            range(16),
        )
        assert sorted(replaced) == [204, *[412] * 15]
        merged = pool.map(lambda number: _again(app, shelf).post(b'{"m%d":1}' % number), range(16))
        assert set(merged) == {204}
    assert len(shelf.get().json or ()) == 17


def _again(app: Flask, shelf: Shelf) -> Shelf:
    """The same shelf for another thread, with a client of its own."""
    sender = Sender(app.test_client(), "sender")
    return Shelf(sender, shelf.path, shelf.id, **shelf.whose)


def test_a_form_of_1_0_may_mean_a_document_and_its_terms(shelf: Shelf) -> None:
    """The alternate request syntax (Communication, 1.3)."""

    def send(method: str, **form: str) -> TestResponse:
        said = {**shelf.whose, shelf.id: "a", **form}
        return shelf.sender.client.post(
            f"/xapi{shelf.path}?method={method}", data=said, headers=shelf.sender.headers
        )

    content = {"content": "caf\u00e9", "Content-Type": "text/plain"}
    assert send("PUT", **content, **NEW).status_code == 204
    assert send("PUT", **content, **NEW).status_code == 412
    found = send("GET")
    assert (found.text, found.headers["Content-Type"]) == ("caf\u00e9", "text/plain")
    assert send("DELETE").status_code == 204
    assert shelf.names() == []


# A person's


def test_documents_of_a_person_are_handed_out_and_erased(app: Flask, sender: Sender) -> None:
    with app.app_context():
        person = a_person(email="zoe@border.example.org").id
    account = {"homePage": SITE, "name": str(person).upper()}
    agents = [{"account": account}, {"mbox": "mailto:Zoe@border.example.org"}]
    for agent in agents:
        for make in (state, of_agent):
            assert make(sender).post(b'{"at":"page 3"}', agent=json.dumps(agent)) == 204
    assert state(sender).post(b"\xff", kind="image/png", agent=json.dumps(agents[0])) == 400
    told: dict[str, Any] = {"agent": json.dumps(agents[0]), "kind": "image/png"}
    assert state(sender).ask("POST", "b", b"\xff", **told).status_code == 204
    assert state(sender).post(b'{"at":"page 4"}') == 204
    with app.app_context(), db.transaction() as session:
        ring = plugins.ring()
        hers = session.get_one(Person, person)
        kept = next(one["xapi"] for one in ring.export_person(person=hers) if "xapi" in one)
        json.dumps(kept)
        assert [one.get("content") for one in kept["documents"]] == ['{"at":"page 3"}'] * 4 + [None]
        assert kept["documents"][-1]["base64"] == "/w=="
        ring.forget_person(person=hers)
        hers.email = None
    for agent in agents:
        for make in (state, of_agent):
            assert make(sender).names(agent=json.dumps(agent)) == []
    assert state(sender).get().json == {"at": "page 4"}


# Thinking

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=6)


@given(standing=objects, posted=objects)
def test_a_merge_is_one_update_of_the_members(
    standing: dict[str, Any], posted: dict[str, Any]
) -> None:
    first, second = (Content(JSON, json.dumps(one).encode()) for one in (standing, posted))
    assert json.loads(documents.merged(first, second).bytes) == {**standing, **posted}


@given(first=st.binary(), second=st.binary(), kinds=st.sampled_from([JSON, "text/plain"]))
def test_a_merge_of_anything_is_an_object_or_a_sentence(
    first: bytes, second: bytes, kinds: str
) -> None:
    with suppress(Problem):
        merged = documents.merged(Content(kinds, first), Content(JSON, second))
        assert isinstance(json.loads(merged.bytes), dict)


tags = st.none() | st.builds(Tags, st.frozensets(st.sampled_from("abc")), st.booleans())


@given(
    version=st.sampled_from(["1.0.3", "2.0.0"]),
    match=tags,
    none_match=tags,
    resource=st.sampled_from([STATE, AGENT, ACTIVITY]),
    standing=st.none() | st.sampled_from("abc"),
    replaces=st.booleans(),
)
def test_nothing_is_overwritten_against_the_terms(
    version: str,
    match: Tags | None,
    none_match: Tags | None,
    resource: documents.Resource,
    standing: str | None,
    replaces: bool,
) -> None:
    outcome: type[Exception] | None = None
    try:
        Terms(version, match, none_match).check(resource, standing, replaces=replaces)
    except (Stale, Conflict, Problem) as wrong:
        outcome = type(wrong)
    there = standing is not None
    if match is not None and not (there and (match.any or standing in match.named)):
        expected: type[Exception] | None = Stale
    elif none_match is not None and there and (none_match.any or standing in none_match.named):
        expected = Stale
    elif match or none_match or not replaces or (version < "2" and resource is STATE):
        expected = None
    else:
        expected = Conflict if there else Problem if version < "2" else None
    assert outcome is expected


parts = st.tuples(st.text() | st.none(), st.text() | st.none(), st.uuids() | st.none())


@given(first=parts, second=parts)
def test_contexts_have_one_key_exactly_when_they_are_one(first: Any, second: Any) -> None:
    keys = [Context(STATE, *((part or None) for part in one)).key for one in (first, second)]
    assert (keys[0] == keys[1]) == ([p or None for p in first] == [p or None for p in second])


def _sha1(body: bytes) -> str:
    """The tag that xAPI 1.0.3 asks for (Communication, 3.1)."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()
