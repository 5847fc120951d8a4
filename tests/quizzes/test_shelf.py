"""From files to rows: what changes, what is retired, what the check finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db
from app.config import ROOT
from quizzes.models import Question
from quizzes.service import shelf
from tests.quizzes.conftest import LANGUAGES, small_quiz, write_quiz


@pytest.fixture
def load(app: Flask, tmp_path: Path) -> Any:
    """Writes a changed small quiz and brings it into rows."""

    def bring(change: Callable[[Any, Any], None] = lambda facts, said: None) -> dict[str, int]:
        facts, said = small_quiz()
        change(facts, said)
        folder = write_quiz(tmp_path / "content", facts, said)
        with db.transaction():
            return {name: count for name, count in shelf.load(str(folder)).items() if count}

    with app.app_context():
        yield bring


def versions() -> dict[str, list[tuple[int, bool]]]:
    found: dict[str, list[tuple[int, bool]]] = {}
    for row in db.session().scalars(select(Question).order_by(Question.name, Question.version)):
        found.setdefault(row.name, []).append((row.version, row.retired_at is None))
    return found


def test_a_second_run_changes_nothing(load: Any) -> None:
    assert load() == {"quizzes": 1, "questions": 4}
    assert load() == {}
    assert activities.get("modules/m1/quiz").definition is None
    assert versions() == {name: [(1, True)] for name in ("q1", "q2", "q3", "q4")}


def test_a_changed_question_is_a_new_version(load: Any) -> None:
    load()

    def reword(facts: Any, said: Any) -> None:
        said["fr"]["questions"]["q1"]["prompt"] = "Autrement ?"

    assert load(reword) == {"questions": 1}
    assert versions()["q1"] == [(1, False), (2, True)]
    assert activities.get("modules/m1/quiz/q1").titles["fr"] == "Autrement ?"


def test_a_changed_key_is_a_new_version(load: Any) -> None:
    load()

    def rekey(facts: Any, said: Any) -> None:
        for option in facts["questions"][0]["options"]:
            option["correct"] = option["id"] == "c"

    assert load(rekey) == {"questions": 1}
    assert versions()["q1"] == [(1, False), (2, True)]


def test_a_removed_question_retires_and_may_return(load: Any) -> None:
    load()
    assert load(lambda facts, said: facts["questions"].pop()) == {"questions": 1}
    assert versions()["q4"] == [(1, False)]
    assert activities.get("modules/m1/quiz/q4").retired_at is not None
    assert load() == {"questions": 1}
    assert versions()["q4"] == [(1, False), (2, True)]
    assert activities.get("modules/m1/quiz/q4").retired_at is None


def test_another_order_is_no_new_version(load: Any) -> None:
    load()
    assert load(lambda facts, said: facts["questions"].reverse()) == {"questions": 4}
    assert versions()["q1"] == [(1, True)]


def test_a_changed_pass_mark_is_the_quiz_alone(load: Any) -> None:
    load()
    assert load(lambda facts, said: facts.update(pass_mark=0.5)) == {"quizzes": 1}


def test_a_quiz_without_its_file_retires(load: Any, tmp_path: Path) -> None:
    load()
    (tmp_path / "content" / "modules" / "m1" / "quiz.json").unlink()
    with db.transaction():
        assert shelf.load(str(tmp_path / "content"))["quizzes"] == 1
    assert activities.get("modules/m1/quiz").retired_at is not None


def _first(facts: Any) -> Any:
    return facts["questions"][0]


BROKEN: list[tuple[Callable[[Any, Any], Any], str]] = [
    (lambda facts, said: facts.update(pass_mark=70), "pass_mark is a share between 0 and 1"),
    (lambda facts, said: facts.update(questions=[]), "there are no questions"),
    (lambda facts, said: facts.update(settings={"x": 1}), "unknown settings: x"),
    (lambda facts, said: _first(facts).update(id="q2"), "q2: this id stands twice"),
    (lambda facts, said: _first(facts).pop("id"), "question 1 has no id"),
    (lambda facts, said: _first(facts).update(type="essay"), "q1: the type 'essay' is not one of"),
    (lambda facts, said: _first(facts).update(options="a"), "q1: each option has an id"),
    (
        lambda facts, said: _first(facts)["options"][1].update(correct=True),
        "q1: exactly one option is right, not 2",
    ),
    (
        lambda facts, said: [one.update(correct=True) for one in facts["questions"][1]["options"]],
        "q2: at least one option is right and at least one is wrong",
    ),
    (
        lambda facts, said: facts["questions"][2]["options"].append({"id": "c", "correct": False}),
        "q3: true or false has two options",
    ),
]


@pytest.mark.parametrize(("harm", "finding"), BROKEN, ids=[finding for _, finding in BROKEN])
def test_a_quiz_that_cannot_be_marked_is_found_and_not_loaded(
    harm: Any, finding: str, tmp_path: Path, load: Any
) -> None:
    facts, said = small_quiz()
    harm(facts, said)
    folder = write_quiz(tmp_path / "content", facts, said)
    assert any(finding in one for one in shelf.check(str(folder)))
    with pytest.raises(ValueError, match=r"modules/m1/quiz\.json"):
        load(harm)
    assert versions() == {}


GAPS: list[tuple[Callable[[Any, Any], Any], str]] = [
    (lambda facts, said: said.pop("es"), "quiz.es.json: the file is missing"),
    (lambda facts, said: said["fr"].pop("title"), "quiz.fr.json: title is missing"),
    (lambda facts, said: said["fr"]["questions"].pop("q1"), "quiz.fr.json: q1 is missing"),
    (
        lambda facts, said: said["en"]["questions"]["q1"].update(feedback=" "),
        "quiz.en.json: q1: feedback is missing",
    ),
    (
        lambda facts, said: said["en"]["questions"]["q1"]["options"].pop("a"),
        "quiz.en.json: q1: its options are a, b, c, not b, c",
    ),
    (
        lambda facts, said: said["en"]["questions"].update(q9={}),
        "quiz.en.json: q9 is no question of quiz.json",
    ),
    (
        lambda facts, said: _first(facts)["cites"][0].update(instrument="iccrp"),
        "quiz.json: q1: unknown instrument iccrp",
    ),
    (lambda facts, said: _first(facts).update(lesson="l9"), "quiz.json: q1: unknown lesson l9"),
]


@pytest.mark.parametrize(("harm", "finding"), GAPS, ids=[finding for _, finding in GAPS])
def test_the_check_names_each_gap(harm: Any, finding: str, tmp_path: Path) -> None:
    facts, said = small_quiz()
    harm(facts, said)
    folder = write_quiz(tmp_path / "content", facts, said)
    assert shelf.check(str(folder)) == [f"modules/m1/{finding}"]


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write_quiz(tmp_path / "content", *small_quiz())
    (folder / "modules" / "m1" / "quiz.json").write_text('{\n"id": }')
    assert shelf.check(str(folder)) == ["modules/m1/quiz.json: line 2: Expecting value"]


def test_the_units_own_quizzes_have_no_finding() -> None:
    assert shelf.check(str(ROOT / "content")) == []
    asked = json.loads((ROOT / "content" / "modules" / "m1" / "quiz.json").read_text())
    assert {one["type"] for one in asked["questions"]} == {"single", "multiple", "true_false"}
    assert LANGUAGES == ("en", "fr", "es")
