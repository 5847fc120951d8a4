"""Tables of quizzes: what is asked, its key apart from it, and attempts with their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models import Registration


class Quiz(Base):
    """What an activity of the kind quiz asks for. `pass_mark` is 0-1; `settings` as in
    questions.SETTINGS."""

    __tablename__ = "quizzes_quiz"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    pass_mark: Mapped[float]
    introduction: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Question(Base):
    """One version of a question, never changed: a change is a new version, so that an attempt
    shows what was asked then. `shown` holds nothing that tells right from wrong."""

    __tablename__ = "quizzes_question"
    __table_args__ = (UniqueConstraint("activity_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes_quiz.activity_id"), index=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(16))
    position: Mapped[int]
    shown: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class Key(Base):
    """What is right in a version of a question, and why: read when an attempt is handed in."""

    __tablename__ = "quizzes_key"

    question_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes_question.id"), primary_key=True)
    right: Mapped[list[Any]]
    feedback: Mapped[dict[str, Any]]
    cites: Mapped[list[Any]]


class Attempt(Base):
    """One person's way through a quiz. `number` counts hers, from 1, over all registrations.

    `drawn` is what it asks, in order, drawn from `seed`: [[question id, [option id, …]], …].
    `seconds` counts the time between her acts, long pauses left out; `pass_mark` and `score`
    are 0-1.
    """

    __tablename__ = "quizzes_attempt"
    __table_args__ = (
        UniqueConstraint("person_id", "quiz_id", "number"),
        Index(
            "uq_quizzes_attempt_open",
            "registration_id",
            "quiz_id",
            unique=True,
            sqlite_where=text("handed_in_at IS NULL"),
            postgresql_where=text("handed_in_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes_quiz.activity_id"), index=True)
    number: Mapped[int]
    seed: Mapped[int]
    drawn: Mapped[list[Any]]
    pass_mark: Mapped[float]
    score: Mapped[float | None]
    passed: Mapped[bool | None]
    seconds: Mapped[float] = mapped_column(default=0.0)
    started_at: Mapped[datetime] = mapped_column(default=now)
    touched_at: Mapped[datetime] = mapped_column(default=now)
    handed_in_at: Mapped[datetime | None]

    registration: Mapped[Registration] = relationship()

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was done in it since it began."""
        return self.touched_at == self.started_at


class Answer(Base):
    """What was given to a question of an attempt, as it was given: a draft until hand-in.

    `revision` grows with each change, so that an older tab cannot overwrite; `mark` is 0-1.
    """

    __tablename__ = "quizzes_answer"

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes_attempt.id"), primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes_question.id"), primary_key=True)
    given: Mapped[list[Any]]
    revision: Mapped[int]
    language: Mapped[str] = mapped_column(String(2))
    mark: Mapped[float | None]
    saved_at: Mapped[datetime]
