"""From a statement to the LearningEvent that it tells: the inverse of statements.py.

What a stranger sent is read here too, so nothing is taken for granted: what cannot be said as an
event of ours is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from app.config import LANGUAGES
from app.events import LearningEvent, Result
from app.vocabulary import VERB_BY_IRI
from xapi import rules


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
    except (msgspec.ValidationError, ValueError, KeyError, ArithmeticError):
        return None


PLAYERS_SAY = frozenset(
    {"initialized", "progressed", "scored", "passed", "failed", "completed", "voided"}
)
"""The verbs by which a player of content can move progress."""


class _ByPlayer(_Statement, kw_only=True):
    timestamp: str  # type: ignore[assignment]  # in whatever form the standard allows
    stored: str


_read_of_player = msgspec.json.Decoder(_ByPlayer).decode


def of_player(body: str | bytes, site: str) -> LearningEvent | None:
    """The event that a kept statement of a player tells, or None. Only what a player can know is
    heard: nobody acted for her, nothing is required and nothing proven by it, and it did not
    happen after it was kept. Of what is taken back it says no activity."""
    try:
        return _event_of_player(_read_of_player(body), site)
    except (msgspec.ValidationError, ValueError, KeyError, ArithmeticError, rules.Broken):
        return None


def _event_of_player(told: _ByPlayer, site: str) -> LearningEvent:
    verb = VERB_BY_IRI[told.verb.id]
    voids = verb == "voided"
    if verb not in PLAYERS_SAY or voids != (told.object.objectType == "StatementRef"):
        raise ValueError("nothing that a player can move")
    if told.object.objectType not in ("Activity", "StatementRef"):
        raise ValueError("about no activity")
    result = _to_result(told.result) if told.result else None
    return LearningEvent(
        id=told.id,
        verb=verb,
        person_id=UUID(_name(told.actor, site)),
        activity="" if voids else told.object.id,
        registration_id=told.context.registration,
        time=min(_moment(told.timestamp), _moment(told.stored)),
        language=_language(told.context.language),
        result=replace(result, score=_share(result.score), response=None) if result else None,
        takes_back=UUID(told.object.id) if voids else None,
    )


def _moment(told: str) -> datetime:
    found = rules.moment(told, "timestamp")
    if found is None:
        raise ValueError("no time")
    return _time(found)


def _share(scaled: float | None) -> float | None:
    """Below nothing (Data, 2.4.5.1: scaled goes from -1) nobody can fall here."""
    return None if scaled is None else max(scaled, 0.0)


def _language(tag: str | None) -> str | None:
    """One of ours, whatever region it is of."""
    first = (tag or "").partition("-")[0].lower()
    return first if first in LANGUAGES else None


def _event(told: _Statement, site: str) -> LearningEvent:
    """Raises ValueError or KeyError where the statement speaks of what is not ours."""
    extensions = _Said(told.context.extensions, site)
    verb = VERB_BY_IRI[told.verb.id]
    voids = verb == "voided"
    actor = _name(told.actor, site)
    return LearningEvent(
        id=told.id,
        verb=verb,
        person_id=extensions.read("person", UUID) if voids else UUID(actor),
        activity=_voided_in(told.context) if voids else told.object.id,
        registration_id=told.context.registration,
        time=_time(told.timestamp),
        language=told.context.language,
        result=_to_result(told.result) if told.result else None,
        takes_back=UUID(told.object.id) if voids else None,
        by=_person(told.actor if voids else told.context.instructor, site),
        evidence=extensions.read("evidence", tuple[UUID, ...], ()),
        required=extensions.read("required", tuple[str, ...] | None, None),
        moves=extensions.read("moves", bool, True),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The extensions of this house by their short names."""

    extensions: Mapping[str, Any]
    site: str

    def read(self, name: str, shape: Any, *missing: Any) -> Any:
        """What is said in this shape, or `missing`. Raises KeyError, msgspec.ValidationError."""
        key = f"{self.site}/xapi/extensions/{name}"
        if missing and key not in self.extensions:
            return missing[0]
        return msgspec.convert(self.extensions[key], shape)


def _time(told: datetime) -> datetime:
    """In UTC. Raises ValueError for the ends of the calendar, which some zones cannot say."""
    if not 1 < told.year < 9999:
        raise ValueError("a time that cannot be shown everywhere")
    return told.astimezone(UTC)


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


_LONGEST = 10**12
"""Seconds: of a longer time (30,000 years) no sentence can be made."""


def _seconds(duration: str | None) -> float | None:
    """The seconds of an ISO 8601 duration; None where years or months leave them open, and for
    more than can be told."""
    found = _DURATION.fullmatch(duration or "")
    if found is None:
        return None
    parts = {name: value for name, value in found.groupdict().items() if value}
    seconds = sum(Decimal(value) * _UNITS[name] for name, value in parts.items())
    return float(seconds) if seconds <= _LONGEST else None
