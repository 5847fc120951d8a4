"""Statements by construction: valid ones in every form that the standard allows, and what makes
any of them invalid. They get their ids when they are sent."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_NAMES = st.from_regex(r"[a-z][a-z0-9._~-]{0,12}", fullmatch=True)
IRIS = st.builds(
    lambda scheme, host, path: f"{scheme}{host}.example/{path}",
    st.sampled_from(["https://", "http://", "urn:x:", "tag:", "ispring://"]),
    _NAMES,
    _NAMES,
)
LANGUAGES = st.sampled_from(["en", "en-US", "fr", "es-419", "zh-Hant-TW", "und", "x-klingon"])
MAPS = st.dictionaries(LANGUAGES, _WORDS, max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _WORDS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_WORDS, inside, max_size=3),
    max_leaves=6,
)
EXTENSIONS = st.dictionaries(IRIS, VALUES, max_size=3)
UUIDS = st.uuids(version=4).map(str)
TIMES = st.sampled_from(
    [
        "2026-11-21T14:02:03Z", "2015-11-18T12:17:00+00:00", "2026-11-21T14:02:03.123456Z",
        "2026-02-28T23:59:59.999999999+05:30", "2026-11-21T14:02:03-08:00",
    ]
)  # fmt: skip
DURATIONS = st.sampled_from(["PT0S", "P1Y2M", "PT12.5S", "P3DT4H5M6.789S", "P4W", "PT1H"])


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with any of these members."""
    return st.fixed_dictionaries({}, optional=fields)


IDENTIFIERS = st.one_of(
    _NAMES.map(lambda name: {"mbox": f"mailto:{name}@x.example"}),
    st.binary(min_size=20, max_size=20).map(lambda raw: {"mbox_sha1sum": raw.hex()}),
    IRIS.filter(lambda iri: iri.startswith("http")).map(lambda iri: {"openid": iri}),
    st.builds(lambda home, name: {"account": {"homePage": home, "name": name}},
              IRIS.filter(lambda iri: iri.startswith("http")), _NAMES),
)  # fmt: skip
AGENTS = st.builds(
    lambda who, more: {**who, **more},
    IDENTIFIERS,
    _some(name=_WORDS, objectType=st.just("Agent")),
)
GROUPS = st.one_of(
    st.builds(lambda who, more: {"objectType": "Group", **who, **more}, IDENTIFIERS,
              _some(name=_WORDS, member=st.lists(AGENTS, min_size=1, max_size=3))),
    st.builds(lambda members: {"objectType": "Group", "member": members},
              st.lists(AGENTS, min_size=1, max_size=3)),
)  # fmt: skip
ACTORS = AGENTS | GROUPS
_CHOICES = st.lists(_NAMES, min_size=1, max_size=4, unique=True).map(
    lambda ids: [{"id": one, "description": {"en": one}} for one in ids]
)
_INTERACTIONS = st.one_of(
    st.just({}),
    st.builds(
        lambda kind, choices: {"interactionType": kind, "choices": choices},
        st.sampled_from(["choice", "sequencing"]),
        _CHOICES,
    ),
    _CHOICES.map(lambda scale: {"interactionType": "likert", "scale": scale}),
    st.sampled_from(["true-false", "numeric", "fill-in", "long-fill-in", "other"]).map(
        lambda kind: {"interactionType": kind, "correctResponsesPattern": ["x"]}
    ),
)
DEFINITIONS = st.builds(
    lambda told, asked: {**told, **asked},
    _some(name=MAPS, description=MAPS, type=IRIS, moreInfo=IRIS, extensions=EXTENSIONS),
    _INTERACTIONS,
)
ACTIVITIES = st.builds(
    lambda iri, more: {"id": iri, **more},
    IRIS,
    _some(definition=DEFINITIONS, objectType=st.just("Activity")),
)
REFERENCES = UUIDS.map(lambda one: {"objectType": "StatementRef", "id": one})
VERBS = st.builds(lambda iri, more: {"id": iri, **more}, IRIS, _some(display=MAPS))
_FRACTIONS = st.integers(-100, 100).map(lambda one: one / 100)
RESULTS = _some(
    score=_some(scaled=_FRACTIONS, raw=st.integers(0, 10), min=st.just(-1), max=st.just(11)),
    success=st.booleans(),
    completion=st.booleans(),
    response=_WORDS,
    duration=DURATIONS,
    extensions=EXTENSIONS,
)
_AROUND = _some(
    parent=st.lists(ACTIVITIES, min_size=1, max_size=2),
    grouping=st.lists(ACTIVITIES, min_size=1, max_size=2),
    category=ACTIVITIES,
    other=ACTIVITIES,
)
CONTEXTS = _some(
    registration=UUIDS,
    instructor=ACTORS,
    team=GROUPS,
    contextActivities=_AROUND,
    language=LANGUAGES,
    statement=REFERENCES,
    extensions=EXTENSIONS,
)
_OF_ACTIVITIES = st.fixed_dictionaries(
    {"actor": ACTORS, "verb": VERBS, "object": ACTIVITIES},
    optional={
        "result": RESULTS,
        "context": CONTEXTS | st.just({"revision": "1", "platform": "a player"}),
        "timestamp": TIMES,
    },
)
SUBS = _OF_ACTIVITIES.map(lambda told: {"objectType": "SubStatement", **told})
_AS_OBJECTS = AGENTS.map(lambda agent: {**agent, "objectType": "Agent"})
_OF_OTHERS = st.fixed_dictionaries(
    {"actor": ACTORS, "verb": VERBS, "object": _AS_OBJECTS | GROUPS | REFERENCES | SUBS},
    optional={"result": RESULTS, "context": CONTEXTS, "timestamp": TIMES},
)
VALID = st.builds(
    lambda told, more: {**told, **more},
    _OF_ACTIVITIES | _OF_OTHERS,
    _some(version=st.just("1.0.3")),
)


