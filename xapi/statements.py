"""LearningEvent to xAPI statement and back: plain values in, plain values out.

Built with tincan, then put right where tincan rewrites things (times, durations, numbers of a
score). An actor is an account of this site with an opaque UUID, and nothing else of the person;
no answer key is ever written. Sources: xAPI 1.0.3 Data, sections 2.3 to 2.4.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import tincan

from app.events import LearningEvent, Result
from app.vocabulary import VERB_BY_IRI, VERBS, Words

VERSION = "1.0.3"
PLATFORM = "Passage"
HOUSE = "passage"
"""The account name of the house itself, as authority and where nobody in particular acted."""

_DEFINITION = {
    "description": "description",
    "moreInfo": "more_info",
    "interactionType": "interaction_type",
    "choices": "choices",
    "scale": "scale",
    "source": "source",
    "target": "target",
    "steps": "steps",
    "extensions": "extensions",
}
"""Members of an activity definition that may be told; the answer key is none of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An activity as a statement says it. `type` is the IRI of its kind; `inside` and `whole` are
    the IRIs of its parent and of the activity that the registration is for."""

    iri: str
    names: Words | None = None
    type: str | None = None
    definition: Mapping[str, Any] | None = None
    inside: str | None = None
    whole: str | None = None


def to_statement(event: LearningEvent, subject: Subject, site: str) -> dict[str, Any]:
    """The statement of an event, as JSON values, without `stored` and `authority`."""
    built = tincan.Statement(
        id=str(event.id),
        actor=_actor(event, site),
        verb=tincan.Verb(
            id=VERBS[event.verb].iri, display=tincan.LanguageMap(VERBS[event.verb].display)
        ),
        object=_object(event, subject),
        context=_context(event, subject, site),
    ).as_version(VERSION)
    statement = {name: built[name] for name in ("id", "actor", "verb", "object")}
    if event.result is not None:
        statement["result"] = _result(event.result)
    statement["context"] = built["context"]
    statement["timestamp"] = in_iso(event.time)
    return statement


def _actor(event: LearningEvent, site: str) -> tincan.Agent:
    if event.verb != "voided":
        return _agent(event.person_id, site)
    return _agent(event.by or HOUSE, site)


def _agent(name: UUID | str, site: str) -> tincan.Agent:
    return tincan.Agent(account=tincan.AgentAccount(home_page=site, name=str(name)))


def authority_of(name: str | None, site: str) -> dict[str, Any]:
    """The agent who stands for a statement: a credential's account, or the house itself."""
    account = {"homePage": f"{site}/xapi", "name": name} if name else _account(HOUSE, site)
    return {"objectType": "Agent", "account": account}


def _account(name: UUID | str, site: str) -> dict[str, str]:
    return {"homePage": site, "name": str(name)}


def _object(event: LearningEvent, subject: Subject) -> Any:
    if event.verb == "voided":
        return tincan.StatementRef(id=str(event.takes_back))
    told: dict[str, Any] = {
        ours: subject.definition[name]
        for name, ours in _DEFINITION.items()
        if subject.definition and name in subject.definition
    }
    if subject.names:
        told["name"] = tincan.LanguageMap(subject.names)
    if subject.type:
        told["type"] = subject.type
    definition = tincan.ActivityDefinition(**told) if told else None
    return tincan.Activity(id=subject.iri, definition=definition)


def _context(event: LearningEvent, subject: Subject, site: str) -> tincan.Context:
    voids = event.verb == "voided"
    around = tincan.ContextActivities()
    if voids:
        around.other = [tincan.Activity(id=subject.iri)]
    elif subject.inside:
        around.parent = [tincan.Activity(id=subject.inside)]
    if subject.whole:
        around.grouping = [tincan.Activity(id=subject.whole)]
    context = tincan.Context(registration=str(event.registration_id), context_activities=around)
    if event.language:
        context.language = event.language
    if not voids:  # Data 2.4.6: platform only where the object is an activity
        context.platform = PLATFORM
    if event.by and not voids:
        context.instructor = _agent(event.by, site)
    if extensions := _extensions(event, site):
        context.extensions = tincan.Extensions(extensions)
    return context


