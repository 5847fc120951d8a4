"""Attachments, as another system sends and asks for them (Communication, 1.5; Data, 2.4.11)."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app import db, files
from tests.xapi.packets import (
    MIXED,
    attachment,
    contents,
    opened,
    packet,
    piece,
    send,
    sha2,
)
from tests.xapi.senders import Sender, a_sender, told
from xapi.models import Attachment, Statement
from xapi.service import attachments

ESSAY = b"here is a simple attachment"
IMAGE = bytes(range(256)) * 3
VERSION = "X-Experience-API-Version"


@pytest.fixture(params=["1.0.3", "2.0.0"])
def sender(app: Flask, request: pytest.FixtureRequest) -> Sender:
    made = a_sender(app)
    made.headers[VERSION] = request.param
    return made


def count(app: Flask, table: type[db.Base] = Statement) -> int:
    with app.app_context():
        return db.session().scalar(select(func.count()).select_from(table)) or 0


def stored(app: Flask) -> list[str]:
    """The names of all files on the shelf."""
    folder = Path(str(app.config["FILES_URL"]).removeprefix("file://")) / "xapi"
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# What comes in


def test_what_is_sent_is_given_back_byte_by_byte(app: Flask, sender: Sender) -> None:
    """XAPI-00127, 00167: with any order of the parts, and each of them named."""
    sent = told(attachments=[attachment(ESSAY), attachment(IMAGE, contentType="image/png")])
    answer = send(sender, sent, piece(IMAGE, Content_Type="image/png"), piece(ESSAY))
    assert answer.json == [sent["id"]]
    body, parts = opened(sender.get(statementId=sent["id"], attachments="true"))
    assert body["attachments"] == sent["attachments"]
    assert {headers["X-Experience-API-Hash"]: one for headers, one in parts} == {
        sha2(ESSAY): ESSAY,
        sha2(IMAGE): IMAGE,
    }
    for headers, one in parts:
        said = next(one for one in sent["attachments"] if one["sha2"] == sha2(IMAGE))
        assert headers["Content-Transfer-Encoding"] == "binary"
        assert headers["Content-Length"] == str(len(one))
        if one == IMAGE:
            assert headers["Content-Type"] == said["contentType"]


def test_one_statement_may_be_put_with_its_attachment(sender: Sender) -> None:
    """XAPI-00127."""
    sent = told(attachments=[attachment(ESSAY)])
    answer = sender.client.put(
        "/xapi/statements",
        query_string={"statementId": sent["id"]},
        data=packet(sent, piece(ESSAY)),
        headers={**sender.headers, "Content-Type": MIXED},
    )
    assert answer.status_code == 204
    assert contents(sender.get(statementId=sent["id"], attachments="true")) == [ESSAY]


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_each_hash_of_the_family_names_contents(sender: Sender, algorithm: str) -> None:
    """XAPI-00103, 00132: in whichever case it is written."""
    named = sha2(ESSAY, algorithm)
    sent = told(attachments=[attachment(ESSAY, sha2=named.upper())])
    assert send(sender, sent, piece(ESSAY, X_Experience_API_Hash=named)).status_code == 200
    _, parts = opened(sender.get(statementId=sent["id"], attachments="true"))
    assert [(headers["X-Experience-API-Hash"], one) for headers, one in parts] == [(named, ESSAY)]


@pytest.mark.parametrize(
    "attached",
    [
        pytest.param([], id="XAPI-00127 no attachments"),
        pytest.param([{"fileUrl": "https://elsewhere.example/essay"}], id="XAPI-00127 fileUrl"),
    ],
)
def test_multipart_may_come_without_parts(sender: Sender, attached: list[dict[str, Any]]) -> None:
    more = {"attachments": [attachment(ESSAY, **one) for one in attached]} if attached else {}
    sent = told(**more)
    assert send(sender, [sent]).status_code == 200
    assert contents(sender.get(statementId=sent["id"], attachments="true")) == []


def test_one_copy_serves_all_statements_of_a_request(app: Flask, sender: Sender) -> None:
    """Communication 1.5.2.s1.b5: a copy once, in a SubStatement too; stored once."""
    inner = {"objectType": "SubStatement", **told(attachments=[attachment(ESSAY)])}
    del inner["id"]
    sent = [told(attachments=[attachment(ESSAY)]), told(object=inner)]
    assert send(sender, sent, piece(ESSAY)).status_code == 200
    again = told(attachments=[attachment(ESSAY, sha2=sha2(ESSAY, "sha512"))])
    other = piece(ESSAY, X_Experience_API_Hash=sha2(ESSAY, "sha512"))
    assert send(sender, again, other, other).status_code == 200
    assert count(app, Attachment) == 3
    assert stored(app) == [sha2(ESSAY)]
    for one in sent:
        assert contents(sender.get(statementId=one["id"], attachments="true")) == [ESSAY]
    assert contents(sender.get(attachments="true")) == [ESSAY, ESSAY]  # once by each hash


REFUSED: dict[str, tuple[list[dict[str, Any]], list[Any], str]] = {
    "XAPI-00128 a part that nobody names": (
        [attachment(ESSAY)],
        [piece(ESSAY), piece(IMAGE)],
        "Part 3 of the request: no attachment",
    ),
    "XAPI-00129 a part is missing": (
        [attachment(ESSAY), attachment(IMAGE)],
        [piece(ESSAY)],
        "attachments[1].sha2: no part",
    ),
    "XAPI-00129 no part at all": ([attachment(ESSAY)], [], "attachments[0].fileUrl: sent without"),
    "XAPI-00132 no hash": (
        [attachment(ESSAY)],
        [piece(ESSAY, X_Experience_API_Hash=None)],
        "Part 2 of the request: X-Experience-API-Hash is missing",
    ),
    "XAPI-00132 no hash of the family": (
        [attachment(ESSAY)],
        [piece(ESSAY, X_Experience_API_Hash="a" * 40)],
        "a hash of the SHA-2 family",
    ),
    "XAPI-00132 a hash of something else": (
        [attachment(IMAGE)],
        [piece(ESSAY, X_Experience_API_Hash=sha2(IMAGE))],
        "its contents have another hash",
    ),
    "XAPI-00132 a hash that no attachment has": (
        [attachment(ESSAY, fileUrl="https://elsewhere.example/e")],
        [piece(IMAGE)],
        "Part 2 of the request: no attachment",
    ),
    "XAPI-00135 encoded": (
        [attachment(ESSAY)],
        [piece(ESSAY, Content_Transfer_Encoding="base64")],
        "Content-Transfer-Encoding is binary",
    ),
    "XAPI-00102 another length": (
        [attachment(ESSAY, length=26)],
        [piece(ESSAY, Content_Length="27")],
        "attachments[0].length: its part of the request has 27 bytes",
    ),
    "Communication 1.5.2.s2.b8 another length in the part": (
        [attachment(ESSAY)],
        [piece(ESSAY, Content_Length="26")],
        "it has 27 bytes",
    ),
    "Communication 1.5.2.s2.b8 another type": (
        [attachment(ESSAY)],
        [piece(ESSAY, Content_Type="image/png")],
        "attachments[0].contentType: its part",
    ),
    "XAPI-00133 statements in two parts": (
        [attachment(ESSAY)],
        [({"Content-Type": "application/json"}, b"{}"), piece(ESSAY)],
        "Part 2 of the request: X-Experience-API-Hash is missing",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_place_and_rule(
    app: Flask, sender: Sender, case: str
) -> None:
    attached, pieces, sentence = REFUSED[case]
    answer = send(sender, [told(), told(attachments=attached)], *pieces)
    assert answer.status_code == 400
    detail = answer.json["detail"] if answer.json else ""
    assert sentence in detail
    assert "(xAPI " in detail
    assert (count(app), count(app, Attachment)) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("multipart/form-data; boundary=b", b"--b--", id="XAPI-00127 a form"),
        pytest.param("text/plain", b"{}", id="XAPI-00127 text"),
        pytest.param("multipart/mixed", packet(told()), id="XAPI-00130 no boundary"),
        pytest.param("multipart/mixed; boundary=c", packet(told()), id="XAPI-00130 another"),
        pytest.param(MIXED, b"{}", id="XAPI-00131 JSON"),
        pytest.param(MIXED, packet(told())[:-9], id="XAPI-00131 cut off"),
        pytest.param(
            MIXED, packet(told(), first={"Content-Type": "text/plain"}), id="XAPI-00134 text first"
        ),
        pytest.param(MIXED, packet(told(), first={}), id="XAPI-00134 no type"),
    ],
)
def test_what_is_no_such_request_is_refused(sender: Sender, kind: str, body: bytes) -> None:
    answer = sender.post(body, **{"Content-Type": kind})
    assert answer.status_code == 400
    assert "xAPI Communication, 1.5" in (answer.json or {})["detail"]


def test_a_length_is_held_against_a_length_alone(sender: Sender) -> None:
    """XAPI-00127: the suite counts the bytes of an image and sends its hexadecimal digits."""
    sent = told(attachments=[attachment(ESSAY, length=13)])
    assert send(sender, sent, piece(ESSAY)).status_code == 200
    _, parts = opened(sender.get(statementId=sent["id"], attachments="true"))
    assert [(headers["Content-Length"], one) for headers, one in parts] == [("27", ESSAY)]


def test_attachments_in_json_need_an_address(sender: Sender) -> None:
    """XAPI-00129: Communication 1.5.1."""
    answer = sender.post(told(attachments=[attachment(ESSAY)]))
    assert answer.status_code == 400
    assert "attachments[0].fileUrl" in (answer.json or {})["detail"]
    assert sender.post(told(attachments=[attachment(ESSAY, fileUrl="https://e.example/e")])).json


def test_a_substatement_is_asked_for_its_contents(sender: Sender) -> None:
    inner = {"objectType": "SubStatement", **told(attachments=[attachment(ESSAY)])}
    del inner["id"]
    answer = sender.post(told(object=inner))
    assert answer.status_code == 400
    assert "object.attachments[0].fileUrl" in (answer.json or {})["detail"]


def test_who_comes_is_asked_before_what_is_sent(app: Flask) -> None:
    reader = a_sender(app, "reader", "statements/read")
    nobody = Sender(app.test_client(), "nobody")
    assert [send(one, told(), ({}, b"x")).status_code for one in (nobody, reader)] == [401, 403]
    del reader.headers[VERSION]
    answer = reader.post(b"nothing", **{"Content-Type": MIXED})
    assert VERSION in (answer.json or {})["detail"]


# How much


@pytest.mark.parametrize(
    ("limit", "body", "sentence"),
    [
        pytest.param(
            {"XAPI_ATTACHMENT_MB": 0.0003},
            packet(told(attachments=[attachment(IMAGE)]), piece(IMAGE)),
            "An attachment has at most 300 bytes. Nothing was saved.",
            id="XAPI-00328 an attachment",
        ),
        pytest.param(
            {"XAPI_STATEMENTS_MB": 0.0001},
            packet(told()),
            "The statements of a request have at most 100 bytes. Nothing was saved.",
            id="XAPI-00328 the statements",
        ),
        pytest.param(
            {"XAPI_REQUEST_MB": 1},
            packet(told(), ({}, b"x" * 1_000_000)),
            "That is more than 1 MB. Nothing was saved.",
            id="XAPI-00328 all of it",
        ),
    ],
)
def test_what_is_too_large_is_413_with_the_limit(
    make_app: Callable[..., Flask], limit: dict[str, float], body: bytes, sentence: str
) -> None:
    sender = a_sender(make_app(**limit))
    answer = sender.post(body, **{"Content-Type": MIXED})
    assert answer.status_code == 413
    assert (answer.json or {})["detail"] == sentence


def test_statements_alone_have_the_same_limit(make_app: Callable[..., Flask]) -> None:
    """XAPI-00328."""
    sender = a_sender(make_app(XAPI_STATEMENTS_MB=0.001))
    answer = sender.post([told() for _ in range(10)])
    assert answer.status_code == 413
    assert "at most 1000 bytes" in (answer.json or {})["detail"]
    assert sender.post(told()).status_code == 200


@pytest.mark.only("sqlite")
def test_a_large_attachment_does_not_stand_in_memory(app: Flask) -> None:
    sender = a_sender(app)
    large = 20_000_000
    block = bytes(1_000_000)
    digest = hashlib.sha256(bytes(large)).hexdigest()
    sent = told(attachments=[attachment(b"", length=large, sha2=digest)])
    head, _, tail = packet(sent, piece(b"@@", X_Experience_API_Hash=digest)).partition(b"@@")

    def coming() -> Iterator[bytes]:
        yield head
        for _ in range(large // len(block)):
            yield block
        yield tail

    stream: Any = _Stream(coming(), len(head) + large + len(tail))
    sender.get()  # what is made once is made
    tracemalloc.start()
    try:
        answer = sender.client.post(
            "/xapi/statements",
            input_stream=stream,
            headers={**sender.headers, "Content-Type": MIXED},
        )
        assert answer.status_code == 200, answer.text
        back = sender.client.get(
            "/xapi/statements",
            query_string={"statementId": sent["id"], "attachments": "true"},
            headers=sender.headers,
            buffered=False,
        )
        assert sum(len(piece) for piece in back.iter_encoded()) == back.content_length
        assert back.content_length > large
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < large / 3


class _Stream:
    """A line on which bytes come that were never all in memory."""

    def __init__(self, coming: Iterator[bytes], length: int) -> None:
        self._coming, self._held, self._length, self._at = coming, b"", length, 0

    def read(self, most: int) -> bytes:
        while len(self._held) < most and (piece := next(self._coming, None)):
            self._held += piece
        found, self._held = self._held[:most], self._held[most:]
        return found

    def tell(self) -> int:
        return self._at

    def seek(self, to: int, whence: int = 0) -> None:
        self._at = self._length if whence else to


# What goes out


def test_lists_bring_each_file_once_and_pages_go_on(sender: Sender) -> None:
    """XAPI-00167: a StatementResult in the first part, with `more` where there is."""
    for one in (ESSAY, ESSAY, IMAGE):
        assert send(sender, told(attachments=[attachment(one)]), piece(one)).status_code == 200
    body, parts = opened(sender.get(attachments="true", limit=2, ascending="true"))
    assert len(body["statements"]) == 2
    assert [one for _, one in parts] == [ESSAY]
    rest = sender.client.get(body["more"], headers=sender.headers)
    assert contents(rest) == [IMAGE]


@pytest.mark.parametrize("asked", [{}, {"attachments": "false"}])
def test_nobody_gets_files_unasked(sender: Sender, asked: dict[str, str]) -> None:
    """XAPI-00161: JSON alone, though there are attachments."""
    sent = told(attachments=[attachment(ESSAY)])
    send(sender, sent, piece(ESSAY))
    for query in (asked, {**asked, "statementId": sent["id"]}):
        assert sender.get(**query).content_type == "application/json"


def test_without_attachments_the_answer_has_one_part(sender: Sender) -> None:
    sent = told()
    sender.post(sent)
    assert opened(sender.get(attachments="true"))[1] == []
    assert opened(sender.get(attachments="true", statementId=sent["id"]))[0]["id"] == sent["id"]
    answer = sender.get(attachments="maybe")
    assert answer.status_code == 400


@pytest.mark.parametrize("shown", ["ids", "exact", "canonical"])
def test_each_format_brings_the_files(sender: Sender, shown: str) -> None:
    sent = told(attachments=[attachment(ESSAY, display={"en": "An essay", "fr": "Un essai"})])
    send(sender, sent, piece(ESSAY))
    sender.headers["Accept-Language"] = "fr"
    body, parts = opened(sender.get(attachments="true", format=shown))
    assert [one for _, one in parts] == [ESSAY]
    words = body["statements"][0]["attachments"][0]["display"]
    assert words == (
        {"fr": "Un essai"} if shown == "canonical" else sent["attachments"][0]["display"]
    )


def test_an_answer_in_parts_says_when_and_which(sender: Sender) -> None:
    """XAPI-00125, 00126: HEAD says what GET says; the ETag holds while the statement does."""
    sent = told(attachments=[attachment(ESSAY)])
    send(sender, sent, piece(ESSAY))
    query = {"statementId": sent["id"], "attachments": "true"}
    answer, plain = sender.get(**query), sender.get(statementId=sent["id"])
    assert answer.headers["Last-Modified"] == plain.headers["Last-Modified"]
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert answer.headers["ETag"] == sender.get(**query).headers["ETag"]
    head = sender.client.head("/xapi/statements", query_string=query, headers=sender.headers)
    assert head.data == b""
    for name in ("Content-Length", "ETag", "Last-Modified"):
        assert head.headers[name] == answer.headers[name]
    assert head.mimetype == "multipart/mixed"
    known = {**sender.headers, "If-None-Match": answer.headers["ETag"]}
    again = sender.client.get("/xapi/statements", query_string=query, headers=known)
    assert (again.status_code, again.data) == (304, b"")


def test_who_may_not_read_a_statement_has_no_file_of_it(app: Flask) -> None:
    everybody = a_sender(app, "everybody")
    own = a_sender(app, "own", "statements/read/mine", "statements/write")
    theirs, ours = told(attachments=[attachment(ESSAY)]), told(attachments=[attachment(IMAGE)])
    send(everybody, theirs, piece(ESSAY))
    send(own, ours, piece(IMAGE))
    assert contents(own.get(attachments="true")) == [IMAGE]
    assert own.get(attachments="true", statementId=theirs["id"]).status_code == 404


def test_a_voided_statement_keeps_its_files(sender: Sender) -> None:
    sent = told(attachments=[attachment(ESSAY)])
    send(sender, sent, piece(ESSAY))
    target = {"objectType": "StatementRef", "id": sent["id"]}
    voided = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    assert sender.post(told(verb=voided, object=target)).status_code == 200
    query = {"voidedStatementId": sent["id"], "attachments": "true"}
    assert contents(sender.get(**query)) == [ESSAY]
    assert contents(sender.get(attachments="true")) == []


# What is kept


def test_the_same_statement_again_keeps_one_row(app: Flask, sender: Sender) -> None:
    sent = told(attachments=[attachment(ESSAY)])
    for _ in range(2):
        assert send(sender, sent, piece(ESSAY)).status_code == 200
    other = {**sent, "attachments": [attachment(IMAGE)]}
    assert send(sender, other, piece(IMAGE)).status_code == 409
    assert (count(app), count(app, Attachment)) == (1, 1)
    assert contents(sender.get(statementId=sent["id"], attachments="true")) == [ESSAY]


def test_what_nobody_names_is_swept_a_day_later(app: Flask, sender: Sender) -> None:
    sent = told(attachments=[attachment(ESSAY)])
    send(sender, sent, piece(ESSAY))
    refused = {**sent, "attachments": [attachment(IMAGE)]}
    assert send(sender, refused, piece(IMAGE)).status_code == 409
    assert stored(app) == sorted([sha2(ESSAY), sha2(IMAGE)])
    with app.app_context():
        attachments.sweep()
        assert len(stored(app)) == 2
        with time_machine.travel(db.now() + timedelta(hours=25)):
            attachments.sweep()
    assert stored(app) == [sha2(ESSAY)]
    assert contents(sender.get(attachments="true")) == [ESSAY]


def test_many_may_send_the_same_file_at_once(app: Flask) -> None:
    a_sender(app)
    large = IMAGE * 1_000
    sent = [told(attachments=[attachment(large), attachment(ESSAY)]) for _ in range(24)]

    def post(statement: dict[str, Any]) -> int:
        sender = Sender(app.test_client(), "sender")
        return send(sender, statement, piece(large), piece(ESSAY)).status_code

    with ThreadPoolExecutor(8) as posters:
        assert set(posters.map(post, sent)) == {200}
    assert stored(app) == sorted([sha2(ESSAY), sha2(large)])
    sender = Sender(app.test_client(), "sender")
    body, parts = opened(sender.get(attachments="true"))
    assert len(body["statements"]) == 24
    assert sorted(one for _, one in parts) == sorted([ESSAY, large])


def test_a_file_that_was_swept_meanwhile_is_laid_down_again(
    app: Flask, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between laying down and naming it anything may happen."""
    before = attachments.lay_down

    def and_sweep(found: Any) -> None:
        before(found)
        files.remove("xapi", sha2(ESSAY))

    monkeypatch.setattr(attachments, "lay_down", and_sweep)
    send(sender, told(attachments=[attachment(ESSAY)]), piece(ESSAY))
    assert contents(sender.get(attachments="true")) == [ESSAY]
