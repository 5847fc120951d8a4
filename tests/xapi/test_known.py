"""/xapi/agents and /xapi/activities: what is known of whom and what statements speak of."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as some

from app import activities
from tests.houses import with_content
from tests.xapi.senders import Sender, a_sender, told
from xapi import definitions

ANA = {"mbox": "mailto:ana@elsewhere.example"}


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def person(sender: Sender, **agent: Any) -> dict[str, Any]:
    answer = sender.get("/xapi/agents", agent=json.dumps(agent))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json or {}
    return found


def activity(sender: Sender, iri: str) -> dict[str, Any]:
    answer = sender.get("/xapi/activities", activityId=iri)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json or {}
    return found


def about(iri: str, **definition: Any) -> dict[str, Any]:
    return told(object={"id": iri, "definition": definition})


# Agents


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param(ANA, id="XAPI-00239 XAPI-00244"),
        pytest.param({"mbox_sha1sum": "a" * 40}, id="XAPI-00240"),
        pytest.param({"openid": "https://ana.example/"}, id="XAPI-00241"),
        pytest.param({"account": {"homePage": "https://e.example", "name": "a"}}, id="XAPI-00242"),
    ],
)
def test_of_an_agent_never_heard_of_the_person_says_what_was_asked(
    sender: Sender, agent: dict[str, Any]
) -> None:
    """XAPI-00236, 00237, 00238, 00245, 00248; Communication 2.4.s3.b3."""
    ((name, value),) = agent.items()
    assert person(sender, **agent) == {"objectType": "Person", name: [value]}
    assert person(sender, **agent, name="Ana") == {
        "objectType": "Person",
        name: [value],
        "name": ["Ana"],
    }


def test_a_person_has_the_names_under_which_an_agent_acted(app: Flask, sender: Sender) -> None:
    a_sender(app, "other", "statements/write").post(told(actor={**ANA, "name": "Ána"}))
    sender.post([told(actor={**ANA, "name": name}) for name in ("Ana", "Anna", "Ana")])
    assert person(sender, **ANA, name="A")["name"] == ["A", "Ana", "Anna", "Ána"]
    own = a_sender(app, "own", "statements/read/mine", authority="sender")
    assert person(own, **ANA)["name"] == ["Ana", "Anna"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        pytest.param("agents", {}, id="XAPI-00243"),
        pytest.param("agents", {"agent": "ana"}, id="XAPI-00249 no JSON"),
        pytest.param("agents", {"agent": '{"name":"Ana"}'}, id="XAPI-00249 nobody"),
        pytest.param("agents", {"agent": '{"objectType":"Group","member":[]}'}, id="a group"),
        pytest.param("agents", {"agent": json.dumps(ANA), "x": "y"}, id="unknown parameter"),
        pytest.param("activities", {}, id="XAPI-00250"),
        pytest.param("activities", {"activityId": "a"}, id="no IRI"),
        pytest.param("activities", {"activityId": "urn:a", "x": "y"}, id="unknown parameter 2"),
    ],
)
def test_other_questions_are_refused_in_a_sentence(
    sender: Sender, path: str, query: dict[str, str]
) -> None:
    answer = sender.get(f"/xapi/{path}", **query)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["detail"]


@pytest.mark.parametrize("path", ["agents", "activities"])
def test_who_may_only_store_is_told_nothing(app: Flask, path: str) -> None:
    writer = a_sender(app, "writer", "statements/write")
    assert writer.get(f"/xapi/{path}").status_code == 403


@pytest.mark.parametrize(
    ("path", "query"),
    [("agents", {"agent": json.dumps(ANA)}), ("activities", {"activityId": "urn:a"})],
)
def test_head_is_answered_like_get(sender: Sender, path: str, query: dict[str, str]) -> None:
    """XAPI-00125, 00126."""
    head = sender.client.head(f"/xapi/{path}", query_string=query, headers=sender.headers)
    got = sender.get(f"/xapi/{path}", **query)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


# Activities


def test_an_activity_never_heard_of_is_told_by_its_id(sender: Sender) -> None:
    """Communication 2.5.s2.b1: the very id that was asked."""
    for iri in ("urn:a", "https://a.example/ü%20?x=1#y"):
        assert activity(sender, iri) == {"objectType": "Activity", "id": iri}


def test_what_several_statements_say_of_an_activity_is_one_definition(sender: Sender) -> None:
    """XAPI-00253, 00254."""
    sender.post(about("urn:a", name={"en": "One"}, type="urn:t", extensions={"urn:x": 1}))
    sender.post(
        [
            about("urn:a", name={"fr": "Un"}, description={"es": "Uno"}),
            about("urn:a", type="urn:t2", extensions={"urn:y": [None, "\0"]}),
            told(object={"id": "urn:a"}),
        ]
    )
    assert activity(sender, "urn:a")["definition"] == {
        "name": {"en": "One", "fr": "Un"},
        "type": "urn:t2",
        "extensions": {"urn:x": 1, "urn:y": [None, "\0"]},
        "description": {"es": "Uno"},
    }


def test_activities_around_and_inside_of_what_is_told_are_known_too(sender: Sender) -> None:
    def named(iri: str) -> dict[str, Any]:
        return {"id": iri, "definition": {"name": {"en": iri}}}

    inner = {
        **told(object=named("urn:1"), context={"contextActivities": {"other": [named("urn:2")]}}),
        "objectType": "SubStatement",
    }
    del inner["id"]
    outside = {"parent": named("urn:3"), "category": [named("urn:4"), named("urn:5")]}
    sender.post(told(object=inner, context={"contextActivities": outside}))
    for place in range(1, 6):
        found = activity(sender, f"urn:{place}")
        assert found["definition"]["name"] == {"en": f"urn:{place}"}


def test_of_what_was_refused_or_sent_again_nothing_is_learnt(sender: Sender) -> None:
    first = about("urn:a", name={"en": "One"})
    sender.post(first)
    again = {**first, "object": {"id": "urn:a", "definition": {"name": {"en": "Two"}}}}
    assert sender.post(again).status_code == 200
    sender.post([about("urn:a", name={"en": "Three"}), told(actor={})])
    assert activity(sender, "urn:a")["definition"] == {"name": {"en": "One"}}


def test_only_who_may_define_says_what_an_activity_is(app: Flask, sender: Sender) -> None:
    """Communication 4.0: the scope `define`."""
    a_sender(app, "writer", "statements/write").post(about("urn:a", name={"en": "No"}))
    assert "definition" not in activity(sender, "urn:a")
    a_sender(app, "author", "statements/write", "define").post(about("urn:a", name={"en": "Yes"}))
    assert activity(sender, "urn:a")["definition"] == {"name": {"en": "Yes"}}


def test_what_an_activity_of_this_house_is_nobody_else_says(app: Flask) -> None:
    with with_content(app).app_context():
        module = next(iter(activities.of_kind("module")))
        iri, titles = module.iri, module.titles
    sender = a_sender(app)
    sender.post(about(iri, name={"en": "Mine now", "de": "Meins"}))
    found = activity(sender, iri)
    assert found["id"] == iri
    assert found["definition"]["name"] == titles
    assert found["definition"]["type"] == "http://adlnet.gov/expapi/activities/module"


def test_a_definition_does_not_grow_without_end(sender: Sender) -> None:
    sender.post(about("urn:a", description={"en": "a" * 200_000}))
    sender.post(about("urn:a", description={"fr": "b" * 200_000}))
    sender.post(about("urn:a", name={"es": "A"}))
    found = activity(sender, "urn:a")["definition"]
    assert (set(found["description"]), found["name"]) == ({"en"}, {"es": "A"})


def test_batches_that_speak_of_the_same_activities_at_once_lose_nothing(
    app: Flask, sender: Sender
) -> None:
    """Each in another order, new and known ones mixed: nobody waits in a circle."""
    iris = [f"urn:a:{place}" for place in range(12)]
    sender.post([about(iri, name={"x-0": iri}) for iri in iris[::3]])

    def send(place: int) -> int:
        order = iris[place % 12 :] + iris[: place % 12]
        batch = [about(iri, name={f"x-{place}": iri}) for iri in order[:: (-1) ** place]]
        return Sender(app.test_client(), "sender").post(batch).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(1, 25))) == {200}
    for iri in iris:
        names = activity(sender, iri)["definition"]["name"]
        assert {f"x-{place}" for place in range(1, 25)} <= set(names)


_WORDS = some.dictionaries(some.sampled_from(["en", "fr", "es"]), some.text(), max_size=3)
_DEFINITIONS = some.fixed_dictionaries(
    {}, optional={"name": _WORDS, "description": _WORDS, "type": some.text()}
)


@given(_DEFINITIONS, _DEFINITIONS)
def test_one_definition_of_two_says_all_that_the_later_says_and_no_more_than_both(
    standing: dict[str, Any], said: dict[str, Any]
) -> None:
    found = definitions.joined(standing, said)
    assert definitions.joined(found, said) == found
    assert found.keys() == standing.keys() | said.keys()
    for name in ("name", "description"):
        both = {**standing.get(name, {}), **said.get(name, {})}
        assert found.get(name, {}) == both
