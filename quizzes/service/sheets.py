"""Sheets: what a person sees of a quiz, of an attempt, and, once handed in, of its result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import joinedload

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
    found = activities.remembered(activity_id(activities.iri(key)))
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
        here = activities.remembered(here.parent_id)
    raise NotFound(_l("There is no such quiz in this registration."))


def surroundings(
    person: Person, quiz: Activity, attempt: Attempt | None = None
) -> tuple[Activity | None, Registration | None]:
    """What the quiz is a part of, and her open registration of it, if there are any: that of the
    attempt, where one is given."""
    registration = attempt.registration if attempt else None
    if registration is not None and registration.closed_at is None:
        return activities.remembered(registration.activity_id), registration
    registration = registrations.around(person, quiz)
    if registration is not None:
        return registration.activity, registration
    return activities.remembered(quiz.parent_id), None


def door(
    person: Person, quiz: Activity, *, language: str, registration: Registration | None = None
) -> Door:
    """What the start page of a quiz says; with a registration, of that one alone."""
    facts = paper(quiz.id)
    here = registration.id if registration else None
    keys = {"person": person.id, "quiz": quiz.id, "registration": here}
    return Door(
        activity=quiz,
        title=say(quiz.titles, language),
        introduction=say(facts.introduction, language),
        questions=len(facts.current),
        pass_mark=facts.pass_mark,
        registration=registration or registrations.around(person, quiz),
        attempts=db.session().scalars(_HERS if here is None else _WITHIN, keys).all(),
    )


_HERS = (
    select(Attempt)
    .where(Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz"))
    .order_by(Attempt.number)
)
_WITHIN = _HERS.where(Attempt.registration_id == bindparam("registration"))


def get_attempt(person: Person, quiz: Activity, number: int) -> Attempt:
    """One of her attempts. Raises NotFound."""
    keys = {"person": person.id, "quiz": quiz.id, "number": number}
    found = db.session().scalar(_ATTEMPT, keys)
    if found is None:
        raise NotFound(_l("There is no such attempt."))
    return found


_ATTEMPT = (
    select(Attempt)
    .where(
        Attempt.person_id == bindparam("person"),
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.number == bindparam("number"),
    )
    .options(joinedload(Attempt.registration, innerjoin=True))
)


@dataclass(frozen=True, slots=True)
class Given:
    """What was given to a question of an attempt, as plain values (models.Answer)."""

    question_id: UUID
    given: list[str]
    revision: int
    language: str
    mark: float | None
    saved_at: datetime


def sheet(
    attempt: Attempt, *, language: str, answers: Mapping[UUID, Given] | None = None
) -> list[Asked]:
    """Every question of an attempt in its order, as it was when the attempt began. `answers` are
    those of answers_of, where the caller has them already."""
    given = answers_of(attempt) if answers is None else answers
    return [
        _asked(place, question, order, given.get(question.id), language)
        for place, (question, order) in enumerate(_drawn(attempt), start=1)
    ]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a question as plain values (models.Question), which never change but for its
    place and its retirement."""

    id: UUID
    activity_id: UUID
    version: int
    name: str
    type: str
    shown: dict[str, Any]
    position: int
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A quiz as plain values: its facts (models.Quiz), the questions that a new attempt would ask,
    in their order, and every version of each by the name that `drawn` says."""

    pass_mark: float
    introduction: dict[str, Any]
    settings: dict[str, Any]
    current: list[Version]
    versions: dict[str, Version]


def paper(quiz_id: UUID) -> Paper:
    """A quiz as it stands now, kept in mind until the content changes."""
    return content.keep_in_mind(f"quizzes {quiz_id}", lambda: _paper(quiz_id))


def _paper(quiz_id: UUID) -> Paper:
    facts = db.session().get_one(Quiz, quiz_id)
    versions = _versions(Question.quiz_id == quiz_id)
    offered = [one for one in versions.values() if one.retired_at is None]
    current = sorted(offered, key=lambda one: (one.position, one.name))
    return Paper(facts.pass_mark, facts.introduction, facts.settings, current, versions)


def _versions(where: ColumnElement[bool]) -> dict[str, Version]:
    columns = (getattr(Question, name) for name in Version.__slots__)
    rows = db.session().execute(select(*columns).where(where))
    return {str(row.id): Version(*row) for row in rows}


def _drawn(attempt: Attempt) -> list[tuple[Version, list[str]]]:
    """The questions of an attempt, as they were when it began, with their options, in order."""
    known = paper(attempt.quiz_id).versions
    if any(id not in known for id, _ in attempt.drawn):  # begun by a newer content meanwhile
        known = _versions(Question.id.in_([UUID(id) for id, _ in attempt.drawn]))
    return [(known[id], order) for id, order in attempt.drawn]


def questions_of(attempt: Attempt) -> dict[UUID, Version]:
    """The questions of an attempt, as they were when it began, in its order."""
    return {question.id: question for question, _ in _drawn(attempt)}


def answers_of(attempt: Attempt) -> dict[UUID, Given]:
    """The kept answers of an attempt by question."""
    rows = db.session().connection().execute(_ANSWERS, {"attempt": attempt.id})
    return {row.question_id: Given(*row) for row in rows}


def find_answer(attempt: Attempt, question: UUID) -> Given | None:
    """The kept answer to one of its questions."""
    keys = {"attempt": attempt.id, "question": question}
    row = db.session().connection().execute(_ONE_ANSWER, keys).first()
    return Given(*row) if row else None


_ANSWER = Answer.__table__.c
_ANSWERS = select(*(_ANSWER[name] for name in Given.__slots__)).where(
    _ANSWER.attempt_id == bindparam("attempt")
)
_ONE_ANSWER = _ANSWERS.where(_ANSWER.question_id == bindparam("question"))


def _asked(
    place: int, question: Version, order: Sequence[str], answer: Given | None, language: str
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
    drawn = _drawn(attempt)
    keys = keys_of(attempt, [question.id for question, _ in drawn])
    given = answers_of(attempt)
    lessons = _lessons(attempt, [question for question, _ in drawn])
    found = []
    for place, (question, order) in enumerate(drawn, start=1):
        key, answer = keys[question.id], given.get(question.id)
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


def keys_of(attempt: Attempt, ids: Collection[UUID]) -> Mapping[UUID, Any]:
    """What is right in these questions of an attempt, as plain values by question (models.Key):
    the keys of a quiz are kept in mind until the content changes."""
    rows = select(Key.__table__).join(Question, Question.id == Key.question_id)

    def read(where: ColumnElement[bool]) -> dict[UUID, Any]:
        return {row.question_id: row for row in db.session().execute(rows.where(where))}

    known = content.keep_in_mind(
        f"quizzes keys {attempt.quiz_id}", lambda: read(Question.quiz_id == attempt.quiz_id)
    )
    return known if known.keys() >= set(ids) else read(Question.id.in_(ids))


def _cite(one: dict[str, Any], language: str) -> Cite:
    return Cite(
        instrument=one["instrument"], article=one["article"], short=say(one["short"], language)
    )


def _lessons(attempt: Attempt, asked: Iterable[Version]) -> dict[str | None, Activity]:
    """The lessons of the same module that questions refer to, while they are offered, by name."""
    quiz = activities.remembered(attempt.quiz_id)
    module = quiz.key.rpartition("/")[0] if quiz else ""
    found: dict[str | None, Activity] = {}
    for name in {name for one in asked if (name := one.shown.get("lesson"))}:
        lesson = activities.remembered(activity_id(activities.iri(f"{module}/{name}")))
        if lesson is not None and lesson.retired_at is None:
            found[name] = lesson
    return found
