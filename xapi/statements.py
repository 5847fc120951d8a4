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
from typing import Any
from uuid import UUID

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
