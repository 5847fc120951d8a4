"""Attempts: begun, and handed in once. Every act locks the person first; answers do not
(answering.py)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, bindparam, case, delete, select, update

from app import activities, db, events, people, registrations
from app.activities import Known
from app.errors import Conflict, Forbidden, NotFound
from app.events import LearningEvent, Result
from app.models import Activity, Person, Registration
from quizzes import drawing, grading
from quizzes.models import Answer, Attempt
from quizzes.service import answering, sheets
from quizzes.service.sheets import Given, Version


def begin(
    person: Person, quiz: Activity, *, language: str, registration: Registration | None = None
) -> Attempt:
    """Open an attempt, or find the open one: beginning twice is beginning once.

    Raises Forbidden without an open registration around the quiz, Conflict when the quiz asks
    nothing at present.
    """
    people.lock(person.id)
    registration = registration or registrations.around(person, quiz)
    if registration is None or registration.closed_at is not None:
        raise Forbidden(_l("Begin the module first. Its quiz opens with it."))
    last = _find_last(registration, quiz)
    if last is not None and _is_open(last, registration):
        return last
    facts = sheets.paper(quiz.id)
    if not facts.current or quiz.retired_at is not None:
        raise Conflict(_l("This quiz is not offered at present."))
    seed = secrets.randbits(31)
    attempt = Attempt(
        person_id=person.id,
        registration_id=registration.id,
        quiz_id=quiz.id,
        number=last.number + 1 if last else 1,
        seed=seed,
        drawn=_draw(seed, facts.current, facts.settings),
        pass_mark=facts.pass_mark,
        seconds=0.0,
    )
    attempt.started_at = attempt.touched_at = db.now()
    db.session().add(attempt)
    registrations.keep_place(registration, quiz.key)
    db.session().flush()
    return attempt


def _find_last(registration: Registration, quiz: Activity) -> Attempt | None:
    """Her attempt that is open within this registration, else the last of all."""
    keys = {
        "person": registration.person_id, "registration": registration.id, "quiz": quiz.id,
    }  # fmt: skip
    return db.session().scalar(_LAST, keys)


def _is_open(attempt: Attempt, registration: Registration) -> bool:
    return attempt.handed_in_at is None and attempt.registration_id == registration.id


_LAST = (
    select(Attempt)
    .where(Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz"))
    .order_by(
        case(
            (
                (Attempt.registration_id == bindparam("registration"))
                & Attempt.handed_in_at.is_(None),
                0,
            ),
            else_=1,
        ),
        Attempt.number.desc(),
    )
    .limit(1)
)


def _draw(seed: int, asked: Sequence[Version], settings: Mapping[str, Any]) -> list[Any]:
    """[[question id, [option id, …]], …]: true always stands before false."""
    order = drawing.questions(seed, asked) if settings["shuffle_questions"] else asked
    drawn = []
    for place, question in enumerate(order, start=1):
        options = [one["id"] for one in question.shown["options"]]
        if settings["shuffle_options"] and question.type != grading.TRUE_FALSE:
            options = drawing.options(seed, place, options)
        drawn.append([str(question.id), options])
    return drawn


def hand_in(person: Person, quiz: Activity, number: int, *, language: str) -> Attempt:
    """Mark an attempt and tell the house, once: handing in twice is handing in once.

    Publishes `answered` for every question that was answered, at the time and in the language
    of the answer, then `passed` or `failed`. A question left open is wrong.
    """
    attempt, registration = _locked(person, quiz, number)
    if attempt.handed_in_at is not None:
        return attempt
    _open(registration)
    known = sheets.questions_of(attempt)
    given = sheets.answers_of(attempt)
    marks = _mark(attempt, known, given)
    attempt.handed_in_at = db.now()
    attempt.seconds += answering.worked(attempt, attempt.handed_in_at)
    attempt.touched_at = attempt.handed_in_at
    attempt.score = grading.total([marks.get(id, 0.0) for id in known])
    attempt.passed = grading.passes(attempt.score, attempt.pass_mark)
    if attempt.passed:
        registrations.keep_place(registration, None)
    db.session().flush()
    about = activities.known(question.activity_id for question in known.values())
    events.publish(
        *_answered(registration, known, given, marks, about),
        events.happened(
            "passed" if attempt.passed else "failed",
            registration,
            language=language,
            activity=quiz,
            time=attempt.handed_in_at,
            result=Result(
                success=attempt.passed,
                completion=True,
                score=attempt.score,
                raw=float(sum(mark == 1.0 for mark in marks.values())),
                maximum=float(len(known)),
                seconds=attempt.seconds,
            ),
        ),
    )
    return attempt


def _mark(
    attempt: Attempt, known: Mapping[UUID, Version], given: Mapping[UUID, Given]
) -> dict[UUID, float]:
    """The mark of each answer, which is written beside it."""
    keys = sheets.keys_of(attempt, known)
    marks = {
        id: grading.score(grading.Key(known[id].type, frozenset(keys[id].right)), answer.given)
        for id, answer in given.items()
    }
    for mark in set(marks.values()):
        alike = [id for id, one in marks.items() if one == mark]
        values = {"attempt": attempt.id, "questions": alike, "mark": mark}
        db.session().connection().execute(_MARK, values)
    return marks


_MARK = (
    update(cast(Table, Answer.__table__))
    .where(
        Answer.attempt_id == bindparam("attempt"),
        Answer.question_id.in_(bindparam("questions", expanding=True)),
    )
    .values(mark=bindparam("mark"))
)


def _answered(
    registration: Registration,
    known: Mapping[UUID, Version],
    given: Mapping[UUID, Given],
    marks: Mapping[UUID, float],
    about: Mapping[UUID, Known],
) -> Iterator[LearningEvent]:
    for id, question in known.items():
        answer = given.get(id)
        if answer is None or not answer.given:
            continue
        options = [one["id"] for one in question.shown["options"]]
        yield events.happened(
            "answered",
            registration,
            language=answer.language,
            activity=about[question.activity_id],
            time=answer.saved_at,
            result=Result(
                success=marks[id] == 1.0, response=grading.response(options, answer.given)
            ),
        )


def _locked(person: Person, quiz: Activity, number: int) -> tuple[Attempt, Registration]:
    """One of her attempts, locked too, for answers come without asking for her lock, and its
    registration; read again after the lock. Raises NotFound."""
    people.lock(person.id)
    keys = {"person": person.id, "quiz": quiz.id, "number": number}
    row = db.session().execute(_BOTH, keys, execution_options={"populate_existing": True}).first()
    if row is None:
        raise NotFound(_l("There is no such attempt."))
    return row[0], row[1]


_BOTH = (
    select(Attempt, Registration)
    .join(Registration, Registration.id == Attempt.registration_id)
    .where(
        Attempt.person_id == bindparam("person"),
        Attempt.quiz_id == bindparam("quiz"),
        Attempt.number == bindparam("number"),
    )
    .with_for_update(key_share=True, of=Attempt)
)


def _open(registration: Registration) -> Registration:
    """The registration of an attempt that goes on. Raises Conflict when it is closed."""
    if registration.closed_at is not None:
        raise Conflict(answering.CLOSED)
    return registration


def export(person: Person) -> list[dict[str, Any]]:
    """Her attempts with their answers, as plain JSON values."""
    attempts = db.session().scalars(
        select(Attempt).where(Attempt.person_id == person.id).order_by(Attempt.started_at)
    )
    return [_exported(attempt) for attempt in attempts]


def _exported(attempt: Attempt) -> dict[str, Any]:
    quiz = db.session().get_one(Activity, attempt.quiz_id)
    given = sheets.answers_of(attempt)
    known = sheets.questions_of(attempt)
    return {
        "quiz": quiz.iri,
        "registration": str(attempt.registration_id),
        "number": attempt.number,
        "started_at": attempt.started_at.isoformat(),
        "handed_in_at": attempt.handed_in_at.isoformat() if attempt.handed_in_at else None,
        "score": attempt.score,
        "passed": attempt.passed,
        "seconds": attempt.seconds,
        "answers": [
            {
                "question": f"{quiz.iri}/{known[id].name}",
                "version": known[id].version,
                "given": answer.given,
                "mark": answer.mark,
                "language": answer.language,
                "saved_at": answer.saved_at.isoformat(),
            }
            for id, answer in given.items()
        ],
    }


def forget(person: Person) -> None:
    """Drop her drafts. What was handed in stays, as choices of options without any name: it is
    hers only by the id that her tombstone keeps."""
    people.lock(person.id)
    open_ones = select(Attempt.id).where(
        Attempt.person_id == person.id, Attempt.handed_in_at.is_(None)
    )
    drafts = db.session().scalars(open_ones.with_for_update()).all()
    db.session().execute(delete(Answer).where(Answer.attempt_id.in_(drafts)))
    db.session().execute(delete(Attempt).where(Attempt.id.in_(drafts)))
