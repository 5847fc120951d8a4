"""Sheets: what a person sees of a quiz, of an attempt, and, once handed in, of its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, bindparam, func, select

from app import activities, content, db, registrations
from app.errors import Conflict, NotFound
from app.models import Activity, Person, Registration, activity_id
from app.vocabulary import say
from quizzes.models import Answer, Attempt, Key, Question, Quiz


@dataclass(frozen=True, slots=True)
class Door:
    """A quiz as its start page shows it: `registration` is None before its module is begun."""

    activity: Activity
    title: str
    introduction: str
    questions: int
    pass_mark: float
    registration: Registration | None
    attempts: Sequence[Attempt]

    @property
    def open(self) -> Attempt | None:
        """The attempt that is not handed in yet, of a registration that is still open."""
        here = self.registration.id if self.registration else None
        left = (one for one in self.attempts if one.handed_in_at is None)
        return next((one for one in left if one.registration_id == here), None)

    @property
    def passed(self) -> bool:
        return any(one.passed for one in self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of an attempt: what is shown of it and what was given, never what is right.

    `place` counts from 1; `revision` is 0 until something is kept.
    """

    place: int
    name: str
    type: str
    prompt: str
    options: tuple[tuple[str, str], ...]
    given: tuple[str, ...]
    revision: int
    saved_at: datetime | None

    @property
    def words(self) -> list[str]:
        """What was given, in words, in the order shown."""
        return [words for id, words in self.options if id in self.given]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cite:
    """A place in an instrument: its short name in the reader's language, and the article."""

    instrument: str
    article: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A question of an attempt that was handed in: with its mark, its key and why."""

    asked: Asked
    mark: float
    right: tuple[str, ...]
    feedback: str
    cites: tuple[Cite, ...]
    lesson: Activity | None

    def judgement(self, option: str) -> str:
        """ "right" or "wrong" for what was chosen, "missed" for what was right and was not."""
        if option in self.asked.given:
            return "right" if option in self.right else "wrong"
        return "missed" if option in self.right else ""


def get_quiz(key: str) -> Activity:
    """The quiz at a path ("modules/m1/quiz"). Raises NotFound."""
    found = activities.find(key)
    if found is None or found.kind != "quiz":
        raise NotFound(_l("There is no such quiz."))
    return found


def within(person: Person, registration_id: UUID, key: str) -> tuple[Registration, Activity]:
    """Her registration and a quiz that stands inside its activity. Raises NotFound."""
    registration = registrations.get(person, registration_id)
    quiz = get_quiz(key)
    here: Activity | None = quiz
    while here is not None:
        if registration.activity_id in (here.id, here.parent_id):
            return registration, quiz
        here = db.session().get(Activity, here.parent_id) if here.parent_id else None
    raise NotFound(_l("There is no such quiz in this registration."))


def surroundings(person: Person, quiz: Activity) -> tuple[Activity | None, Registration | None]:
    """What the quiz is a part of, and her open registration of it, if there are any."""
    registration = registrations.around(person, quiz)
    if registration is not None:
        return registration.activity, registration
    return activities.by_id(quiz.parent_id), None


def door(
    person: Person, quiz: Activity, *, language: str, registration: Registration | None = None
) -> Door:
    """What the start page of a quiz says; with a registration, of that one alone."""
    facts = db.session().get_one(Quiz, quiz.id)
    attempts = select(Attempt).where(Attempt.person_id == person.id, Attempt.quiz_id == quiz.id)
    if registration is not None:
        attempts = attempts.where(Attempt.registration_id == registration.id)
    asked = select(func.count()).where(Question.quiz_id == quiz.id, Question.retired_at.is_(None))
    return Door(
        activity=quiz,
        title=say(quiz.titles, language),
        introduction=say(facts.introduction, language),
        questions=db.session().scalar(asked) or 0,
        pass_mark=facts.pass_mark,
        registration=registration or registrations.around(person, quiz),
        attempts=db.session().scalars(attempts.order_by(Attempt.number)).all(),
    )


def get_attempt(person: Person, quiz: Activity, number: int) -> Attempt:
    """One of her attempts. Raises NotFound."""
    keys = {"person": person.id, "quiz": quiz.id, "number": number}
    found = db.session().scalar(_ATTEMPT, keys)
    if found is None:
        raise NotFound(_l("There is no such attempt."))
    return found


_ATTEMPT = select(Attempt).where(
    Attempt.person_id == bindparam("person"),
    Attempt.quiz_id == bindparam("quiz"),
    Attempt.number == bindparam("number"),
)


def sheet(
    attempt: Attempt, *, language: str, answers: Mapping[UUID, Answer] | None = None
) -> list[Asked]:
    """Every question of an attempt in its order, as it was when the attempt began. `answers` are
    those of answers_of, where the caller has them already."""
    known = questions_of(attempt)
    given = answers_of(attempt) if answers is None else answers
    return [
        _asked(place, known[UUID(id)], order, given.get(UUID(id)), language)
        for place, (id, order) in enumerate(attempt.drawn, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a question as plain values (models.Question), which never change."""

    id: UUID
    activity_id: UUID
    version: int
    name: str
    type: str
    shown: dict[str, Any]


