"""Answers: kept as they are given, drafts until hand-in.

Nobody waits for her other acts here. What was read may be old by the time it is written, so each
write says of which row it is meant: an attempt that is open, an answer of this revision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, bindparam, select, update

from app import db, registrations
from app.errors import Conflict, Invalid, NotFound
from app.models import Activity, Person, Registration
from quizzes import grading
from quizzes.models import Answer, Attempt
from quizzes.service import sheets
from quizzes.service.sheets import Given, Version

PAUSE = timedelta(minutes=15)
"""Of a longer time between two acts only so much counts as work."""

CLOSED = _l("This registration is closed. Nothing was saved.")

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


class HandedIn(Conflict):
    """This attempt is over; what was handed in stands."""

    def __init__(self) -> None:
        super().__init__(_l("This attempt was handed in already. Its answers stand."))


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an attempt after an answer was sent; no answer while nothing was ever given
    to this question."""

    attempt: Attempt
    answer: Given | None


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
    attempt = _standing(person, quiz, number)
    asked = _find_asked(attempt, question)
    fault = grading.fault(asked.type, [one["id"] for one in asked.shown["options"]], given)
    if fault:
        raise Invalid({"given": _FAULTS[fault]})
    first = bool(given) and not revision
    over = attempt.handed_in_at is not None or attempt.closed_at is not None
    if not first or over:  # a first answer, as most are, is written without a look
        answer = sheets.find_answer(attempt, asked.id)
        if _says(answer, given) or not (given or revision):
            return Kept(attempt, answer)
        if over:
            raise HandedIn if attempt.handed_in_at is not None else Conflict(CLOSED)
    kept = Given(asked.id, list(given), revision + 1, language, None, db.now())
    if not _write(attempt, kept):
        answer = sheets.find_answer(attempt, asked.id)
        if _says(answer, given):
            return Kept(attempt, answer)
        raise Stale(answer, given)
    if attempt.resume != quiz.key:
        registrations.keep_place(registrations.get(person, attempt.registration_id), quiz.key)
    return Kept(attempt, kept)


def _says(answer: Given | None, given: Sequence[str]) -> bool:
    return set(given) == set(answer.given if answer else ())


def _standing(person: Person, quiz: Activity, number: int) -> Any:
    """One of her attempts as plain values, with `closed_at` and `resume` of its registration: each
    answer asks for it. Raises NotFound."""
    keys = {"person": person.id, "quiz": quiz.id, "number": number}
    row = db.session().connection().execute(_STANDING, keys).first()
    if row is None:
        raise NotFound(_l("There is no such attempt."))
    return row


_ATTEMPT, _ANSWER = (cast(Table, one.__table__) for one in (Attempt, Answer))
_WITHIN = Registration.__table__.c
_STANDING = (
    select(*_ATTEMPT.c, _WITHIN.closed_at, _WITHIN.resume)
    .join(Registration, _WITHIN.id == _ATTEMPT.c.registration_id)
    .where(
        _ATTEMPT.c.person_id == bindparam("person"),
        _ATTEMPT.c.quiz_id == bindparam("quiz"),
        _ATTEMPT.c.number == bindparam("number"),
    )
)


def _find_asked(attempt: Attempt, question: str | int) -> Version:
    for place, one in enumerate(sheets.questions_of(attempt).values(), start=1):
        if question in (place, one.name):
            return one
    raise NotFound(_l("There is no such question in this attempt."))


def _write(attempt: Any, kept: Given) -> bool:
    """Bring the time worked and an answer into their rows; False, where another answer stands
    there by now. Whoever hands in waits for it, for the attempt comes first. Raises HandedIn."""
    writer = db.session().connection()
    seconds = attempt.seconds + worked(attempt, kept.saved_at)
    touched = {"attempt": attempt.id, "seconds": seconds, "touched_at": kept.saved_at}
    if not writer.execute(_TOUCH, touched).rowcount:
        raise HandedIn
    values = {name: getattr(kept, name) for name in ("given", "revision", "language", "saved_at")}
    keys = {"attempt_id": attempt.id, "question_id": kept.question_id}
    if kept.revision == 1:
        adding = db.insert_new(Answer, "revision")
        return writer.execute(adding, values | keys).first() is not None
    asked = {"attempt": attempt.id, "question": kept.question_id, "before": kept.revision - 1}
    return bool(writer.execute(_CHANGE, values | asked).rowcount)


_TOUCH = (
    update(_ATTEMPT)
    .where(_ATTEMPT.c.id == bindparam("attempt"), _ATTEMPT.c.handed_in_at.is_(None))
    .values(seconds=bindparam("seconds"), touched_at=bindparam("touched_at"))
)
_CHANGE = (
    update(_ANSWER)
    .where(
        _ANSWER.c.attempt_id == bindparam("attempt"),
        _ANSWER.c.question_id == bindparam("question"),
        _ANSWER.c.revision == bindparam("before"),
    )
    .values({name: bindparam(name) for name in ("given", "revision", "language", "saved_at")})
)


def worked(attempt: Attempt, now: datetime) -> float:
    """Seconds since her last act in it, without a long pause."""
    return min(max(now - attempt.touched_at, timedelta(0)), PAUSE).total_seconds()
