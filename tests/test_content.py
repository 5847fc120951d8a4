"""Content: the site's words, and what is kept in mind until the content changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask

from app import content, db


def test_something_is_made_once_for_each_version(app: Flask) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    with app.app_context():
        assert [content.keep_in_mind("x", make) for _ in range(3)] == [1, 1, 1]
        with db.transaction():
            content.changed_now()
        assert content.keep_in_mind("x", make) == 2


def test_another_process_sees_the_change_within_a_second(
    app: Flask, make_app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "_ASKED_EVERY", 0.0)
    other = make_app()  # type: ignore[operator]  # the fixture is a factory
    with other.app_context():
        assert content.keep_in_mind("x", lambda: "before") == "before"
    with app.app_context(), db.transaction():
        content.changed_now()
    with other.app_context():
        assert content.keep_in_mind("x", lambda: "after") == "after"


def test_a_change_that_is_undone_was_never_one(app: Flask) -> None:
    with app.app_context():
        assert content.keep_in_mind("x", lambda: "before") == "before"
        with pytest.raises(LookupError), db.transaction():
            content.changed_now()
            assert content.keep_in_mind("x", lambda: "meanwhile") == "meanwhile"
            raise LookupError
        assert content.keep_in_mind("x", lambda: "as before") == "as before"
        assert content.version() == ""


def test_what_is_kept_in_mind_stays_small(app: Flask) -> None:
    with app.app_context():
        for number in range(1200):
            content.keep_in_mind(f"page {number}", lambda: "")
        from app import plugins

        assert len(plugins.memory()) <= 500


def test_the_site_speaks_the_readers_language_else_english(app: Flask, tmp_path: Path) -> None:
    for language, name in (("en", "Passage"), ("fr", "Le passage")):
        (tmp_path / f"site.{language}.json").write_text(json.dumps({"name": name}))
    with app.app_context():
        assert content.site("fr") == {}
        with db.transaction():
            assert content.load(str(tmp_path))["site"] == 1
        with db.transaction():
            assert content.load(str(tmp_path))["site"] == 0
        assert content.site("fr")["name"] == "Le passage"
        assert content.site("es")["name"] == "Passage"


def test_gaps_between_languages_are_named() -> None:
    words = {
        "en": {"title": "A", "topics": ["x", "y"], "note": None},
        "fr": {"title": "A", "topics": ["x"], "note": "n", "more": 1},
        "es": {"title": "", "topics": ["x", "y"], "note": None},
    }
    assert content.gaps(words, "course") == [
        "course.en.json: more is missing",
        "course.fr.json: topics[1] is missing",
        "course.es.json: more is missing",
        "course.es.json: title is empty",
    ]
    assert content.gaps({"en": {"a": {"b": ["c"]}}, "fr": {}}, "x") == [
        "x.es.json: missing",
        "x.fr.json: a is missing",
    ]
