"""Another store on loopback, which takes or refuses what is forwarded, and targets of a house."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask

from app import db, jobs
from tests.houses import a_person
from xapi.models import Target
from xapi.service import sending, targets

Verdict = tuple[int, str]


class Store:
    """What it was sent, request by request; `judge` says what it answers to the statements of
    one, and nothing is kept of a request that it refuses."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.kept: list[dict[str, Any]] = []
        self.bytes: list[bytes] = []
        self.judge: Callable[[list[dict[str, Any]]], Verdict] = lambda told: (200, "[]")
        self.lines = 0
        self.url = ""

    def hear(self, headers: dict[str, str], body: bytes) -> Verdict:
        self.requests.append(body)
        self.headers.append(headers)
        told = json.loads(body)
        status, answer = self.judge(told)
        if status < 300:
            self.kept += told
            self.bytes.append(body)
        return status, answer

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.kept]


@contextmanager
def a_store() -> Iterator[Store]:
    """One that listens until the block ends."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            store.lines += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {**dict(self.headers.items()), "path": self.path}
            status, answer = store.hear(headers, body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", answer)
            told = answer.encode()
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store.url = f"http://127.0.0.1:{server.server_port}/lrs"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def a_target(app: Flask, endpoint: str, *, beginning: bool = False, **more: Any) -> Any:
    """The id of a new target, made by an administrator."""
    asked: dict[str, Any] = {
        "label": "Ministry",
        "key": "house",
        "version": "1.0.3",
        "verbs": [],
        "activities": [],
        "authorities": [],
        "sends_as": None,
        **more,
    }
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        made = targets.make(
            by,
            endpoint=endpoint,
            secret=asked.pop("secret", "its secret"),
            from_the_beginning=beginning,
            **asked,
        )
        return made.id


def forward(app: Flask) -> None:
    """What the sweeper does each time it looks around."""
    with app.app_context():
        sending.wake()
        jobs.run_due()


def target(app: Flask, target_id: Any) -> Target:
    """The row as it is now."""
    with app.app_context():
        return db.session().get_one(Target, target_id)
