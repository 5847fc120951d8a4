"""The rules of the standard that types cannot say; each refusal names the place and the rule.

Sources: xAPI 1.0.3 Data, sections 2.2 to 2.4 and 4; IEEE 9274.1.1 where 2.0 differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from app.errors import Problem
from app.vocabulary import VERBS
from xapi import shapes
from xapi.shapes import Activity, Agent, Context, Definition, Object, Reference, SubStatement

VOIDED = VERBS["voided"].iri
LONGEST = 2_000
"""Bytes of an IRI that is looked up by."""
DEEPEST = 64
"""Levels of an extension: what is nested deeper is refused now, for nobody could read it later."""

_SECTIONS = {
    "id": "2.4.1",
    "actor": "2.4.2",
    "agent": "2.4.2",
    "verb": "2.4.3",
    "object": "2.4.4",
    "result": "2.4.5",
    "context": "2.4.6",
    "timestamp": "2.4.7",
    "stored": "2.4.8",
    "authority": "2.4.9",
    "version": "2.4.10",
    "attachments": "2.4.11",
}
_COMPONENTS = {
    "choice": {"choices"},
    "sequencing": {"choices"},
    "likert": {"scale"},
    "matching": {"source", "target"},
    "performance": {"steps"},
}
_Shape = TypeVar("_Shape")


class Broken(Problem):
    """A rule that a statement breaks: `place` in it ("actor.mbox"), and what is asked there."""

    title = "This is no valid statement"

    def __init__(self, place: str, rule: str) -> None:
        section = _SECTIONS.get(re.split(r"[.\[]", place.lstrip("."), maxsplit=1)[0], "2.2")
        super().__init__(f"{place.lstrip('.') or 'statement'}: {rule} (xAPI Data, {section})")


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that keeps the rules, with its object read."""

    statement: shapes.Statement
    object: Object

    @property
    def voids(self) -> bool:
        return self.statement.verb.id == VOIDED

    @property
    def in_lists(self) -> bool:
        """Whether every one of its contextActivities is a list."""
        inner = self.object.context if isinstance(self.object, SubStatement) else UNSET
        return not (_alone(self.statement.context) or _alone(inner))


def _alone(context: Context | UnsetType) -> bool:
    """Whether an activity of a context stands by itself, not in a list."""
    around = context.contextActivities if context is not UNSET else UNSET
    return around is not UNSET and any(
        isinstance(one, Activity)
        for one in (around.parent, around.grouping, around.category, around.other)
    )


def check(raw: bytes | Raw, *, version: str) -> Checked:
    """A statement sent under this version of the standard. Raises Broken."""
    told = read(raw, shapes.Statement)
    about = _object(told.object, "object")
    _told(told, about, "", version)
    if told.verb.id == VOIDED and not isinstance(about, Reference):
        raise Broken("object", "a voiding statement refers to another by a StatementRef")
    if told.authority is not UNSET:
        _authority(told.authority)
    for name in ("timestamp", "stored"):
        moment(getattr(told, name), name)
    if told.version is not UNSET and version < "2" and not told.version.startswith("1.0"):
        raise Broken("version", "sent as 1.0, it must be 1.0.x")
    return Checked(told, about)


def known(body: str) -> Checked:
    """A statement that was checked before, read again."""
    told = read(body, shapes.Statement)
    return Checked(told, _object(told.object, "object"))


def object_of(sub: SubStatement) -> Object:
    """The object of a SubStatement."""
    return _object(sub.object, "object.object")


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {
    shape: msgspec.json.Decoder(shape)
    for shape in (
        *(shapes.Statement, shapes.Kind, list[Raw]),
        *(Activity, Agent, Reference, SubStatement),
    )
}
"""Made when the house opens: two threads that make the first of one kind in the same moment end the
process (msgspec)."""


def read(raw: bytes | str | Raw, shape: type[_Shape], place: str = "") -> _Shape:
    """JSON in this shape. Raises Broken with the place where it has another."""
    try:
        found: _Shape = _decoders[shape].decode(raw)
        return found
    except msgspec.ValidationError as wrong:
        raise in_words(str(wrong), place) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise Broken(place, f"this is no JSON: {wrong}") from wrong


def in_words(complaint: str, place: str) -> Broken:
    what, _, where = complaint.partition(" - at ")
    inside = where.strip("`").rpartition("$")[2].replace("[...]", "")
    pattern = re.search(r"matching regex (?P<quoted>.*)", what)
    if pattern:
        words = next(
            (shapes.WORDS[one] for one in shapes.WORDS if repr(one) in what), "another form"
        )
        what = f"this must be {words}"
    return Broken(place + inside, what.replace("`", "").replace("Object ", "an object "))


def _told(told: shapes.Statement | SubStatement, about: Object, at: str, version: str) -> None:
    check_agent(told.actor, f"{at}.actor")
    if len(told.verb.id.encode()) > LONGEST:
        raise Broken(f"{at}.verb.id", f"at most {LONGEST} bytes")
    _about(about, f"{at}.object", version)
    if told.result is not UNSET:
        _extensions(told.result.extensions, f"{at}.result.extensions")
        if told.result.score is not UNSET:
            _score(told.result.score, f"{at}.result.score")
    if told.context is not UNSET:
        _context(told.context, isinstance(about, Activity), f"{at}.context", version)


def _object(raw: Raw, at: str) -> Object:
    kind = read(raw, shapes.Kind, at).objectType
    readers: dict[str, type[Any]] = {
        "Activity": Activity,
        "Agent": Agent,
        "Group": Agent,
        "StatementRef": Reference,
        "SubStatement": SubStatement,
    }
    found: Object = read(raw, readers[kind], at)
    return found


