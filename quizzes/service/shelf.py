"""The shelf: quizzes and their questions, brought from the content files into rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import activities, content, db
from app.config import LANGUAGES
from app.models import Activity
from app.vocabulary import Words
from quizzes import questions
from quizzes.models import Key, Question, Quiz

AFTER_LESSONS = 1000
"""The position of a quiz among the parts of its module."""

NAME_LENGTH = 90
"""Characters of a prompt that stand for a question where it is only named."""


def load(folder: str) -> Mapping[str, int]:
    """Bring every modules/*/quiz.json into rows; how many quizzes and questions changed.

    What is no longer in the files is retired, never deleted: attempts keep showing it. Raises
    ValueError with the file and every fault of a quiz that could not be marked.
    """
    changed: Counter[str] = Counter()
    instruments = _instruments(Path(folder))
    for module in sorted(Path(folder).glob("modules/*/")):
        key = f"modules/{module.name}/quiz"
        if (module / "quiz.json").exists():
            said = _parse(module)
            quiz = _bring_quiz(key, said, activities.find(f"modules/{module.name}"), changed)
            _bring_questions(quiz, said, instruments, changed)
        else:
            _retire_quiz(key, changed)
    db.session().flush()
    if any(changed.values()):
        content.changed_now()
    return changed


def _parse(module: Path) -> questions.Quiz:
    try:
        return questions.parse(content.read(module / "quiz.json"), _words(module))
    except ValueError as wrong:
        raise ValueError(f"modules/{module.name}/quiz.json: {wrong}") from wrong


def _words(module: Path) -> dict[str, dict[str, Any]]:
    files = {language: module / f"quiz.{language}.json" for language in LANGUAGES}
    return {language: content.read(file) for language, file in files.items() if file.exists()}


def _instruments(folder: Path) -> dict[str, Any]:
    path = folder / "instruments.json"
    return content.read(path) if path.exists() else {}


def _bring_quiz(
    key: str, said: questions.Quiz, parent: Activity | None, changed: Counter[str]
) -> Activity:
    new = activities.find(key) is None
    activity = activities.define(key, "quiz", said.title, parent=parent, position=AFTER_LESSONS)
    touched = new or db.session().is_modified(activity)
    wanted = {
        "pass_mark": said.pass_mark,
        "introduction": said.introduction,
        "settings": said.settings,
    }
    row = db.session().get(Quiz, activity.id)
    if row is None:
        row = Quiz(activity_id=activity.id)
        db.session().add(row)
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            touched = True
    changed["quizzes"] += touched
    db.session().flush()
    return activity


def _bring_questions(
    quiz: Activity, said: questions.Quiz, instruments: Mapping[str, Any], changed: Counter[str]
) -> None:
    standing = {row.name: row for row in current(quiz)}
    keys = _keys(standing.values())
    for position, one in enumerate(said.questions, start=1):
        row = standing.pop(one.id, None)
        cites = _cites(one, instruments)
        if row is None or not _same(one, row, keys[row.id]):
            _new_version(quiz, one, position, cites, row)
            changed["questions"] += 1
        elif row.position != position or keys[row.id].cites != cites:
            row.position, keys[row.id].cites = position, cites
            changed["questions"] += 1
    for row in standing.values():
        _retire(row)
        changed["questions"] += 1


def current(quiz: Activity) -> list[Question]:
    """The questions that a new attempt would ask, in the order of the file."""
    rows = select(Question).where(Question.quiz_id == quiz.id, Question.retired_at.is_(None))
    return list(db.session().scalars(rows.order_by(Question.position, Question.name)))


def _keys(rows: Any) -> dict[Any, Key]:
    ids = [row.id for row in rows]
    found = db.session().scalars(select(Key).where(Key.question_id.in_(ids)))
    return {key.question_id: key for key in found}


def _same(one: questions.Question, row: Question, key: Key) -> bool:
    """Whether a version still says what its file says; the words of its cites do not count."""
    cited = [(cite["instrument"], cite["article"]) for cite in key.cites]
    return (row.type, row.shown, key.right, key.feedback, cited) == (
        one.type,
        one.shown,
        list(one.right),
        one.feedback,
        list(one.cites),
    )


def _cites(one: questions.Question, instruments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Cites with the short names of their instruments, so that they can be said without a law
    database."""
    return [
        {"instrument": name, "article": article, "short": _short(name, instruments)}
        for name, article in one.cites
    ]


def _short(name: str, instruments: Mapping[str, Any]) -> Words:
    known = {language: questions.at(instruments, name, language, "short") for language in LANGUAGES}
    return {language: short for language, short in known.items() if short} or {"en": name}


def _new_version(
    quiz: Activity,
    one: questions.Question,
    position: int,
    cites: list[dict[str, Any]],
    before: Question | None,
) -> None:
    activity = activities.define(
        f"{quiz.key}/{one.id}",
        "question",
        {language: _name(prompt) for language, prompt in one.prompt.items()},
        parent=quiz,
        position=position,
        definition=one.definition,
    )
    last = select(func.max(Question.version)).where(Question.activity_id == activity.id)
    if before is not None:
        before.retired_at = db.now()
    row = Question(
        quiz_id=quiz.id,
        activity_id=activity.id,
        version=(db.session().scalar(last) or 0) + 1,
        name=one.id,
        type=one.type,
        position=position,
        shown=one.shown,
    )
    db.session().add(row)
    db.session().flush()
    db.session().add(
        Key(question_id=row.id, right=list(one.right), feedback=one.feedback, cites=cites)
    )


def _name(prompt: str) -> str:
    if len(prompt) <= NAME_LENGTH:
        return prompt
    return prompt[:NAME_LENGTH].rpartition(" ")[0] + "…"


def _retire(row: Question) -> None:
    row.retired_at = db.now()
    activities.retire(db.session().get_one(Activity, row.activity_id))


def _retire_quiz(key: str, changed: Counter[str]) -> None:
    quiz = activities.find(key)
    if quiz is None or quiz.kind != "quiz" or quiz.retired_at is not None:
        return
    activities.retire(quiz)
    for row in current(quiz):
        _retire(row)
    changed["quizzes"] += 1


def check(folder: str) -> list[str]:
    """Findings in the quiz files, "file: what is wrong" each."""
    instruments = _instruments(Path(folder))
    return [
        f"modules/{path.parent.name}/{finding}"
        for path in sorted(Path(folder).glob("modules/*/quiz.json"))
        for finding in _check(path, instruments)
    ]


def _check(path: Path, instruments: Mapping[str, Any]) -> Iterator[str]:
    try:
        facts, words = content.read(path), _words(path.parent)
    except ValueError as wrong:
        yield str(wrong)
        return
    for language in LANGUAGES.keys() - words.keys():
        yield f"quiz.{language}.json: the file is missing"
    faults = list(questions.faults(facts))
    yield from (f"quiz.json: {fault}" for fault in faults)
    if faults:
        return
    yield from (f"quiz.{language}.json: {gap}" for language, gap in questions.gaps(facts, words))
    lessons = _lessons(path.parent / "module.json")
    for one in facts["questions"]:
        for cite in one.get("cites", []):
            if cite["instrument"] not in instruments:
                yield f"quiz.json: {one['id']}: unknown instrument {cite['instrument']}"
        if one.get("lesson") is not None and one["lesson"] not in lessons:
            yield f"quiz.json: {one['id']}: unknown lesson {one['lesson']}"


def _lessons(path: Path) -> set[str]:
    try:
        return {one["id"] for one in json.loads(path.read_text(encoding="utf-8"))["lessons"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