def _without(name: str) -> Callable[[Json], None]:
    def spoil(told: Json) -> None:
        del told[name]

    return spoil


def _with(*path: str, value: Any) -> Callable[[Json], None]:
    def spoil(told: Json) -> None:
        here = told
        for name in path[:-1]:
            here = here.setdefault(name, {})
        here[path[-1]] = value

    return spoil


_NOBODY = {"name": "nobody"}
FAULTS: dict[str, Callable[[Json], None]] = {
    "no actor (2.2.s2)": _without("actor"),
    "no verb (2.2.s2)": _without("verb"),
    "no object (2.2.s2)": _without("object"),
    "an unknown member (2.2.s4)": _with("other", value=1),
    "null (2.2.s4)": _with("result", value=None),
    "an id that is no UUID (2.4.1)": _with("id", value="1"),
    "an actor without identifier (2.4.2)": _with("actor", value=_NOBODY),
    "two identifiers (2.4.2.3)": _with(
        "actor", value={"mbox": "mailto:a@x.example", "openid": "https://x.example/a"}
    ),
    "an address that is no mailto (2.4.2.3)": _with("actor", value={"mbox": "a@x.example"}),
    "a hash of another length (2.4.2.3)": _with("actor", value={"mbox_sha1sum": "abc"}),
    "an account without name (2.4.2.4)": _with(
        "actor", value={"account": {"homePage": "https://x.example"}}
    ),
    "a group in a group (2.4.2.2)": _with(
        "actor",
        value={"objectType": "Group", "member": [{"objectType": "Group", "member": [_NOBODY]}]},
    ),
    "a verb without id (2.4.3)": _with("verb", value={"display": {"en": "x"}}),
    "a verb that is no IRI (2.4.3)": _with("verb", "id", value="experienced"),
    "words in no language (4.2)": _with("verb", "display", value={"not a language": "x"}),
    "an activity that is no IRI (2.4.4)": _with("object", value={"id": "course"}),
    "an unknown kind of object (2.4.4)": _with(
        "object", value={"objectType": "activity", "id": "https://x.example"}
    ),
    "a definition of numbers (2.4.4.1)": _with(
        "object", value={"id": "https://x.example", "definition": {"name": {"en": 1}}}
    ),
    "an extension that is no IRI (4.1)": _with("result", "extensions", value={"a": 1}),
    "a score above one (2.4.5.1)": _with("result", "score", value={"scaled": 1.1}),
    "a score outside its range (2.4.5.1)": _with(
        "result", "score", value={"raw": 5, "min": 6, "max": 9}
    ),
    "success in words (2.4.5)": _with("result", "success", value="yes"),
    "a duration in words (4.6)": _with("result", "duration", value="an hour"),
    "a registration that is no UUID (2.4.6.1)": _with("context", "registration", value="1"),
    "a team that is an agent (2.4.6)": _with(
        "context", "team", value={"mbox": "mailto:a@x.example"}
    ),
    "an unknown place of an activity (2.4.6.2)": _with(
        "context", "contextActivities", value={"near": [{"id": "https://x.example"}]}
    ),
    "a timestamp that is none (4.5)": _with("timestamp", value="yesterday"),
    "a version of the future (2.4.10)": _with("version", value="1.1.0"),
    "a list (2.2)": _with("object", value=[]),
    "an attachment without hash (2.4.11)": _with(
        "attachments",
        value=[{"usageType": "https://x.example", "display": {"en": "x"}, "length": 1,
                "contentType": "text/plain", "fileUrl": "https://x.example"}],
    ),
}  # fmt: skip
"""What makes any statement invalid, with the section that says so."""


def spoilt(told: Json, fault: str) -> Json:
    changed = copy.deepcopy(told)
    FAULTS[fault](changed)
    return changed
