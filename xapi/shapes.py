"""The shapes of a statement: which members there may be, and of which type (xAPI 1.0.3 Data, 2.4).

Names are those of the standard. An identifier is not asked for a well-formed host: real tools send
`urn:articulate:storyline:…` and hosts that begin with a hyphen. Nothing may be null outside of an
extension, and an unknown member is an error. What types cannot say stands in rules.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

Iri = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>\"]+\Z")]
Uuid = Annotated[
    str,
    Meta(pattern=r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\Z"),
]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
        r"([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?\Z"
    ),
]
Duration = Annotated[
    str,
    Meta(
        pattern=r"^P(?=[0-9T])([0-9]+([.,][0-9]+)?W\Z)?"
        r"([0-9]+([.,][0-9]+)?Y)?([0-9]+([.,][0-9]+)?M)?([0-9]+([.,][0-9]+)?D)?(T(?=[0-9])([0-9]+([.,][0-9]+)?H)?([0-9]+([.,][0-9]+)?M)?"
        r"([0-9]+([.,][0-9]+)?S)?)?\Z"
    ),
]
Tag = Annotated[str, Meta(pattern=r"^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*\Z")]
Mailto = Annotated[str, Meta(pattern=r"^mailto:[^@\s\x00-\x20]+@[^@\s\x00-\x20]+\Z")]
Sha1 = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{40}\Z")]
Sha2 = Annotated[
    str,
    Meta(
        pattern=r"^([0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})\Z",
    ),
]
_WORD = r"[A-Za-z0-9!#$&^_.+*'`|~%-]+"
Media = Annotated[str, Meta(pattern=rf"^{_WORD}/{_WORD}([ \t]*;[\x20-\x7e\t]*)?\Z")]
Version = Annotated[str, Meta(pattern=r"^(1\.0|2\.0)(\.[0-9]+)?\Z")]

_TEXTS: tuple[tuple[Any, str], ...] = (
    (Iri, "an IRI with its scheme"),
    (Uuid, "a UUID"),
    (Moment, "a time of RFC 3339 (2026-11-21T14:02:03.000Z)"),
    (Duration, "a duration of ISO 8601 (PT1M30S)"),
    (Tag, "a language tag of RFC 5646"),
    (Mailto, "“mailto:” and a mail address"),
    (Sha1, "40 hexadecimal digits"),
    (Sha2, "the hexadecimal digits of a SHA-2 hash"),
    (Media, "a media type (text/plain; charset=utf-8)"),
    (Version, "1.0.x or 2.0.x"),
)
WORDS: dict[str, str] = {get_args(kind)[1].pattern: words for kind, words in _TEXTS}
"""Each pattern in words, for whoever sent something else."""

Map = dict[Tag, str]
Extensions = dict[Iri, Any]


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """A JSON object of which every member is known."""


class Account(Shape):
    homePage: Iri
    name: str


class Agent(Shape):
    """An agent or a group: only a group has members."""

    objectType: Literal["Agent", "Group"] = "Agent"
    name: str | UnsetType = UNSET
    mbox: Mailto | UnsetType = UNSET
    mbox_sha1sum: Sha1 | UnsetType = UNSET
    openid: Iri | UnsetType = UNSET
    account: Account | UnsetType = UNSET
    member: list[Agent] | UnsetType = UNSET


class Verb(Shape):
    id: Iri
    display: Map | UnsetType = UNSET


class Component(Shape):
    """A part of an interaction: a choice, a step, a point of a scale."""

    id: str
    description: Map | UnsetType = UNSET


Components = list[Component]


class Definition(Shape):
    name: Map | UnsetType = UNSET
    description: Map | UnsetType = UNSET
    type: Iri | UnsetType = UNSET
    moreInfo: Iri | UnsetType = UNSET
    interactionType: (
        Literal[
            "true-false",
            "choice",
            "fill-in",
            "long-fill-in",
            "matching",
            "performance",
            "sequencing",
            "likert",
            "numeric",
            "other",
        ]
        | UnsetType
    ) = UNSET
    correctResponsesPattern: list[str] | UnsetType = UNSET
    choices: Components | UnsetType = UNSET
    scale: Components | UnsetType = UNSET
    source: Components | UnsetType = UNSET
    target: Components | UnsetType = UNSET
    steps: Components | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


class Activity(Shape):
    id: Iri
    objectType: Literal["Activity"] = "Activity"
    definition: Definition | UnsetType = UNSET


class Reference(Shape):
    """A StatementRef: another statement, by its id."""

    objectType: Literal["StatementRef"]
    id: Uuid


class Score(Shape):
    scaled: Annotated[float, Meta(ge=-1, le=1)] | UnsetType = UNSET
    raw: float | UnsetType = UNSET
    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET


class Result(Shape):
    score: Score | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    completion: bool | UnsetType = UNSET
    response: str | UnsetType = UNSET
    duration: Duration | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


class Around(Shape):
    """contextActivities: each a list, or one activity by itself."""

    parent: list[Activity] | Activity | UnsetType = UNSET
    grouping: list[Activity] | Activity | UnsetType = UNSET
    category: list[Activity] | Activity | UnsetType = UNSET
    other: list[Activity] | Activity | UnsetType = UNSET


class ContextAgent(Shape):
    """Version 2.0: somebody who had to do with it, and in which way."""

    objectType: Literal["contextAgent"]
    agent: Agent
    relevantTypes: Annotated[list[Iri], Meta(min_length=1)] | UnsetType = UNSET


class ContextGroup(Shape):
    objectType: Literal["contextGroup"]
    group: Agent
    relevantTypes: Annotated[list[Iri], Meta(min_length=1)] | UnsetType = UNSET


class Context(Shape):
    registration: Uuid | UnsetType = UNSET
    instructor: Agent | UnsetType = UNSET
    team: Agent | UnsetType = UNSET
    contextActivities: Around | UnsetType = UNSET
    contextAgents: list[ContextAgent] | UnsetType = UNSET
    contextGroups: list[ContextGroup] | UnsetType = UNSET
    revision: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    language: Tag | UnsetType = UNSET
    statement: Reference | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


class Attachment(Shape):
    usageType: Iri
    display: Map
    contentType: Media
    length: Annotated[int, Meta(ge=0)]
    sha2: Sha2
    description: Map | UnsetType = UNSET
    fileUrl: Iri | UnsetType = UNSET


class SubStatement(Shape, kw_only=True):
    """What is told inside of a statement: it has no id, no authority and no time of storing."""

    objectType: Literal["SubStatement"]
    actor: Agent
    verb: Verb
    object: Raw
    result: Result | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    timestamp: Moment | UnsetType = UNSET
    attachments: list[Attachment] | UnsetType = UNSET


class Statement(Shape, kw_only=True):
    """A statement. Its object is read by its objectType, which may be left out."""

    id: Uuid | UnsetType = UNSET
    actor: Agent
    verb: Verb
    object: Raw
    result: Result | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    timestamp: Moment | UnsetType = UNSET
    stored: Moment | UnsetType = UNSET
    authority: Agent | UnsetType = UNSET
    version: Version | UnsetType = UNSET
    attachments: list[Attachment] | UnsetType = UNSET


class Kind(msgspec.Struct):
    """What sort of object it is: all that is read of it first."""

    objectType: Literal["Activity", "Agent", "Group", "StatementRef", "SubStatement"] = "Activity"


Object = Activity | Agent | Reference | SubStatement
