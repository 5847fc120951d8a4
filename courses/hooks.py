"""Where courses meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.hookspecs import hookimpl
from app.vocabulary import Kind
from courses.service import checking, loading

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


@hookimpl(tryfirst=True)
def load_content(folder: str) -> Mapping[str, int]:
    return loading.load(Path(folder))


@hookimpl
def check_content(folder: str) -> list[str]:
    return checking.check(Path(folder))
