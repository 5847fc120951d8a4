"""kill -9 of a real server in the middle of saving: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db, plugins, progress, registrations
from app.events import Selection
from app.models import Person, Progress
from quizzes.models import Attempt, Key, Question
from tests.houses import a_person, a_token, bearing, with_content
from tests.killing import Server, serving


@dataclass
class Learner:
    """Someone who answers over a bad line, and knows what was acknowledged."""

    server: Server
    quiz: str
    headers: dict[str, str]
    sent: dict[str, list[str]] = field(default_factory=dict)
    revision: Counter[str] = field(default_factory=Counter)
    waiting: str | None = None
    acknowledged: int = 0

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.server.ask(method, self.quiz + path, body, **self.headers)

    def answer(self, question: str, given: list[str]) -> None:
        """Send an answer. Raises OSError when nothing came back: it is then still waiting."""
        self.sent[question], self.waiting = given, question
        body = {"given": given, "revision": self.revision[question]}
        status, kept = self.call("PUT", f"/attempts/1/answers/{question}", body)
        assert (status, kept.get("given")) == (200, given), kept
        self.revision[question] = kept["revision"]
        self.waiting = None
        self.acknowledged += 1

    def answer_until_the_line_breaks(self, questions: list[dict[str, Any]]) -> None:
        with suppress(OSError):
            for one in cycle(questions):
                self.answer(one["id"], [random.choice(one["options"])["id"]])


@pytest.fixture
def learner(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Learner]:
    """She has begun the module of the unit's own content; the server is running."""
    with_content(app)
    with app.app_context():
        person = a_person()
        secret = a_token(person)
        with db.transaction():
            person = db.session().get_one(Person, person.id)
            module = activities.get("modules/m1")
            registration = registrations.begin(person, module, language="fr")
        quiz = f"/api/v1/registrations/{registration.id}/quizzes/modules/m1/quiz"
    with serving(tmp_path, database_url) as server:
        server.start()
        yield Learner(server, quiz, bearing(secret))


def right_answers(app: Flask) -> dict[str, list[str]]:
    with app.app_context():
        rows = select(Question.name, Key.right).join(Key, Key.question_id == Question.id)
        return {name: list(right) for name, right in db.session().execute(rows)}


def killed_in_the_middle(learner: Learner, questions: list[dict[str, Any]]) -> None:
    """One round: save as fast as she can, kill -9, start again, send again what was unheard."""
    before = learner.acknowledged
    writing = threading.Thread(target=learner.answer_until_the_line_breaks, args=(questions,))
    writing.start()
    time.sleep(random.uniform(0.2, 0.6))
    learner.server.kill()
    writing.join()
    assert learner.acknowledged > before, "nothing was saved before the kill"
    learner.server.start()
    if learner.waiting:
        learner.answer(learner.waiting, learner.sent[learner.waiting])
    shown = learner.call("GET", "/attempts/1")[1]["questions"]
    kept = {one["id"]: one["answer"]["given"] for one in shown if one["answer"]["given"]}
    assert kept == learner.sent


def hand_in_through_a_kill(learner: Learner) -> None:
    """Hand in while the server dies, then twice again."""

    def once() -> None:
        with suppress(OSError):
            learner.call("POST", "/attempts/1/hand-in")

    handing = threading.Thread(target=once)
    handing.start()
    time.sleep(random.uniform(0.0, 0.05))
    learner.server.kill()
    handing.join()
    learner.server.start()
    first = learner.call("POST", "/attempts/1/hand-in")
    assert first == learner.call("POST", "/attempts/1/hand-in")
    assert (first[0], first[1]["score"], first[1]["passed"]) == (200, 1.0, True)


def a_whole_attempt(app: Flask, learner: Learner, rounds: int) -> None:
    assert learner.call("POST", "/attempts")[0] == 201
    questions = learner.call("GET", "/attempts/1")[1]["questions"]
    for _ in range(rounds):
        killed_in_the_middle(learner, questions)
    assert learner.call("POST", "/attempts")[1]["number"] == 1
    for name, right in right_answers(app).items():
        learner.answer(name, right)
    hand_in_through_a_kill(learner)
    learner.server.kill()
    with app.app_context():
        attempt = db.session().scalars(select(Attempt)).one()
        assert attempt.handed_in_at is not None
        kept = list(plugins.ring().stored_events(selection=Selection()))
        told = Counter((one.verb, one.activity) for one in kept if "/quiz" in one.activity)
        asked = {activities.iri(f"modules/m1/quiz/{one['id']}") for one in questions}
        quiz = activities.get("modules/m1/quiz")
        assert told == {("answered", iri): 1 for iri in asked} | {("passed", quiz.iri): 1}
        row = db.session().get(Progress, (attempt.registration_id, quiz.id))
        assert row is not None
        assert (row.status, row.score) == ("passed", 1.0)
    with app.app_context(), db.transaction():
        again = progress.rebuild()
        assert (again.differing, again.surplus) == (0, 0)


def test_a_killed_server_loses_and_doubles_nothing(app: Flask, learner: Learner) -> None:
    a_whole_attempt(app, learner, rounds=1)


@pytest.mark.long
def test_a_server_killed_again_and_again_loses_and_doubles_nothing(
    app: Flask, learner: Learner
) -> None:
    a_whole_attempt(app, learner, rounds=12)
