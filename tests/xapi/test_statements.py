"""Statements: an event becomes a complete statement and is read back as the same event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.events import LearningEvent, Result
from app.vocabulary import VERBS
from xapi import agents, retelling, statements
from xapi.shapes import Agent
from xapi.statements import Subject

SITE = "https://passage.example"
QUESTION = f"{SITE}/activities/modules/m1/quiz/q1"
SUBJECT = Subject(
    iri=QUESTION,
    names={"en": "Who is a migrant?", "fr": "Qui est migrant ?", "es": "¿Quién es migrante?"},
    type="http://adlnet.gov/expapi/activities/cmi.interaction",
    definition={
        "interactionType": "choice",
        "choices": [
            {"id": "a", "description": {"en": "Anyone", "fr": "Tout le monde", "es": "Cualquiera"}},
            {"id": "b", "description": {"en": "No one", "fr": "Personne", "es": "Nadie"}},
        ],
        "correctResponsesPattern": ["a"],
    },
    inside=f"{SITE}/activities/modules/m1/quiz",
    whole=f"{SITE}/activities/modules/m1",
)

numbers = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))
results = st.builds(
    Result,
    success=st.none() | st.booleans(),
    completion=st.none() | st.booleans(),
    score=st.none() | st.floats(0, 1),
    raw=st.none() | numbers,
    maximum=st.none() | numbers,
    response=st.none() | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    seconds=st.none() | st.floats(0, 1e12),
)


@st.composite
def learning_events(draw: st.DrawFn) -> LearningEvent:
    verb = draw(st.sampled_from(sorted(VERBS)))
    return LearningEvent(
        id=draw(st.uuids(version=4)),
        verb=verb,
        person_id=draw(st.uuids(version=4)),
        activity=draw(st.sampled_from([QUESTION, "urn:ispring:quiz 1", "http://-host.example/a"])),
        registration_id=draw(st.uuids(version=4)),
        time=draw(moments),
        language=draw(st.none() | st.sampled_from(["en", "fr", "es", "und", "pt-BR"])),
        result=draw(st.none() | results),
        takes_back=draw(st.uuids(version=4)) if verb == "voided" else None,
        by=draw(st.none() | st.uuids(version=4)),
        evidence=tuple(draw(st.lists(st.uuids(version=4), max_size=3))),
        required=draw(st.none() | st.lists(st.sampled_from([QUESTION, "urn:a"])).map(tuple)),
        moves=draw(st.booleans()),
    )


def said(event: LearningEvent, subject: Subject = SUBJECT) -> dict[str, Any]:
    return statements.to_statement(event, replace(subject, iri=event.activity), SITE)


@given(learning_events())
def test_an_event_read_back_from_its_statement_is_the_same(event: LearningEvent) -> None:
    body = msgspec.json.encode(said(event))
    assert retelling.to_event(body, SITE) == event
    assert b"correctResponsesPattern" not in body


def number(last: int) -> UUID:
    """An id of version 4 that a reader can tell from its neighbours."""
    return UUID(f"00000000-0000-4000-8000-{last:012}")


ANSWER = LearningEvent(
    id=number(1),
    verb="answered",
    person_id=number(2),
    activity=QUESTION,
    registration_id=number(3),
    time=datetime(2026, 11, 21, 14, 2, 3, 40, tzinfo=UTC),
    language="fr",
    result=Result(success=False, score=0.5, raw=1, maximum=2, response="a", seconds=90.25),
    by=number(4),
)


def test_a_statement_says_all_that_it_should_and_no_more_of_the_person() -> None:
    def account(name: int) -> dict[str, Any]:
        return {"objectType": "Agent", "account": {"homePage": SITE, "name": str(number(name))}}

    assert said(ANSWER) == {
        "id": str(number(1)),
        "actor": account(2),
        "verb": {
            "id": "http://adlnet.gov/expapi/verbs/answered",
            "display": {"en": "answered", "fr": "a répondu à", "es": "respondió a"},
        },
        "object": {
            "objectType": "Activity",
            "id": QUESTION,
            "definition": {
                "name": SUBJECT.names,
                "type": SUBJECT.type,
                "interactionType": "choice",
                "choices": SUBJECT.definition["choices"] if SUBJECT.definition else None,
            },
        },
        "result": {
            "success": False,
            "score": {"scaled": 0.5, "raw": 1, "max": 2, "min": 0.0},
            "response": "a",
            "duration": "PT90.25S",
        },
        "context": {
            "registration": str(number(3)),
            "instructor": account(4),
            "contextActivities": {
                "parent": [{"objectType": "Activity", "id": SUBJECT.inside}],
                "grouping": [{"objectType": "Activity", "id": SUBJECT.whole}],
            },
            "platform": "Passage",
            "language": "fr",
        },
        "timestamp": "2026-11-21T14:02:03.000040Z",
    }


def test_taking_back_is_said_by_whoever_did_it_else_by_the_house() -> None:
    void = replace(ANSWER, verb="voided", takes_back=number(9), result=None)
    told = said(void)
    assert told["actor"]["account"]["name"] == str(void.by)
    assert told["object"] == {"objectType": "StatementRef", "id": str(number(9))}
    assert "platform" not in told["context"]
    assert said(replace(void, by=None))["actor"]["account"]["name"] == "passage"


def test_what_strangers_say_becomes_no_event_of_ours() -> None:
    told = said(ANSWER)
    for change in (
        {"actor": {"account": {"homePage": "https://elsewhere.example", "name": str(uuid4())}}},
        {"actor": {"mbox": "mailto:ana@passage.example"}},
        {"verb": {"id": "http://adlnet.gov/expapi/verbs/shared"}},
        {"context": {}},
    ):
        assert retelling.to_event(msgspec.json.encode({**told, **change}), SITE) is None


def test_durations_of_other_forms_are_read_where_they_are_exact() -> None:
    for duration, seconds in (("PT1H2M3.5S", 3723.5), ("P1DT1S", 86_401), ("P1Y2M", None)):
        told = said(ANSWER)
        told["result"]["duration"] = duration
        event = retelling.to_event(msgspec.json.encode(told), SITE)
        assert event is not None
        assert event.result is not None
        assert event.result.seconds == seconds


def test_every_form_of_an_agent_has_one_key() -> None:
    forms: list[dict[str, Any]] = [
        {"account": {"homePage": SITE, "name": "a"}},
        {"mbox": "mailto:a@passage.example"},
        {"mbox_sha1sum": "a" * 40},
        {"openid": "https://a.example/"},
    ]

    def key(**form: Any) -> str:
        return agents.key(msgspec.convert(form, Agent))

    assert len({key(**form, name="Ana") for form in forms}) == 4
    members = key(objectType="Group", member=forms)
    assert members == key(objectType="Group", member=forms[::-1])
    assert len(key(openid="https://a.example/" + "a" * 9000)) < 100
    assert "\0" not in key(account={"homePage": SITE, "name": "\0"})
