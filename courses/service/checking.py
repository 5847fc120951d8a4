"""Checking the files of catalogue/ and modules/: every gap, each in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app import content, markdown
from app.config import LANGUAGES

REVIEW_STATES = ("drafted", "read-by-native-reader", "read-by-lawyer")

COURSE = ("id", "kind", "order", "mode", "duration", "languages", "place", "contact", "sources")
MODULE = ("id", "slug", "order", "minutes", "status", "lessons")


def check(folder: Path) -> list[str]:
    """Findings: "modules/m1/l2.fr.md: what is wrong", one sentence each."""
    path = folder / "instruments.json"
    known = content.read(path) if path.exists() else {}
    return [
        *(
            f"instruments.json: {name} has no title in any language"
            for name, one in known.items()
            if not any(one.get(language) for language in LANGUAGES)
        ),
        *(
            f"catalogue/{path.parent.name}/{finding}"
            for path in sorted((folder / "catalogue").glob("*/course.json"))
            for finding in _course(path)
        ),
        *(
            f"modules/{path.parent.name}/{finding}"
            for path in sorted((folder / "modules").glob("*/module.json"))
            for finding in _module(path, known)
        ),
    ]


def _course(path: Path) -> Iterator[str]:
    yield from missing(content.read(path), COURSE, path.name)
    yield from content.gaps(content.read_words(path.parent, "course"), "course")


def _module(path: Path, known: Mapping[str, Any]) -> Iterator[str]:
    facts, words = content.read(path), content.read_words(path.parent, "module")
    absent = list(missing(facts, MODULE, path.name))
    yield from absent
    yield from content.gaps(words, "module")
    if absent:
        return
    named = [lesson["id"] for lesson in facts["lessons"]]
    for language, said in words.items():
        for lesson in sorted({*named} ^ {*said.get("lessons", {})}):
            yield f"module.{language}.json: lesson {lesson} is in one of the two files only"
    if facts["status"] == "open":
        for lesson in named:
            yield from _lesson(path.parent, lesson, words, known)


def missing(facts: Mapping[str, Any], names: tuple[str, ...], file: str) -> Iterator[str]:
    """What every course, or every module, must say and this one does not."""
    return (f"{file}: {name} is missing" for name in names if name not in facts)


def _lesson(
    folder: Path, lesson: str, words: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    paths = {language: folder / f"{lesson}.{language}.md" for language in LANGUAGES}
    english = paths["en"].read_bytes() if paths["en"].exists() else b""
    digest = hashlib.sha256(english).hexdigest()
    for language, path in paths.items():
        if not path.exists():
            yield f"{path.name}: missing"
            continue
        said = words.get(language, {}).get("lessons", {}).get(lesson, {})
        if said.get("review") not in REVIEW_STATES:
            yield f"module.{language}.json: lesson {lesson} has no review state"
        if language != "en" and said.get("translated_from") != digest:
            yield f"{path.name}: stale, the English text has changed since it was translated"
        yield from _dead_citations(path, known)


def _dead_citations(path: Path, known: Mapping[str, Any]) -> Iterator[str]:
    for reference in markdown.references(path.read_text(encoding="utf-8")):
        scheme, _, name = reference.partition(":")
        instrument, _, article = name.partition("#")
        if scheme != "law":
            yield f"{path.name}: {reference} is neither a citation nor an address"
        elif instrument not in known:
            yield f"{path.name}: {reference} cites an instrument that is not in instruments.json"
        elif article.count("(") != article.count(")"):
            yield f"{path.name}: {reference} has unbalanced parentheses"
