"""A real server under many writers: killed, it loses nothing that it acknowledged and keeps no
batch by half; colliding batches fail nobody."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import content, db
from tests.killing import Server, serving
from tests.xapi.senders import Sender, a_sender, told
from xapi.models import Statement


@pytest.fixture
def sender(app: Flask) -> Sender:
    with app.app_context(), db.transaction():
        content.fix_site()
    return a_sender(app)


@pytest.fixture
def server(app: Flask, sender: Sender, database_url: str, tmp_path: Path) -> Iterator[Server]:
    secret, site = str(app.secret_key), str(app.config["SITE"])
    with serving(tmp_path, database_url, SECRET_KEY=secret, SITE=site) as one:
        one.start()
        yield one


class Writer:
    """Sends batches of one to twenty until the line breaks; knows which were acknowledged."""

    def __init__(self, server: Server, sender: Sender) -> None:
        self.server, self.headers = server, sender.headers
        self.acknowledged: list[list[str]] = []
        self.unheard: list[list[str]] = []

    def write(self, stop: Event) -> None:
        while not stop.is_set():
            batch = [told() for _ in range(random.randint(1, 20))]
            ids = [one["id"] for one in batch]
            try:
                status, _ = self.server.ask("POST", "/xapi/statements", batch, **self.headers)
            except OSError:
                self.unheard.append(ids)
                return
            assert status == 200
            self.acknowledged.append(ids)


def kept(app: Flask) -> set[str]:
    with app.app_context():
        return {str(one) for one in db.session().scalars(select(Statement.statement_id))}


def kill_under_writers(app: Flask, server: Server, sender: Sender, count: int) -> None:
    writers = [Writer(server, sender) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        stop = Event()
        writing = [pool.submit(one.write, stop) for one in writers]
        until = time.monotonic() + 60
        while not any(one.acknowledged for one in writers) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(random.uniform(0.0, 1.0))
        server.kill()
        for one in writing:
            one.result(60)
    there = kept(app)
    acknowledged = [ids for one in writers for ids in one.acknowledged]
    assert acknowledged, "nothing was stored before the kill"
    for ids in acknowledged:
        assert there.issuperset(ids)
    for ids in (ids for one in writers for ids in one.unheard):
        assert there.issuperset(ids) or there.isdisjoint(ids)
    server.start()


def collide(server: Server, sender: Sender, batches: int) -> set[int]:
    """The statuses of batches, over sixteen connections, that share agents, verbs, activities and,
    every third, their ids in another order."""
    common = [_about(place) for place in range(25)]

    def post(number: int) -> int:
        batch: list[Any] = [_about(place) for place in random.sample(range(50), 25)]
        if number % 3 == 0:
            batch += random.sample(common, len(common))
        return server.ask("POST", "/xapi/statements", batch, **sender.headers)[0]

    with ThreadPoolExecutor(16) as pool:
        return set(pool.map(post, range(batches)))


def _about(place: int) -> dict[str, Any]:
    name = {"en": f"Unit {place}", random.choice(["fr", "es"]): f"Unité {random.random()}"}
    return told(
        actor={"mbox": f"mailto:{place % 7}@elsewhere.example"},
        object={"id": f"https://elsewhere.example/{place}", "definition": {"name": name}},
        context={"instructor": {"mbox": f"mailto:{place % 5}@elsewhere.example"}},
    )


def test_a_killed_server_has_kept_what_it_acknowledged(
    app: Flask, server: Server, sender: Sender
) -> None:
    kill_under_writers(app, server, sender, 8)


def test_batches_that_collide_are_kept(server: Server, sender: Sender) -> None:
    assert collide(server, sender, 60) == {200}


@pytest.mark.long
def test_a_server_killed_twenty_times_under_32_writers_has_kept_what_it_acknowledged(
    app: Flask, server: Server, sender: Sender
) -> None:
    for _ in range(20):
        kill_under_writers(app, server, sender, 32)


@pytest.mark.long
def test_a_thousand_batches_that_collide_are_kept(server: Server, sender: Sender) -> None:
    assert collide(server, sender, 1000) == {200}
