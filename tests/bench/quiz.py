"""A whole quiz attempt: CPU of the process for view, start, ten answers, hand-in and review."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import select

from app import activities, db, registrations
from app.models import Person
from quizzes.models import Key, Question
from quizzes.service import shelf
from tests import databases, houses
from tests.bench import Row

NAME = "quiz"
ATTEMPTS = 30
GOAL = "at most 40 ms"


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        app = databases.assemble(f"sqlite:///{folder}/passage.db", Path(folder))
        with app.app_context():
            flask_migrate.upgrade()
        houses.with_content(app)
        right = prepare(app)
        api = _measure(app, _by_api, right)
        pages = _measure(app, by_pages, right, cookie=True)
        databases.put_away(app)
    return [
        Row("attempt through /api/v1", api, "ms CPU", "Moodle's 461 ms", api / 461, GOAL),
        Row("attempt as pages", pages, "ms CPU", "Moodle's 461 ms", pages / 461, GOAL),
    ]


def prepare(app: Flask) -> dict[str, list[str]]:
    """Ten of the module's questions are asked; what is right in them."""
    with app.app_context(), db.transaction():
        quiz = activities.get("modules/m1/quiz")
        for row in shelf.current(quiz)[10:]:
            row.retired_at = db.now()
    with app.app_context():
        rows = select(Question.name, Key.right).join(Key, Key.question_id == Question.id)
        return {name: list(right) for name, right in db.session().execute(rows)}


def _measure(
    app: Flask, attempt: Callable[..., None], right: dict[str, list[str]], *, cookie: bool = False
) -> float:
    """Median milliseconds of CPU (this process: app and SQLite) of attempts by new learners."""
    taken = []
    for _ in range(ATTEMPTS):
        with app.app_context():
            person = houses.a_person()
            secret = houses.a_token(person)
            client = houses.signed_in(app.test_client(), person)
            with db.transaction():
                person = db.session().get_one(Person, person.id)
                module = activities.get("modules/m1")
                registration = registrations.begin(person, module, language="en")
            path = f"/api/v1/registrations/{registration.id}/quizzes/modules/m1/quiz"
        # Who bears a token brings no cookie, and the other way round.
        ask = asking(client if cookie else app.test_client())
        began = time.process_time()
        attempt(ask, path, houses.bearing(secret), right)
        taken.append((time.process_time() - began) * 1000)
    return sorted(taken)[len(taken) // 2]


def a_learner(app: Flask) -> Callable[..., Any]:
    """What somebody new, who has just begun the module, asks with her cookie."""
    with app.app_context():
        person = houses.a_person()
        client = houses.signed_in(app.test_client(), person)
        with db.transaction():
            person = db.session().get_one(Person, person.id)
            registrations.begin(person, activities.get("modules/m1"), language="en")
    return asking(client)


def asking(client: Any) -> Callable[..., Any]:
    def ask(method: str, path: str, **more: Any) -> Any:
        answer = client.open(path, method=method, **more)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code}")
        return answer

    return ask


def _by_api(
    ask: Callable[..., Any], path: str, headers: dict[str, str], right: dict[str, list[str]]
) -> None:
    ask("GET", path, headers=headers)
    ask("POST", f"{path}/attempts", headers=headers)
    shown = ask("GET", f"{path}/attempts/1", headers=headers).json["questions"]
    for one in shown:
        body = {"given": right[one["id"]], "revision": 0}
        ask("PUT", f"{path}/attempts/1/answers/{one['id']}", json=body, headers=headers)
    ask("POST", f"{path}/attempts/1/hand-in", headers=headers)
    ask("GET", f"{path}/attempts/1/result", headers=headers)


def by_pages(
    ask: Callable[..., Any], _: str, headers: dict[str, str], right: dict[str, list[str]]
) -> None:
    """As a browser asks: each answer that is kept brings the next question along (quiz.js)."""
    path = "/en/quizzes/modules/m1/quiz"
    asked = {"Accept": "application/json"}
    options = re.compile(r'name="given" value="([^"]+)"')
    ask("GET", path)
    ask("POST", f"{path}/attempts")
    ask("GET", f"{path}/attempts/1/resume")
    page = ask("GET", f"{path}/attempts/1/questions/1").text
    for place in range(1, 11):
        body = {"given": options.findall(page)[:1], "revision": 0}
        kept = ask("POST", f"{path}/attempts/1/questions/{place}", data=body, headers=asked)
        page = kept.json["page"]
    ask("GET", f"{path}/attempts/1")
    ask("POST", f"{path}/attempts/1/hand-in")
    ask("GET", f"{path}/attempts/1/result")
