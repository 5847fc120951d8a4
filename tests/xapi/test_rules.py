"""The rules of the standard: what is valid is taken, what is not is refused at its place."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xapi.senders import VERB, told, void
from xapi import bodies, rules

AGENT = {"mbox": "mailto:ana@elsewhere.example"}
SUB = {
    "objectType": "SubStatement",
    "actor": AGENT,
    "verb": {"id": VERB},
    "object": {"id": "urn:a"},
}
ATTACHMENT = {
    "usageType": "urn:certificate",
    "display": {"en": "A"},
    "contentType": "text/plain",
    "length": 4,
    "sha2": "a" * 64,
    "fileUrl": "https://a.example/a",
}
CHOICE = {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "b"}]}


def about(**definition: Any) -> dict[str, Any]:
    return {"object": {"id": "urn:a", "definition": definition}}


def _attached(**more: Any) -> tuple[dict[str, Any], str]:
    [member] = more
    place = "attachments[0]" if member == "name" else f"attachments[0].{member}"
    return {"attachments": [{**ATTACHMENT, **more}]}, f"{place}:"


VALID: dict[str, dict[str, Any]] = {
    "least": {},
    "an identifier of Storyline": {"object": {"id": "urn:articulate:storyline:5tXyz"}},
    "an identifier of iSpring": {"object": {"id": "ispring://quizzes/{GUID}"}},
    "a host that begins with a hyphen": {"object": {"id": "http://-a.example/b"}},
    "an undetermined language": {"context": {"language": "und"}},
    "years and months": {"result": {"duration": "P1Y2M"}},
    "weeks": {"result": {"duration": "P3W"}},
    "a fraction of a second": {"result": {"duration": "PT0.01S"}},
    "nanoseconds": {"timestamp": "2026-11-21T14:02:03.123456789Z"},
    "an offset": {"timestamp": "2026-11-21T14:02:03+02:00"},
    "null inside an extension": {"context": {"extensions": {"urn:a": {"b": None}}}},
    "an account": {"actor": {"account": {"homePage": "https://a.example", "name": ""}}},
    "an anonymous group": {"actor": {"objectType": "Group", "member": [AGENT]}},
    "a group with members": {"actor": {"objectType": "Group", "member": [AGENT], **AGENT}},
    "an agent as object": {"object": {"objectType": "Agent", **AGENT}},
    "a statement inside": {"object": SUB},
    "a choice": about(**CHOICE, correctResponsesPattern=["a"]),
    "a matching": about(interactionType="matching", source=[{"id": "a"}], target=[{"id": "a"}]),
    "one activity around": {"context": {"contextActivities": {"parent": {"id": "urn:a"}}}},
    "many activities around": {"context": {"contextActivities": {"category": [{"id": "urn:a"}]}}},
    "a team": {"context": {"team": {"objectType": "Group", **AGENT}}},
    "a negative score": {"result": {"score": {"scaled": -1, "raw": -2.5, "min": -5, "max": 0}}},
    "an attachment elsewhere": {"attachments": [ATTACHMENT]},
    "its version": {"version": "1.0.7"},
    "two authorities": {"authority": {"objectType": "Group", "member": [AGENT, AGENT]}},
}

INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "no UUID": ({"id": "7"}, "id:"),
    "an unknown member": ({"actr": AGENT}, "actr"),
    "null": ({"result": None}, "result:"),
    "null inside": ({"result": {"score": {"raw": None}}}, "result.score.raw:"),
    "a number as text": ({"result": {"score": {"raw": "1"}}}, "result.score.raw:"),
    "text as truth": ({"result": {"success": "true"}}, "result.success:"),
    "no actor": ({"actor": {}}, "actor:"),
    "two identifiers": ({"actor": {**AGENT, "openid": "urn:a"}}, "actor:"),
    "an address without mailto": ({"actor": {"mbox": "ana@b.example"}}, "actor.mbox:"),
    "a hash that is none": ({"actor": {"mbox_sha1sum": "xyz"}}, "actor.mbox_sha1sum:"),
    "an account without home": ({"actor": {"account": {"name": "a"}}}, "homePage"),
    "members of an agent": ({"actor": {**AGENT, "member": [AGENT]}}, "actor.member:"),
    "an empty group": ({"actor": {"objectType": "Group"}}, "actor.member:"),
    "a group in a group": (
        {"actor": {"objectType": "Group", "member": [{"objectType": "Group", **AGENT}]}},
        "actor.member[0]:",
    ),
    "a type in small letters": ({"actor": {"objectType": "agent", **AGENT}}, "actor.objectType:"),
    "a verb without scheme": ({"verb": {"id": "experienced"}}, "verb.id:"),
    "a verb with a blank": ({"verb": {"id": "urn:a b"}}, "verb.id:"),
    "a wrong language": ({"verb": {"id": VERB, "display": {"a_b": "x"}}}, "verb.display"),
    "words that are no text": ({"verb": {"id": VERB, "display": {"en": 1}}}, "verb.display"),
    "no object": ({"object": {}}, "object:"),
    "an unknown object": ({"object": {"objectType": "Thing", "id": "urn:a"}}, "object.objectType:"),
    "a statement inside a statement inside": ({"object": {**SUB, "object": SUB}}, "object.object:"),
    "an id inside": ({"object": {**SUB, "id": told()["id"]}}, "object:"),
    "a bad actor inside": ({"object": {**SUB, "actor": {}}}, "object.actor:"),
    "a bad time inside": ({"object": {**SUB, "timestamp": "noon"}}, "object.timestamp:"),
    "choices of nothing": (about(choices=[{"id": "a"}]), "interactionType"),
    "choices of a scale": (about(interactionType="likert", choices=[]), "choices"),
    "the same choice twice": (
        about(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]),
        "object.definition.choices:",
    ),
    "an unknown interaction": (about(interactionType="guess"), "object.definition.interactionType"),
    "a score above one": ({"result": {"score": {"scaled": 1.01}}}, "result.score.scaled:"),
    "a raw score above all": ({"result": {"score": {"raw": 11, "max": 10}}}, "result.score.raw:"),
    "a raw score below all": ({"result": {"score": {"raw": 0, "min": 1}}}, "result.score.raw:"),
    "a minimum above": ({"result": {"score": {"min": 2, "max": 1}}}, "result.score.min:"),
    "XAPI-00124: weeks beside days": ({"result": {"duration": "P4W1D"}}, "result.duration:"),
    "an empty duration": ({"result": {"duration": "P"}}, "result.duration:"),
    "an empty time of a duration": ({"result": {"duration": "P1DT"}}, "result.duration:"),
    "an extension without scheme": ({"result": {"extensions": {"a": 1}}}, "result.extensions"),
    "a registration of seven": ({"context": {"registration": "7"}}, "context.registration:"),
    "a team of one": ({"context": {"team": AGENT}}, "context.team:"),
    "an unknown place": ({"context": {"contextActivities": {"near": []}}}, "contextActivities"),
    "a platform of no activity": (
        {"object": {"objectType": "Agent", **AGENT}, "context": {"platform": "P"}},
        "context.platform:",
    ),
    "a revision of no activity": (
        {"object": {"objectType": "Agent", **AGENT}, "context": {"revision": "1"}},
        "context.revision:",
    ),
    "agents of 2.0": ({"context": {"contextAgents": []}}, "context.contextAgents:"),
    "no date": ({"timestamp": "2026-02-30T00:00:00Z"}, "timestamp:"),
    "a day alone": ({"timestamp": "2026-11-21"}, "timestamp:"),
    "minus nothing": ({"timestamp": "2026-11-21T00:00:00-00:00"}, "timestamp:"),
    "minus nothing, shortly": ({"timestamp": "2026-11-21T00:00:00-0000"}, "timestamp:"),
    "before all time": ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp:"),
    "an authority of three": (
        {"authority": {"objectType": "Group", "member": [AGENT] * 3}},
        "authority:",
    ),
    "another version": ({"version": "0.9.5"}, "version:"),
    "a later version": ({"version": "2.0.0"}, "version:"),
    "XAPI-00025: attachments in no list": ({"attachments": ATTACHMENT}, "attachments:"),
    "XAPI-00025: an attachment that is none": ({"attachments": ["essay"]}, "attachments[0]:"),
    "XAPI-00102: a length in words": _attached(length="27"),
    "XAPI-00102: a length of minus one": _attached(length=-1),
    "XAPI-00102: half a byte": _attached(length=1.5),
    "XAPI-00103: no hash": _attached(sha2=12345),
    "XAPI-00103: a hash of no known length": _attached(sha2="a" * 60),
    "XAPI-00104: an address that is none": _attached(fileUrl="should fail"),
    "XAPI-00105: a type that is none": _attached(contentType="text"),
    "XAPI-00105: a type that would be two headers": _attached(contentType="a/b;\r\nx: y"),
    "XAPI-00106: words in no language": _attached(display="An essay"),
    "XAPI-00106: no words": _attached(display=12345),
    "XAPI-00107: a usage that is no IRI": _attached(usageType="should fail"),
    "an attachment of an unknown member": _attached(name="essay"),
    "voiding what is no statement": (
        {"verb": void("x")["verb"], "object": {"id": "urn:a"}},
        "object:",
    ),
}


def check(statement: dict[str, Any], version: str = "1.0.3") -> rules.Checked:
    return rules.check(json.dumps(statement).encode(), version=version)


@pytest.mark.parametrize("case", VALID)
def test_what_is_valid_is_taken_and_kept_as_it_was_written(case: str) -> None:
    sent = told(**VALID[case])
    check(sent)
    kept = json.loads(
        bodies.spliced(json.dumps(sent), stored="2026-11-21T00:00:00Z", authority='{"a":1}')
    )
    assert kept == {**sent, "stored": "2026-11-21T00:00:00Z", "authority": {"a": 1}}
    assert bodies.same(json.dumps(kept), json.dumps(sent))


@pytest.mark.parametrize("case", INVALID)
def test_what_is_not_is_refused_at_its_place(case: str) -> None:
    change, place = INVALID[case]
    with pytest.raises(rules.Broken) as refused:
        check(told(**change))
    assert place in str(refused.value.sentence)
    assert "(xAPI Data, 2." in str(refused.value.sentence)
    assert "regex" not in str(refused.value.sentence)


def test_what_a_statement_needs_is_asked_for() -> None:
    for name in ("actor", "verb", "object"):
        sent = told()
        del sent[name]
        with pytest.raises(rules.Broken, match=name):
            check(sent)


def test_version_2_knows_more() -> None:
    agents = [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["urn:tutor"]}]
    groups = [{"objectType": "contextGroup", "group": {"objectType": "Group", **AGENT}}]
    check(told(context={"contextAgents": agents, "contextGroups": groups}), "2.0.0")
    check(told(version="2.0.0"), "2.0.0")
    check(told(version="1.0.3"), "2.0.0")
    for wrong in (
        {"contextAgents": [{"objectType": "contextAgent"}]},
        {"contextAgents": [{**agents[0], "relevantTypes": []}]},
        {"contextGroups": [{"objectType": "contextGroup", "group": AGENT}]},
    ):
        with pytest.raises(rules.Broken, match="context"):
            check(told(context=wrong), "2.0.0")


def test_a_difference_is_seen_and_a_difference_in_words_is_not() -> None:
    sent = told(
        actor={"objectType": "Group", "member": [AGENT, {"openid": "urn:b"}]},
        **about(name={"en": "A"}),
        timestamp="2026-11-21T00:00:00Z",
    )
    same = copy.deepcopy(sent)
    same["actor"]["member"].reverse()
    same["verb"]["display"] = {"en": "saw"}
    same["object"] = {"id": "urn:a", "objectType": "Activity"}
    same["version"] = "1.0.0"
    assert bodies.same(json.dumps(sent), json.dumps(same))
    for change in (
        {"actor": AGENT},
        {"verb": {"id": "urn:other"}},
        {"timestamp": "2026-11-22T00:00:00Z"},
        {"result": {"success": True}},
    ):
        assert not bodies.same(json.dumps(sent), json.dumps({**sent, **change}))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
places = st.sampled_from(
    ["id", "actor", "verb", "object", "result", "context", "timestamp", "attachments", "version"]
)


@given(places, values)
def test_nothing_that_is_sent_breaks_the_judge(place: str, value: Any) -> None:
    with suppress(rules.Broken):
        check(told(**{place: value}))