def _extensions(event: LearningEvent, site: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if event.verb == "voided":
        told["person"] = str(event.person_id)
    if event.evidence:
        told["evidence"] = [str(one) for one in event.evidence]
    if event.required is not None:
        told["required"] = list(event.required)
    if not event.moves:
        told["moves"] = False
    return {f"{site}/xapi/extensions/{name}": value for name, value in told.items()}


def _result(result: Result) -> dict[str, Any]:
    """Data 2.4.5. A minimum is said only where it is known to be 0."""
    score = {"scaled": result.score, "raw": result.raw, "max": result.maximum}
    if result.maximum is not None and result.maximum > 0 and (result.raw or 0.0) >= 0:
        score["min"] = 0.0
    said = {name: value for name, value in score.items() if value is not None}
    told = {
        "score": said or None,
        "success": result.success,
        "completion": result.completion,
        "response": result.response,
        "duration": None if result.seconds is None else _in_seconds(result.seconds),
    }
    built = tincan.Result(**{name: value for name, value in told.items() if value is not None})
    return {name: told[name] for name in built.as_version(VERSION)}


def _in_seconds(seconds: float) -> str:
    """An ISO 8601 duration that says a number of seconds exactly."""
    return f"PT{Decimal(repr(seconds)):f}S"


def in_iso(time: datetime) -> str:
    """A UTC time with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Account(msgspec.Struct):
    homePage: str
    name: str


class _Agent(msgspec.Struct):
    account: _Account | None = None


class _Verb(msgspec.Struct):
    id: str


class _Object(msgspec.Struct):
    id: str
    objectType: str = "Activity"


class _Score(msgspec.Struct):
    scaled: float | None = None
    raw: float | None = None
    max: float | None = None


class _Result(msgspec.Struct):
    success: bool | None = None
    completion: bool | None = None
    score: _Score | None = None
    response: str | None = None
    duration: str | None = None


class _Around(msgspec.Struct):
    other: list[_Object] | _Object = []


class _Context(msgspec.Struct):
    registration: UUID
    language: str | None = None
    instructor: _Agent | None = None
    contextActivities: _Around | None = None
    extensions: dict[str, Any] = {}


class _Statement(msgspec.Struct):
    id: UUID
    actor: _Agent
    verb: _Verb
    object: _Object
    context: _Context
    timestamp: datetime
    result: _Result | None = None


_read = msgspec.json.Decoder(_Statement).decode


def to_event(body: str | bytes, site: str) -> LearningEvent | None:
    """The event that a statement of this house tells; None for one that we cannot say so."""
    try:
        told = _read(body)
        return _event(told, site)
    except (msgspec.ValidationError, ValueError, KeyError):
        return None


def _event(told: _Statement, site: str) -> LearningEvent:
    """Raises ValueError or KeyError where the statement speaks of what is not ours."""
    extensions = _Said(told.context.extensions, site)
    verb = VERB_BY_IRI[told.verb.id]
    voids = verb == "voided"
    actor = _name(told.actor, site)
    required = extensions.get("required")
    return LearningEvent(
        id=told.id,
        verb=verb,
        person_id=UUID(extensions["person"] if voids else actor),
        activity=_voided_in(told.context) if voids else told.object.id,
        registration_id=told.context.registration,
        time=told.timestamp.astimezone(UTC),
        language=told.context.language,
        result=_to_result(told.result) if told.result else None,
        takes_back=UUID(told.object.id) if voids else None,
        by=_person(told.actor if voids else told.context.instructor, site),
        evidence=tuple(UUID(one) for one in extensions.get("evidence") or ()),
        required=None if required is None else tuple(required),
        moves=extensions.get("moves") is not False,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The extensions of this house by their short names."""

    extensions: Mapping[str, Any]
    site: str

    def get(self, name: str) -> Any:
        return self.extensions.get(f"{self.site}/xapi/extensions/{name}")

    def __getitem__(self, name: str) -> Any:
        return self.extensions[f"{self.site}/xapi/extensions/{name}"]


def _name(agent: _Agent, site: str) -> str:
    if agent.account is None or agent.account.homePage != site:
        raise ValueError("an actor of another house")
    return agent.account.name


def _person(agent: _Agent | None, site: str) -> UUID | None:
    """A person of ours; None where it is the house itself, a stranger or nobody."""
    try:
        return UUID(_name(agent, site)) if agent else None
    except ValueError:
        return None


def _voided_in(context: _Context) -> str:
    around = context.contextActivities
    if around is None or not isinstance(around.other, list) or not around.other:
        raise ValueError("a voiding statement that names no activity of ours")
    return around.other[0].id


def _to_result(told: _Result) -> Result:
    score = told.score or _Score()
    return Result(
        success=told.success,
        completion=told.completion,
        score=score.scaled,
        raw=score.raw,
        maximum=score.max,
        response=told.response,
        seconds=_seconds(told.duration),
    )


_DURATION = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


def _seconds(duration: str | None) -> float | None:
    """The seconds of an ISO 8601 duration; None where years or months leave them open."""
    found = _DURATION.fullmatch(duration or "")
    if found is None:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    return float(sum(Decimal(value) * _UNITS[name] for name, value in parts.items()))


def agent_key(agent: Mapping[str, Any]) -> str:
    """One string for an agent or group in whatever form it is named (Data 2.4.2).

    An anonymous group is named by its members; what is too long for an index, by its hash.
    """
    if "account" in agent:
        account = agent["account"]
        key = f"account:{account['homePage']}|{account['name']}"
    elif "mbox" in agent:
        key = str(agent["mbox"])
    elif "mbox_sha1sum" in agent:
        key = f"sha1:{str(agent['mbox_sha1sum']).lower()}"
    elif "openid" in agent:
        key = f"openid:{agent['openid']}"
    else:
        key = "members:" + " ".join(sorted(agent_key(one) for one in agent.get("member", ())))
    if len(key.encode()) > 500:
        return "hash:" + hashlib.sha256(key.encode()).hexdigest()
    return key
