"""Asking: what completing an edition takes, and which quizzes and modules may be asked."""

from __future__ import annotations

from app import activities
from app.models import Activity


def final_quiz(course: Activity) -> str | None:
    """The key of the quiz that editions of a course ask unless their staff say otherwise: the
    first one that the house offers."""
    offered = activities.of_kind("quiz")
    return offered[0].key if offered else None
