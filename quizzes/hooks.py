"""Where quizzes meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint

from app.hookspecs import hookimpl
from app.models import Activity, Person
from app.vocabulary import Kind
from quizzes import api, views
from quizzes.service import attempts, shelf


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint]


@hookimpl
def activity_kinds() -> list[Kind]:
    return [
        Kind(
            "quiz",
            "http://adlnet.gov/expapi/activities/assessment",
            {"en": "Quiz", "fr": "Questionnaire", "es": "Cuestionario"},
        ),
        Kind(
            "question",
            "http://adlnet.gov/expapi/activities/cmi.interaction",
            {"en": "Question", "fr": "Question", "es": "Pregunta"},
            tracked=False,
        ),
    ]


@hookimpl
def activity_url(activity: Activity) -> str | None:
    if activity.kind == "quiz":
        return f"/quizzes/{activity.key}"
    if activity.kind == "question":
        return f"/quizzes/{activity.key.rpartition('/')[0]}"
    return None


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    return {"quizzes": {"attempts": attempts.export(person)}}


@hookimpl
def forget_person(person: Person) -> None:
    attempts.forget(person)


@hookimpl(trylast=True)
def load_content(folder: str) -> Mapping[str, int]:
    return shelf.load(folder)


@hookimpl
def check_content(folder: str) -> list[str]:
    return shelf.check(folder)
