"""Statements in and out: CPU of one process per statement, without a server in front."""

from __future__ import annotations

import json
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import flask_migrate
from flask import Flask

from app import activities, db, events
from app.events import Result
from app.models import Registration
from tests import databases
from tests.bench import Row
from tests.houses import a_person
from xapi.service import access

NAME = "statements"
SECRET = "a secret of many letters"


def run() -> list[Row]:
    with _house() as app:
        same = _body(50)
        loads = _cpu(lambda: json.loads(same), [None] * 200) / 50
        empty = _cpu(lambda: _call(app, "GET", "/healthz"), [None] * 300)
        one = _cpu(_posting(app), [_body(1) for _ in range(300)])
        many = _cpu(_posting(app), [_body(50) for _ in range(40)]) / 50
        page = _cpu(lambda: _call(app, "GET", "/xapi/statements?limit=100"), [None] * 40) / 100
        kept = _acts(app)
    return [
        Row("single POST", one * 1e6, "µs CPU", "an empty answer", one / empty, "≤ 5 ×"),
        Row("single POST", one * 1e6, "µs CPU", "json.loads", one / loads),
        Row(
            "one of a batch of 50",
            many * 1e6,
            "µs CPU",
            "json.loads",
            many / loads,
            "≤ 10 ×",
        ),
        Row("one of a page of 100", page * 1e6, "µs CPU", "json.loads", page / loads),
        Row("one event of an act, kept", kept * 1e6, "µs CPU", "json.loads", kept / loads),
    ]


@contextmanager
def _house() -> Iterator[Flask]:
    with tempfile.TemporaryDirectory() as folder:
        app = databases.assemble(f"sqlite:///{folder}/passage.db", Path(folder))
        with app.app_context():
            flask_migrate.upgrade()
            with db.transaction():
                access.add(
                    "bench", label="", scopes=["all"], app_key=app.secret_key or "", secret=SECRET
                )
        try:
            yield app
        finally:
            databases.put_away(app)


def _posting(app: Flask) -> Callable[[bytes], None]:
    return lambda body: _call(app, "POST", "/xapi/statements", body)


def _body(count: int) -> bytes:
    """One statement of about 1.1 kB, or a list of them, each with an id of its own."""
    statements = [{**_statement(), "id": str(uuid4())} for _ in range(count)]
    return json.dumps(statements if count > 1 else statements[0], ensure_ascii=False).encode()


def _statement() -> dict[str, Any]:
    names = {"en": "Who is a migrant?", "fr": "Qui est migrant ?", "es": "¿Quién es migrante?"}
    site = "https://elsewhere.example"
    return {
        "actor": {"objectType": "Agent", "account": {"homePage": site, "name": str(uuid4())}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": names},
        "object": {
            "id": f"{site}/activities/modules/m1/quiz/q1",
            "definition": {
                "name": names,
                "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
                "interactionType": "choice",
                "choices": [{"id": one, "description": {"en": one * 20}} for one in "abcd"],
            },
        },
        "result": {"success": True, "response": "a", "duration": "PT12.5S"},
        "context": {
            "registration": str(uuid4()),
            "contextActivities": {
                "parent": [{"id": f"{site}/activities/modules/m1/quiz"}],
                "grouping": [{"id": f"{site}/activities/modules/m1"}],
            },
        },
        "timestamp": "2026-11-21T14:02:03.123456Z",
    }


def _call(app: Flask, method: str, address: str, body: bytes = b"") -> None:
    """One request, past any server and any test client."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": None,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "HTTP_X_EXPERIENCE_API_VERSION": "1.0.3",
        "HTTP_AUTHORIZATION": "Basic " + b64encode(f"bench:{SECRET}".encode()).decode(),
    }
    said: list[str] = []
    answer = app.wsgi_app(environ, lambda status, headers, *_: said.append(status))  # type: ignore[arg-type, return-value]  # as a server would
    b"".join(answer)
    close = getattr(answer, "close", None)
    if close is not None:
        close()
    if not said[0].startswith("200"):
        raise RuntimeError(f"{method} {address}: {said[0]}")


def _acts(app: Flask) -> float:
    """Seconds of CPU for one of the seventeen answers of a quiz that is handed in."""
    with app.app_context():
        with db.transaction():
            module = activities.define("bench", "module", {"en": "Bench"})
            for place in range(17):
                title = {"en": "Who is a migrant?"}
                activities.define(f"bench/{place}", "question", title, parent=module)
            ways = [Registration(person=a_person(), activity=module) for _ in range(31)]
            db.session().add_all(ways)
            db.session().flush()
            ids = [way.id for way in ways]
        return _cpu(_hand_in, ids) / 17


def _hand_in(registration_id: UUID) -> None:
    with db.transaction() as session:
        way = session.get_one(Registration, registration_id)
        questions = activities.children(way.activity)
        result = Result(response="a", success=True)
        events.publish(
            *(
                events.happened("answered", way, language="en", activity=one, result=result)
                for one in questions
            )
        )


def _cpu(act: Callable[..., Any], given: Sequence[Any]) -> float:
    """Seconds of CPU of one call with each of these (None: with nothing), the median."""
    act(*given[:1]) if given[0] is not None else act()
    taken = []
    for one in given[1:]:
        began = time.process_time()
        if one is None:
            act()
        else:
            act(one)
        taken.append(time.process_time() - began)
    return median(taken)
