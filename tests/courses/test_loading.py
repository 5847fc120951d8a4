"""Files become rows: once, wholly or not at all, and never at a learner's cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, content, db
from app.models import Activity, Progress
from courses.models import Course, Lesson
from tests.courses.conftest import Learner


def _load(folder: Path) -> dict[str, int]:
    with db.transaction():
        return {name: count for name, count in content.load(str(folder)).items() if count}


def _rows() -> list[object]:
    tables = (Activity, Course, Lesson)
    return [tuple(row) for one in tables for row in db.session().execute(select(one.__table__))]


def test_everything_of_the_unit_is_there(house: Flask) -> None:
    with house.app_context():
        assert len(activities.of_kind("course")) == 3
        assert len(activities.of_kind("service")) == 4
        assert len(activities.of_kind("module")) == 7
        assert len(activities.of_kind("lesson")) == 4
        assert db.session().scalar(select(func.count()).select_from(Lesson)) == 12


def test_a_second_load_changes_nothing(house: Flask, folder: Path) -> None:
    with house.app_context():
        before, version = _rows(), content.version()
        assert _load(folder) == {}
        assert _rows() == before
        assert content.version() == version


def test_a_module_is_completed_by_its_lessons_and_its_quiz_at_the_pass_mark(house: Flask) -> None:
    with house.app_context():
        module = activities.get("modules/m1")
        facts = content.read(Path(house.config["CONTENT"]) / "modules" / "m1" / "module.json")
        lessons = [
            {"completed": activities.iri(f"modules/m1/{one['id']}")} for one in facts["lessons"]
        ]
        mark = facts["quiz"]["pass_mark"]
        quiz = {"score": activities.iri("modules/m1/quiz"), "minimum": mark}
        assert module.rule == {"all": [*lessons, quiz]}


def test_one_changed_lesson_is_one_change(house: Flask, folder: Path) -> None:
    text = folder / "modules" / "m1" / "l2.fr.md"
    text.write_text(text.read_text() + "\n\nUne phrase de plus.\n")
    with house.app_context():
        version = content.version()
        assert _load(folder) == {"lessons": 1}
        assert content.version() != version
        key = (activities.get("modules/m1/l2").id, "fr")
        assert "<p>Une phrase de plus.</p>" in db.session().get_one(Lesson, key).html


def test_a_removed_lesson_is_retired_and_what_was_learned_stays(
    beginner: Learner, folder: Path
) -> None:
    beginner.done("l2")
    for path in (folder / "modules" / "m1").glob("l2.*.md"):
        path.unlink()
    with beginner.app.app_context():
        before = db.session().scalar(select(func.count()).select_from(Progress))
        assert _load(folder) == {
            "modules": 1,
            "retired": 1,
        }
        retired = activities.get("modules/m1/l2")
        assert retired.retired_at is not None
        assert activities.iri("modules/m1/l2") not in str(activities.get("modules/m1").rule)
        assert db.session().scalar(select(func.count()).select_from(Progress)) == before


def test_a_lesson_that_comes_back_is_offered_again(house: Flask, folder: Path) -> None:
    moved = folder / "modules" / "m1"
    texts = {path: path.read_text() for path in moved.glob("l2.*.md")}
    for path in texts:
        path.unlink()
    with house.app_context():
        _load(folder)
        for path, text in texts.items():
            path.write_text(text)
        _load(folder)
        assert activities.get("modules/m1/l2").retired_at is None


def test_a_text_that_is_no_longer_there_in_one_language_goes(house: Flask, folder: Path) -> None:
    (folder / "modules" / "m1" / "l1.es.md").unlink()
    with house.app_context():
        assert _load(folder) == {"lessons": 1, "modules": 1}
        lesson = activities.get("modules/m1/l1")
        found = select(Lesson.language).where(Lesson.activity_id == lesson.id)
        assert set(db.session().scalars(found)) == {"en", "fr"}
        module = db.session().get_one(Course, activities.get("modules/m1").id)
        assert module.facts["languages"] == ["en", "fr"]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("modules/m2/module.json", "{", "module.json: line 1"),
        ("modules/m2/module.json", "[]", "module.json: an object is expected"),
        ("modules/m2/module.json", '{"id": "m2"}', "m2/module.json: slug is missing"),
        ("catalogue/iml-geneva/course.json", "{}", "iml-geneva/course.json: id is missing"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_half_loaded(
    app: Flask, folder: Path, file: str, text: str, said: str
) -> None:
    (folder / file).write_text(text)
    with app.app_context():
        with pytest.raises(ValueError, match=said.replace("[", r"\[")):
            _load(folder)
        assert _rows() == []
    answer = app.test_cli_runner().invoke(args=["content", "load", "--folder", str(folder)])
    assert answer.exit_code != 0


def test_a_folder_without_courses_retires_nothing(house: Flask, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with house.app_context():
        assert _load(empty) == {}
        assert len(activities.of_kind("lesson")) == 4


def test_a_module_in_preparation_has_no_lessons_to_read(house: Flask, folder: Path) -> None:
    with house.app_context():
        module = activities.get("modules/m2")
        assert activities.children(module, "lesson") == []
        assert module.rule is None


def test_kinds_say_what_can_be_begun(house: Flask) -> None:
    """activity_kinds"""
    with house.app_context():
        kinds = activities.kinds()
        ours = ("course", "service", "module", "lesson")
        assert [name for name in ours if kinds[name].enterable] == ["module"]
        assert kinds["module"].award == "at_once"
        assert not kinds["service"].tracked


def test_minutes_stand_in_the_definition_of_a_module(house: Flask, folder: Path) -> None:
    with house.app_context():
        definition = activities.get("modules/m1").definition
        assert json.dumps(definition).endswith('extensions/minutes": 60}}')
