"""Mail: written within the act, sent afterwards, readable everywhere."""

from __future__ import annotations

import email
import email.policy
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, jobs, mail, outbox
from app.models import AuditEntry, Outbox
from tests import houses

WORDS = "Hello\nworld & <co>\n\n\nOpen the module\nhttps://passage.example/en/x?a=1&b=2\n\nThe end."


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, sort: str) -> str:
    body = message.get_body((sort,))
    assert body is not None
    return str(body.get_content())


def post_one(app: Flask, *, to: str = "a@example.org", language: str = "fr") -> int:
    with app.app_context():
        person = houses.a_person(email=to, language=language)
        with db.transaction():
            row = mail.enqueue(person, "Ünïcode\nsubject", WORDS)
            db.session().flush()
            return row.id


def test_a_mail_of_the_demonstration_is_a_file_of_its_own(app: Flask, tmp_path: Path) -> None:
    for to in ("a@example.org", "b@example.org"):
        post_one(app, to=to)
    with app.app_context():
        jobs.run_due()
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.name.split(" ")[1] for file in files] == ["a@example.org", "b@example.org"]
    message = read(files[0].read_bytes())
    assert message["Subject"] == "Ünïcode subject"
    assert message["To"] == "a@example.org"
    assert message["From"] == "Passage <passage@passage.example>"
    assert message["Reply-To"] == "passage@passage.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"
    assert message["Message-ID"].endswith("@passage.example>")
    assert message["Date"].datetime.tzinfo


def test_the_html_part_is_made_from_the_words_and_asks_no_other_host(app: Flask) -> None:
    with app.app_context():
        page = mail.as_html("Subject <1>", WORDS, lang="fr", home="https://passage.example/fr/")
    assert 'lang="fr"' in page
    assert "Subject &lt;1&gt;" in page
    assert "world &amp; &lt;co&gt;" in page
    assert page.count('href="https://passage.example/en/x?a=1&amp;b=2"') == 2
    assert "Open the module</a>" in page
    hosts = set(re.findall(r"https?://([^/\"']+)", page))
    assert hosts == {"passage.example", "www.w3.org"}  # the latter names a vocabulary


def test_a_mail_of_an_act_that_failed_is_not_sent(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        person = houses.a_person()
        with pytest.raises(ZeroDivisionError), db.transaction():
            mail.enqueue(person, "Subject", WORDS)
            db.session().flush()
            raise ZeroDivisionError
        jobs.run_due()
    assert not (tmp_path / "mail").exists()


@pytest.mark.parametrize(
    "words",
    [
        "confirm",
        "known",
        "unfinished",
        "reset",
        "password_changed",
        "email_change",
        "email_changed",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_each_mail_has_a_subject_words_and_an_absolute_link(
    app: Flask, words: str, language: str
) -> None:
    facts = {"link": "https://passage.example/x", "reset": "https://passage.example/y"}
    with app.app_context():
        person = houses.a_person(language=language)
        with db.transaction():
            mail.write(person, words, days=3, hours=24, new="new@example.org", **facts)
        payload = db.session().scalars(select(Outbox.payload)).one()
    assert payload["subject"]
    assert "\n\n" in payload["text"]
    assert "%(" not in payload["text"]
    assert f"/{language}/" in payload["text"]
    if words not in ("password_changed", "email_changed"):
        assert 'href="https://passage.example/x"' in payload["html"]


class _Postman(socketserver.StreamRequestHandler):
    """As much of a mail server as a client needs (RFC 5321)."""

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                self.server.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))  # type: ignore[attr-defined]
                self.say("250 kept")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def a_postman() -> Iterator[tuple[int, list[bytes]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Postman) as server:
        server.got = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], server.got  # type: ignore[attr-defined]
        server.shutdown()


def test_a_mail_server_gets_the_message_with_both_parts(make_app: Callable[..., Flask]) -> None:
    with a_postman() as (port, got):
        app = make_app(
            MAIL_SERVER="127.0.0.1",
            MAIL_PORT=str(port),
            MAIL_USE_TLS="0",
            MAIL_SENDER="learning@passage.example",
            MAIL_REPLY_TO="unit@passage.example",
        )
        post_one(app, to="a@bücher.example")
        with app.app_context():
            jobs.run_due()
    [content] = got
    message = read(content)
    assert message["To"] == "a@xn--bcher-kva.example"
    assert message["From"] == "Passage <learning@passage.example>"
    assert message["Reply-To"] == "unit@passage.example"
    assert "world & <co>" in part(message, "plain")
    assert "<html" in part(message, "html")


def test_a_mail_server_that_is_silent_is_left_and_tried_again(
    make_app: Callable[..., Flask],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = make_app(
            MAIL_SERVER="127.0.0.1",
            MAIL_PORT=str(silent.getsockname()[1]),
            MAIL_USE_TLS="0",
            MAIL_TIMEOUT="0.2",
        )
        key = post_one(app)
        with app.app_context():
            jobs.run_due()
            job = db.session().get_one(Outbox, key)
            assert job.done_at is None
            assert job.error is not None
            assert "timed out" in job.error.lower()
            assert job.due_at > db.now()


def test_a_mail_that_is_tried_again_is_the_same_mail(app: Flask) -> None:
    key = post_one(app)
    with app.app_context():
        payload = db.session().get_one(Outbox, key).payload
        first, second = mail.compose(payload), mail.compose(payload)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]


def _aged(mail_id: int, days: int, **facts: Any) -> None:
    with db.transaction() as session:
        row = session.get_one(Outbox, mail_id)
        row.created_at = db.now() - timedelta(days=days)
        for name, value in {"done_at": row.created_at, **facts}.items():
            setattr(row, name, value)


def test_a_mail_is_erased_ninety_days_after_it_was_sent(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PIECE", 2)
    with app.app_context():
        person = houses.a_person()
        with db.transaction() as session:
            written = [mail.enqueue(person, f"Number {one}", "Words") for one in range(5)]
            session.flush()
            ids = [one.id for one in written]
        jobs.run_due()
        for mail_id in ids[:3]:
            _aged(mail_id, 91)
        _aged(ids[0], 400, done_at=None, error="no line", attempts=jobs.PATIENCE)
        _aged(ids[3], 89)
        outbox.erase_old()
        outbox.erase_old()
        jobs.run_due()
        rows = select(Outbox.id).where(Outbox.task == outbox.MAIL).order_by(Outbox.id)
        assert houses.anew().scalars(rows).all() == [ids[0], *ids[3:]]
        told = select(AuditEntry).where(AuditEntry.action == "mails.erased")
        assert sum(one.after["count"] for one in houses.anew().scalars(told) if one.after) == 2
        assert len(list((Path(app.config["DATA"]) / "mail").glob("*.eml"))) == 3
