"""Made-up courses, for a demonstration as large as wanted: they say so, and lead nowhere."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import activities, bulk, db, markdown
from app.config import LANGUAGES
from app.models import Activity, RuleMention, activity_id
from courses.models import Course, Lesson

PREFIX = "example-"
"""What the last part of their keys begins with; content files never do."""

_LESSONS = 4
_SUBJECTS = (
    ("Detention", "La détention", "La detención"),
    ("Family unity", "L’unité de la famille", "La unidad familiar"),
    ("Border procedures", "Les procédures aux frontières", "Los procedimientos en frontera"),
    ("Children on the move", "Les enfants migrants", "La niñez migrante"),
    ("Labour migration", "Les migrations de travail", "La migración laboral"),
    ("Statelessness", "L’apatridie", "La apatridia"),
    ("Return", "Le retour", "El retorno"),
    ("Rescue at sea", "Le sauvetage en mer", "El salvamento en el mar"),
)
_LESSON = ("Lesson {}", "Leçon {}", "Lección {}")
_WORDS = (
    "A made-up course of the demonstration.",
    "Un cours inventé pour la démonstration.",
    "Un curso inventado para la demostración.",
)
_CITIES = ("Geneva CH", "Moshi TZ", "Lima PE", "Bangkok TH", "Dakar SN", "Nairobi KE")


def make(count: int) -> list[str]:
    """Bring the made-up courses to `count`: of five, one is an annual course and four are modules
    of four lessons. The keys of the modules, which can be registered for."""
    there = set(db.session().scalars(select(Course.slug).where(Course.slug.startswith(PREFIX))))
    numbers = [one for one in range(1, count + 1) if _slug(one) not in there]
    now = db.now()
    bulk.pour(Activity, _ACTIVITY, (row for one in numbers for row in _activities(one, now)))
    bulk.pour(Course, _COURSE, (_offer(one, now) for one in numbers))
    texts = {language: _text(words) for language, words in zip(LANGUAGES, _WORDS, strict=True)}
    modules = [one for one in numbers if not _is_annual(one)]
    lessons = [f"{_key(one)}/l{place}" for one in modules for place in range(1, _LESSONS + 1)]
    bulk.pour(
        Lesson,
        ("activity_id", "language", *next(iter(texts.values())), "updated_at"),
        (
            (_id(key), language, *text.values(), now)
            for key in lessons
            for language, text in texts.items()
        ),
    )
    mentions = ((_id(key.rpartition("/")[0]), _id(key)) for key in lessons)
    bulk.pour(RuleMention, ("activity_id", "mentioned_id"), mentions)
    return [_key(one) for one in range(1, count + 1) if not _is_annual(one)]


def _is_annual(number: int) -> bool:
    return number % 5 == 0


def _slug(number: int) -> str:
    return f"{PREFIX}{number}"


def _key(number: int) -> str:
    return f"{'courses' if _is_annual(number) else 'modules'}/{_slug(number)}"


def _id(key: str) -> UUID:
    return activity_id(activities.iri(key))


_ACTIVITY = (
    "id", "iri", "key", "kind", "parent_id", "position", "titles", "rule", "created_at",
    "updated_at",
)  # fmt: skip
_COURSE = ("activity_id", "slug", "facts", "words", "digest", "updated_at")


def _activities(number: int, now: datetime) -> list[tuple[Any, ...]]:
    key = _key(number)
    lessons = [] if _is_annual(number) else [f"{key}/l{one}" for one in range(1, _LESSONS + 1)]
    rule = {"all": [{"completed": activities.iri(one)} for one in lessons]} if lessons else None
    kind = "course" if _is_annual(number) else "module"
    made = [_activity(key, kind, None, 1000 + number, _titles(number), rule, now)]
    for place, lesson in enumerate(lessons, 1):
        named = {code: words.format(place) for code, words in zip(LANGUAGES, _LESSON, strict=True)}
        made.append(_activity(lesson, "lesson", _id(key), place, named, None, now))
    return made


def _activity(key: str, kind: str, parent: UUID | None, *said: Any) -> tuple[Any, ...]:
    position, titles, rule, now = said
    return _id(key), activities.iri(key), key, kind, parent, position, titles, rule, now, now


def _titles(number: int) -> dict[str, str]:
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    return {code: f"{said} {number}" for code, said in zip(LANGUAGES, subject, strict=True)}


def _offer(number: int, now: datetime) -> tuple[Any, ...]:
    titles = _titles(number)
    facts = _facts_of_course(number) if _is_annual(number) else _facts_of_module()
    words = {
        code: _said(titles[code], words) for code, words in zip(LANGUAGES, _WORDS, strict=True)
    }
    digest = hashlib.sha256(_slug(number).encode()).hexdigest()
    return _id(_key(number)), _slug(number), facts, words, digest, now


def _said(title: str, words: str) -> dict[str, Any]:
    outline = {f"l{one}": {"title": str(one), "objectives": []} for one in range(1, _LESSONS + 1)}
    return {
        "title": title,
        "summary": words,
        "audience": words,
        "objectives": [words],
        "lessons": outline,
    }


def _facts_of_module() -> dict[str, Any]:
    lessons = [{"id": f"l{one}", "minutes": 15} for one in range(1, _LESSONS + 1)]
    return {
        "status": "open",
        "minutes": 60,
        "languages": list(LANGUAGES),
        "lessons": lessons,
        "sources": [],
    }


def _facts_of_course(number: int) -> dict[str, Any]:
    city, country = _CITIES[number // 5 % len(_CITIES)].split()
    return {
        "mode": "in_person",
        "duration": {"value": 2 + number % 4, "unit": "days"},
        "languages": [list(LANGUAGES)[number // 5 % len(LANGUAGES)]],
        "place": {"city": city, "country": country},
        "sources": [],
    }


def _text(words: str) -> dict[str, Any]:
    source = f"{words}\n"
    rendered = markdown.render(source, language="en", titles={})
    return {
        "source": source,
        "html": rendered.html,
        "objectives": [words],
        "cites": [],
        "word_count": rendered.word_count,
        "minutes": 15,
        "review": "drafted",
        "digest": hashlib.sha256(source.encode()).hexdigest(),
    }
