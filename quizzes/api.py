"""Quizzes below /api/v1: all that the pages can do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from flask_babel import lazy_gettext as _l

from app import api, web
from app.errors import Invalid
from app.models import Person
from quizzes import schemas
from quizzes.service import answering, attempts, sheets

blueprint = api.Blueprint("quizzes", __name__)

QUIZ = "/registrations/<uuid:registration_id>/quizzes/<path:key>"
ATTEMPT = f"{QUIZ}/attempts/<int(max=99999):number>"


@blueprint.route(QUIZ)
class Quiz(MethodView):
    @blueprint.response(200, schemas.QuizShown)
    @api.needs("read")
    def get(self, registration_id: UUID, key: str, *, person: Person) -> Any:
        """A quiz inside a registration of mine, by the path of its activity ("modules/m1/quiz"),
        with my attempts."""
        registration, quiz = sheets.within(person, registration_id, key)
        language = web.language()
        return schemas.quiz(sheets.door(person, quiz, language=language, registration=registration))


@blueprint.route(f"{QUIZ}/attempts")
class Attempts(MethodView):
    @blueprint.response(201, schemas.AttemptShown)
    @api.needs("learn")
    def post(self, registration_id: UUID, key: str, *, person: Person) -> Any:
        """Begin an attempt; while one is open, this one."""
        registration, quiz = sheets.within(person, registration_id, key)
        language = web.language()
        return attempts.begin(person, quiz, language=language, registration=registration)


@blueprint.route(ATTEMPT)
class Attempt(MethodView):
    @blueprint.response(200, schemas.Sheet)
    @api.needs("read")
    def get(self, registration_id: UUID, key: str, number: int, *, person: Person) -> Any:
        """One of my attempts with its questions and my answers; never what is right."""
        _, quiz = sheets.within(person, registration_id, key)
        attempt = sheets.get_attempt(person, quiz, number)
        asked = sheets.sheet(attempt, language=web.language())
        return schemas.in_full(attempt, [schemas.question(one) for one in asked])


@blueprint.route(f"{ATTEMPT}/answers/<question>")
class Answer(MethodView):
    @blueprint.arguments(schemas.AnswerGiven)
    @blueprint.response(200, schemas.AnswerKept)
    @api.needs("learn")
    def put(
        self,
        given: dict[str, Any],
        registration_id: UUID,
        key: str,
        number: int,
        question: str,
        *,
        person: Person,
    ) -> Any:
        """Keep an answer. Sending the same again changes nothing; 409 with what is kept when it
        was changed elsewhere since that revision, or when the attempt was handed in."""
        _, quiz = sheets.within(person, registration_id, key)
        kept = answering.save(
            person,
            quiz,
            number,
            question,
            given["given"],
            revision=_revision(given["revision"]),
            language=web.language(),
        )
        return kept.answer or {"given": [], "revision": 0, "saved_at": None}


def _revision(said: int | None) -> int:
    """The revision of the body, else of the header If-Match. Raises Invalid without either."""
    if said is not None:
        return said
    header = request.headers.get("If-Match", "").strip('"')
    if not header.isdecimal():
        raise Invalid({"revision": _l("Say which revision of the answer this replaces (0: none).")})
    return int(header)


@blueprint.route(f"{ATTEMPT}/hand-in")
class HandIn(MethodView):
    @blueprint.response(200, schemas.AttemptShown)
    @api.needs("learn")
    def post(self, registration_id: UUID, key: str, number: int, *, person: Person) -> Any:
        """Hand in an attempt. Again: the same answer, and nothing happens a second time."""
        _, quiz = sheets.within(person, registration_id, key)
        return attempts.hand_in(person, quiz, number, language=web.language())


@blueprint.route(f"{ATTEMPT}/result")
class Result(MethodView):
    @blueprint.response(200, schemas.Result)
    @api.needs("read")
    def get(self, registration_id: UUID, key: str, number: int, *, person: Person) -> Any:
        """The result of an attempt with feedback on every question; 409 before hand-in."""
        _, quiz = sheets.within(person, registration_id, key)
        attempt = sheets.get_attempt(person, quiz, number)
        shown = sheets.review(attempt, language=web.language())
        return schemas.in_full(attempt, [schemas.reviewed(one) for one in shown])
