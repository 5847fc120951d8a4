"""Statements in words: whoever reads, in her language, always whole sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import sentences
from app.events import LearningEvent, Result
from app.sentences import Subject
from app.vocabulary import VERBS

LESSON = Subject(titles={"en": "What the field covers", "fr": "Ce que couvre la matière"})
QUESTION = Subject(
    titles={"en": "Question 3"},
    definition={
        "description": {"en": "Who is a migrant?", "fr": "Qui est migrant ?"},
        "interactionType": "choice",
        "choices": [
            {"id": "a", "description": {"en": "Anybody who moves", "fr": "Qui se déplace"}},
            {"id": "b", "description": {"en": "Nobody"}},
        ],
    },
)


def event(verb: str = "completed", **more: object) -> LearningEvent:
    facts = {
        "id": uuid4(),
        "person_id": uuid4(),
        "activity": "https://passage.example/activities/modules/m1/l1",
        "registration_id": uuid4(),
        "time": datetime(2026, 11, 21, 12, tzinfo=UTC),
    }
    return LearningEvent(verb=verb, **{**facts, **more})  # type: ignore[arg-type]  # a test's shorthand


def said(
    told: LearningEvent, subject: Subject | None = LESSON, language: str = "en", **more: object
) -> str:
    return sentences.sentence(told, subject, language=language, **more)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _in_a_house(app: Flask) -> object:
    with app.app_context():
        yield


def test_she_is_spoken_to() -> None:
    assert said(event()) == "You completed “What the field covers”."


def test_somebody_else_reads_her_name_or_none() -> None:
    assert said(event(), name="Neema Mushi") == "Neema Mushi completed “What the field covers”."
    assert said(event(), name="") == "This person completed “What the field covers”."


def test_the_title_stands_in_the_language_of_the_reader() -> None:
    assert "Ce que couvre la matière" in said(event(), language="fr")


def test_score_and_time_follow() -> None:
    told = event("passed", result=Result(score=0.8, seconds=754.0))
    assert said(told) == "You passed “What the field covers”. Score: 80%. Time: 13 minutes."


def test_an_answer_is_told_with_the_words_of_its_options() -> None:
    told = event("answered", result=Result(response="a[,]b", success=False))
    assert said(told, QUESTION) == (
        "You answered “Who is a migrant?”. Answer: “Anybody who moves; Nobody”. It was not right."
    )


def test_an_option_that_is_gone_is_told_by_its_name() -> None:
    assert sentences.answer("a[,]z", QUESTION.definition, "fr") == "Qui se déplace; z"


def test_true_and_false_are_words() -> None:
    definition = {"interactionType": "true-false"}
    assert sentences.answer("true", definition, "en") == "True"
    assert sentences.answer("false", definition, "en") == "False"


def test_a_long_text_is_shortened() -> None:
    assert len(sentences.answer("x" * 10_000, None, "en")) == sentences.LONGEST


def test_what_was_taken_back_says_so() -> None:
    assert said(event(), taken_back=True).endswith("This was taken back later.")
    told = event("voided", takes_back=uuid4(), by=uuid4())
    assert said(told) == (
        "Something recorded about you in “What the field covers” was taken back."
        " This was entered by a member of staff."
    )


def test_an_activity_that_nobody_knows_is_told_by_the_end_of_its_iri() -> None:
    assert said(event(), None) == "You completed “l1”."


@pytest.mark.parametrize("name", [None, "Neema", ""])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_sentence_of_its_own(verb: str, name: str | None) -> None:
    unknown = said(event("danced"), name=name)
    told = said(event(verb), name=name)
    assert "What the field covers" in told
    assert told.endswith(".")
    assert "danced" in unknown
    assert told != unknown.replace("danced", verb)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from([*VERBS, "danced"]),
    st.text(min_size=1, max_size=30),
    st.none() | st.text(max_size=20),
    st.none() | st.text(max_size=40),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 1e6),
    st.sampled_from(["en", "fr", "es"]),
)
def test_whatever_the_words_a_sentence_holds_them_unchanged(
    verb: str,
    title: str,
    name: str | None,
    response: str | None,
    score: float | None,
    seconds: float | None,
    language: str,
) -> None:
    told = event(verb, result=Result(response=response, score=score, seconds=seconds))
    words = said(told, Subject(titles={"en": title}), language, name=name)
    for part in (title, name or "", response or ""):
        assert part in words
