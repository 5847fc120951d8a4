"""A whole quiz attempt as its caller makes it: view, start, ten answers, hand-in and review."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app import activities, db, registrations
from app.models import Person
from quizzes.models import Key, Question
from quizzes.service import shelf
from tests import houses
from tests.bench.callers import Caller

Right = Mapping[str, Sequence[str]]
"""The options that are right, by the name of the question."""


def prepare() -> Right:
    """Ten of the module's questions are asked; what is right in them."""
    with db.transaction() as session:
        quiz = activities.get("modules/m1/quiz")
        for row in shelf.current(quiz)[10:]:
            row.retired_at = db.now()
        rows = session.execute(
            select(Question.name, Key.right).join(Key, Key.question_id == Question.id)
        )
        return {name: list(right) for name, right in rows}


def a_learner() -> Person:
    """Somebody new, who has just begun the module."""
    person = houses.a_person()
    with db.transaction() as session:
        person = session.get_one(Person, person.id)
        registrations.begin(person, activities.get("modules/m1"), language="en")
    return person


def by_api(ask: Caller, registration: object, right: Right) -> None:
    """As a program asks, which bears a token."""
    path = f"/api/v1/registrations/{registration}/quizzes/modules/m1/quiz"
    ask("GET", path)
    ask("POST", f"{path}/attempts")
    shown = ask("GET", f"{path}/attempts/1").json["questions"]
    for one in shown:
        body = {"given": right[one["id"]], "revision": 0}
        ask("PUT", f"{path}/attempts/1/answers/{one['id']}", json=body)
    ask("POST", f"{path}/attempts/1/hand-in")
    ask("GET", f"{path}/attempts/1/result")


def by_pages(ask: Caller) -> None:
    """As a browser asks: the page of the first question has the others too (quiz.js)."""
    path = "/en/quizzes/modules/m1/quiz"
    asked = {"Accept": "application/json"}
    ask("GET", path)
    ask("POST", f"{path}/attempts")
    page = ask("GET", f"{path}/attempts/1/questions/1").text
    fields = dict(_FIELDS.findall(page), **{"1": page.partition("<template")[0]})
    for place in range(1, 11):
        body = {"given": _OPTION.findall(fields[str(place)])[:1], "revision": 0}
        ask("POST", f"{path}/attempts/1/questions/{place}", data=body, headers=asked)
    ask("GET", f"{path}/attempts/1")
    ask("POST", f"{path}/attempts/1/hand-in")
    ask("GET", f"{path}/attempts/1/result")


_FIELDS = re.compile(r'<template data-place="(\d+)"(.*?)</template>', re.DOTALL)
_OPTION = re.compile(r'name="given" value="([^"]+)"')
