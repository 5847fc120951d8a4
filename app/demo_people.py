"""A demonstration as large as wanted: made-up people on their way through made-up courses.

Their statements are what they would be if everybody had clicked, and their progress is projected
from them; what only hears of a completion afterwards (mail, certificates) is not told, so that
nobody is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import activities, bulk, completion, content, db, demo_names, events, plugins, progress
from app.events import LearningEvent, Result
from app.folding import fold
from app.models import Person, Registration, activity_id

MOST = 2**28 - 1
"""People: what their ids have room for."""

_PIECE = 10_000
"""People whom one transaction makes: a quarter of a minute, in which SQLite has no other writer;
smaller ones write the same pages of its indexes again and again."""

_AT_ONCE = 1000
"""People whose events stand in memory at once."""

_FIRST_DAY = datetime(2023, 1, 9, 8, tzinfo=UTC)
_DAYS = 900
_ID = UUID("00ade000-0000-4000-8000-000000000000").int


@dataclass(frozen=True, slots=True)
class _Course:
    """What somebody walks through: its activity, and the IRIs of the lessons that it requires."""

    activity_id: UUID
    iri: str
    lessons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Made:
    """How many there are now, and how many rows of progress were added."""

    people: int
    rows: int


def make(
    count: int, *, courses: int, progress_each: int, told: Callable[[int], None] = lambda _: None
) -> Made:
    """Bring the made-up people to `count` and the courses to `courses`; `told` hears how many
    people there are. Opens transactions of its own.

    The same numbers make the same people; what is there already is left as it is.
    """
    with db.transaction():
        keys = [key for some in plugins.ring().demonstration_courses(count=courses) for key in some]
        content.changed_now()
    with db.transaction():
        offered = _courses(keys)
        already = _already()
    told(already)
    rows = 0
    for begin in range(already + 1, count + 1, _PIECE):
        numbers = range(begin, min(begin + _PIECE, count + 1))
        with db.transaction(), bulk.room():
            for some in range(numbers.start, numbers.stop, _AT_ONCE):
                at_once = range(some, min(some + _AT_ONCE, numbers.stop))
                rows += _make_people(at_once, offered, progress_each)
                told(at_once[-1])
    return Made(max(already, count), rows)


def _courses(keys: Sequence[str]) -> list[_Course]:
    found = activities.several({activity_id(activities.iri(key)) for key in keys})
    made = []
    for one in sorted(found.values(), key=lambda one: one.key):
        required = completion.mentions(completion.parse(one.rule)) if one.rule else ()
        made.append(_Course(one.id, one.iri, tuple(required)))
    return made


def _id(number: int, place: int = 0) -> UUID:
    """Ids in the order in which they are made: rows then stand beside each other on the disk."""
    return UUID(int=_ID | number << 80 | place)


def _number(one: UUID) -> int:
    return one.int >> 80 & MOST


def _already() -> int:
    """How many made-up people there are: the number of the last one."""
    ours = select(Person.id).where(Person.id.between(_id(0), _id(MOST)))
    last = db.session().scalar(ours.order_by(Person.id.desc()).limit(1))
    return _number(last) if last else 0


def _make_people(numbers: range, courses: Sequence[_Course], progress_each: int) -> int:
    """Rows of progress that these people have now."""
    people = [_Person(_id(number), number, demo_names.somebody(number)) for number in numbers]
    bulk.pour(Person, _PERSON, (one.row() for one in people))
    walks = [walk for one in people for walk in _walks(one, courses, progress_each)]
    bulk.pour(Registration, _REGISTRATION, (walk.row() for walk in walks))
    told = [event for walk in walks for event in walk.events()]
    kept = plugins.ring().demonstration_events(events=told)
    return progress.pour(told) if kept else 0


_PERSON = (
    "id", "email", "name", "language", "timezone", "country", "organisation", "active",
    "fs_uniquifier", "confirmed_at", "folded", "created_at",
)  # fmt: skip
_REGISTRATION = ("id", "person_id", "activity_id", "resume", "opened_at")


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    number: int
    made: demo_names.Made

    @property
    def joined_at(self) -> datetime:
        return _FIRST_DAY + timedelta(days=self.number * 7919 % _DAYS, seconds=self.number % 30_000)

    def row(self) -> tuple[object, ...]:
        made, email = self.made, f"person-{self.number}@passage.example"
        folded = fold(f"{made.name} {email}")
        about = (made.language, "UTC", made.country, made.organisation, True)
        return (
            *(self.id, email, made.name, *about, self.id.hex),
            *(self.joined_at, folded, self.joined_at),
        )


@dataclass(frozen=True, slots=True)
class _Walk:
    """One person's way through one course: minutes spent in each lesson that she did; `begun`
    says whether she has opened one more."""

    id: UUID
    person: _Person
    course: _Course
    opened_at: datetime
    minutes: Sequence[int]
    begun: bool

    def row(self) -> tuple[object, ...]:
        return self.id, self.person.id, self.course.activity_id, None, self.opened_at

    def events(self) -> Iterator[LearningEvent]:
        """What she did, in order, and the completion that follows from it."""
        activity, lessons = self.course.iri, self.course.lessons
        yield self._event("registered", activity, 1, self.opened_at, required=tuple(lessons))
        yield self._event("initialized", activity, 2, self.opened_at)
        time, done = self.opened_at, []
        for place, (lesson, minutes) in enumerate(zip(lessons, self.minutes, strict=False), 3):
            time += timedelta(minutes=minutes)
            result = Result(completion=True, seconds=minutes * 60.0)
            done.append(self._event("completed", lesson, place, time, result=result))
        yield from done
        if self.begun:
            lesson = lessons[len(done)]
            yield self._event("initialized", lesson, 3 + len(done), time + timedelta(minutes=1))
        elif len(done) == len(lessons):
            spent = Result(completion=True, seconds=sum(self.minutes) * 60.0)
            whole = self._event("completed", activity, 0, time, result=spent)
            proof = tuple(one.id for one in done)
            name = events.derived_id("completed", self.person.id, activity, self.id, 0)
            yield replace(whole, id=name, evidence=proof)

    def _event(
        self, verb: str, activity: str, place: int, time: datetime, **more: Any
    ) -> LearningEvent:
        return LearningEvent(
            id=UUID(int=self.id.int | place),
            verb=verb,
            person_id=self.person.id,
            activity=activity,
            registration_id=self.id,
            time=time,
            language=self.person.made.language,
            **more,
        )


def _walks(person: _Person, courses: Sequence[_Course], rows: int) -> Iterator[_Walk]:
    """Ways with this many rows of progress; every tenth person takes the first course too."""
    chance = Random(f"ways {person.number}")  # noqa: S311  (no secret: the same at every call)
    taken = chance.sample(courses, min(len(courses), rows))
    if person.number % 10 == 0 and courses:
        taken = [courses[0], *(one for one in taken if one is not courses[0])]
    time = person.joined_at
    for place, course in enumerate(taken, 1):
        lessons = min(len(course.lessons), rows - 1)
        if rows <= 0:
            return
        time += timedelta(days=chance.randint(1, 40), minutes=chance.randint(0, 300))
        begun = lessons > 0 and (lessons < len(course.lessons) or chance.random() < 0.3)
        minutes = [chance.randint(4, 55) for _ in range(lessons - begun)]
        registration = _id(person.number, place << 16)
        yield _Walk(registration, person, course, time, minutes, begun)
        rows -= 1 + lessons
