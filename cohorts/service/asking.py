"""Asking: which quizzes and modules may be asked for, and whether what is asked can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app import activities, identity
from app.identity import Refused
from app.models import Activity
from cohorts import rules


def final_quiz(course: Activity) -> str | None:
    """The key of the quiz that editions of a course ask unless their staff say otherwise: the
    first one that the house offers."""
    offered = quizzes()
    return offered[0].key if offered else None


def quizzes() -> Sequence[Activity]:
    return activities.of_kind("quiz")


def modules() -> list[Activity]:
    """The modules that can be completed (those in preparation cannot)."""
    return [one for one in activities.of_kind("module") if one.rule is not None]


def check(asks: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked (see rules.py), as it is kept. Raises Invalid by field."""
    checks = identity.Checks()
    quiz = checks.take("quiz", _known, asks.get("quiz"), quizzes())
    least = asks.get("minimum")
    asked = {
        "attendance": checks.take("attendance", _share, asks.get("attendance")),
        "quiz": quiz,
        "minimum": checks.take("minimum", _share, rules.MINIMUM if least is None else least),
        "modules": checks.take("modules", _modules, asks.get("modules") or ()),
    }
    checks.done()
    return asked if quiz else {**asked, "minimum": None}


def _share(value: float | None) -> float | None:
    if value is not None and not 0.01 <= value <= 1:
        raise Refused(_l("Enter a number from 1 to 100."))
    return value


def _known(key: str | None, offered: Sequence[Activity]) -> str | None:
    if key and key not in {one.key for one in offered}:
        raise Refused(_l("Choose one of these."))
    return key or None


def _modules(keys: Sequence[str]) -> list[str]:
    offered = [one.key for one in modules()]
    if set(keys) - set(offered):
        raise Refused(_l("Choose one of these."))
    return [key for key in offered if key in keys]
