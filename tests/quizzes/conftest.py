"""A module with a quiz, a person who has begun it, and the right answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import activities, db, registrations
from app.models import Activity, Person, Registration
from quizzes.models import Key, Question
from quizzes.service import shelf
from tests.houses import a_person, a_token, bearing, signed_in

LANGUAGES = ("en", "fr", "es")


def words(text: str) -> dict[str, str]:
    return {language: f"{text} ({language})" for language in LANGUAGES}


def write_quiz(folder: Path, facts: dict[str, Any], said: dict[str, dict[str, Any]]) -> Path:
    """The files of a content folder with one module, m1, and this quiz."""
    module = folder / "modules" / "m1"
    module.mkdir(parents=True, exist_ok=True)
    (module / "module.json").write_text(json.dumps({"id": "m1", "lessons": [{"id": "l1"}]}))
    (module / "quiz.json").write_text(json.dumps(facts))
    for language, file in said.items():
        (module / f"quiz.{language}.json").write_text(json.dumps(file))
    short = {language: {"short": "ICCPR", "title": "The Covenant"} for language in LANGUAGES}
    (folder / "instruments.json").write_text(json.dumps({"iccpr": short}))
    return folder


def small_quiz(right: str = "a") -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Four questions, of each type, and their words; `right` is right where one is."""

    def option(id: str, correct: bool) -> dict[str, Any]:
        return {"id": id, "correct": correct}

    def single(name: str) -> dict[str, Any]:
        options = [option(id, id == right) for id in "abc"]
        cites = [{"instrument": "iccpr", "article": "12(2)"}]
        return {"id": name, "type": "single", "lesson": "l1", "options": options, "cites": cites}

    many = [option("a", right == "a"), option("b", right != "a"), option("c", True)]
    facts = {
        "id": "quiz",
        "pass_mark": 0.7,
        "questions": [
            single("q1"),
            {"id": "q2", "type": "multiple", "options": many, "cites": []},
            {
                "id": "q3",
                "type": "true_false",
                "options": [option("a", right == "a"), option("b", right != "a")],
                "cites": [],
            },
            single("q4"),
        ],
    }
    said = {language: _said(facts, language) for language in LANGUAGES}
    return facts, said


def _said(facts: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "title": f"A small quiz ({language})",
        "introduction": f"Four questions ({language})",
        "questions": {
            one["id"]: {
                "prompt": f"What of {one['id']}? ({language})",
                "options": {
                    option["id"]: f"option {option['id']} of {one['id']} ({language})"
                    for option in one["options"]
                },
                "feedback": f"Because of {one['id']} ({language})",
            }
            for one in facts["questions"]
        },
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_quiz(tmp_path / "content", *small_quiz())


@dataclass
class Room:
    """A house with the small quiz, and a learner who has begun its module."""

    app: Flask
    folder: Path
    person: Person
    module: Activity
    quiz: Activity
    registration: Registration
    client: FlaskClient
    headers: dict[str, str]
    api: str

    def call(self, method: str, path: str = "", **more: Any) -> Any:
        """An answer of the API about the quiz, as this learner."""
        more["headers"] = {**self.headers, **more.pop("headers", {})}
        with self.app.app_context():  # a request of its own: nothing of the test's reaches it
            return self.client.open(self.api + path, method=method, **more)

    def page(self, path: str = "", *, method: str = "GET", lang: str = "en", **more: Any) -> Any:
        """A page of the quiz, as this learner sees it."""
        with self.app.app_context():
            path = f"/{lang}/quizzes/modules/m1/quiz{path}"
            return self.client.open(path, method=method, **more)

    def right(self, name: str) -> list[str]:
        """What is right in the question of this name."""
        key = select(Key.right).join(Question, Question.id == Key.question_id)
        rows = key.where(Question.name == name, Question.retired_at.is_(None))
        return list(db.session().scalars(rows).one())

    def answer(self, number: int, name: str, given: list[str], revision: int = 0) -> Any:
        path = f"/attempts/{number}/answers/{name}"
        return self.call("PUT", path, json={"given": given, "revision": revision})


@pytest.fixture
def room(app: Flask, folder: Path) -> Iterator[Room]:
    with app.app_context():
        with db.transaction():
            module = activities.define(
                "modules/m1",
                "module",
                words("The module"),
                rule={"completed": activities.iri("modules/m1/quiz")},
            )
            shelf.load(str(folder))
        person = a_person()
        secret = a_token(person)
        with db.transaction():
            registration = registrations.begin(person, module, language="fr")
        yield Room(
            app,
            folder,
            person,
            module,
            activities.get("modules/m1/quiz"),
            registration,
            signed_in(app.test_client(), person),
            bearing(secret),
            f"/api/v1/registrations/{registration.id}/quizzes/modules/m1/quiz",
        )
