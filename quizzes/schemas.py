"""What /api/v1 says of quizzes, and what it asks for."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from app import activities, api, web
from quizzes.models import Attempt
from quizzes.service.sheets import Asked, Door, Reviewed


class AnswerGiven(api.Schema):
    """The ids of the options chosen; `revision` of the answer replaced (0: none was kept yet),
    or the same in the header If-Match."""

    given = fields.List(
        fields.String(validate=ma.validate.Length(max=64)),
        required=True,
        validate=ma.validate.Length(max=100),
    )
    revision = fields.Integer(load_default=None, allow_none=True, validate=ma.validate.Range(min=0))


class AnswerKept(api.Schema):
    """An answer as it is kept: a draft until hand-in."""

    given = fields.List(fields.String(), required=True)
    revision = fields.Integer(required=True)
    saved_at = fields.AwareDateTime(allow_none=True)


class AttemptShown(api.Schema):
    """An attempt in short; `score` is 0-1, `seconds` the time worked."""

    number = fields.Integer(required=True)
    registration = fields.UUID(attribute="registration_id")
    started_at = fields.AwareDateTime()
    handed_in_at = fields.AwareDateTime(allow_none=True)
    pass_mark = fields.Float()
    score = fields.Float(allow_none=True)
    passed = fields.Boolean(allow_none=True)
    seconds = fields.Float()


class QuizShown(api.Schema):
    """A quiz and one's attempts at it; `open` is the number of the attempt under way."""

    key = fields.String(required=True)
    title = fields.String()
    introduction = fields.String()
    questions = fields.Integer()
    pass_mark = fields.Float()
    open = fields.Integer(allow_none=True)
    passed = fields.Boolean()
    attempts = fields.List(fields.Nested(AttemptShown))


class OptionShown(api.Schema):
    id = fields.String(required=True)
    text = fields.String(required=True)


class QuestionShown(api.Schema):
    """A question of an attempt, without anything that tells right from wrong."""

    id = fields.String(required=True)
    place = fields.Integer(required=True)
    type = fields.String(required=True)
    prompt = fields.String(required=True)
    options = fields.List(fields.Nested(OptionShown), required=True)
    answer = fields.Nested(AnswerKept, required=True)


class Sheet(AttemptShown):
    """An attempt with its questions, in the order drawn for it."""

    questions = fields.List(fields.Nested(QuestionShown), required=True)


class Cited(api.Schema):
    instrument = fields.String(required=True)
    article = fields.String(required=True)
    short = fields.String(required=True)


class QuestionReviewed(QuestionShown):
    """A question with its mark (0-1), what is right, and why."""

    mark = fields.Float(required=True)
    right = fields.List(fields.String(), required=True)
    feedback = fields.String(required=True)
    cites = fields.List(fields.Nested(Cited), required=True)
    lesson = fields.String(allow_none=True)
    lesson_url = fields.String(allow_none=True)


class Result(AttemptShown):
    """An attempt that was handed in, with the feedback on every question."""

    questions = fields.List(fields.Nested(QuestionReviewed), required=True)


def quiz(door: Door) -> dict[str, Any]:
    return {
        "key": door.activity.key,
        "title": door.title,
        "introduction": door.introduction,
        "questions": door.questions,
        "pass_mark": door.pass_mark,
        "open": door.open.number if door.open else None,
        "passed": door.passed,
        "attempts": door.attempts,
    }


def question(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.name,
        "place": asked.place,
        "type": asked.type,
        "prompt": asked.prompt,
        "options": [{"id": id, "text": text} for id, text in asked.options],
        "answer": {
            "given": list(asked.given),
            "revision": asked.revision,
            "saved_at": asked.saved_at,
        },
    }


def reviewed(one: Reviewed) -> dict[str, Any]:
    return {
        **question(one.asked),
        "mark": one.mark,
        "right": list(one.right),
        "feedback": one.feedback,
        "cites": one.cites,
        "lesson": one.lesson.key if one.lesson else None,
        "lesson_url": web.address(activities.url(one.lesson)) if one.lesson else None,
    }


def in_full(attempt: Attempt, questions: list[dict[str, Any]]) -> dict[str, Any]:
    names = (field.attribute or name for name, field in AttemptShown().fields.items())
    return {**{name: getattr(attempt, name) for name in names}, "questions": questions}
