"""From a LearningEvent to its xAPI statement: plain values in, plain values out.

Built with tincan, then put right where tincan rewrites things (times, durations, numbers of a
score). An actor is an account of this site with an opaque UUID, and nothing else of the person;
no answer key is ever written. Sources: xAPI 1.0.3 Data, sections 2.3 to 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import tincan

from app.events import LearningEvent, Result
from app.vocabulary import VERBS, Words
from xapi.agents import HOUSE

VERSION = "1.0.3"
PLATFORM = "Passage"

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
    statement = {
        "id": str(event.id),
        "actor": _actor(event, site),
        "verb": _verb(event.verb),
        "object": _object(event, subject),
    }
    if event.result is not None:
        statement["result"] = _result(event.result)
    statement["context"] = _context(event, subject, site)
    statement["timestamp"] = in_iso(event.time)
    return statement


def to_activity(subject: Subject) -> dict[str, Any]:
    """An activity as statements say it, as JSON values."""
    said = msgspec.json.encode((subject.names, subject.type, subject.definition))
    return _activity(subject.iri, said)


# What many statements say alike is built once: tincan takes a millisecond for a question's choices.


@lru_cache(maxsize=64)
def _verb(name: str) -> dict[str, Any]:
    verb = VERBS[name]
    return _json(tincan.Verb(id=verb.iri, display=tincan.LanguageMap(verb.display)))


def _actor(event: LearningEvent, site: str) -> dict[str, Any]:
    return _agent(str(event.person_id if event.verb != "voided" else event.by or HOUSE), site)


@lru_cache(maxsize=1024)
def _agent(name: str, site: str) -> dict[str, Any]:
    return _json(tincan.Agent(account=_account(name, site)))


def _account(name: str, site: str) -> tincan.AgentAccount:
    return tincan.AgentAccount(home_page=site, name=name)


def _object(event: LearningEvent, subject: Subject) -> dict[str, Any]:
    if event.verb == "voided":
        return _json(tincan.StatementRef(id=str(event.takes_back)))
    return to_activity(subject)


@lru_cache(maxsize=4096)
def _activity(iri: str, said: bytes) -> dict[str, Any]:
    """`said`: names, type and definition of a Subject, as JSON."""
    names, type, definition = msgspec.json.decode(said)
    told: dict[str, Any] = {
        ours: definition[name]
        for name, ours in _DEFINITION.items()
        if definition and name in definition
    }
    if names:
        told["name"] = tincan.LanguageMap(names)
    if type:
        told["type"] = type
    return _json(
        tincan.Activity(id=iri, definition=tincan.ActivityDefinition(**told) if told else None)
    )


def _json(built: Any) -> dict[str, Any]:
    said: dict[str, Any] = built.as_version(VERSION)
    return said


def _context(event: LearningEvent, subject: Subject, site: str) -> dict[str, Any]:
    voided = subject.iri if event.verb == "voided" else None
    by = event.by if event.by and not voided else None
    within = (str(event.registration_id), event.language, voided, subject.inside, subject.whole)
    context = _within(*within, str(by) if by else None, site)
    extensions = _extensions(event, site)
    return {**context, "extensions": extensions} if extensions else context


@lru_cache(maxsize=1024)
def _within(
    registration: str,
    language: str | None,
    voided: str | None,
    inside: str | None,
    whole: str | None,
    by: str | None,
    site: str,
) -> dict[str, Any]:
    around = tincan.ContextActivities()
    if voided:
        around.other = [tincan.Activity(id=voided)]
    elif inside:
        around.parent = [tincan.Activity(id=inside)]
    if whole:
        around.grouping = [tincan.Activity(id=whole)]
    context = tincan.Context(registration=registration, context_activities=around)
    if language:
        context.language = language
    if not voided:  # Data 2.4.6: platform only where the object is an activity
        context.platform = PLATFORM
    if by:
        context.instructor = tincan.Agent(account=_account(by, site))
    return _json(context)


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
        "duration": None if result.seconds is None else in_seconds(result.seconds),
    }
    built = tincan.Result(**{name: value for name, value in told.items() if value is not None})
    return {name: told[name] for name in built.as_version(VERSION)}


def in_seconds(seconds: float) -> str:
    """An ISO 8601 duration that says a number of seconds exactly."""
    return f"PT{Decimal(repr(seconds)):f}S"


def in_iso(time: datetime) -> str:
    """A UTC time with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
