"""Where courses meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint

from app.hookspecs import hookimpl
from app.models import Activity, Person
from app.vocabulary import Kind
from app.web import Link, Panel
from courses import api, views
from courses.service import catalogue, checking, learning, loading, made_up

_ADL = "http://adlnet.gov/expapi/activities/"

KINDS = [
    Kind("course", _ADL + "course", {"en": "course", "fr": "cours", "es": "curso"}),
    Kind(
        "service",
        _ADL + "course",
        {"en": "training on request", "fr": "formation sur demande", "es": "formación a solicitud"},
        tracked=False,
    ),
    Kind(
        "module",
        _ADL + "module",
        {"en": "module", "fr": "module", "es": "módulo"},
        enterable=True,
        award="at_once",
    ),
    Kind("lesson", _ADL + "lesson", {"en": "lesson", "fr": "leçon", "es": "lección"}),
]


@hookimpl
def activity_kinds() -> list[Kind]:
    return KINDS


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint]


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return views.navigation()


@hookimpl
def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    return views.panels(place, person)


@hookimpl
def activity_url(activity: Activity) -> str | None:
    return catalogue.url(activity) if activity.kind in loading.KINDS else None


@hookimpl
def may_learn(person: Person, activity: Activity) -> str | None:
    return learning.refusal(activity)


@hookimpl(tryfirst=True)
def load_content(folder: str) -> Mapping[str, int]:
    return loading.load(Path(folder))


@hookimpl
def check_content(folder: str) -> list[str]:
    return checking.check(Path(folder))


@hookimpl
def demonstration_courses(count: int) -> Sequence[str]:
    return made_up.make(count)