def questions_of(attempt: Attempt) -> dict[UUID, Version]:
    """The questions of an attempt, as they were when it began, in its order."""
    ids = [UUID(id) for id, _ in attempt.drawn]
    known = content.keep_in_mind(
        f"quizzes {attempt.quiz_id}", lambda: _versions(Question.quiz_id == attempt.quiz_id)
    )
    if not known.keys() >= set(ids):
        known = _versions(Question.id.in_(ids))
    return {id: known[id] for id in ids}


def _versions(where: ColumnElement[bool]) -> dict[UUID, Version]:
    columns = (getattr(Question, name) for name in Version.__slots__)
    rows = db.session().execute(select(*columns).where(where))
    return {row.id: Version(*row) for row in rows}


def answers_of(attempt: Attempt, *, anew: bool = False) -> dict[UUID, Answer]:
    """The kept answers of an attempt by question; `anew` reads them again, after a lock."""
    options = {"populate_existing": anew}
    rows = db.session().scalars(_ANSWERS, {"attempt": attempt.id}, execution_options=options)
    return {row.question_id: row for row in rows}


_ANSWERS = select(Answer).where(Answer.attempt_id == bindparam("attempt"))


def _asked(
    place: int, question: Version, order: Sequence[str], answer: Answer | None, language: str
) -> Asked:
    words = {one["id"]: say(one["words"], language) for one in question.shown["options"]}
    return Asked(
        place=place,
        name=question.name,
        type=question.type,
        prompt=say(question.shown["prompt"], language),
        options=tuple((id, words[id]) for id in order),
        given=tuple(answer.given) if answer else (),
        revision=answer.revision if answer else 0,
        saved_at=answer.saved_at if answer else None,
    )


def review(attempt: Attempt, *, language: str) -> list[Reviewed]:
    """Every question with its mark, its key and its feedback. Raises Conflict before hand-in."""
    if attempt.handed_in_at is None:
        raise Conflict(_l("This attempt has not been handed in yet."))
    known = questions_of(attempt)
    keys = keys_of(known)
    given = answers_of(attempt)
    lessons = _lessons(attempt, known.values())
    found = []
    for place, (id, order) in enumerate(attempt.drawn, start=1):
        question, key, answer = known[UUID(id)], keys[UUID(id)], given.get(UUID(id))
        found.append(
            Reviewed(
                asked=_asked(place, question, order, answer, language),
                mark=(answer.mark or 0.0) if answer else 0.0,
                right=tuple(key.right),
                feedback=say(key.feedback, language),
                cites=tuple(_cite(one, language) for one in key.cites),
                lesson=lessons.get(question.shown.get("lesson")),
            )
        )
    return found


def keys_of(ids: Iterable[UUID]) -> dict[UUID, Key]:
    rows = db.session().scalars(select(Key).where(Key.question_id.in_(list(ids))))
    return {row.question_id: row for row in rows}


def _cite(one: dict[str, Any], language: str) -> Cite:
    return Cite(
        instrument=one["instrument"], article=one["article"], short=say(one["short"], language)
    )


def _lessons(attempt: Attempt, asked: Iterable[Version]) -> dict[str | None, Activity]:
    """The lessons of the same module that questions refer to, while they are offered, by name."""
    quiz = db.session().get_one(Activity, attempt.quiz_id)
    module = quiz.key.rpartition("/")[0]
    names = {name for one in asked if (name := one.shown.get("lesson"))}
    ids = {name: activity_id(activities.iri(f"{module}/{name}")) for name in names}
    known = activities.several(ids.values())
    return {
        name: known[one]
        for name, one in ids.items()
        if one in known and known[one].retired_at is None
    }
