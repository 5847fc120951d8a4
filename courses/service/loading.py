"""Loading: the files of catalogue/ and modules/ become activities, offers and lessons."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from app import activities, content, db, markdown
from app.config import LANGUAGES
from app.models import Activity
from courses.models import Course, Lesson
from courses.service import checking, made_up

KINDS = ("course", "service", "module", "lesson")


@dataclass
class _Load:
    """One run: what changed, which keys were met, and the titles of instruments by language."""

    instruments: Mapping[str, Any]
    changed: Counter[str] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)


def load(folder: Path) -> Mapping[str, int]:
    """Bring the files into rows; how many of each sort changed. What is no longer there is
    retired; the same files a second time change nothing.

    Raises ValueError that names the file which cannot be read.
    """
    if not (folder / "catalogue").is_dir() and not (folder / "modules").is_dir():
        return {}
    instruments = folder / "instruments.json"
    run = _Load(content.read(instruments) if instruments.exists() else {})
    for path in sorted((folder / "catalogue").glob("*/course.json")):
        _load_course(run, path)
    for path in sorted((folder / "modules").glob("*/module.json")):
        _load_module(run, path)
    _retire_the_rest(run)
    db.session().flush()
    return dict(run.changed)


def _load_course(run: _Load, path: Path) -> None:
    facts, words = _read(path, checking.COURSE), content.read_words(path.parent, "course")
    kind = "course" if facts["kind"] == "course" else "service"
    key = f"courses/{facts['id']}"
    activity, changed = _define(run, key, kind, _titles(words), position=facts["order"])
    changed |= _keep(Course, {"activity_id": activity.id}, _offer(facts["id"], facts, words))
    run.changed["courses"] += changed


def _read(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    facts = content.read(path)
    for finding in checking.missing(facts, names, f"{path.parent.name}/{path.name}"):
        raise ValueError(finding)
    return facts


def _load_module(run: _Load, path: Path) -> None:
    facts, words = _read(path, checking.MODULE), content.read_words(path.parent, "module")
    key = f"modules/{facts['id']}"
    texts = _texts(path.parent, facts) if facts["status"] == "open" else {}
    shown = {**facts, "languages": _languages(words, texts)}
    activity, changed = _define(
        run,
        key,
        "module",
        _titles(words),
        position=facts["order"],
        rule=_rule(key, list(texts), facts.get("quiz")) if texts else None,
        definition={"extensions": {activities.iri("extensions/minutes"): facts["minutes"]}},
    )
    changed |= _keep(Course, {"activity_id": activity.id}, _offer(facts["slug"], shown, words))
    run.changed["modules"] += changed
    for position, lesson in enumerate(facts["lessons"], start=1):
        if lesson["id"] in texts:
            _load_lesson(run, activity, position, lesson, words, texts[lesson["id"]])


def _load_lesson(
    run: _Load,
    module: Activity,
    position: int,
    facts: Mapping[str, Any],
    words: Mapping[str, Any],
    texts: Mapping[str, str],
) -> None:
    said = {language: one["lessons"].get(facts["id"], {}) for language, one in words.items()}
    key = f"{module.key}/{facts['id']}"
    activity, changed = _define(run, key, "lesson", _titles(said), parent=module, position=position)
    for language, source in texts.items():
        row = _lesson(run, source, language, facts, said.get(language, {}))
        changed |= _keep(Lesson, {"activity_id": activity.id, "language": language}, row)
    gone = delete(Lesson).where(
        Lesson.activity_id == activity.id, Lesson.language.not_in(list(texts))
    )
    changed |= bool(db.session().execute(gone.returning(Lesson.language)).all())
    run.changed["lessons"] += changed


def _lesson(
    run: _Load, source: str, language: str, facts: Mapping[str, Any], said: Mapping[str, Any]
) -> dict[str, Any]:
    titles = {
        f"law:{name}": _named(one, language).get("title", "")
        for name, one in run.instruments.items()
    }
    rendered = markdown.render(source, language=language, titles=titles)
    row = {
        "source": source,
        "html": rendered.html,
        "objectives": said.get("objectives", []),
        "cites": list(_cites(run.instruments, rendered.references, language)),
        "word_count": rendered.word_count,
        "minutes": facts.get("minutes") or markdown.reading_minutes(rendered.word_count),
        "review": said.get("review", "drafted"),
    }
    return {**row, "digest": _digest(row)}


def _cites(
    instruments: Mapping[str, Any], references: Sequence[str], language: str
) -> Iterator[dict[str, Any]]:
    """The instruments that a lesson refers to, each once, in reading order."""
    names = (one.removeprefix("law:").partition("#")[0] for one in references)
    for name in dict.fromkeys(names):
        if name in instruments:
            known = instruments[name]
            status = {"in_force": known["in_force"], "binding": known["binding"]}
            yield {"id": name, **_named(known, language), **status}


def _named(instrument: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Its short name and title; where it has none in this language, those that it has."""
    for one in (language, *LANGUAGES):
        if instrument.get(one):
            return dict(instrument[one])
    return {}


