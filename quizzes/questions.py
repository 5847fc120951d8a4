"""Questions as the content files say them: one key, words in several languages beside it.

quiz.json           pass_mark; settings; questions: id, type, level, lesson, options with
                    `correct`, cites. In a true_false question the first option says "true".
quiz.<lang>.json    title, introduction; by question id: prompt, options by id, feedback
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quizzes import grading

Words = dict[str, str]
Files = Mapping[str, Mapping[str, Any]]
"""The words by language, each as its file says them."""

SETTINGS = {"shuffle_questions": True, "shuffle_options": True}


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its key. `shown` is what a learner may see before handing in; `right` and
    `explained` (feedback and cites) are not."""

    id: str
    type: str
    prompt: Words
    options: tuple[tuple[str, Words], ...]
    lesson: str | None
    level: str | None
    right: tuple[str, ...]
    feedback: Words
    cites: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> dict[str, Any]:
        return {
            "prompt": self.prompt,
            "options": [{"id": id, "words": words} for id, words in self.options],
            "lesson": self.lesson,
            "level": self.level,
        }

    @property
    def definition(self) -> dict[str, Any]:
        """The xAPI definition (Data, Interaction Activities), without the response pattern."""
        if self.type == grading.TRUE_FALSE:
            return {"description": self.prompt, "interactionType": "true-false"}
        choices = [{"id": id, "description": words} for id, words in self.options]
        return {
            "description": self.prompt,
            "interactionType": "choice",
            "choices": choices,
        }


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz as its files say it. `pass_mark` is 0-1."""

    title: Words
    introduction: Words
    pass_mark: float
    settings: dict[str, Any]
    questions: tuple[Question, ...]


def parse(facts: Mapping[str, Any], words: Files) -> Quiz:
    """A quiz from its files; a word that is missing in one language is left out.

    Raises ValueError with every fault that would make it unmarkable.
    """
    found = list(faults(facts))
    if found:
        raise ValueError("; ".join(found))
    return Quiz(
        title=_said(words, "title"),
        introduction=_said(words, "introduction"),
        pass_mark=float(facts["pass_mark"]),
        settings={**SETTINGS, **facts.get("settings", {})},
        questions=tuple(_question(one, words) for one in facts["questions"]),
    )


def _question(facts: Mapping[str, Any], words: Files) -> Question:
    path = ("questions", facts["id"])
    names = _names(facts)
    return Question(
        id=facts["id"],
        type=facts["type"],
        prompt=_said(words, *path, "prompt"),
        options=tuple(
            (names[one["id"]], _said(words, *path, "options", one["id"]))
            for one in facts["options"]
        ),
        lesson=facts.get("lesson"),
        level=facts.get("level"),
        right=tuple(names[one["id"]] for one in facts["options"] if one["correct"]),
        feedback=_said(words, *path, "feedback"),
        cites=tuple((one["instrument"], one["article"]) for one in facts.get("cites", [])),
    )


def _names(facts: Mapping[str, Any]) -> dict[str, str]:
    """What the options of a question are called in answers and statements."""
    ids = [one["id"] for one in facts["options"]]
    names = ["true", "false"] if facts["type"] == grading.TRUE_FALSE else ids
    return dict(zip(ids, names, strict=True))


def _said(words: Files, *path: str) -> Words:
    """The words at a place of the files, by language; only where there are any."""
    found = {language: at(file, *path) for language, file in words.items()}
    return {language: said for language, said in found.items() if isinstance(said, str) and said}


def at(file: Any, *path: str) -> Any:
    """What stands at a place of a file, or None."""
    for step in path:
        if not isinstance(file, Mapping):
            return None
        file = file.get(step)
    return file


def faults(facts: Mapping[str, Any]) -> Iterator[str]:
    """What makes the structure of a quiz unusable, a sentence each."""
    mark = facts.get("pass_mark")
    if not isinstance(mark, (int, float)) or isinstance(mark, bool) or not 0 <= mark <= 1:
        yield "pass_mark is a share between 0 and 1"
    unknown = sorted(set(facts.get("settings", {})) - set(SETTINGS))
    if unknown:
        yield f"unknown settings: {', '.join(unknown)}"
    asked = facts.get("questions")
    if not isinstance(asked, list) or not asked:
        yield "there are no questions"
        return
    seen: set[str] = set()
    for place, one in enumerate(asked, start=1):
        id = at(one, "id")
        if not isinstance(id, str) or not id:
            yield f"question {place} has no id"
        elif id in seen:
            yield f"{id}: this id stands twice"
        else:
            seen.add(id)
            yield from (f"{id}: {fault}" for fault in _question_faults(one))


def _question_faults(one: Mapping[str, Any]) -> Iterator[str]:
    if one.get("type") not in grading.TYPES:
        yield f"the type {one.get('type')!r} is not one of {', '.join(grading.TYPES)}"
        return
    options = one.get("options")
    if not isinstance(options, list) or not all(_is_option(option) for option in options):
        yield "each option has an id and says whether it is correct"
        return
    ids = [option["id"] for option in options]
    if len(set(ids)) != len(ids):
        yield "an option stands twice"
    yield from _key_faults(one["type"], [option["correct"] for option in options])
    cites = one.get("cites", [])
    if not isinstance(cites, list) or not all(
        isinstance(at(cite, name), str) for cite in cites for name in ("instrument", "article")
    ):
        yield "each cite names an instrument and an article"


def _is_option(option: Any) -> bool:
    id = at(option, "id")
    return isinstance(id, str) and id != "" and isinstance(at(option, "correct"), bool)


def _key_faults(type: str, correct: Sequence[bool]) -> Iterator[str]:
    right, wrong = correct.count(True), correct.count(False)
    if type == grading.TRUE_FALSE and len(correct) != 2:
        yield "true or false has two options"
    if type != grading.MULTIPLE and right != 1:
        yield f"exactly one option is right, not {right}"
    if type == grading.MULTIPLE and not (right and wrong):
        yield "at least one option is right and at least one is wrong"
    if len(correct) < 2:
        yield "a question needs two options"


def gaps(facts: Mapping[str, Any], words: Files) -> Iterator[tuple[str, str]]:
    """(language, what is missing or too much in its file), for a structure without faults."""
    wanted = {one["id"]: {option["id"] for option in one["options"]} for one in facts["questions"]}
    for language, file in words.items():
        for name in ("title", "introduction"):
            if not isinstance(file.get(name), str) or not file[name].strip():
                yield language, f"{name} is missing"
        said = file.get("questions")
        said = said if isinstance(said, Mapping) else {}
        for id in sorted(wanted.keys() - said.keys()):
            yield language, f"{id} is missing"
        for id in sorted(said.keys() - wanted.keys()):
            yield language, f"{id} is no question of quiz.json"
        for id in sorted(wanted.keys() & said.keys()):
            yield from ((language, f"{id}: {gap}") for gap in _gaps(said[id], wanted[id]))


def _gaps(said: Any, options: set[str]) -> Iterator[str]:
    for name in ("prompt", "feedback"):
        words = at(said, name)
        if not isinstance(words, str) or not words.strip():
            yield f"{name} is missing"
    spoken = at(said, "options")
    spoken = spoken if isinstance(spoken, Mapping) else {}
    if set(spoken) != options:
        yield f"its options are {', '.join(sorted(options))}, not {', '.join(sorted(spoken))}"
    yield from (f"option {id} has no words" for id, one in spoken.items() if not str(one).strip())
