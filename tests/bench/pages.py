"""What pages cost: CPU of a request to the catalogue, a course, a module and a lesson.

Requests go through the whole app in this process, without a server; the peer is an empty Flask
answer in the same run, the rounds interleaved.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient

from app import auth, content, create_app, db
from tests.bench import Row

NAME = "pages"

MODULE = "/fr/courses/introduction-to-international-migration-law"
ROUNDS, REQUESTS = 15, 20


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        house = _house(Path(folder))
        visitor, learner = house.test_client(), _learner(house)
        empty = _empty().test_client()
        pages: dict[str, tuple[Callable[[], object], str]] = {
            "empty Flask answer": (lambda: empty.get("/"), ""),
            "catalogue, anonymous": (lambda: visitor.get("/fr/courses"), "≤ 1 ms"),
            "catalogue, rendered anew": (lambda: visitor.get("/fr/courses?x"), ""),
            "course, anonymous": (lambda: visitor.get("/fr/courses/iml-geneva"), "≤ 1 ms"),
            "module, anonymous": (lambda: visitor.get(MODULE), "≤ 1 ms"),
            "module, learner": (lambda: learner.get(MODULE), "≤ 8 ms"),
            "lesson, learner": (lambda: learner.get(f"{MODULE}/l2"), "≤ 8 ms"),
            "home, learner": (lambda: learner.get("/fr/"), "≤ 8 ms"),
            "my learning": (lambda: learner.get("/fr/my"), "≤ 8 ms"),
        }
        figures = _measure({name: ask for name, (ask, _) in pages.items()})
    peer = figures["empty Flask answer"]
    return [
        Row(name, figures[name], "ms CPU", "an empty Flask answer", figures[name] / peer, goal)
        for name, (_, goal) in pages.items()
    ]


def _measure(asks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Milliseconds of CPU a request: the median of interleaved rounds, after one to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(ROUNDS + 1):
        for name, ask in asks.items():
            began = time.process_time()
            for _ in range(REQUESTS):
                ask()
            taken[name].append((time.process_time() - began) * 1000 / REQUESTS)
    return {name: median(times[1:]) for name, times in taken.items()}


def _house(folder: Path) -> Flask:
    house = create_app({"ENV": "testing", "DATA": folder, "SECRET_KEY": "not-secret"})
    house.config["WTF_CSRF_CHECK_DEFAULT"] = False
    with house.app_context():
        flask_migrate.upgrade()
        with db.transaction():
            content.fix_site()
            content.load()
    return house


def _learner(house: Flask) -> FlaskClient:
    """Somebody who has done the first lesson."""
    client = house.test_client()
    with house.app_context(), db.transaction():
        person = auth.datastore.create_user(email="a@example.org", confirmed_at=db.now())
        known = person.fs_uniquifier
    with client.session_transaction() as session:
        session.update({"_user_id": known, "_fresh": True, "fs_cc": "set"})
    for path in (MODULE, f"{MODULE}/l1"):
        answer = client.post(path)
        assert answer.status_code == 302, answer.status_code
    return client


def _empty() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "")
    return app
