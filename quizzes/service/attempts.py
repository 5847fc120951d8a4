"""Attempts: begun, answered, handed in once. Every act locks the person first."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, bindparam, delete, func, insert, select, update

from app import activities, db, events, people, registrations
from app.activities import Known
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events import LearningEvent, Result
from app.models import Activity, Person, Registration
from quizzes import drawing, grading
from quizzes.models import Answer, Attempt
from quizzes.service import sheets
from quizzes.service.sheets import Given, Version

PAUSE = timedelta(minutes=15)
"""Of a longer time between two acts only so much counts as work."""

_FAULTS = {
    "unknown": _l("This is not one of the options of this question."),
    "twice": _l("An option may be chosen once only."),
    "several": _l("Choose one option only."),
}


class Stale(Conflict):
    """An answer was changed elsewhere since this page was opened: `kept` stands, `given` does
    not. Nothing was overwritten."""

    def __init__(self, kept: Given | None, given: Sequence[str]) -> None:
        super().__init__(
            _l("This answer was changed meanwhile, in another window or on another device.")
        )
        self.kept = tuple(kept.given) if kept else ()
        self.revision = kept.revision if kept else 0
        self.given = tuple(given)
        self.members = {
            "kept": {"given": list(self.kept), "revision": self.revision},
            "given": list(self.given),
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an attempt after an answer was sent; no answer while nothing was ever given
    to this question."""

    attempt: Attempt
    answer: Given | None


class HandedIn(Conflict):
    """This attempt is over; what was handed in stands."""

    def __init__(self) -> None:
        super().__init__(_l("This attempt was handed in already. Its answers stand."))


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
    standing = _find_open(registration, quiz)
    if standing is not None:
        return standing
    facts = sheets.paper(quiz.id)
    if not facts.current or quiz.retired_at is not None:
        raise Conflict(_l("This quiz is not offered at present."))
    seed = secrets.randbits(31)
    attempt = Attempt(
        person_id=person.id,
        registration_id=registration.id,
        quiz_id=quiz.id,
        number=_last_number(person, quiz) + 1,
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


def _find_open(registration: Registration, quiz: Activity) -> Attempt | None:
    return db.session().scalar(_LEFT_OPEN, {"registration": registration.id, "quiz": quiz.id})


_LEFT_OPEN = select(Attempt).where(
    Attempt.registration_id == bindparam("registration"),
    Attempt.quiz_id == bindparam("quiz"),
    Attempt.handed_in_at.is_(None),
)


def _last_number(person: Person, quiz: Activity) -> int:
    return db.session().scalar(_LAST, {"person": person.id, "quiz": quiz.id}) or 0


_LAST = select(func.max(Attempt.number)).where(
    Attempt.person_id == bindparam("person"), Attempt.quiz_id == bindparam("quiz")
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


def save(
    person: Person,
    quiz: Activity,
    number: int,
    question: str | int,
    given: Sequence[str],
    *,
    revision: int,
    language: str,
) -> Kept:
    """Keep an answer as given, a draft until hand-in.

    `question` is its name ("q1") or its place from 1; `revision` is that of the answer it
    replaces (0: none). The same answer sent again is kept once. Raises Stale when another tab
    was quicker, HandedIn when the attempt is over, Invalid for what can be no answer.
    """
    people.lock(person.id)
    attempt = _standing(person, quiz, number)
    asked = _find_asked(attempt, question)
    fault = grading.fault(asked.type, [one["id"] for one in asked.shown["options"]], given)
    if fault:
        raise Invalid({"given": _FAULTS[fault]})
    answer = sheets.find_answer(attempt, asked.id)
    if set(given) == set(answer.given if answer else ()) or not (given or revision):
        return Kept(attempt, answer)
    if attempt.handed_in_at is not None:
        raise HandedIn
    if revision != (answer.revision if answer else 0):
        raise Stale(answer, given)
    if attempt.closed_at is not None:
        raise Conflict(_CLOSED)
    if attempt.resume != quiz.key:
        registrations.keep_place(registrations.get(person, attempt.registration_id), quiz.key)
    kept = Given(asked.id, list(given), revision + 1, language, None, db.now())
    _write(attempt, kept)
    return Kept(attempt, kept)


def _standing(person: Person, quiz: Activity, number: int) -> Any:
    """One of her attempts as plain values, with `closed_at` and `resume` of its registration: each
    answer asks for it. Raises NotFound."""
    keys = {"person": person.id, "quiz": quiz.id, "number": number}
    row = db.session().connection().execute(_PLAIN, keys).first()
    if row is None:
        raise NotFound(_l("There is no such attempt."))
    return row


def _write(attempt: Any, kept: Given) -> None:
    """Bring an answer and the time worked into their rows, by one statement each."""
    writer = db.session().connection()
    values = {name: getattr(kept, name) for name in _GIVEN}
    keys = {"attempt": attempt.id, "question": kept.question_id}
    if kept.revision == 1:
        writer.execute(_ADD, {**values, "attempt_id": attempt.id, "question_id": kept.question_id})
    else:
        writer.execute(_CHANGE, values | keys)
    seconds = attempt.seconds + _worked(attempt, kept.saved_at)
    touched = {"attempt": attempt.id, "seconds": seconds, "touched_at": kept.saved_at}
    writer.execute(_TOUCH, touched)


_GIVEN = ("given", "revision", "language", "saved_at")
_ADD = insert(cast(Table, Answer.__table__))
_ONE = update(cast(Table, Answer.__table__)).where(
    Answer.attempt_id == bindparam("attempt"), Answer.question_id == bindparam("question")
)
_CHANGE = _ONE.values({name: bindparam(name) for name in _GIVEN})
_MARK = _ONE.values(mark=bindparam("mark"))
_TOUCH = (
    update(cast(Table, Attempt.__table__))
    .where(Attempt.id == bindparam("attempt"))
    .values(seconds=bindparam("seconds"), touched_at=bindparam("touched_at"))
)


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
    attempt.seconds += _worked(attempt, attempt.handed_in_at)
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
    if marks:
        rows = [{"attempt": attempt.id, "question": id, "mark": one} for id, one in marks.items()]
        db.session().connection().execute(_MARK, rows)
    return marks


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
    """One of her attempts and its registration, read again after the lock. Raises NotFound."""
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
)
_PLAIN = _BOTH.with_only_columns(
    *Attempt.__table__.c, Registration.__table__.c.closed_at, Registration.__table__.c.resume
)


def _open(registration: Registration) -> Registration:
    """The registration of an attempt that goes on. Raises Conflict when it is closed."""
    if registration.closed_at is not None:
        raise Conflict(_CLOSED)
    return registration


_CLOSED = _l("This registration is closed. Nothing was saved.")


def _find_asked(attempt: Attempt, question: str | int) -> Version:
    for place, one in enumerate(sheets.questions_of(attempt).values(), start=1):
        if question in (place, one.name):
            return one
    raise NotFound(_l("There is no such question in this attempt."))


def _worked(attempt: Attempt, now: datetime) -> float:
    """Seconds since her last act, without a long pause."""
    return min(max(now - attempt.touched_at, timedelta(0)), PAUSE).total_seconds()


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
    drafts = select(Attempt.id).where(
        Attempt.person_id == person.id, Attempt.handed_in_at.is_(None)
    )
    db.session().execute(delete(Answer).where(Answer.attempt_id.in_(drafts)))
    db.session().execute(
        delete(Attempt).where(Attempt.person_id == person.id, Attempt.handed_in_at.is_(None))
    )