def _titles(words: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {language: one["title"] for language, one in words.items() if one.get("title")}


def _offer(slug: str, facts: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    row = {"slug": slug, "facts": dict(facts), "words": dict(words)}
    return {**row, "digest": _digest(row)}


def _texts(folder: Path, facts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The texts of a module's lessons by lesson and language, as far as they are there."""
    found: dict[str, dict[str, str]] = {}
    for lesson in facts["lessons"]:
        for language in LANGUAGES:
            path = folder / f"{lesson['id']}.{language}.md"
            if path.exists():
                found.setdefault(lesson["id"], {})[language] = path.read_text(encoding="utf-8")
    return found


def _languages(words: Mapping[str, Any], texts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The languages in which all of a module can be read (or, in preparation, is announced)."""
    return [
        language
        for language in LANGUAGES
        if language in words and all(language in one for one in texts.values())
    ]


def _rule(key: str, lessons: Sequence[str], quiz: Mapping[str, Any] | None) -> dict[str, Any]:
    """A module is completed by all of its lessons and its quiz at the pass mark."""
    parts: list[dict[str, Any]] = [
        {"completed": activities.iri(f"{key}/{lesson}")} for lesson in lessons
    ]
    if quiz:
        mark = {"score": activities.iri(f"{key}/{quiz['id']}"), "minimum": quiz["pass_mark"]}
        parts.append(mark)
    return {"all": parts}


def _define(
    run: _Load, key: str, kind: str, titles: dict[str, str], **more: Any
) -> tuple[Activity, bool]:
    """The activity, and whether it is new or another one than before."""
    run.met.add(key)
    found = activities.find(key)
    before = _seen(found)
    activity = activities.define(key, kind, titles, **more)
    return activity, _seen(activity) != before


def _seen(activity: Activity | None) -> tuple[Any, ...] | None:
    if activity is None:
        return None
    return (
        activity.kind,
        dict(activity.titles),
        activity.parent_id,
        activity.position,
        activity.rule,
        activity.definition,
        activity.retired_at,
    )


def _keep(model: type[Course] | type[Lesson], key: dict[str, Any], row: dict[str, Any]) -> bool:
    """Write a row when its digest is another one; whether it was."""
    standing: Any = db.session().get(model, tuple(key.values()))
    if standing is None:
        db.session().add(model(**key, **row))
        return True
    if standing.digest == row["digest"]:
        return False
    for name, value in row.items():
        setattr(standing, name, value)
    return True


def _retire_the_rest(run: _Load) -> None:
    offered = select(Activity).where(Activity.kind.in_(KINDS), Activity.retired_at.is_(None))
    for activity in db.session().scalars(offered):
        if activity.key not in run.met and made_up.PREFIX not in activity.key:
            activities.retire(activity)
            run.changed["retired"] += 1


def _digest(row: Mapping[str, Any]) -> str:
    said = json.dumps(row, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
