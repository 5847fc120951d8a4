"""Consistent-Through: whoever reads on from it misses nothing, however slow a writer is beside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import db
from app.config import ROOT
from tests.xapi.senders import Sender, a_sender, told
from xapi.service import inbox

THROUGH = "X-Experience-API-Consistent-Through"


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def _said(answer: TestResponse) -> datetime:
    return datetime.fromisoformat(answer.headers[THROUGH])


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        pytest.param(lambda one: one.get(), 200, id="XAPI-00153 list"),
        pytest.param(lambda one: one.get(limit="x"), 400, id="XAPI-00153 bad query"),
        pytest.param(lambda one: one.get(statementId=told()["id"]), 404, id="XAPI-00153 no such"),
        pytest.param(lambda one: one.post(told()), 200, id="2.1.3.s2.b5 POST"),
        pytest.param(lambda one: one.put(told()), 204, id="2.1.3.s2.b5 PUT"),
        pytest.param(lambda one: one.post(b"{"), 400, id="2.1.3.s2.b5 bad body"),
        pytest.param(lambda one: one.post(b" " * 99_000_000), 413, id="2.1.3.s2.b5 too large"),
        pytest.param(
            lambda one: Sender(one.client, "nobody").get(), 401, id="2.1.3.s2.b5 stranger"
        ),
        pytest.param(
            lambda one: one.client.delete("/xapi/statements", headers=one.headers),
            405,
            id="2.1.3.s2.b5 unknown method",
        ),
        pytest.param(
            lambda one: one.client.get("/xapi/statements"), 400, id="2.1.3.s2.b5 no version"
        ),
    ],
)
def test_every_answer_says_that_it_is_recent_while_nobody_writes(
    sender: Sender, ask: Callable[[Sender], TestResponse], code: int
) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    answer = ask(sender)
    assert answer.status_code == code
    assert before <= _said(answer) <= datetime.now(UTC)


def test_an_open_write_holds_it_where_the_write_began(app: Flask, sender: Sender) -> None:
    """Also on SQLite, where its one writer is seen by the lock that it holds."""
    with ThreadPoolExecutor(1) as other, app.app_context():
        with db.transaction():
            received = [inbox.receive(json.dumps(told()), version="1.0.3")]
            inbox.store(received, authority="slow", version="1.0.3")
            stored = db.now()
            time.sleep(0.05)
            said = [_said(other.submit(sender.get).result(30)) for _ in range(2)]
        after = _said(other.submit(sender.get).result(30))
    assert said[0] == said[1] < stored < after


def store_slowly(app: Flask, times: int) -> None:
    """Statements of a writer who takes his time between the moment that he tells and the end."""
    for _ in range(times):
        with app.app_context(), db.transaction():
            received = [inbox.receive(json.dumps(told()), version="1.0.3")]
            inbox.store(received, authority="slow", version="1.0.3")
            time.sleep(0.02)


def follow(sender: Sender, done: Event) -> list[str]:
    """The ids that a reader gets who asks only for what came since the last answer."""
    found: list[str] = []
    since = "2020-01-01T00:00:00Z"
    while True:
        last = done.is_set()
        answer = sender.get(since=since, ascending="true")
        page: Any = answer.json
        found += [one["id"] for one in page["statements"]]
        assert not page["more"]
        since = answer.headers[THROUGH]
        if last:
            return found


_APART = (
    "import sys; from tests.xapi.test_through import store_slowly; from app import create_app;"
    "app = create_app({'DATABASE_URL': sys.argv[1], 'DATA': sys.argv[2], 'ENV': 'testing',"
    " 'SECRET_KEY': 'x' * 40}); store_slowly(app, 25)"
)


def test_who_reads_on_from_it_misses_nothing_and_gets_nothing_twice(
    app: Flask, sender: Sender, database_url: str
) -> None:
    """Beside writers in other threads and in another process."""
    done = Event()
    command = [sys.executable, "-c", _APART, database_url, str(app.config["DATA"])]
    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(follow, Sender(app.test_client(), "sender"), done) for _ in range(2)]
        apart = subprocess.Popen(command, cwd=ROOT)
        writers = [pool.submit(store_slowly, app, 25) for _ in range(2)]
        for one in writers:
            one.result(60)
        assert apart.wait(60) == 0
        done.set()
        followed = [one.result(60) for one in readers]
    every = set(sender.ids(limit=200))
    assert len(every) == 75
    for found in followed:
        assert sorted(found) == sorted(every)