def _about(about: Object, at: str, version: str) -> None:
    match about:
        case Activity():
            _activity(about, at)
        case Agent():
            check_agent(about, at)
        case SubStatement():
            inner = _object(about.object, f"{at}.object")
            if isinstance(inner, SubStatement):
                raise Broken(f"{at}.object", "a SubStatement holds no other SubStatement")
            _told(about, inner, at, version)
            moment(about.timestamp, f"{at}.timestamp")


def check_agent(agent: Agent, at: str) -> None:
    named = [
        name
        for name in ("mbox", "mbox_sha1sum", "openid", "account")
        if getattr(agent, name) is not UNSET
    ]
    if len(named) > 1:
        raise Broken(at, f"one identifier, not {' and '.join(named)}")
    if agent.objectType == "Agent":
        if not named:
            raise Broken(at, "an agent needs one of mbox, mbox_sha1sum, openid, account")
        if agent.member is not UNSET:
            raise Broken(f"{at}.member", "only a group has members")
        return
    if not named and agent.member is UNSET:
        raise Broken(f"{at}.member", "a group without identifier needs its members")
    for place, member in enumerate(agent.member or ()):
        if member.objectType == "Group":
            raise Broken(f"{at}.member[{place}]", "a group holds no other group")
        check_agent(member, f"{at}.member[{place}]")


def _authority(agent: Agent) -> None:
    check_agent(agent, "authority")
    if agent.objectType == "Group":
        identified = any((agent.mbox, agent.mbox_sha1sum, agent.openid, agent.account))
        if identified or len(agent.member or ()) != 2:
            raise Broken("authority", "a group as authority is anonymous and has two members")


def _activity(activity: Activity, at: str) -> None:
    if activity.definition is not UNSET:
        _definition(activity.definition, f"{at}.definition")


def _definition(told: Definition, at: str) -> None:
    _extensions(told.extensions, f"{at}.extensions")
    kind = told.interactionType
    parts = {
        name: getattr(told, name)
        for name in ("choices", "scale", "source", "target", "steps")
        if getattr(told, name) is not UNSET
    }
    if kind is UNSET and (parts or told.correctResponsesPattern is not UNSET):
        raise Broken(f"{at}.interactionType", "an interaction says of which type it is")
    for name, components in parts.items():
        if kind is not UNSET and name not in _COMPONENTS.get(kind, ()):
            raise Broken(f"{at}.{name}", f"an interaction of type {kind} has no {name}")
        if len({one.id for one in components}) != len(components):
            raise Broken(f"{at}.{name}", "each id stands once")


def _extensions(told: shapes.Extensions | UnsetType, at: str) -> None:
    level: list[Any] = [told or {}]
    for _depth in range(DEEPEST + 1):
        inside = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for some in inside for one in some if isinstance(one, (dict, list))]
        if not level:
            return
    raise Broken(at, f"at most {DEEPEST} levels, one inside the other")


def _score(score: shapes.Score, at: str) -> None:
    low, high, raw = (
        None if value is UNSET else value for value in (score.min, score.max, score.raw)
    )
    if low is not None and high is not None and low >= high:
        raise Broken(f"{at}.min", "less than max")
    if raw is not None and low is not None and raw < low:
        raise Broken(f"{at}.raw", "not less than min")
    if raw is not None and high is not None and raw > high:
        raise Broken(f"{at}.raw", "not more than max")


def _context(context: Context, of_activity: bool, at: str, version: str) -> None:
    _extensions(context.extensions, f"{at}.extensions")
    if context.instructor is not UNSET:
        check_agent(context.instructor, f"{at}.instructor")
    if context.team is not UNSET:
        if context.team.objectType != "Group":
            raise Broken(f"{at}.team", "a team is a Group")
        check_agent(context.team, f"{at}.team")
    for name in ("revision", "platform"):
        if getattr(context, name) is not UNSET and not of_activity:
            raise Broken(f"{at}.{name}", "only where the object is an Activity")
    for name in ("parent", "grouping", "category", "other"):
        for one in _activities(context, name):
            _activity(one, f"{at}.contextActivities.{name}")
    _around(context, at, version)


def _activities(context: Context, name: str) -> Iterable[Activity]:
    if context.contextActivities is UNSET:
        return ()
    found = getattr(context.contextActivities, name)
    if found is UNSET:
        return ()
    return found if isinstance(found, list) else (found,)


def _around(context: Context, at: str, version: str) -> None:
    if version < "2":
        for name in ("contextAgents", "contextGroups"):
            if getattr(context, name) is not UNSET:
                raise Broken(f"{at}.{name}", "only since version 2.0")
    for place, one in enumerate(context.contextAgents or ()):
        check_agent(one.agent, f"{at}.contextAgents[{place}].agent")
    for place, other in enumerate(context.contextGroups or ()):
        if other.group.objectType != "Group":
            raise Broken(f"{at}.contextGroups[{place}].group", "a Group")
        check_agent(other.group, f"{at}.contextGroups[{place}].group")


def moment(told: Any, at: str) -> datetime | None:
    """The time that is told; without an offset UTC is meant. Raises Broken."""
    if told is UNSET:
        return None
    if re.search(r"-00(:?00)?\Z", told[10:]):
        raise Broken(at, "an offset of zero is not written with a minus (Data, 4.5)")
    try:
        found = datetime.fromisoformat(told.upper())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise Broken(at, f"there is no such time: {wrong}") from wrong
